// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/uint256.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include <kepeng/base/assert.h>
#include <kepeng/base/bytes.h>
#include <kepeng/base/hex.h>
#include <kepeng/base/uint128.h>

namespace kepeng {
Uint256 Uint256::from_le_bytes(const std::array<std::uint8_t, 32>& bytes) {
  Uint256 number;
  for (std::size_t i = 0; i < 4; ++i) number.limbs_[i] = load_le<std::uint64_t>(bytes.data() + 8 * i);
  return number;
}

std::array<std::uint8_t, 32> Uint256::to_le_bytes() const {
  std::array<std::uint8_t, 32> bytes;
  for (std::size_t i = 0; i < 4; ++i) store_le(bytes.data() + 8 * i, limbs_[i]);
  return bytes;
}

std::string Uint256::to_string() const {
  return to_hex_reversed(to_le_bytes());
}

std::optional<Uint256> Uint256::from_string(std::string_view text) {
  if (text.empty() || text.size() > 64) return std::nullopt;
  Uint256 number;
  for (const char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0) return std::nullopt;
    number <<= 4;
    number += static_cast<std::uint64_t>(digit);
  }
  return number;
}

Uint256& Uint256::operator+=(const Uint256& other) {
  Uint128 carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    carry += limbs_[i];
    carry += other.limbs_[i];
    limbs_[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  return *this;
}

Uint256& Uint256::operator-=(const Uint256& other) {
  *this += ~other;
  return *this += Uint256{1};
}

Uint256& Uint256::operator*=(std::uint64_t factor) {
  Uint128 carry = 0;
  for (auto& limb : limbs_) {
    carry += static_cast<Uint128>(limb) * factor;
    limb = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  return *this;
}

// Shift-and-subtract: a few hundred steps, and only headers divide.
Uint256& Uint256::operator/=(const Uint256& divisor) {
  KP_ASSERT(divisor != Uint256{});
  Uint256 quotient;
  Uint256 rest = *this;
  const int shift_max = static_cast<int>(rest.bit_length()) - static_cast<int>(divisor.bit_length());
  for (int shift = shift_max; shift >= 0; --shift) {
    const Uint256 part = divisor << static_cast<unsigned>(shift);
    if (part <= rest) {
      rest -= part;
      quotient.limbs_[static_cast<std::size_t>(shift) / 64] |= std::uint64_t{1} << (shift % 64);
    }
  }
  return *this = quotient;
}

Uint256& Uint256::operator<<=(unsigned bits) {
  const unsigned words = bits / 64;
  const unsigned rest = bits % 64;
  std::array<std::uint64_t, 4> shifted{};
  for (unsigned i = words; i < 4; ++i) {
    shifted[i] = limbs_[i - words] << rest;
    if (rest != 0 && i > words) shifted[i] |= limbs_[i - words - 1] >> (64 - rest);
  }
  limbs_ = shifted;
  return *this;
}

Uint256& Uint256::operator>>=(unsigned bits) {
  const unsigned words = bits / 64;
  const unsigned rest = bits % 64;
  std::array<std::uint64_t, 4> shifted{};
  for (unsigned i = 0; i + words < 4; ++i) {
    shifted[i] = limbs_[i + words] >> rest;
    if (rest != 0 && i + words + 1 < 4) shifted[i] |= limbs_[i + words + 1] << (64 - rest);
  }
  limbs_ = shifted;
  return *this;
}

Uint256 Uint256::operator~() const {
  Uint256 inverted;
  for (std::size_t i = 0; i < 4; ++i) inverted.limbs_[i] = ~limbs_[i];
  return inverted;
}

unsigned Uint256::bit_length() const {
  for (int i = 3; i >= 0; --i) {
    const auto limb = limbs_[static_cast<std::size_t>(i)];
    if (limb != 0) return static_cast<unsigned>(64 * i) + static_cast<unsigned>(std::bit_width(limb));
  }
  return 0;
}

double Uint256::to_double() const {
  double value = 0;
  for (int i = 3; i >= 0; --i) value = std::ldexp(value, 64) + static_cast<double>(limbs_[static_cast<std::size_t>(i)]);
  return value;
}

}  // namespace kepeng
