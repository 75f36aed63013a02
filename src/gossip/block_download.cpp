// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/block_download.h>

#include <algorithm>
#include <limits>

namespace kepeng::gossip {
namespace {

constexpr Height kLimitedPeerBlocks = 288;  // BIP159
constexpr double kSmoothing = 0.2;
constexpr std::size_t kMissingMax = 64;
constexpr std::size_t kOtherWaysMax = 8;
constexpr std::size_t kSourcesMax = 3;
constexpr double kFarBack = 1.5;  // times the horizon
constexpr std::int64_t kDebtMs = 60'000;

double smooth(double known, double measured) {
  return known == 0 ? measured : known + kSmoothing * (measured - known);
}

}  // namespace

void BlockDownload::add_peer(PeerId peer, Serves serves) {
  peers_[peer].serves = serves;
}

void BlockDownload::remove_peer(PeerId peer) {
  peers_.erase(peer);
  for (auto item = asked_.begin(); item != asked_.end();) {
    auto& of = item->second.of;
    std::erase_if(of, [&](const Source& source) { return source.peer == peer; });
    item = of.empty() ? asked_.erase(item) : std::next(item);
  }
}

void BlockDownload::set_best_known(PeerId peer, const chain::Entry* entry) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  const chain::Entry* known = found->second.best_known;
  if (known == nullptr || known->chain_work < entry->chain_work) found->second.best_known = entry;
}

// So many more may be asked of the peer.
std::size_t BlockDownload::room_of(const Peer& peer) const {
  std::size_t wanted = limits_.in_flight_first;
  if (peer.bytes_per_ms > 0) {
    const double blocks = peer.bytes_per_ms * static_cast<double>(limits_.horizon_ms) / average_bytes_;
    wanted = static_cast<std::size_t>(
        std::clamp(blocks, static_cast<double>(limits_.in_flight_min), static_cast<double>(limits_.in_flight_max)));
  }
  return wanted > peer.queue() ? wanted - peer.queue() : 0;
}

bool BlockDownload::can_give(const Peer& peer, const chain::Entry& entry) const {
  if (peer.best_known == nullptr || !peer.best_known->descends_from(entry)) return false;
  if (peer.serves == Serves::LastBlocks && peer.best_known->height - entry.height >= kLimitedPeerBlocks) return false;
  return std::find(peer.missing.begin(), peer.missing.end(), entry.hash) == peer.missing.end();
}

// The peer with the most room among those that can give the block and were not asked for it yet.
BlockDownload::Peer* BlockDownload::choose(const chain::Entry& entry, const AskedFor& asked, PeerId& chosen) {
  Peer* best = nullptr;
  std::size_t most = 0;
  for (auto& [id, peer] : peers_) {
    if (asked.is_of(id)) continue;
    const std::size_t room = room_of(peer);
    if (room <= most || !can_give(peer, entry)) continue;
    most = room;
    best = &peer;
    chosen = id;
  }
  return best;
}

void BlockDownload::ask(PeerId id, Peer& peer, const chain::Entry* entry, Moment now) {
  AskedFor& asked = asked_[entry->hash];
  asked.entry = entry;
  asked.of.push_back({id, now});
  if (++peer.in_flight == 1 || !peer.busy_since) peer.busy_since = now;
}

bool BlockDownload::ask_of(PeerId peer, const chain::Entry& entry, Moment now) {
  const auto asked = asked_.find(entry.hash);
  if (asked != asked_.end() && asked->second.is_of(peer)) return false;
  ask(peer, peers_[peer], &entry, now);
  return true;
}

// The blocks of the window that are not here, in order.
std::vector<const chain::Entry*> BlockDownload::missing_in_window(const Target& target, bool& is_whole) const {
  const chain::Entry* fork = chain::fork_point(target.settled, target.best);
  const auto by_bytes = static_cast<Height>(static_cast<double>(limits_.window_bytes) / average_bytes_);
  const Height window = std::max<Height>(1, std::min(limits_.window_blocks, by_bytes));
  const Height last = std::min(target.best->height, fork->height + window);
  is_whole = last == target.best->height;
  std::vector<const chain::Entry*> missing;
  for (const chain::Entry* walk = target.best->ancestor(last); walk != fork; walk = walk->parent) {
    if (!walk->has_data && !arrived_.contains(walk->hash)) missing.push_back(walk);
  }
  std::reverse(missing.begin(), missing.end());
  return missing;
}

std::vector<BlockDownload::Request> BlockDownload::plan(const Target& target, Moment now) {
  Requests requests;
  bool is_whole = false;
  const auto missing = missing_in_window(target, is_whole);
  const bool all_asked = ask_for(missing, requests, now);
  // Everything is asked for that may be: the first that is missing holds up the rest.
  const AskedFor* first = missing.empty() || !all_asked ? nullptr : &asked_.at(missing.front()->hash);
  note_stall(first != nullptr && !is_whole ? std::optional{first->of.front().peer} : std::nullopt, now);
  hurry(missing, requests, now);
  if (all_asked) share_out(missing, requests, now);
  for (const chain::Entry* end : other_ways(target)) {
    const auto on_the_way = missing_in_window({target.settled, end}, is_whole);
    ask_for(on_the_way, requests, now);
    hurry(on_the_way, requests, now);
  }
  std::vector<Request> result;
  for (auto& [id, made] : requests) result.push_back(std::move(made));
  return result;
}

// False when nobody can be asked for one of them now.
bool BlockDownload::ask_for(const std::vector<const chain::Entry*>& missing, Requests& requests, Moment now) {
  for (const chain::Entry* entry : missing) {
    if (asked_.contains(entry->hash)) continue;
    PeerId id;
    Peer* peer = choose(*entry, {}, id);
    if (peer == nullptr) return false;
    request({id, peer}, entry, requests, now);
  }
  return true;
}

// On every way the first is asked of a second peer when it is late: whoever announces a block and keeps it could else
// stop us, with another header of his that nobody fills.
void BlockDownload::hurry(const std::vector<const chain::Entry*>& missing, Requests& requests, Moment now) {
  const auto first = missing.empty() ? asked_.end() : asked_.find(missing.front()->hash);
  if (first == asked_.end() || !is_late(first->second, now)) return;
  PeerId id;
  if (Peer* second = choose(*first->second.entry, first->second, id)) {
    request({id, second}, first->second.entry, requests, now);
  }
}

void BlockDownload::request(std::pair<PeerId, Peer*> of, const chain::Entry* entry, Requests& requests, Moment now) {
  const auto& [id, peer] = of;
  ask(id, *peer, entry, now);
  Request& to = requests[id];
  to.peer = id;
  to.blocks.push_back(entry);
}

// Blocks grow, and a peer may have been asked for more than it brings soon: who has nothing to do takes over what
// stands far back in its queue.
void BlockDownload::share_out(const std::vector<const chain::Entry*>& missing, Requests& requests, Moment now) {
  std::map<PeerId, std::size_t> positions;
  for (const chain::Entry* entry : missing) {
    const AskedFor& asked = asked_.at(entry->hash);
    const double expected = expected_ms(asked, positions);
    if (asked.of.size() == kSourcesMax || expected <= kFarBack * static_cast<double>(limits_.horizon_ms)) continue;
    PeerId id;
    Peer* other = choose(*entry, asked, id);
    if (other == nullptr) return;
    if (other->milliseconds_for(other->queue() + 1, average_bytes_) * 2 > expected) continue;
    request({id, other}, entry, requests, now);
  }
}

// When the first of the sources is likely to bring it. `positions` counts what was asked of each before.
double BlockDownload::expected_ms(const AskedFor& asked, std::map<PeerId, std::size_t>& positions) const {
  double soonest = std::numeric_limits<double>::max();
  for (const Source& source : asked.of) {
    const Peer& peer = peers_.at(source.peer);
    const std::size_t position = ++positions.try_emplace(source.peer, peer.owed.size()).first->second;
    soonest = std::min(soonest, peer.milliseconds_for(position, average_bytes_));
  }
  return soonest;
}

// Branches with more work than ours that peers have. The best header may be one whose blocks nobody gives.
std::vector<const chain::Entry*> BlockDownload::other_ways(const Target& target) const {
  std::vector<const chain::Entry*> ends;
  for (const auto& [id, peer] : peers_) {
    const chain::Entry* end = peer.best_known;
    if (end == nullptr || end->chain_work <= target.settled->chain_work || end->is_invalid()) continue;
    if (target.best->descends_from(*end) || std::find(ends.begin(), ends.end(), end) != ends.end()) continue;
    ends.push_back(end);
    if (ends.size() == kOtherWaysMax) break;
  }
  return ends;
}

// Is it time for another source? For a third one later than for a second.
bool BlockDownload::is_late(const AskedFor& asked, Moment now) const {
  if (asked.of.size() >= kSourcesMax) return false;
  const Source& last = asked.of.back();
  const Peer& peer = peers_.at(last.peer);
  const double expected = peer.milliseconds_for(peer.queue(), average_bytes_);
  const auto patience = std::max(static_cast<double>(limits_.second_source_ms), 1.5 * expected);
  return static_cast<double>(now - last.since) > patience * static_cast<double>(asked.of.size());
}

// Notes for which peer the window waits, if it does.
void BlockDownload::note_stall(std::optional<PeerId> holds_up, Moment now) {
  for (auto& [id, peer] : peers_) {
    if (holds_up != id) {
      peer.stalls_since.reset();
    } else if (!peer.stalls_since) {
      peer.stalls_since = now;
    }
  }
}

// The peer has sent a block: how fast is it?
void BlockDownload::note_delivery(Peer& peer, std::size_t bytes, Moment now) {
  if (peer.busy_since) {
    const double passed = static_cast<double>(std::max<std::int64_t>(1, now - *peer.busy_since));
    peer.bytes_per_ms = smooth(peer.bytes_per_ms, static_cast<double>(bytes) / passed);
  }
  note_answer(peer, now);
}

void BlockDownload::note_answer(Peer& peer, Moment now) {
  peer.stalls_since.reset();
  peer.busy_since = peer.queue() == 0 ? std::nullopt : std::optional{now};
}

BlockDownload::Asked BlockDownload::on_block(PeerId id, const BlockHash& hash, std::size_t bytes, Moment now) {
  const auto found = asked_.find(hash);
  if (found == asked_.end()) {
    const auto sender = peers_.find(id);
    if (sender != peers_.end() && sender->second.owed.erase(hash) != 0) note_delivery(sender->second, bytes, now);
    return Asked::OfNobody;
  }
  const AskedFor asked = std::move(found->second);
  asked_.erase(found);
  arrived_.insert(hash);
  average_bytes_ = std::max(smooth(average_bytes_, static_cast<double>(bytes)), 200.0);
  stall_ms_ = std::max(limits_.stall_min_ms, stall_ms_ * 85 / 100);
  Asked result = Asked::OfAnother;
  for (const Source& source : asked.of) {
    Peer& peer = peers_.at(source.peer);
    --peer.in_flight;
    if (source.peer == id) {
      result = Asked::OfThisPeer;
      note_delivery(peer, bytes, now);
    } else {
      peer.stalls_since.reset();
      peer.owed.insert(hash);
    }
  }
  return result;
}

void BlockDownload::on_missing(PeerId peer, const BlockHash& hash) {
  if (!end_request(peer, hash)) return;
  auto& missing = peers_[peer].missing;
  if (missing.size() >= kMissingMax) missing.erase(missing.begin());
  missing.push_back(hash);
}

void BlockDownload::on_needless(PeerId peer, const BlockHash& hash) {
  end_request(peer, hash);
}

// False if the peer was not asked for it.
bool BlockDownload::end_request(PeerId id, const BlockHash& hash) {
  const auto it = peers_.find(id);
  if (it == peers_.end()) return false;
  Peer& peer = it->second;
  const Moment since = peer.busy_since.value_or(Moment{});
  if (peer.owed.erase(hash) == 0) {
    const auto found = asked_.find(hash);
    if (found == asked_.end()) return false;
    auto& of = found->second.of;
    const auto source = std::find_if(of.begin(), of.end(), [&](const Source& one) { return one.peer == id; });
    if (source == of.end()) return false;
    of.erase(source);
    if (of.empty()) asked_.erase(found);
    --peer.in_flight;
  }
  note_answer(peer, since);
  return true;
}

std::vector<BlockDownload::Overdue> BlockDownload::overdue(Moment now) {
  std::vector<Overdue> result;
  if (stall_ms_ == 0) stall_ms_ = limits_.stall_min_ms;
  std::int64_t delivering = 0;
  for (const auto& [id, peer] : peers_) delivering += peer.in_flight != 0 ? 1 : 0;
  bool has_stalled = false;
  for (auto& [id, peer] : peers_) {
    if (peer.in_flight == 0) forget_debts(peer, now);
    const std::int64_t timeout =
        limits_.block_timeout_ms + limits_.block_timeout_ms / 2 * std::max<std::int64_t>(0, delivering - 1);
    if (peer.stalls_since && now - *peer.stalls_since > stall_ms_) {
      result.push_back({id, "it stalls the download of blocks"});
      has_stalled = true;
    } else if (peer.busy_since && now - *peer.busy_since > timeout) {
      result.push_back({id, "it does not send a block that it was asked for"});
    }
  }
  // If it was us who are slow, the next one gets more time.
  if (has_stalled) stall_ms_ = std::min(limits_.stall_max_ms, stall_ms_ * 2);
  return result;
}

// What it was asked for and nobody needs any more it may keep.
void BlockDownload::forget_debts(Peer& peer, Moment now) {
  if (peer.busy_since && now - *peer.busy_since < kDebtMs) return;
  peer.owed.clear();
  peer.busy_since.reset();
}

std::vector<Height> BlockDownload::heights_in_flight(PeerId peer) const {
  std::vector<Height> heights;
  for (const auto& [hash, asked] : asked_) {
    for (const Source& source : asked.of) {
      if (source.peer == peer) heights.push_back(asked.entry->height);
    }
  }
  std::sort(heights.begin(), heights.end());
  return heights;
}

std::size_t BlockDownload::in_flight(PeerId peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? 0 : found->second.in_flight;
}

}  // namespace kepeng::gossip
