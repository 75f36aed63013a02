// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Whom we call: those that the operator wants, and strangers from the address book; and what is remembered of them.

#include <algorithm>

#include "core.h"
#include "endpoints.h"

namespace kepeng::peering {
namespace {

using gossip::ConnectionKind;

constexpr std::int64_t kRetryMs = 10'000;
constexpr std::int64_t kCallEveryMs = 500;
constexpr std::int64_t kWatchEveryMs = 5'000;
constexpr std::int64_t kSaveEveryMs = 15 * 60'000;
// With so many peers it is not our own line that is down.
constexpr std::size_t kCertainlyOnline = 2;

bool is_stranger(ConnectionKind kind) {
  return kind == ConnectionKind::FullRelay || kind == ConnectionKind::BlockRelay;
}

}  // namespace

// Calls those that the operator wants and that are not here.
void PeerNetwork::Core::keep_connected() {
  if (!is_active) return;
  for (const auto& [address, protocol] : unshakable) keep_connected(address, protocol);
  for (const auto& [address, protocol] : added) {
    if (!has_room_for_added()) return;
    keep_connected(address, protocol);
  }
}

void PeerNetwork::Core::keep_connected(const net::Endpoint& address, Protocol protocol) {
  const gossip::Moment moment = now().moment;
  const auto before = tried.find(address);
  if (is_linked_with(address) || (before != tried.end() && moment - before->second < kRetryMs)) return;
  tried[address] = moment;
  connect(address, ConnectionKind::Manual, protocol);
}

bool PeerNetwork::Core::has_room_for_added() const {
  const auto count = std::count_if(links.begin(), links.end(), [&](const auto& item) {
    return item.second.kind == ConnectionKind::Manual && added.contains(item.second.address);
  });
  return static_cast<std::size_t>(count) < kAddedNodesMax;
}

std::vector<gossip::OutboundPlan::Live> PeerNetwork::Core::live() const {
  std::vector<gossip::OutboundPlan::Live> all;
  for (const auto& [id, link] : links) {
    if (!link.is_private()) all.push_back({link.known_as, link.kind});
  }
  return all;
}

void PeerNetwork::Core::call_strangers() {
  const gossip::Now at = now();
  if (!is_active || options.outbound.is_none() || at.moment < next_call) return;
  next_call = at.moment + kCallEveryMs;
  const auto all = live();
  using View = gossip::OutboundPlan::View;
  watch_outbound();
  const View view{
      .live = all, .tip = watch.tip(), .sync = reader.is_catching_up() ? View::Sync::CatchingUp : View::Sync::Done};
  const auto attempt = plan.next(view, at);
  if (!attempt) return;
  const auto lasting = std::count_if(all.begin(), all.end(), [](const auto& one) { return is_stranger(one.kind); });
  const bool is_online = static_cast<std::size_t>(lasting) >= kCertainlyOnline;
  using Failure = gossip::AddressBook::Failure;
  const gossip::KnownAddress* known = memory.book.find(attempt->endpoint);
  const bool says_v2 = options.network_key || known == nullptr || (known->entry.services & wire::kNodeP2pV2) != 0;
  memory.book.note_attempt(attempt->endpoint, is_online ? Failure::Counts : Failure::MayBeOurs, at.time);
  KP_LOG_DEBUG(log, Net, "calling {} ({})", attempt->endpoint.to_string(), name_of(attempt->kind));
  connect(to_net(attempt->endpoint), attempt->kind, says_v2 ? first_protocol() : Protocol::V1);
}

// Those that are no longer worth their places go.
void PeerNetwork::Core::watch_outbound() {
  const gossip::Moment moment = now().moment;
  if (moment < next_watch) return;
  next_watch = moment + kWatchEveryMs;
  std::vector<gossip::OutboundWatch::Facts> peers;
  for (const auto& facts : conversations->peers(moment)) {
    if (!facts.is_ready || !is_stranger(facts.who.kind)) continue;
    peers.push_back({facts.peer, facts.who.kind, facts.who.address.address.network(), facts.connected, facts.last_block,
                     facts.best_known, !facts.in_flight.empty()});
  }
  const auto view = reader.view();
  gossip::Actions actions;
  watch.look({peers, view->tip()}, moment, actions);
  carry_out(actions);
}

void PeerNetwork::Core::save_sometimes() {
  const gossip::Now at = now();
  if (at.moment < next_save) return;
  const bool is_first = next_save == gossip::Moment{};
  next_save = at.moment + kSaveEveryMs;
  if (is_first) return;
  server->post(memory.save_book());
  if (memory.bans.sweep(at.time)) server->post(memory.save_bans());
}

// At the end: the connections are still there.
void PeerNetwork::Core::save_all() {
  memory.save_book()();
  memory.save_bans()();
  std::vector<gossip::OutboundPlan::Live> ready;
  for (const auto& facts : conversations->peers(now().moment)) {
    if (facts.is_ready) ready.push_back({facts.who.address, facts.who.kind});
  }
  memory.save_anchors(gossip::OutboundPlan::anchors_of(ready));
}

}  // namespace kepeng::peering
