// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "budget.h"

#include <tuple>

namespace kepeng::peering {

void Budget::set(net::ConnectionId id, std::size_t bytes, gossip::Direction direction, gossip::Moment now) {
  const auto [at, is_new] = holders_.try_emplace(id);
  Holder& holder = at->second;
  if (is_new || bytes < holder.bytes || holder.bytes == 0) holder.since = now;
  bytes_ = bytes_ - holder.bytes + bytes;
  holder.bytes = bytes;
  holder.was_chosen = direction != gossip::Direction::Inbound;
}

void Budget::forget(net::ConnectionId id) {
  const auto found = holders_.find(id);
  if (found == holders_.end()) return;
  bytes_ -= found->second.bytes;
  holders_.erase(found);
}

std::optional<net::ConnectionId> Budget::take_overdrawn() {
  if (bytes_ <= bytes_max_) return std::nullopt;
  const std::size_t share = bytes_max_ / holders_.size();
  const auto rank = [](const auto& item) { return std::make_tuple(item.second.was_chosen, item.second.since); };
  auto worst = holders_.end();
  for (auto at = holders_.begin(); at != holders_.end(); ++at) {
    if (at->second.bytes > share && (worst == holders_.end() || rank(*at) < rank(*worst))) worst = at;
  }
  if (worst == holders_.end()) return std::nullopt;
  const net::ConnectionId id = worst->first;
  forget(id);
  return id;
}

std::size_t Budget::held(net::ConnectionId id) const {
  const auto found = holders_.find(id);
  return found == holders_.end() ? 0 : found->second.bytes;
}

}  // namespace kepeng::peering
