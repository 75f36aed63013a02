// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What has to change in the coins of a block to get those of its ancestor. Private to rpc.
#pragma once

#include <kepeng/coins/coin_walk.h>
#include <kepeng/validation/engine.h>

namespace kepeng::rpc {

struct RollBackTarget {
  coins::CoinOverlay& overlay;
  const coins::WalkProgress& progress;
};

// From the coins of `from` to those of its ancestor `to`. Needs the blocks between and their undo data.
Result<Unit, Fault> roll_back(const validation::Engine& engine, const chain::Entry* from, const chain::Entry* to,
                              const RollBackTarget& target);

}  // namespace kepeng::rpc
