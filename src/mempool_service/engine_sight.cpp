// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "engine_sight.h"

namespace kepeng::mempool_service {
namespace {

std::optional<mempool::OwnedCoin> owned(std::optional<storage::Coin> coin) {
  if (!coin) return std::nullopt;
  return mempool::OwnedCoin{coin->value, std::move(coin->script_pubkey), coin->height, coin->is_coinbase};
}

}  // namespace

Result<std::optional<mempool::OwnedCoin>, Fault> EngineSight::coin(const OutPoint& outpoint) const {
  if (const auto found = known_.find(outpoint); found != known_.end()) return found->second;
  KP_TRY(auto at, engine_.read_coin(outpoint));
  if (at.tip != tip_) return Err{Fault{FaultKind::Busy, "The chain has moved on."}};
  return owned(std::move(at.coin));
}

void EngineSight::note(std::span<const OutPoint> outpoints, validation::Engine::CoinsAtTip coins) {
  known_.reserve(known_.size() + outpoints.size());
  for (std::size_t i = 0; i < outpoints.size(); ++i) known_[outpoints[i]] = owned(std::move(coins.coins[i]));
}

}  // namespace kepeng::mempool_service
