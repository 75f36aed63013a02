// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Uint128: products and sums of 64-bit numbers, as the compiler has them or, on 32-bit hosts, made of two halves.
//
// Arithmetic is modulo 2^128, as of any unsigned type; shifts are by less than 128. PortableUint128 is always there, so
// that tests can hold it against the compiler's. Value type, no failure.
#pragma once

#include <compare>
#include <cstdint>

namespace kepeng {

class PortableUint128 {
 public:
  constexpr PortableUint128() = default;
  constexpr PortableUint128(std::uint64_t number) : low_{number} {}  // NOLINT(google-explicit-constructor)

  explicit constexpr operator std::uint64_t() const { return low_; }

  constexpr PortableUint128& operator+=(PortableUint128 other) {
    low_ += other.low_;
    high_ += other.high_ + (low_ < other.low_ ? 1 : 0);
    return *this;
  }
  constexpr PortableUint128& operator-=(PortableUint128 other) {
    high_ -= other.high_ + (low_ < other.low_ ? 1 : 0);
    low_ -= other.low_;
    return *this;
  }
  constexpr PortableUint128& operator*=(PortableUint128 other) {
    const std::uint64_t cross = high_ * other.low_ + low_ * other.high_;
    *this = product(low_, other.low_);
    high_ += cross;
    return *this;
  }
  constexpr PortableUint128& operator>>=(unsigned bits) {
    if (bits >= 64) {
      low_ = high_ >> (bits - 64);
      high_ = 0;
    } else if (bits > 0) {
      low_ = low_ >> bits | high_ << (64 - bits);
      high_ >>= bits;
    }
    return *this;
  }

  friend constexpr PortableUint128 operator+(PortableUint128 a, PortableUint128 b) { return a += b; }
  friend constexpr PortableUint128 operator-(PortableUint128 a, PortableUint128 b) { return a -= b; }
  friend constexpr PortableUint128 operator*(PortableUint128 a, PortableUint128 b) { return a *= b; }
  friend constexpr PortableUint128 operator>>(PortableUint128 a, unsigned bits) { return a >>= bits; }
  friend constexpr bool operator==(PortableUint128, PortableUint128) = default;
  friend constexpr auto operator<=>(PortableUint128 a, PortableUint128 b) {
    return a.high_ != b.high_ ? a.high_ <=> b.high_ : a.low_ <=> b.low_;
  }

 private:
  // Of halves of 32 bits: three partial products meet in the middle, and their sum fits.
  static constexpr PortableUint128 product(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t kHalf = 0xffffffff;
    const std::uint64_t lowest = (a & kHalf) * (b & kHalf);
    const std::uint64_t middle = (a >> 32) * (b & kHalf) + (lowest >> 32);
    const std::uint64_t other = (a & kHalf) * (b >> 32) + (middle & kHalf);
    PortableUint128 result{other << 32 | (lowest & kHalf)};
    result.high_ = (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32);
    return result;
  }

  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
};

#if defined(__SIZEOF_INT128__)
__extension__ using Uint128 = unsigned __int128;
#else
using Uint128 = PortableUint128;
#endif

}  // namespace kepeng
