// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Uint256: unsigned 256-bit integer, as proof of work needs it. Wraps around like any unsigned integer.
//
// Value type; limbs are little-endian. Division by zero is our own mistake (asserted).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kepeng {

class Uint256 {
 public:
  constexpr Uint256() = default;
  constexpr Uint256(std::uint64_t low) : limbs_{low, 0, 0, 0} {}  // NOLINT(google-explicit-constructor)

  // 32 bytes, least significant first: the number that a block hash is.
  static Uint256 from_le_bytes(const std::array<std::uint8_t, 32>& bytes);
  std::array<std::uint8_t, 32> to_le_bytes() const;
  // 64 hex digits, most significant first.
  std::string to_string() const;
  // 1 to 64 hex digits, most significant first.
  static std::optional<Uint256> from_string(std::string_view text);

  friend constexpr bool operator==(const Uint256&, const Uint256&) = default;
  friend constexpr std::strong_ordering operator<=>(const Uint256& a, const Uint256& b) {
    for (int i = 3; i >= 0; --i) {
      if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] <=> b.limbs_[i];
    }
    return std::strong_ordering::equal;
  }

  Uint256& operator+=(const Uint256& other);
  Uint256& operator-=(const Uint256& other);
  Uint256& operator*=(std::uint64_t factor);
  Uint256& operator/=(const Uint256& divisor);
  Uint256& operator<<=(unsigned bits);
  Uint256& operator>>=(unsigned bits);
  Uint256 operator~() const;

  friend Uint256 operator+(Uint256 a, const Uint256& b) { return a += b; }
  friend Uint256 operator-(Uint256 a, const Uint256& b) { return a -= b; }
  friend Uint256 operator*(Uint256 a, std::uint64_t b) { return a *= b; }
  friend Uint256 operator/(Uint256 a, const Uint256& b) { return a /= b; }
  friend Uint256 operator<<(Uint256 a, unsigned bits) { return a <<= bits; }
  friend Uint256 operator>>(Uint256 a, unsigned bits) { return a >>= bits; }

  // Position of the highest set bit plus one; 0 for zero.
  unsigned bit_length() const;
  std::uint64_t low64() const { return limbs_[0]; }
  double to_double() const;

 private:
  std::array<std::uint64_t, 4> limbs_{};
};

}  // namespace kepeng
