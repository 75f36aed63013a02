// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/script_reader.h>

namespace kepeng::script {
namespace {

Op shortest_push(ByteView data) {
  if (data.empty()) return Op::Zero;
  if (data.size() == 1 && data[0] >= 1 && data[0] <= 16) return small_integer_op(data[0]);
  if (data.size() == 1 && data[0] == 0x81) return Op::OneNegate;
  if (data.size() < to_byte(Op::PushData1)) return static_cast<Op>(data.size());
  if (data.size() <= 0xff) return Op::PushData1;
  return data.size() <= 0xffff ? Op::PushData2 : Op::PushData4;
}

}  // namespace

bool is_minimal_push(const ScriptStep& push) {
  return push.op == shortest_push(push.data);
}

bool is_push_only(ByteView script) {
  ScriptReader reader{script};
  while (const auto step = reader.next()) {
    if (step->op > Op::Sixteen) return false;
  }
  return !reader.truncated();
}

}  // namespace kepeng::script
