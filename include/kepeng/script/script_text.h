// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Scripts as text, the way bitcoind prints them in "asm" fields.
//
// Pushes of up to 4 bytes are decimal numbers, longer ones hex, other opcodes their names; a push that cannot be read
// ends the text with [error]. Pure functions.
#pragma once

#include <string>

#include <kepeng/base/bytes.h>

namespace kepeng::script {

// `Decode`: what looks like an ECDSA signature is shown without its hash type byte and with its name, "[ALL]". For
// scriptSigs; it has no effect in an unspendable script.
enum class SighashSuffix : std::uint8_t { Keep, Decode };

std::string to_asm(ByteView script, SighashSuffix suffix = SighashSuffix::Keep);

}  // namespace kepeng::script
