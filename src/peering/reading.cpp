// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What peers say: from bytes to messages, and how much of it may lie around.
//
// A peer that does not read what it is told is not listened to, nor is one whose transactions the mempool cannot judge
// so fast: what it has sent waits, and then it is read no further, so that neither answers nor transactions pile up
// (P-02, P-03).

#include <limits>

#include "core.h"

namespace kepeng::peering {
namespace {

constexpr std::int64_t kNoLimitNs = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kTurnNs = 2'000'000;  // of one that was put back
constexpr std::string_view kOther = "*other*";

// A number that the protocol forbids is no accident; other damage is passed over, as a later version may mean it.
bool is_to_blame(wire::WireError error) {
  return error == wire::WireError::TooManyEntries || error == wire::WireError::BloomFilterTooLarge ||
         error == wire::WireError::TooManyBloomFunctions || error == wire::WireError::BloomElementTooLarge ||
         error == wire::WireError::BadAnnounceMode;
}

}  // namespace

// --- net thread ------------------------------------------------------------------------------------------------------

void PeerNetwork::Core::on_bytes(net::ConnectionId id, ByteView bytes) {
  if (unheard.add(id, bytes.size()) == ReceivePool::Reading::Pauses) connections->pause(id);
  mailbox.post([this, id, copy = Bytes(bytes.begin(), bytes.end())]() mutable { received(id, std::move(copy)); });
}

void PeerNetwork::Core::on_sent(net::ConnectionId id, std::uint64_t bytes) {
  mailbox.post([this, id, bytes] { sent(id, bytes); });
}

// --- peer thread -----------------------------------------------------------------------------------------------------

void PeerNetwork::Core::received(net::ConnectionId id, Bytes bytes) {
  Link* link = link_of({id});
  if (link == nullptr || link->is_ending) return give_back(id, bytes.size());
  link->has_heard = true;
  link->bytes_received += bytes.size();
  link->last_receive = clock.now();
  bytes_received += bytes.size();
  link->unheard_bytes += bytes.size() + ReceivePool::kPieceCost;
  link->unheard.push_back(std::move(bytes));
  hear_in_turn(*link);
}

void PeerNetwork::Core::sent(net::ConnectionId id, std::uint64_t bytes) {
  Link* link = link_of({id});
  if (link == nullptr) return;
  link->bytes_left = bytes;
  const std::size_t waiting = unsent_bytes(*link);
  if (!link->is_ending) untaken.set(id, waiting, gossip::direction_of(link->kind), now().moment);
  if (waiting <= options.send_max / 2) {
    const bool has_served = std::exchange(link->serves, false);
    if (!link->is_private())
      talk([&](auto& conversation, auto at, auto& out) {
        if (has_served) conversation.on_room({id}, at, out);
        conversation.on_drained({id}, out);
      });
  }
  hear_in_turn(*link);
}

// Who takes far more of the processor than others waits until they have been heard.
void PeerNetwork::Core::hear_in_turn(Link& link) {
  if (!shares.is_heavy(link.connection)) return hear_all(link, kNoLimitNs);
  put_back.insert(link.connection);
  count_memory(link);
}

// A turn for each of them, and then all others again.
void PeerNetwork::Core::hear_put_back() {
  for (const net::ConnectionId id : std::exchange(put_back, {})) {
    Link* link = link_of({id});
    if (link == nullptr) continue;
    hear_all(*link, kTurnNs);
    if (may_be_heard(*link)) put_back.insert(id);
  }
}

bool PeerNetwork::Core::may_be_heard(const Link& link) const {
  return !link.unheard.empty() && !link.is_ending && unsent_bytes(link) <= options.send_max &&
         !conversations->has_enough_waiting({link.connection});
}

// As far as the peer may be heard, and for so long.
void PeerNetwork::Core::hear_all(Link& link, std::int64_t for_ns) {
  const std::int64_t since = thread_cpu_ns();
  while (may_be_heard(link) && (for_ns == kNoLimitNs || thread_cpu_ns() - since < for_ns)) {
    const std::size_t size = link.unheard.front().size();
    ByteView rest = ByteView{link.unheard.front()}.subspan(link.heard_of_first);
    const bool has_more = take_frame(link, rest);
    link.heard_of_first = size - rest.size();
    if (has_more && !rest.empty()) continue;
    link.unheard.pop_front();
    link.unheard_bytes -= size + ReceivePool::kPieceCost;
    link.heard_of_first = 0;
    give_back(link.connection, size);
  }
  const std::int64_t taken = thread_cpu_ns() - since;
  link.busy_ns += taken;
  shares.note(link.connection, taken);
  if (link.is_ending) forget_unheard(link);
  count_memory(link);
}

void PeerNetwork::Core::give_back(net::ConnectionId id, std::size_t bytes) {
  for (const net::ConnectionId one : unheard.take(id, bytes)) connections->resume(one);
}

void PeerNetwork::Core::forget_unheard(Link& link) {
  for (const Bytes& piece : link.unheard) give_back(link.connection, piece.size());
  link.unheard.clear();
  link.unheard_bytes = 0;
}

// Somebody has to go when all peers together hold too much that only they can finish.
void PeerNetwork::Core::count_memory(const Link& link) {
  const std::size_t bytes = link.is_ending ? 0 : link.transport->memory_bytes() + link.unheard_bytes;
  unfinished.set(link.connection, bytes, gossip::direction_of(link.kind), now().moment);
  while (const auto worst = unfinished.take_overdrawn()) {
    if (Link* other = link_of({*worst})) end(*other, "its unfinished messages take memory that others need");
  }
}

void PeerNetwork::Core::part_with_those_who_do_not_take() {
  while (const auto worst = untaken.take_overdrawn()) {
    Link* other = link_of({*worst});
    if (other == nullptr) continue;
    other->is_ending = true;
    connections->cut(*worst, "it does not take what it has asked for");
  }
}

// One frame; false when there is none.
bool PeerNetwork::Core::take_frame(Link& link, ByteView& bytes) {
  auto got = link.transport->receive(bytes);
  if (!got) {
    link.answers_in_v1 = got.error() == net::TransportError::Unencrypted;
    end(link, std::string{"transport: "} + net::to_string(got.error()));
    return false;
  }
  flush(link);
  if (auto* frame = std::get_if<net::Frame>(&*got)) {
    hear(link, std::move(*frame));
    return true;
  }
  const auto* dropped = std::get_if<net::Dropped>(&*got);
  if (dropped != nullptr) {
    KP_LOG_DEBUG(log, Net, "peer={} sent a message of no use: {}", link.connection, net::to_string(*dropped));
  }
  return dropped != nullptr;
}

void PeerNetwork::Core::hear(Link& link, net::Frame frame) {
  const std::string name{frame.name.text()};
  const std::size_t size = frame.payload.size();
  const bool is_known = wire::find_message(name) != nullptr;
  capture.note(link.address, MessageCapture::Way::Received, name, frame.payload);
  link.received_by_message[is_known ? name : std::string{kOther}] += size;
  auto message = wire::decode(name, std::move(frame.payload));
  if (!message) {
    KP_LOG_DEBUG(log, Net, "peer={} sent {} that is none: {}", link.connection, is_known ? name : kOther,
                 wire::to_string(message.error()));
    if (is_to_blame(message.error()) && !link.is_private())
      discourage(link, "a message beyond the limits of the protocol");
    // BIP434 asks for that.
    if (message.error() == wire::WireError::BadFeature) end(link, "a malformed feature message");
    return;
  }
  if (link.is_private()) return hear_privately(link, *message);
  if (std::holds_alternative<wire::BlockMessage>(*message)) link.last_block = clock.now();
  if (const auto* tx = std::get_if<wire::TxMessage>(&*message)) {
    link.last_transaction = clock.now();
    note_public(tx->tx->wtxid);
  }
  const net::ConnectionId id = link.connection;
  talk([&](auto& conversation, auto at, auto& out) { conversation.on_message({id}, std::move(*message), at, out); });
}

}  // namespace kepeng::peering
