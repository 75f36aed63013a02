// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "relay_pool.h"

#include <algorithm>

namespace kepeng::gossip {
namespace {

constexpr std::size_t kLeftMin = 1'000;  // fewer are not worth a walk

}  // namespace

RelayPool::~RelayPool() {
  for (const Pooled* pooled : by_wtxid_) delete pooled;
}

void RelayPool::add(PackedTxPtr tx, std::int64_t fee_per_kvb) {
  remove(tx->wtxid);
  auto* pooled = new Pooled{std::move(tx), fee_per_kvb, next_place_++};
  by_wtxid_.insert(pooled);
  by_txid_.insert(pooled);
  order_.push_back({pooled->place, pooled});
}

bool RelayPool::remove(const Wtxid& wtxid) {
  const auto found = by_wtxid_.find(wtxid);
  if (found == by_wtxid_.end()) return false;
  const Pooled* pooled = *found;
  leave(pooled->place);
  by_wtxid_.erase(found);
  // Under its txid there may be another one by now, with another witness.
  if (const auto same = by_txid_.find(pooled->tx->txid); same != by_txid_.end() && *same == pooled)
    by_txid_.erase(same);
  delete pooled;
  return true;
}

void RelayPool::renew(const Wtxid& wtxid) {
  const auto found = by_wtxid_.find(wtxid);
  if (found == by_wtxid_.end()) return;
  Pooled* pooled = *found;
  leave(pooled->place);
  pooled->place = next_place_++;
  order_.push_back({pooled->place, pooled});
}

const RelayPool::Pooled* RelayPool::find(const Wtxid& wtxid) const {
  const auto found = by_wtxid_.find(wtxid);
  return found == by_wtxid_.end() ? nullptr : *found;
}
const RelayPool::Pooled* RelayPool::find(const Txid& txid) const {
  const auto found = by_txid_.find(txid);
  return found == by_txid_.end() ? nullptr : *found;
}

std::deque<RelayPool::Turn>::const_iterator RelayPool::behind(std::uint64_t place) const {
  return std::upper_bound(order_.begin(), order_.end(), place,
                          [](std::uint64_t at, const Turn& turn) { return at < turn.place; });
}

std::size_t RelayPool::count_behind(std::uint64_t place) const {
  return static_cast<std::size_t>(
      std::count_if(behind(place), order_.end(), [](const Turn& turn) { return turn.pooled != nullptr; }));
}

void RelayPool::leave(std::uint64_t place) {
  const auto after = behind(place);
  order_[static_cast<std::size_t>(after - order_.begin() - 1)].pooled = nullptr;
  if (++left_ < std::max(kLeftMin, order_.size() / 2)) return;
  std::erase_if(order_, [](const Turn& turn) { return turn.pooled == nullptr; });
  left_ = 0;
}

}  // namespace kepeng::gossip
