// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "receive_pool.h"

#include <algorithm>

namespace kepeng::peering {

std::size_t ReceivePool::share(const State& state) const {
  return std::max(limits_.all_max / std::max<std::size_t>(state.accounts.size(), 1), limits_.share_min);
}

ReceivePool::Reading ReceivePool::add(net::ConnectionId id, std::size_t bytes) {
  return state_.with([&](State& state) {
    Account& account = state.accounts[id];
    account.bytes += bytes + kPieceCost;
    state.bytes += bytes + kPieceCost;
    const bool is_too_much =
        account.bytes > limits_.peer_max || (state.bytes > limits_.all_max && account.bytes > share(state));
    if (!is_too_much) return Reading::GoesOn;
    return state.paused.insert(id).second ? Reading::Pauses : Reading::GoesOn;
  });
}

std::vector<net::ConnectionId> ReceivePool::take(net::ConnectionId id, std::size_t bytes) {
  return state_.with([&](State& state) {
    std::vector<net::ConnectionId> resumed;
    const auto found = state.accounts.find(id);
    if (found == state.accounts.end()) return resumed;
    const std::size_t given = std::min(bytes + kPieceCost, found->second.bytes);
    found->second.bytes -= given;
    state.bytes -= given;
    if (found->second.is_gone && found->second.bytes == 0) state.accounts.erase(found);
    if (state.paused.empty()) return resumed;
    // Well below the limits: who was paused is not to be paused again at once.
    const bool is_scarce = state.bytes > limits_.all_max / 4 * 3;
    const std::size_t low = is_scarce ? std::min(share(state) / 2, limits_.peer_low) : limits_.peer_low;
    for (const net::ConnectionId paused : state.paused) {
      if (state.accounts.at(paused).bytes <= low) resumed.push_back(paused);
    }
    for (const net::ConnectionId one : resumed) state.paused.erase(one);
    return resumed;
  });
}

void ReceivePool::forget(net::ConnectionId id) {
  state_.with([&](State& state) {
    state.paused.erase(id);
    const auto found = state.accounts.find(id);
    if (found == state.accounts.end()) return;
    found->second.is_gone = true;
    if (found->second.bytes == 0) state.accounts.erase(found);
  });
}

std::size_t ReceivePool::held() const {
  return state_.with([](const State& state) { return state.bytes; });
}

std::size_t ReceivePool::held(net::ConnectionId id) const {
  return state_.with([&](const State& state) {
    const auto found = state.accounts.find(id);
    return found == state.accounts.end() ? 0 : found->second.bytes;
  });
}

}  // namespace kepeng::peering
