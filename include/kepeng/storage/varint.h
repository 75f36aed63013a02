// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// VARINT: the variable-length integer of the node's own files (not the CompactSize of the wire).
//
// Groups of seven bits, most significant first; every byte but the last has its high bit set, and one is subtracted
// before each shift, so that each number has exactly one form: 0x7f is 7f, 0x80 is 8000, 0x407f is ff7f, 0x4080 is
// 808000. Pure functions; reading fails through the cursor.
#pragma once

#include <cstdint>
#include <limits>

#include <kepeng/base/bytes.h>
#include <kepeng/primitives/encoding.h>

namespace kepeng::storage {

inline constexpr std::size_t kVarintBytesMax = 10;

constexpr std::size_t varint_length(std::uint64_t value) {
  std::size_t length = 1;
  for (; value > 0x7f; ++length) value = (value >> 7) - 1;
  return length;
}

// Writes at most kVarintBytesMax bytes to `at` and returns their number.
inline std::size_t store_varint(std::uint8_t* at, std::uint64_t value) {
  const std::size_t length = varint_length(value);
  at[length - 1] = static_cast<std::uint8_t>(value & 0x7f);
  for (std::size_t i = length - 1; i > 0; --i) {
    value = (value >> 7) - 1;
    at[i - 1] = static_cast<std::uint8_t>(value | 0x80);
  }
  return length;
}

inline void append_varint(Bytes& to, std::uint64_t value) {
  std::uint8_t encoded[kVarintBytesMax];
  const std::size_t length = store_varint(encoded, value);
  to.insert(to.end(), encoded, encoded + length);
}

// A number that fits T; a larger one fails the cursor with SizeTooLarge.
template <class T = std::uint64_t>
inline T read_varint(Cursor& from) {
  constexpr T kMax = std::numeric_limits<T>::max();
  T value = 0;
  while (from.ok()) {
    const auto byte = from.read_le<std::uint8_t>();
    if (!from.ok()) break;
    if (value > (kMax >> 7)) {
      from.fail(DecodeError::SizeTooLarge);
      break;
    }
    value = static_cast<T>((value << 7) | (byte & 0x7f));
    if ((byte & 0x80) == 0) return value;
    if (value == kMax) {
      from.fail(DecodeError::SizeTooLarge);
      break;
    }
    ++value;
  }
  return 0;
}

}  // namespace kepeng::storage
