// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The usual spends, judged without running a script. Private to the module.
#pragma once

#include <array>
#include <optional>

#include <kepeng/script/interpreter.h>

namespace kepeng::script {

// DUP HASH160 <20 bytes> EQUALVERIFY CHECKSIG: what a version 0 key hash program means.
class KeyHashScript {
 public:
  explicit KeyHashScript(ByteView key_hash);
  ByteView view() const { return bytes_; }

 private:
  std::array<std::uint8_t, 25> bytes_;
};

// The verdict of the general path where the spend has one of the usual forms and only its signature is in question;
// nullopt where anything else might matter.
std::optional<Verdict> verify_directly(const ScriptSpend& spend, Flags flags);

}  // namespace kepeng::script
