// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Connections: how they begin, live and end. Messages are in conversations_messages.cpp, blocks in
// conversations_blocks.cpp.

#include <kepeng/gossip/conversations.h>

#include <array>

namespace kepeng::gossip {
namespace {

constexpr std::int64_t kPingIntervalMs = 120'000;
constexpr std::int64_t kPongTimeoutMs = 1'200'000;
constexpr std::int64_t kAddressFetchMs = 300'000;
constexpr std::int32_t kPongProtocol = 60'001;         // BIP31
constexpr std::int32_t kSendHeadersProtocol = 70'012;  // BIP130
constexpr std::int32_t kCompactProtocol = 70'014;      // BIP152

crypto::SipHashKey fresh_key(Prng& random) {
  return {random.next(), random.next()};
}

std::optional<TransactionRelay> relay_for(const Conversations::Options& options, Prng& random) {
  if (!options.has_mempool) return std::nullopt;
  return std::optional<TransactionRelay>{std::in_place, random, options.announced_per_second};
}

}  // namespace

Conversations::Conversations(const Dependencies& dependencies, Options options)
    : with_{dependencies},
      options_{std::move(options)},
      header_sync_{{with_.chain, with_.network, options_.minimum_work, with_.random}},
      download_{options_.download},
      serving_{with_.chain,
               {options_.minimum_work, (options_.self.services & wire::kNodeNetwork) == 0, options_.upload}},
      transactions_{relay_for(options_, with_.random)},
      compact_{{with_.chain, with_.network, transactions_ ? &*transactions_ : with_.transactions, with_.random,
                options_.extra_transactions}},
      bloom_{(options_.self.services & wire::kNodeBloom) != 0 ? BloomServing::Offer::Yes : BloomServing::Offer::No},
      filters_{with_.chain, with_.filters},
      announced_tip_{with_.chain.view()->tip()} {
  if (with_.book == nullptr) return;
  KP_ASSERT(with_.bans != nullptr);
  addresses_.emplace(
      AddressRelay::Context{*with_.book, *with_.bans, with_.random, fresh_key(with_.random), options_.reachable});
}

// What this peer hears of us: more may be open to it than to others.
SelfPortrait Conversations::portrait_for(const Introduction& who) const {
  SelfPortrait self = options_.self;
  const bool takes_all = self.wants_transactions || who.permissions.has(Permission::Relay);
  self.wants_transactions = takes_all && relays_transactions(who.kind);
  if (who.permissions.has(Permission::BloomFilter)) self.services |= wire::kNodeBloom;
  return self;
}

void Conversations::on_connected(PeerId id, const Introduction& who, Now now, Actions& out) {
  const std::uint64_t nonce = with_.random.next();
  // Of a feeler nothing is expected but an answer.
  const Direction direction = who.kind == ConnectionKind::Feeler ? Direction::Manual : direction_of(who.kind);
  const bool is_visible = who.way == Introduction::Way::Direct && who.address.address.is_routable();
  const wire::Endpoint seen_at = is_visible ? who.address : wire::Endpoint{};
  const auto [at, is_new] = peers_.emplace(id, Peer{.who = who,
                                                    .self = portrait_for(who),
                                                    .handshake = {id, direction, nonce, seen_at},
                                                    .connected = now.moment,
                                                    .ping_sent = std::nullopt,
                                                    .next_ping = now.moment + kPingIntervalMs});
  KP_ASSERT(is_new);
  if (direction != Direction::Inbound) our_nonces_.insert(nonce);
  at->second.handshake.begin(at->second.self, {now.time, with_.chain.view()->height()}, out);
}

void Conversations::on_disconnected(PeerId id, Now now, Actions& out) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  const Peer& peer = found->second;
  if (peer.handshake.direction() != Direction::Inbound) our_nonces_.erase(our_nonces_.find(peer.handshake.nonce()));
  if (addresses_) {
    if (peer.who.kind == ConnectionKind::FullRelay && peer.handshake.is_complete()) {
      with_.book->note_presence(peer.who.address, now.time);
    }
    addresses_->remove_peer(id);
  }
  peers_.erase(found);
  download_.remove_peer(id);
  serving_.remove_peer(id);
  compact_.remove_peer(id);
  if (transactions_) transactions_->remove_peer(id);
  bloom_.remove_peer(id);
  filters_.remove_peer(id);
  header_sync_.remove_peer(id, now, out);
  plan_downloads(now, out);
}

// The handshake is over.
void Conversations::on_ready(const Talk& talk) {
  const PeerPortrait& portrait = *talk.peer.handshake.portrait();
  const ConnectionKind kind = talk.peer.who.kind;
  if (kind != ConnectionKind::Inbound && with_.book != nullptr) {
    with_.book->note_success(talk.peer.who.address, talk.now.time);
  }
  if (kind != ConnectionKind::Inbound) clocks_.note(portrait.time_offset_seconds);
  if (kind == ConnectionKind::Feeler) return talk.part("there is somebody: that was the question");
  if (talk.peer.who.permissions.has(Permission::BloomFilter)) bloom_.allow(talk.id);
  if (portrait.protocol >= kCompactProtocol) {
    compact_.add_peer(talk.id, talk.peer.handshake.direction(), talk.out);
  }
  join_address_relay(talk);
  join_transaction_relay(talk);
  if ((portrait.services & (wire::kNodeNetwork | wire::kNodeNetworkLimited)) != 0 &&
      (portrait.services & wire::kNodeWitness) != 0) {
    const bool has_all = (portrait.services & wire::kNodeNetwork) != 0;
    download_.add_peer(talk.id, has_all ? Serves::Everything : Serves::LastBlocks);
    header_sync_.add_peer(talk.id, talk.peer.handshake.direction(), talk.now, talk.out);
  }
  ping(talk);
}

void Conversations::join_address_relay(const Talk& talk) {
  if (!addresses_) return;
  using Relay = AddressRelay;
  const Introduction& who = talk.peer.who;
  const bool is_v2 = talk.peer.handshake.portrait()->takes_addrv2;
  const bool is_silent = who.kind == ConnectionKind::BlockRelay || who.kind == ConnectionKind::Feeler;
  const bool is_trusted = who.permissions.has(Permission::Addr);
  addresses_->add_peer(talk.id,
                       {talk.peer.handshake.direction(), is_v2 ? Relay::Form::V2 : Relay::Form::V1,
                        is_silent ? Relay::Exchange::Nothing : Relay::Exchange::Addresses, who.address.address,
                        is_trusted ? Relay::PeerFacts::Limit::None : Relay::PeerFacts::Limit::Usual, who.through,
                        our_address_by(talk.peer)},
                       talk.now, talk.out);
}

// What the peer says that our address is, if it can know. Who called us knows the port as well.
std::optional<wire::AddressEntry> Conversations::our_address_by(const Peer& peer) const {
  const Introduction& who = peer.who;
  wire::Endpoint ours = peer.handshake.portrait()->sees_us_at;
  const bool can_know = who.way == Introduction::Way::Direct && !who.through && who.address.address.is_routable();
  if (!port_told_ || !can_know || !ours.address.is_routable()) return std::nullopt;
  if (who.kind != ConnectionKind::Inbound) ours.port = *port_told_;
  return wire::AddressEntry{0, options_.self.services, ours};
}

void Conversations::on_room(PeerId id, Now now, Actions& out) {
  serving_.on_room(id, now.time, out);
}

void Conversations::on_drained(PeerId id, Actions& out) {
  filters_.on_room(id, out);
}

void Conversations::on_block_read(PeerId id, const BlockPtr& block, Actions& out) {
  bloom_.serve(id, block, out);
}

void Conversations::on_tick(Now now, Actions& out) {
  for (auto& [id, peer] : peers_) {
    const Talk talk{id, peer, now, out};
    if (!peer.handshake.is_complete()) {
      if (now.moment - peer.connected > options_.handshake_timeout_ms) talk.part("the handshake takes too long");
      continue;
    }
    ask_for_headers(talk);
    if (peer.ping_sent && now.moment - *peer.ping_sent > kPongTimeoutMs) {
      talk.part("it does not answer ping");
    } else if (peer.who.kind == ConnectionKind::AddressFetch && now.moment - peer.connected > kAddressFetchMs) {
      talk.part("it has no addresses for us");
    } else if (now.moment >= peer.next_ping) {
      ping(talk);
    }
  }
  header_sync_.on_tick(now, out);
  if (addresses_) addresses_->on_tick(now, out);
  if (transactions_) {
    transactions_->set_catching_up(with_.chain.is_catching_up());
    transactions_->on_tick(now.moment, out);
  }
  for (auto& late : download_.overdue(now.moment)) out.push_back(Disconnect{late.peer, std::move(late.reason)});
  plan_downloads(now, out);
}

// BIP130, once the peer's chain is worth following: before, its news would only come between the headers that we ask
// for.
void Conversations::ask_for_headers(const Talk& talk) const {
  if (talk.peer.asked_for_headers || talk.peer.handshake.portrait()->protocol < kSendHeadersProtocol) return;
  const chain::Entry* known = header_sync_.best_known(talk.id);
  if (known == nullptr || known->chain_work <= options_.minimum_work) return;
  talk.peer.asked_for_headers = true;
  talk.say(wire::SendHeaders{});
}

void Conversations::ping(const Talk& talk) {
  Peer& peer = talk.peer;
  if (peer.ping_sent) return;
  peer.next_ping = talk.now.moment + kPingIntervalMs;
  // From before BIP31: it knows no pong.
  if (peer.handshake.portrait()->protocol < kPongProtocol) return talk.say(wire::Ping{});
  peer.ping_nonce = with_.random.next() | 1;
  peer.ping_sent = talk.now.moment;
  talk.say(wire::Ping{peer.ping_nonce});
}

void Conversations::ping_all(Now now, Actions& out) {
  for (auto& [id, peer] : peers_) {
    if (peer.handshake.is_complete()) ping({id, peer, now, out});
  }
}

void Conversations::set_services(wire::Services services) {
  options_.self.services = services;
  using Promise = BlockServing::Promise;
  serving_.promise((services & wire::kNodeNetwork) != 0 ? Promise::AllBlocks : Promise::LastBlocks);
}

void Conversations::set_own_addresses(std::vector<wire::AddressEntry> own) {
  if (addresses_) addresses_->set_own(std::move(own));
}

void Conversations::set_telling(AddressRelay::Telling telling, std::optional<std::uint16_t> port) {
  port_told_ = port;
  if (addresses_) addresses_->set_telling(telling);
}

void Conversations::set_reachable(const std::set<wire::AddressNetwork>& networks) {
  if (addresses_) addresses_->set_reachable(networks);
}

std::vector<Conversations::PeerFacts> Conversations::peers(Moment now) const {
  std::vector<PeerFacts> facts;
  for (const auto& [id, peer] : peers_) {
    PeerFacts& one = facts.emplace_back();
    one.peer = id;
    one.who = peer.who;
    one.portrait = peer.handshake.portrait();
    one.is_ready = peer.handshake.is_complete();
    one.best_known = header_sync_.best_known(id);
    one.in_flight = download_.heights_in_flight(id);
    one.presync_height = header_sync_.presync_height(id);
    one.memory = {header_sync_.presync_bytes(id), compact_.memory_bytes(id),
                  serving_.waiting(id) * sizeof(wire::InventoryItem),
                  transactions_ ? transactions_->waiting_bytes(id) : 0};
    one.ping_ms = peer.ping_ms;
    one.ping_min_ms = peer.ping_min_ms;
    if (peer.ping_sent) one.waits_for_pong_ms = now - *peer.ping_sent;
    one.connected = peer.connected;
    one.last_block = peer.last_block;
    one.wants_headers = peer.wants_headers;
    one.announces_compact = compact_.is_announcing(id);
    one.wants_compact = compact_.wants_announcements(id);
    one.fee_filter_per_kvb = peer.fee_filter_per_kvb;
    if (addresses_) one.addresses = addresses_->counts(id);
    if (transactions_) one.transactions = transactions_->counts(id);
    one.last_transaction = peer.last_transaction;
  }
  return facts;
}

}  // namespace kepeng::gossip
