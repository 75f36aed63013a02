// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "money.h"

namespace kepeng::mempool {

std::string money(Amount amount) {
  const std::int64_t sats = amount.sats < 0 ? -amount.sats : amount.sats;
  std::string decimals = std::to_string(sats % kSatsPerCoin);
  decimals.insert(0, 8 - decimals.size(), '0');
  while (decimals.size() > 2 && decimals.back() == '0') decimals.pop_back();
  return (amount.sats < 0 ? "-" : "") + std::to_string(sats / kSatsPerCoin) + "." + decimals;
}

}  // namespace kepeng::mempool
