// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/builder.h>

#include <kepeng/script/script_number.h>

namespace kepeng::script {

void append_push(Bytes& script, ByteView data) {
  if (data.size() < to_byte(Op::PushData1)) {
    script.push_back(static_cast<std::uint8_t>(data.size()));
  } else if (data.size() <= 0xff) {
    script.push_back(to_byte(Op::PushData1));
    script.push_back(static_cast<std::uint8_t>(data.size()));
  } else if (data.size() <= 0xffff) {
    script.push_back(to_byte(Op::PushData2));
    append_le(script, static_cast<std::uint16_t>(data.size()));
  } else {
    script.push_back(to_byte(Op::PushData4));
    append_le(script, static_cast<std::uint32_t>(data.size()));
  }
  append(script, data);
}

ScriptBuilder& ScriptBuilder::op(Op op) {
  script_.push_back(to_byte(op));
  return *this;
}

ScriptBuilder& ScriptBuilder::push(ByteView data) {
  append_push(script_, data);
  return *this;
}

ScriptBuilder& ScriptBuilder::push_minimal(ByteView data) {
  if (data.size() == 1 && data[0] >= 1 && data[0] <= 16) return op(small_integer_op(data[0]));
  if (data.size() == 1 && data[0] == 0x81) return op(Op::OneNegate);
  return push(data);
}

ScriptBuilder& ScriptBuilder::push_number(std::int64_t number) {
  return push_minimal(encode_number(number).view());
}

ScriptBuilder& ScriptBuilder::raw(ByteView bytes) {
  append(script_, bytes);
  return *this;
}

}  // namespace kepeng::script
