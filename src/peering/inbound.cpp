// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Who may call us, who makes room for whom, and who is no longer wanted.

#include <algorithm>

#include "core.h"

namespace kepeng::peering {
namespace {

using gossip::InboundNetwork;
using wire::AddressNetwork;

constexpr std::int64_t kLimitEveryMs = 1'000;

InboundNetwork network_of(const wire::NetworkAddress& address) {
  if (address.is_local()) return InboundNetwork::Local;
  switch (address.network()) {
    case AddressNetwork::Ipv4:
      return InboundNetwork::Ipv4;
    case AddressNetwork::Ipv6:
      return InboundNetwork::Ipv6;
    case AddressNetwork::Onion:
      return InboundNetwork::Onion;
    case AddressNetwork::I2p:
      return InboundNetwork::I2p;
    case AddressNetwork::Cjdns:
      return InboundNetwork::Cjdns;
  }
  return InboundNetwork::Ipv6;
}

}  // namespace

gossip::Permissions PeerNetwork::Core::permissions_of(const wire::NetworkAddress& address,
                                                      gossip::Direction direction) const {
  gossip::Permissions granted;
  for (const gossip::Whitelisted& one : options.whitelist) {
    const bool applies = direction == gossip::Direction::Inbound ? one.inbound : one.outbound;
    if (applies && one.subnet.contains(address)) granted.grant(one.permissions);
  }
  return granted;
}

std::optional<std::string> PeerNetwork::Core::refusal(const Link& caller) {
  if (!is_active) return "the network is switched off";
  const wire::NetworkAddress& address = caller.known_as.address;
  const bool is_safe = caller.permissions.has(gossip::Permission::NoBan);
  if (!is_safe && memory.bans.is_banned(address, clock.now())) return "it is banned";
  if (!is_safe && !arrivals.admit(address, now().moment)) return "too many have come from its network";
  const auto inbound = static_cast<std::size_t>(
      std::count_if(links.begin(), links.end(), [](const auto& item) { return item.second.is_inbound(); }));
  // Who has misbehaved may come while there is room for others as well.
  if (!is_safe && inbound + 1 >= options.inbound_max && memory.bans.is_discouraged(address)) {
    return "it has misbehaved, and room is scarce";
  }
  if (inbound >= options.inbound_max && !make_room()) return "no room for another peer";
  return std::nullopt;
}

bool PeerNetwork::Core::make_room() {
  std::vector<gossip::EvictionCandidate> candidates;
  for (const auto& facts : conversations->peers(now().moment)) {
    const Link* link = link_of(facts.peer);
    if (link == nullptr || !link->is_inbound() || link->permissions.has(gossip::Permission::NoBan)) continue;
    candidates.push_back(candidate_of(facts, *link));
  }
  const auto chosen = gossip::select_for_eviction(std::move(candidates));
  if (chosen) evict(*chosen, "somebody else needs the room more");
  return chosen.has_value();
}

// It counts no longer, although its last words are still on their way.
void PeerNetwork::Core::evict(gossip::PeerId peer, const std::string& reason) {
  Link* link = link_of(peer);
  end(*link, reason);
  closed(link->connection, reason);
}

// Who relays transactions costs more than who wants blocks, so not every place is for them. The one who has come last
// goes where all are worth protecting.
void PeerNetwork::Core::limit_relaying() {
  const gossip::Moment moment = now().moment;
  if (moment < next_limit) return;
  next_limit = moment + kLimitEveryMs;
  std::size_t relaying = 0;
  std::vector<gossip::EvictionCandidate> candidates;
  for (const auto& facts : conversations->peers(moment)) {
    const Link* link = link_of(facts.peer);
    if (link == nullptr || !link->is_inbound() || !facts.portrait || !facts.portrait->wants_transactions) continue;
    ++relaying;
    if (!link->permissions.has(gossip::Permission::NoBan)) candidates.push_back(candidate_of(facts, *link));
  }
  for (; relaying > options.inbound_relaying_max && !candidates.empty(); --relaying) {
    const auto last = std::max_element(candidates.begin(), candidates.end(),
                                       [](const auto& a, const auto& b) { return a.connected < b.connected; });
    const gossip::PeerId chosen = gossip::select_for_eviction(candidates).value_or(last->peer);
    std::erase_if(candidates, [&](const auto& candidate) { return candidate.peer == chosen; });
    evict(chosen, "enough others relay transactions (-inboundrelaypercent)");
  }
}

gossip::EvictionCandidate PeerNetwork::Core::candidate_of(const gossip::Conversations::PeerFacts& facts,
                                                          const Link& link) const {
  const wire::NetworkAddress& address = link.known_as.address;
  gossip::EvictionCandidate candidate;
  candidate.peer = facts.peer;
  candidate.connected = facts.connected;
  if (facts.ping_min_ms >= 0) candidate.ping_min_ms = facts.ping_min_ms;
  candidate.last_block = facts.last_block;
  candidate.last_transaction = facts.last_transaction;
  const wire::Services services = facts.portrait ? facts.portrait->services : 0;
  candidate.relays_blocks = (services & wire::kNodeNetwork) != 0 && (services & wire::kNodeWitness) != 0;
  candidate.relays_transactions = facts.portrait && facts.portrait->wants_transactions;
  candidate.is_discouraged = memory.bans.is_discouraged(address);
  candidate.keyed_group = crypto::siphash24(group_key, memory.book.groups().group_of(address).bytes);
  candidate.network = link.through ? InboundNetwork::Onion : network_of(address);
  return candidate;
}

// Whom the operator chose or protects stays, whatever it does; who shares our machine only has to go.
void PeerNetwork::Core::discourage(Link& link, const std::string& reason) {
  const bool is_safe = link.permissions.has(gossip::Permission::NoBan) || link.kind == gossip::ConnectionKind::Manual;
  if (is_safe) {
    KP_LOG_WARNING(log, "peer={} {} misbehaves, and stays because you wish it: {}", link.connection,
                   link.address.to_string(), reason);
    return;
  }
  const wire::NetworkAddress address = link.known_as.address;
  KP_LOG_INFO(log, "peer={} {} misbehaves: {}", link.connection, link.address.to_string(), reason);
  // Of who is behind a proxy and known by name only, no address can be blamed.
  if (address.is_local() || !address.is_valid()) return end(link, reason);
  memory.bans.discourage(address);
  for (auto& [id, other] : links) {
    if (other.known_as.address == address) end(other, reason);
  }
}

void PeerNetwork::Core::end_banned(const wire::Subnet& subnet) {
  for (auto& [id, link] : links) {
    const wire::NetworkAddress& address = link.known_as.address;
    if (address.is_valid() && subnet.contains(address)) end(link, "the operator has banned it");
  }
}

}  // namespace kepeng::peering
