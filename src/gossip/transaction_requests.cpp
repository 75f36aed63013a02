// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/transaction_requests.h>

#include <algorithm>
#include <array>
#include <utility>

namespace kepeng::gossip {
namespace {

constexpr std::size_t kAnnouncementsMax = 5'000;  // of one peer
constexpr std::size_t kInFlightMax = 100;         // of one peer, before it has to wait
constexpr std::int64_t kDelayMs = 2'000;          // for each reason to wait
constexpr std::int64_t kTimeoutMs = 60'000;

}  // namespace

void TransactionRequests::add_peer(PeerId peer, Standing standing) {
  peers_[peer].standing = standing;
}

void TransactionRequests::erase(const TransactionName& name, Transaction& transaction, PeerId peer) {
  const auto found = transaction.by.find(peer);
  if (found == transaction.by.end()) return;
  Peer& owner = peers_.at(peer);
  if (found->second.asked) --owner.in_flight;
  owner.announced.erase(name);
  transaction.by.erase(found);
  --total_;
}

void TransactionRequests::remove_peer(PeerId peer) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  const auto names = found->second.announced;
  for (const TransactionName& name : names) {
    erase(name, transactions_.at(name), peer);
    wakings_.emplace(Moment{}, name);
    drop_if_done(name);
  }
  peers_.erase(peer);
}

void TransactionRequests::on_announced(PeerId peer, const TransactionName& name, Moment now) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  Peer& from = found->second;
  if (from.standing != Standing::Free && from.announced.size() >= kAnnouncementsMax) return;
  Announcement announcement{.ready = now, .asked = std::nullopt};
  if (from.standing == Standing::Usual) announcement.ready = announcement.ready + kDelayMs;
  if (!name.is_wtxid) announcement.ready = announcement.ready + kDelayMs;
  if (from.standing != Standing::Free && from.in_flight >= kInFlightMax) {
    announcement.ready = announcement.ready + kDelayMs;
  }
  if (!transactions_[name].by.emplace(peer, announcement).second) return;
  from.announced.insert(name);
  ++total_;
  wakings_.emplace(announcement.ready, name);
}

void TransactionRequests::on_answered(PeerId peer, const TransactionName& name) {
  const auto found = transactions_.find(name);
  if (found == transactions_.end()) return;
  const auto announcement = found->second.by.find(peer);
  if (announcement == found->second.by.end()) return;
  if (announcement->second.asked) --peers_.at(peer).in_flight;
  announcement->second.asked.reset();
  announcement->second.is_done = true;
  wakings_.emplace(Moment{}, name);
  drop_if_done(name);
}

std::vector<PeerId> TransactionRequests::announcers(const TransactionName& name) const {
  std::vector<PeerId> peers;
  const auto found = transactions_.find(name);
  if (found == transactions_.end()) return peers;
  for (const auto& [peer, announcement] : found->second.by) peers.push_back(peer);
  return peers;
}

void TransactionRequests::forget(const TransactionName& name) {
  const auto found = transactions_.find(name);
  if (found == transactions_.end()) return;
  while (!found->second.by.empty()) erase(name, found->second, found->second.by.begin()->first);
  transactions_.erase(found);
}

// Everybody had a turn, or nobody is left.
void TransactionRequests::drop_if_done(const TransactionName& name) {
  const auto found = transactions_.find(name);
  if (found == transactions_.end()) return;
  const auto& by = found->second.by;
  if (std::all_of(by.begin(), by.end(), [](const auto& item) { return item.second.is_done; })) forget(name);
}

void TransactionRequests::expire(Moment now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto [name, peer] = deadlines_.begin()->second;
    const Moment deadline = deadlines_.begin()->first;
    deadlines_.erase(deadlines_.begin());
    const auto found = transactions_.find(name);
    if (found == transactions_.end()) continue;
    const auto announcement = found->second.by.find(peer);
    if (announcement == found->second.by.end() || !announcement->second.asked) continue;
    if (*announcement->second.asked + kTimeoutMs <= deadline) on_answered(peer, name);
  }
}

std::uint64_t TransactionRequests::rank(const TransactionName& name, PeerId peer) const {
  std::array<std::uint8_t, 40> bytes{};
  std::copy(name.hash.begin(), name.hash.end(), bytes.begin());
  store_le(bytes.data() + 32, peer.number);
  return crypto::siphash24(key_, bytes);
}

// Of those whose time has come: one that we chose if there is one, else by the secret number.
std::optional<PeerId> TransactionRequests::choose(const TransactionName& name, const Transaction& transaction,
                                                  Moment now) const {
  std::optional<PeerId> best;
  std::pair<bool, std::uint64_t> best_rank{};
  for (const auto& [peer, announcement] : transaction.by) {
    if (announcement.is_done || announcement.ready > now) continue;
    const std::pair<bool, std::uint64_t> its{peers_.at(peer).standing != Standing::Usual, rank(name, peer)};
    if (best && its <= best_rank) continue;
    best = peer;
    best_rank = its;
  }
  return best;
}

void TransactionRequests::look_again(const TransactionName& name, Moment now) {
  const auto found = transactions_.find(name);
  if (found == transactions_.end()) return;
  auto& by = found->second.by;
  if (std::any_of(by.begin(), by.end(), [](const auto& item) { return item.second.asked.has_value(); })) return;
  const auto chosen = choose(name, found->second, now);
  if (!chosen) return;
  by.at(*chosen).asked = now;
  Peer& peer = peers_.at(*chosen);
  ++peer.in_flight;
  peer.to_ask.push_back(name);
  deadlines_.emplace(now + kTimeoutMs, std::pair{name, *chosen});
}

void TransactionRequests::wake(Moment now) {
  expire(now);
  while (!wakings_.empty() && wakings_.begin()->first <= now) {
    const TransactionName name = wakings_.begin()->second;
    wakings_.erase(wakings_.begin());
    look_again(name, now);
  }
}

std::vector<TransactionName> TransactionRequests::due(PeerId peer, Moment now) {
  wake(now);
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return {};
  auto names = std::exchange(found->second.to_ask, {});
  // What came from elsewhere in the meantime is not asked for.
  std::erase_if(names, [&](const TransactionName& name) {
    const auto transaction = transactions_.find(name);
    if (transaction == transactions_.end()) return true;
    const auto announcement = transaction->second.by.find(peer);
    return announcement == transaction->second.by.end() || !announcement->second.asked;
  });
  return names;
}

std::size_t TransactionRequests::announced(PeerId peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? 0 : found->second.announced.size();
}

std::size_t TransactionRequests::in_flight(PeerId peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? 0 : found->second.in_flight;
}

}  // namespace kepeng::gossip
