// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/address_relay.h>

#include <algorithm>
#include <cmath>

#include <kepeng/gossip/own_addresses.h>
#include <kepeng/wire/limits.h>

namespace kepeng::gossip {
namespace {

using wire::AddressEntry;

constexpr std::size_t kKnownRemembered = 2000;
constexpr std::int64_t kPenaltySeconds = 2 * 3600;
// Nodes speak of themselves with the time of now, in messages of their own; lists are answers to somebody.
constexpr std::int64_t kFreshSeconds = 10 * 60;
constexpr std::size_t kFreshEntriesMax = 10;
// A time that cannot be becomes this old.
constexpr std::int64_t kDoubtfulSeconds = 5 * 24 * 3600;
constexpr std::int64_t kEarliestTime = 100'000'000;
constexpr std::int64_t kFutureSeconds = 10 * 60;
constexpr std::uint64_t kSlotSeconds = 24 * 3600;

Bytes key_of(const wire::Endpoint& endpoint) {
  Bytes key{static_cast<std::uint8_t>(endpoint.address.network())};
  append(key, endpoint.address.bytes());
  append_le(key, endpoint.port);
  return key;
}

bool can_be_told(AddressRelay::Form form, const AddressEntry& entry) {
  return form == AddressRelay::Form::V2 || entry.endpoint.address.has_v1_form();
}

wire::Message to_message(AddressRelay::Form form, std::vector<AddressEntry> entries) {
  if (form == AddressRelay::Form::V2) return wire::AddrV2{std::move(entries)};
  return wire::Addr{std::move(entries)};
}

// With a time that is possible.
AddressEntry sane(AddressEntry entry, UnixTime now) {
  const std::int64_t seen = entry.last_seen;
  const bool is_possible = seen > kEarliestTime && seen <= now.seconds + kFutureSeconds;
  if (!is_possible) {
    entry.last_seen =
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(now.seconds - kDoubtfulSeconds, 0, UINT32_MAX));
  }
  return entry;
}

// Only nodes with blocks are worth connecting to.
bool has_something_to_offer(const AddressEntry& entry) {
  // I2P has no ports.
  const bool has_no_port = entry.endpoint.address.network() == wire::AddressNetwork::I2p;
  return (entry.services & (wire::kNodeNetwork | wire::kNodeNetworkLimited)) != 0 &&
         (entry.endpoint.port == 0) == has_no_port;
}

}  // namespace

void AddressRelay::add_peer(PeerId peer, const PeerFacts& facts, Now now, Actions& out) {
  const bool is_ours = facts.direction != Direction::Inbound;
  const bool exchanges = facts.exchange == Exchange::Addresses;
  Peer fresh{.facts = facts,
             .takes_part = is_ours && exchanges,
             .tokens_at = now.moment,
             .next_send = random_moment(now.moment, numbers_.send_every_ms),
             .next_own = now.moment,
             .known = RecentSet{kKnownRemembered, with_.key},
             .waiting = {}};
  if (fresh.takes_part) {
    fresh.awaits_answer = true;
    fresh.tokens += numbers_.tokens_for_question;
    out.push_back(Send{peer, wire::GetAddr{}});
  }
  peers_.insert_or_assign(peer, std::move(fresh));
}

void AddressRelay::on(PeerId id, const wire::GetAddr&, Now now, Actions& out) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  // Peers that we chose could learn by asking which addresses of theirs we know.
  if (peer.facts.direction != Direction::Inbound || peer.facts.exchange == Exchange::Nothing) return;
  peer.takes_part = true;
  const bool is_limited = peer.facts.limit == PeerFacts::Limit::Usual;
  if (std::exchange(peer.was_answered, true) && is_limited) return;
  std::vector<AddressEntry> told;
  std::vector<AddressEntry> fresh;  // for whom the operator trusts
  if (!is_limited) fresh = with_.book.sample({.count_max = wire::kAddressesMax}, std::nullopt, now.time);
  for (const AddressEntry& entry : is_limited ? answer_for(peer.facts.network(), now) : fresh) {
    const bool is_wanted =
        !with_.bans.is_banned(entry.endpoint.address, now.time) && !with_.bans.is_discouraged(entry.endpoint.address);
    if (!is_wanted || !can_be_told(peer.facts.form, entry)) continue;
    peer.known.insert(key_of(entry.endpoint));
    told.push_back(entry);
  }
  if (!told.empty()) out.push_back(Send{id, to_message(peer.facts.form, std::move(told))});
}

const std::vector<AddressEntry>& AddressRelay::answer_for(wire::AddressNetwork network, Now now) {
  Answer& answer = answers_[network];
  if (answer.good_until <= now.moment) {
    answer.entries = with_.book.sample({.count_max = wire::kAddressesMax}, std::nullopt, now.time);
    const auto spread = static_cast<std::uint64_t>(numbers_.answer_kept_spread_ms);
    answer.good_until =
        now.moment + numbers_.answer_kept_min_ms + static_cast<std::int64_t>(with_.random.below(spread + 1));
  }
  return answer.entries;
}

void AddressRelay::take(PeerId id, const std::vector<AddressEntry>& entries, Now now) {
  const auto found = peers_.find(id);
  if (found == peers_.end() || found->second.facts.exchange == Exchange::Nothing) return;
  Peer& peer = found->second;
  peer.takes_part = true;
  refill(peer, now.moment);
  const bool is_about_itself = !peer.awaits_answer && entries.size() <= kFreshEntriesMax;
  // Which of too many are taken is not the sender's choice.
  std::vector<AddressEntry> order = entries;
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[with_.random.below(i)]);
  for (const AddressEntry& claimed : order) {
    if (!take_token(peer)) continue;
    const AddressEntry entry = sane(claimed, now.time);
    peer.known.insert(key_of(entry.endpoint));
    const wire::NetworkAddress& address = entry.endpoint.address;
    const bool is_unwanted = with_.bans.is_banned(address, now.time) || with_.bans.is_discouraged(address);
    if (is_unwanted || !has_something_to_offer(entry)) continue;
    const bool is_fresh = now.time - UnixTime{entry.last_seen} < kFreshSeconds;
    if (is_fresh && is_about_itself && address.is_routable()) relay(id, entry, now);
    if (with_.reachable.contains(address.network()))
      with_.book.add({entry, peer.facts.address, kPenaltySeconds}, now.time);
  }
  if (entries.size() < wire::kAddressesMax) peer.awaits_answer = false;
}

bool AddressRelay::take_token(Peer& peer) {
  if (peer.tokens < 1 && peer.facts.limit == PeerFacts::Limit::Usual) {
    ++peer.counts.rate_limited;
    return false;
  }
  peer.tokens = std::max(peer.tokens - 1, 0.0);
  ++peer.counts.processed;
  return true;
}

void AddressRelay::refill(Peer& peer, Moment now) const {
  const double seconds = static_cast<double>(std::max<std::int64_t>(now - peer.tokens_at, 0)) / 1000;
  peer.tokens_at = now;
  // What was granted beyond the most is not taken back.
  if (peer.tokens >= numbers_.tokens_max) return;
  peer.tokens = std::min(numbers_.tokens_max, peer.tokens + seconds * numbers_.tokens_per_second);
}

// To the same peers all day, whoever tells us: an address that goes around comes back here and stops.
void AddressRelay::relay(PeerId from, const AddressEntry& entry, Now now) {
  const Bytes key = key_of(entry.endpoint);
  const std::uint64_t hash = crypto::siphash24(with_.key, key);
  const std::uint64_t slot = (static_cast<std::uint64_t>(now.time.seconds) + hash % kSlotSeconds) / kSlotSeconds;
  struct Candidate {
    std::uint64_t score;
    PeerId id;
  };
  std::vector<Candidate> candidates;
  for (const auto& [id, peer] : peers_) {
    if (id == from || !peer.takes_part || !can_be_told(peer.facts.form, entry)) continue;
    std::array<std::uint8_t, 24> choice;
    store_le(choice.data(), hash);
    store_le(choice.data() + 8, slot);
    store_le(choice.data() + 16, id.number);
    candidates.push_back({crypto::siphash24(with_.key, choice), id});
  }
  const bool is_reachable = with_.reachable.contains(entry.endpoint.address.network());
  const std::size_t wanted = std::min<std::size_t>(candidates.size(), is_reachable || (hash & 1) != 0 ? 2 : 1);
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(wanted), candidates.end(),
                    [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  for (std::size_t i = 0; i < wanted; ++i) put(peers_.at(candidates[i].id), entry);
}

void AddressRelay::put(Peer& peer, const AddressEntry& entry) {
  if (peer.known.contains(key_of(entry.endpoint)) || !can_be_told(peer.facts.form, entry)) return;
  if (peer.waiting.size() >= wire::kAddressesMax) {
    peer.waiting[with_.random.below(peer.waiting.size())] = entry;
  } else {
    peer.waiting.push_back(entry);
  }
}

void AddressRelay::set_own(std::vector<AddressEntry> own) {
  for (const AddressEntry& entry : own) {
    if (std::find(own_.begin(), own_.end(), entry) != own_.end()) continue;
    for (auto& [id, peer] : peers_) {
      if (may_be_told(entry.endpoint.address, peer.facts.network())) peer.next_own = {};
    }
  }
  own_ = std::move(own);
}

// What the peer may know and can be told. Its own word about us only where we know nothing in its network.
std::vector<AddressEntry> AddressRelay::own_for(const Peer& peer) const {
  std::vector<AddressEntry> entries;
  for (const AddressEntry& entry : own_) {
    const bool may = may_be_told(entry.endpoint.address, peer.facts.network());
    if (may && can_be_told(peer.facts.form, entry)) entries.push_back(entry);
  }
  const auto& by_peer = peer.facts.our_address;
  const bool knows_better = std::any_of(entries.begin(), entries.end(), [&](const AddressEntry& entry) {
    return by_peer && entry.endpoint.address.network() == by_peer->endpoint.address.network();
  });
  if (by_peer && !knows_better && may_be_told(by_peer->endpoint.address, peer.facts.network())) {
    entries.push_back(*by_peer);
  }
  return entries;
}

void AddressRelay::on_tick(Now now, Actions& out) {
  for (auto& [id, peer] : peers_) {
    if (!peer.takes_part) continue;
    if (peer.next_own <= now.moment && telling_ == Telling::Yes) {
      // It has heard of us before, and is to hear it again.
      for (AddressEntry entry : own_for(peer)) {
        entry.last_seen = static_cast<std::uint32_t>(std::clamp<std::int64_t>(now.time.seconds, 0, UINT32_MAX));
        out.push_back(Send{id, to_message(peer.facts.form, {entry})});
        peer.next_own = random_moment(now.moment, numbers_.tell_of_us_every_ms);
      }
    }
    if (peer.next_send > now.moment) continue;
    send_waiting(id, peer, out);
    peer.next_send = random_moment(now.moment, numbers_.send_every_ms);
  }
}

void AddressRelay::send_waiting(PeerId id, Peer& peer, Actions& out) {
  std::vector<AddressEntry> told;
  for (const AddressEntry& entry : std::exchange(peer.waiting, {})) {
    const Bytes key = key_of(entry.endpoint);
    if (peer.known.contains(key)) continue;  // told us in the meantime
    peer.known.insert(key);
    told.push_back(entry);
  }
  if (!told.empty()) out.push_back(Send{id, to_message(peer.facts.form, std::move(told))});
}

Moment AddressRelay::random_moment(Moment now, std::int64_t mean_ms) {
  return now + static_cast<std::int64_t>(-std::log1p(-with_.random.unit()) * static_cast<double>(mean_ms));
}

AddressRelay::Counts AddressRelay::counts(PeerId peer) const {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return {};
  Counts counts = found->second.counts;
  counts.takes_part = found->second.takes_part;
  return counts;
}

}  // namespace kepeng::gossip
