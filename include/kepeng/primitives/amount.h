// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Amount: a number of satoshi. May hold any 64-bit value that a transaction can encode; `in_money_range` is the rule.
//
// Arithmetic that could leave 64 bits is checked. Value type.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace kepeng {

struct Amount {
  std::int64_t sats = 0;

  friend constexpr auto operator<=>(Amount, Amount) = default;
  constexpr bool in_money_range() const;
  constexpr std::optional<Amount> checked_add(Amount other) const {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(sats, other.sats, &sum)) return std::nullopt;
    return Amount{sum};
  }
};

inline constexpr std::int64_t kSatsPerCoin = 100'000'000;
inline constexpr Amount kMaxMoney{21'000'000 * kSatsPerCoin};

constexpr bool Amount::in_money_range() const {
  return sats >= 0 && sats <= kMaxMoney.sats;
}

// Height of a block; the genesis block has 0, "none" is -1.
using Height = std::int32_t;

}  // namespace kepeng
