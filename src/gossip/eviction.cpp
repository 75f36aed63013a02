// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/eviction.h>

#include <algorithm>
#include <array>
#include <map>

namespace kepeng::gossip {
namespace {

using Candidates = std::vector<EvictionCandidate>;

constexpr std::size_t kProtectedByGroup = 4;
constexpr std::size_t kProtectedByPing = 8;
constexpr std::size_t kProtectedByTransaction = 4;
constexpr std::size_t kProtectedBlockOnly = 8;
constexpr std::size_t kProtectedByBlock = 4;

bool connected_earlier(const EvictionCandidate& a, const EvictionCandidate& b) {
  return a.connected < b.connected || (a.connected == b.connected && a.peer < b.peer);
}

bool has_higher_group(const EvictionCandidate& a, const EvictionCandidate& b) {
  return a.keyed_group != b.keyed_group ? a.keyed_group > b.keyed_group : connected_earlier(a, b);
}

bool is_nearer(const EvictionCandidate& a, const EvictionCandidate& b) {
  return a.ping_min_ms != b.ping_min_ms ? a.ping_min_ms < b.ping_min_ms : connected_earlier(a, b);
}

bool brought_transaction_later(const EvictionCandidate& a, const EvictionCandidate& b) {
  if (a.last_transaction != b.last_transaction) return a.last_transaction > b.last_transaction;
  if (a.relays_transactions != b.relays_transactions) return a.relays_transactions;
  return connected_earlier(a, b);
}

bool brought_block_later(const EvictionCandidate& a, const EvictionCandidate& b) {
  if (a.last_block != b.last_block) return a.last_block > b.last_block;
  if (a.relays_blocks != b.relays_blocks) return a.relays_blocks;
  return connected_earlier(a, b);
}

bool is_block_only(const EvictionCandidate& candidate) {
  return !candidate.relays_transactions && candidate.relays_blocks;
}

// Removes the first `count`, by `order`, of those that `fits` is true for.
template <class Order, class Fits>
void protect(Candidates& candidates, std::size_t count, Order order, Fits fits) {
  const auto others = std::stable_partition(candidates.begin(), candidates.end(), fits);
  std::sort(candidates.begin(), others, order);
  const auto fitting = static_cast<std::size_t>(others - candidates.begin());
  candidates.erase(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(std::min(count, fitting)));
}

template <class Order>
void protect(Candidates& candidates, std::size_t count, Order order) {
  protect(candidates, count, order, [](const EvictionCandidate&) { return true; });
}

std::size_t count_of(const Candidates& candidates, InboundNetwork network) {
  return static_cast<std::size_t>(
      std::count_if(candidates.begin(), candidates.end(), [&](const auto& one) { return one.network == network; }));
}

// Up to a quarter of those that are left, from networks of which there are few: these have higher pings, and would
// never be protected by the steps before. What one network does not use up, the next rarest may have.
void protect_rare_networks(Candidates& candidates, std::size_t quarter) {
  struct Rare {
    InboundNetwork network;
    std::size_t count;
  };
  // In case of a tie, in this order.
  std::array rare{Rare{InboundNetwork::Cjdns, 0}, Rare{InboundNetwork::I2p, 0}, Rare{InboundNetwork::Local, 0},
                  Rare{InboundNetwork::Onion, 0}};
  for (Rare& one : rare) one.count = count_of(candidates, one.network);
  std::stable_sort(rare.begin(), rare.end(), [](const Rare& a, const Rare& b) { return a.count < b.count; });
  auto networks =
      static_cast<std::size_t>(std::count_if(rare.begin(), rare.end(), [](const Rare& one) { return one.count != 0; }));
  std::size_t left = quarter;
  while (networks != 0 && left != 0) {
    const std::size_t share = std::max<std::size_t>(left / networks, 1);
    const std::size_t before = left;
    for (const Rare& one : rare) {
      const std::size_t present = count_of(candidates, one.network);
      const std::size_t taken = std::min({share, present, left});
      protect(candidates, taken, connected_earlier,
              [&](const auto& candidate) { return candidate.network == one.network; });
      left -= taken;
      if (present != 0 && taken == present) --networks;
    }
    if (left == before) return;
  }
}

// Half of those that are left stay because they have stayed.
void protect_half(Candidates& candidates) {
  const std::size_t half = candidates.size() / 2;
  const std::size_t before = candidates.size();
  protect_rare_networks(candidates, half / 2);
  protect(candidates, half - (before - candidates.size()), connected_earlier);
}

}  // namespace

std::optional<PeerId> select_for_eviction(Candidates candidates) {
  protect(candidates, kProtectedByGroup, has_higher_group);
  protect(candidates, kProtectedByPing, is_nearer);
  protect(candidates, kProtectedByTransaction, brought_transaction_later);
  protect(candidates, kProtectedBlockOnly, brought_block_later, is_block_only);
  protect(candidates, kProtectedByBlock, brought_block_later);
  protect_half(candidates);
  if (candidates.empty()) return std::nullopt;

  // Who has misbehaved goes before anybody else.
  const auto is_discouraged = [](const EvictionCandidate& candidate) { return candidate.is_discouraged; };
  if (std::any_of(candidates.begin(), candidates.end(), is_discouraged)) {
    std::erase_if(candidates, [&](const EvictionCandidate& candidate) { return !is_discouraged(candidate); });
  }
  std::map<std::uint64_t, Candidates> groups;
  for (const EvictionCandidate& candidate : candidates) groups[candidate.keyed_group].push_back(candidate);
  for (auto& [group, members] : groups) std::sort(members.begin(), members.end(), connected_earlier);
  // Of equally large ones, the one with the youngest member.
  const auto largest = std::max_element(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    if (a.second.size() != b.second.size()) return a.second.size() < b.second.size();
    return connected_earlier(a.second.back(), b.second.back());
  });
  return largest->second.back().peer;
}

}  // namespace kepeng::gossip
