// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Script numbers: little-endian, sign in the highest bit, no bytes for zero; and the truth value of stack items.
//
// Operands are limited in length (4 bytes in arithmetic, 5 in lock times), results are not: a sum may have 5 bytes and
// then cannot be an operand again. Pure functions.
#pragma once

#include <array>
#include <cstdint>

#include <kepeng/base/bytes.h>
#include <kepeng/script/script_error.h>

namespace kepeng::script {

enum class NumberEncoding : std::uint8_t { Any, Minimal };

struct NumberRule {
  std::size_t max_size = 4;
  NumberEncoding encoding = NumberEncoding::Any;
};

// Fails with ScriptNum. `max_size` is at most 8.
Result<std::int64_t, ScriptError> decode_number(ByteView item, NumberRule rule);

struct EncodedNumber {
  std::array<std::uint8_t, 9> bytes{};
  std::uint8_t size = 0;

  ByteView view() const { return ByteView{bytes}.first(size); }
};

EncodedNumber encode_number(std::int64_t number);

// False for no bytes, all zeros, and all zeros with a last byte 0x80 (negative zero); any length.
bool is_true(ByteView item);

}  // namespace kepeng::script
