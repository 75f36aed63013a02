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

std::size_t RelayPool::class_of(std::int64_t fee_per_kvb) {
  constexpr std::int64_t kFirst = 100;
  std::size_t found = 0;
  for (std::int64_t rate = kFirst; found + 1 < kClasses && rate <= fee_per_kvb; rate += rate / 2) ++found;
  return found;
}

void RelayPool::come(Pooled& pooled) {
  pooled.place = next_place_++;
  classes_[pooled.rate_class].order.push_back({pooled.place, &pooled});
}

void RelayPool::add(const PooledTransaction& added) {
  remove(added.tx->wtxid);
  auto* pooled = new Pooled{added.tx, added.fee_per_kvb, class_of(added.mined_per_kvb)};
  by_wtxid_.insert(pooled);
  by_txid_.insert(pooled);
  if (!added.is_news) return;
  come(*pooled);
  pooled->since = pooled->place;
}

bool RelayPool::remove(const Wtxid& wtxid) {
  const auto found = by_wtxid_.find(wtxid);
  if (found == by_wtxid_.end()) return false;
  const Pooled* pooled = *found;
  leave(*pooled);
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
  leave(*pooled);
  come(*pooled);
}

const RelayPool::Pooled* RelayPool::find(const Wtxid& wtxid) const {
  const auto found = by_wtxid_.find(wtxid);
  return found == by_wtxid_.end() ? nullptr : *found;
}
const RelayPool::Pooled* RelayPool::find(const Txid& txid) const {
  const auto found = by_txid_.find(txid);
  return found == by_txid_.end() ? nullptr : *found;
}

std::deque<RelayPool::Turn>::const_iterator RelayPool::behind(std::size_t rate_class, std::uint64_t place) const {
  const auto& order = classes_[rate_class].order;
  return std::upper_bound(order.begin(), order.end(), place,
                          [](std::uint64_t at, const Turn& turn) { return at < turn.place; });
}

std::size_t RelayPool::count_behind(const RelayPlaces& places) const {
  std::size_t count = 0;
  visit_behind(places, [&](const Pooled&) { return ++count != 0; });
  return count;
}

void RelayPool::leave(const Pooled& pooled) {
  if (pooled.place == 0) return;
  auto& [order, left] = classes_[pooled.rate_class];
  const auto after = behind(pooled.rate_class, pooled.place);
  order[static_cast<std::size_t>(after - order.begin() - 1)].pooled = nullptr;
  if (++left < std::max(kLeftMin, order.size() / 2)) return;
  std::erase_if(order, [](const Turn& turn) { return turn.pooled == nullptr; });
  left = 0;
}

}  // namespace kepeng::gossip
