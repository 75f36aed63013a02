// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// FeeSize: what some transactions pay together and how large they are; and exact comparison of rates. Value type.
#pragma once

#include <compare>
#include <cstdint>

#include <kepeng/base/uint128.h>

namespace kepeng::cluster {

// A signed number of 128 bits, as two's complement.
constexpr Uint128 to_wide(std::int64_t number) {
  const auto magnitude = [](std::uint64_t bits) { return Uint128{bits}; };
  return number >= 0 ? magnitude(static_cast<std::uint64_t>(number))
                     : Uint128{0} - magnitude(0 - static_cast<std::uint64_t>(number));
}
constexpr bool is_negative(Uint128 number) {
  return static_cast<std::uint64_t>(number >> 127) != 0;
}

struct FeeSize {
  std::int64_t fee = 0;   // satoshi; may be negative where the operator says so
  std::int64_t size = 0;  // virtual bytes; 0 only for nothing at all

  // The fees of many clusters may be more than fits (see Entry::worth).
  constexpr FeeSize& operator+=(const FeeSize& other) {
    if (__builtin_add_overflow(fee, other.fee, &fee)) fee = other.fee < 0 ? INT64_MIN : INT64_MAX;
    size += other.size;
    return *this;
  }
  constexpr FeeSize& operator-=(const FeeSize& other) {
    fee -= other.fee;
    size -= other.size;
    return *this;
  }
  // What so many units of size pay at this rate, rounded down; the last number where it does not fit.
  constexpr std::int64_t fee_for(std::int64_t units) const {
    const std::int64_t whole = fee / size - (fee % size < 0 ? 1 : 0);
    const std::int64_t rest = fee - whole * size;
    std::int64_t paid = 0;
    if (__builtin_mul_overflow(whole, units, &paid) || __builtin_add_overflow(paid, rest * units / size, &paid)) {
      return fee < 0 ? INT64_MIN : INT64_MAX;
    }
    return paid;
  }
  friend constexpr FeeSize operator+(FeeSize a, const FeeSize& b) { return a += b; }
  friend constexpr FeeSize operator-(FeeSize a, const FeeSize& b) { return a -= b; }
  friend constexpr bool operator==(const FeeSize&, const FeeSize&) = default;
};

// By fee for each byte; neither is empty.
constexpr std::weak_ordering compare_rates(const FeeSize& a, const FeeSize& b) {
  const Uint128 difference = to_wide(a.fee) * to_wide(b.size) - to_wide(b.fee) * to_wide(a.size);
  if (difference == Uint128{0}) return std::weak_ordering::equivalent;
  return is_negative(difference) ? std::weak_ordering::less : std::weak_ordering::greater;
}

}  // namespace kepeng::cluster
