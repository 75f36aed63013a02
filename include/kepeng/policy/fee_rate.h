// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// FeeRate: satoshi for 1,000 virtual bytes, as options and RPC speak of fees. Value type.
#pragma once

#include <compare>
#include <cstdint>

#include <kepeng/primitives/amount.h>

namespace kepeng::policy {

struct FeeRate {
  std::int64_t sats_per_kvb = 0;

  // Of `size` virtual bytes, rounded up: a fee below it is too low. The rate is not negative.
  constexpr Amount fee_for(std::int64_t size) const {
    // In two parts, so that no rate and size that there can be overflow.
    return Amount{sats_per_kvb / 1000 * size + (sats_per_kvb % 1000 * size + 999) / 1000};
  }
  friend constexpr auto operator<=>(FeeRate, FeeRate) = default;
};

}  // namespace kepeng::policy
