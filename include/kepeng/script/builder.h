// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ScriptBuilder: writes scripts.
//
//   Bytes script = ScriptBuilder{}.op(Op::Dup).op(Op::Hash160).push(hash).op(Op::EqualVerify).op(Op::CheckSig).take();
//
// Value type; no failure. Pushes use the shortest opcode for the length; `push_minimal` and numbers also know OP_1 ...
// OP_16 and OP_1NEGATE.
#pragma once

#include <kepeng/base/bytes.h>
#include <kepeng/script/opcodes.h>

namespace kepeng::script {

class ScriptBuilder {
 public:
  ScriptBuilder& op(Op op);
  ScriptBuilder& push(ByteView data);
  ScriptBuilder& push_minimal(ByteView data);
  ScriptBuilder& push_number(std::int64_t number);
  // Bytes as they are.
  ScriptBuilder& raw(ByteView bytes);

  const Bytes& script() const { return script_; }
  Bytes take() { return std::move(script_); }

 private:
  Bytes script_;
};

// Appends one push with the shortest opcode for its length.
void append_push(Bytes& script, ByteView data);

}  // namespace kepeng::script
