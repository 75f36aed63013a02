// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Connections and their transports: how they begin and end, and from messages to bytes. The way back is in reading.cpp.

#include <algorithm>

#include <kepeng/net/transport_v1.h>
#include <kepeng/net/transport_v2.h>

#include "core.h"
#include "endpoints.h"

namespace kepeng::peering {
namespace {

// Who may know nothing of BIP324 counts what it cannot read as so many bad messages, and must not come to ban us for
// it.
constexpr std::size_t kShortGarbage = 100;
std::size_t garbage_bytes_max(gossip::ConnectionKind kind) {
  return kind == gossip::ConnectionKind::Manual ? kShortGarbage : net::TransportV2::kGarbageBytesMax;
}

constexpr std::size_t kUnsentMax = 8;  // before the transport is ready there is one version message

// Is this the address that the caller has reached?
bool is_reached_by(const net::Endpoint& listening, const net::Endpoint& local) {
  const bool is_any = listening.host == "0.0.0.0" || listening.host == "::";
  return listening.port == local.port && (is_any || listening.host == local.host);
}

}  // namespace

// --- net thread ------------------------------------------------------------------------------------------------------

void PeerNetwork::Core::on_accepted(net::ConnectionId id, const net::Endpoint& remote, const net::Endpoint& local) {
  mailbox.post([this, id, remote, local] { accepted(id, remote, local); });
}

void PeerNetwork::Core::on_connected(net::ConnectionId id, const net::Endpoint& remote, const net::Endpoint& local) {
  mailbox.post([this, id, remote, local] { opened(id, remote, local); });
}

void PeerNetwork::Core::on_closed(net::ConnectionId id, const std::string& reason) {
  unheard.forget(id);
  mailbox.post([this, id, reason] { closed(id, reason); });
}

// --- peer thread -----------------------------------------------------------------------------------------------------

std::unique_ptr<net::Transport> PeerNetwork::Core::make_transport(gossip::ConnectionKind kind,
                                                                  Protocol protocol) const {
  if (protocol == Protocol::V1) return std::make_unique<net::TransportV1>(network.magic);
  const auto role = kind == gossip::ConnectionKind::Inbound ? crypto::V2Role::Responder : crypto::V2Role::Initiator;
  const crypto::NetworkKey* key = options.network_key ? &*options.network_key : nullptr;
  return std::make_unique<net::TransportV2>(net::TransportV2::Setting{signer, network.magic, role, key},
                                            net::V2Identity::fresh(signer, garbage_bytes_max(kind)));
}

void PeerNetwork::Core::accepted(net::ConnectionId id, const net::Endpoint& remote, const net::Endpoint& local) {
  Link caller;
  caller.connection = id;
  caller.address = remote;
  caller.local = local;
  caller.known_as = to_wire(remote).value_or(wire::Endpoint{});
  for (const ListenAt& entry : listening) {
    if (!is_reached_by(entry.at, local)) continue;
    caller.permissions.grant(entry.permissions);
    if (entry.is_for == ListenAt::For::Onion)
      caller.through = wire::AddressNetwork::Onion, caller.way = gossip::Introduction::Way::Hidden;
  }
  // Tor hides where they call from: what the operator grants to this machine is not meant for them.
  if (!caller.through) {
    caller.permissions.grant(permissions_of(caller.known_as.address, gossip::Direction::Inbound));
  }
  if (const auto reason = refusal(caller)) {
    KP_LOG_DEBUG(log, Net, "connection from {} refused: {}", remote.to_string(), *reason);
    return connections->close(id, *reason);
  }
  caller.transport = make_transport(caller.kind, first_protocol());
  links.insert_or_assign(id, std::move(caller));
  opened(id, remote, local);
}

void PeerNetwork::Core::opened(net::ConnectionId id, const net::Endpoint& remote, const net::Endpoint& local) {
  const auto found = links.find(id);
  if (found == links.end()) return connections->close(id, "not wanted any more");
  Link& link = found->second;
  link.is_open = true;
  shares.add(id);
  link.local = local;
  link.connected = clock.now();
  if (const auto reached = to_wire(remote); reached && link.known_as == wire::Endpoint{}) {
    link.known_as = *reached;
    link.permissions = permissions_of(reached->address, gossip::direction_of(link.kind));
  }
  flush(link);
  if (link.known_as.address.network() == wire::AddressNetwork::Onion && !link.is_inbound()) routes.note_onion_reached();
  if (link.is_private()) {
    gossip::Actions words;
    private_broadcast->on_connected({id}, words);
    return carry_out(words);
  }
  talk([&](auto& conversation, auto at, auto& out) {
    conversation.on_connected({id}, {link.kind, link.known_as, link.permissions, link.through, link.way}, at, out);
  });
}

Link* PeerNetwork::Core::connect(const net::Endpoint& address, gossip::ConnectionKind kind, Protocol protocol) {
  if (options.network_key) protocol = Protocol::V2;  // in version 1 nobody could show that he has it
  const bool is_private = kind == gossip::ConnectionKind::PrivateBroadcast;
  const auto route = is_private ? routes.hidden_to(address) : routes.to(address);
  if (!route) {
    if (!is_private) say_unreachable(address, route.error());
    return nullptr;
  }
  const net::ConnectionId id = connections->connect(address, *route);
  Link& link = links[id];
  if (route->proxy) link.way = gossip::Introduction::Way::Hidden;
  link.connection = id;
  link.kind = kind;
  link.address = address;
  link.known_as = to_wire(address).value_or(wire::Endpoint{});
  link.permissions = permissions_of(link.known_as.address, gossip::direction_of(kind));
  link.tried_v2 = protocol == Protocol::V2;
  link.transport = make_transport(kind, protocol);
  return &link;
}

void PeerNetwork::Core::closed(net::ConnectionId id, const std::string& reason) {
  const auto found = links.find(id);
  if (found == links.end()) return;
  forget_unheard(found->second);
  const Link link = std::move(found->second);
  links.erase(found);
  shares.remove(id);
  put_back.erase(id);
  unfinished.forget(id);
  untaken.forget(id);
  if (link.is_private()) return end_privately(link);
  if (link.is_open) {
    KP_LOG_DEBUG(log, Net, "peer={} {} is gone: {}", id, link.address.to_string(), reason);
    talk([&](auto& conversation, auto at, auto& out) { conversation.on_disconnected({id}, at, out); });
  } else {
    KP_LOG_DEBUG(log, Net, "connecting to {} failed: {}", link.address.to_string(), reason);
  }
  // One that hangs up on BIP324 without a word may speak version 1 only; one that answers in version 1 does. Whom we
  // sent away ourselves before a word was heard is gone.
  const bool hung_up = !link.has_heard && !link.is_ending;
  const bool may_be_old = link.tried_v2 && (hung_up || link.answers_in_v1);
  if (link.is_open && may_be_old && is_active && !options.network_key) connect(link.address, link.kind, Protocol::V1);
}

void PeerNetwork::Core::end(Link& link, const std::string& reason) {
  link.is_ending = true;
  connections->close(link.connection, reason);
}

void PeerNetwork::Core::send(Link& link, const wire::Message& message) {
  if (link.is_ending) return;
  if (!link.transport->is_ready()) {
    if (link.unsent.size() < kUnsentMax) link.unsent.push_back(message);
    return;
  }
  send(link, wire::name_of(message), wire::encode(message));
}

void PeerNetwork::Core::send(Link& link, std::string_view name, ByteView payload) {
  const auto checked = net::MessageName::from_text(name);
  if (!checked) return;
  capture.note(link.address, MessageCapture::Way::Sent, name, payload);
  link.transport->send(*checked, payload);
  link.sent_by_message[std::string{name}] += payload.size();
  flush(link);
}

void PeerNetwork::Core::flush(Link& link) {
  if (link.transport->is_ready() && !link.unsent.empty()) {
    const auto waiting = std::exchange(link.unsent, {});
    for (const wire::Message& message : waiting) send(link, message);
  }
  if (!link.transport->has_output() || !link.is_open) return;
  Bytes output = link.transport->take_output();
  link.bytes_sent += output.size();
  bytes_sent += output.size();
  conversations->note_sent(output.size(), clock.now());
  link.last_send = clock.now();
  connections->send(link.connection, std::move(output));
  untaken.set(link.connection, unsent_bytes(link), gossip::direction_of(link.kind), now().moment);
  part_with_those_who_do_not_take();
}

// By the name that it was called by, or by the address behind it.
bool PeerNetwork::Core::is_linked_with(const net::Endpoint& address) const {
  const auto at = to_wire(address);
  return std::any_of(links.begin(), links.end(), [&](const auto& item) {
    const Link& link = item.second;
    return !link.is_private() && (link.address == address || (at && link.known_as == *at));
  });
}

Link* PeerNetwork::Core::link_of(gossip::PeerId peer) {
  const auto found = links.find(peer.number);
  return found == links.end() ? nullptr : &found->second;
}

}  // namespace kepeng::peering
