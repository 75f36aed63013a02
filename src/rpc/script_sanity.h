// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Whether bytes look like a script that somebody meant. Private to rpc.
#pragma once

#include <kepeng/script/limits.h>
#include <kepeng/script/script_reader.h>

namespace kepeng::rpc {

// Every opcode was defined before taproot, and no push is cut off or too long.
inline bool has_valid_ops(ByteView script) {
  script::ScriptReader reader{script};
  while (const auto step = reader.next()) {
    if (step->op > script::Op::Nop10 || step->data.size() > script::kElementSizeMax) return false;
  }
  return !reader.truncated();
}

}  // namespace kepeng::rpc
