// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/conversations.h>

#include <algorithm>

namespace kepeng::gossip {
namespace {

constexpr std::int64_t kPingIntervalMs = 120'000;
constexpr std::int64_t kPongTimeoutMs = 1'200'000;
constexpr std::int32_t kSendHeadersProtocol = 70'012;  // BIP130
constexpr Height kHeadersPerAnnouncement = 8;
constexpr Height kTooFarAhead = 288;  // unasked blocks beyond this are not taken
constexpr std::size_t kBroughtMax = 4'096;
constexpr std::size_t kGetDataMax = 128;
constexpr std::int32_t kCompactProtocol = 70'014;  // BIP152
constexpr std::size_t kFreshBlocks = 4;

}  // namespace

Conversations::Conversations(const Dependencies& dependencies, Options options)
    : with_{dependencies},
      options_{std::move(options)},
      header_sync_{{with_.chain, with_.network, options_.minimum_work, with_.random}},
      download_{options_.download},
      serving_{with_.chain, options_.minimum_work},
      compact_{{with_.chain, with_.network, with_.transactions, with_.random}},
      announced_tip_{with_.chain.view()->tip()} {}

void Conversations::on_connected(PeerId id, Direction direction, Now now, Actions& out) {
  const std::uint64_t nonce = with_.random.next();
  const auto [at, is_new] = peers_.emplace(id, Peer{.handshake = {id, direction, nonce},
                                                    .connected = now.moment,
                                                    .ping_sent = std::nullopt,
                                                    .next_ping = now.moment + kPingIntervalMs});
  KP_ASSERT(is_new);
  if (direction != Direction::Inbound) our_nonces_.insert(nonce);
  at->second.handshake.begin(options_.self, {now.time, with_.chain.view()->height()}, out);
}

void Conversations::on_disconnected(PeerId id, Now now, Actions& out) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  if (found->second.handshake.direction() != Direction::Inbound) {
    our_nonces_.erase(our_nonces_.find(found->second.handshake.nonce()));
  }
  peers_.erase(found);
  download_.remove_peer(id);
  serving_.remove_peer(id);
  compact_.remove_peer(id);
  header_sync_.remove_peer(id, now, out);
  plan_downloads(now, out);
}

void Conversations::on_message(PeerId id, wire::Message message, Now now, Actions& out) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  const Handshake::Context context{options_.self, our_nonces_, {now.time, with_.chain.view()->height()}};
  switch (peer.handshake.on(message, context, out)) {
    case Handshake::Answer::Taken:
      return;
    case Handshake::Answer::Completed:
      return on_ready(id, peer, now, out);
    case Handshake::Answer::NotMine:
      return handle(id, peer, message, now, out);
  }
}

void Conversations::on_ready(PeerId id, Peer& peer, Now now, Actions& out) {
  const PeerPortrait& portrait = *peer.handshake.portrait();
  if (portrait.protocol >= kCompactProtocol) compact_.add_peer(id, peer.handshake.direction(), out);
  if (portrait.protocol >= kSendHeadersProtocol) out.push_back(Send{id, wire::SendHeaders{}});
  if ((portrait.services & (wire::kNodeNetwork | wire::kNodeNetworkLimited)) != 0 &&
      (portrait.services & wire::kNodeWitness) != 0) {
    const bool has_all = (portrait.services & wire::kNodeNetwork) != 0;
    download_.add_peer(id, has_all ? Serves::Everything : Serves::LastBlocks);
    header_sync_.add_peer(id, now, out);
  }
  ping(id, peer, now, out);
}

void Conversations::handle(PeerId id, Peer& peer, wire::Message& message, Now now, Actions& out) {
  if (const auto* ping = std::get_if<wire::Ping>(&message)) {
    // Without a number it is from before BIP31 and wants no answer.
    if (ping->nonce) out.push_back(Send{id, wire::Pong{*ping->nonce}});
  } else if (const auto* pong = std::get_if<wire::Pong>(&message)) {
    on_pong(id, peer, *pong, now);
  } else if (std::holds_alternative<wire::SendHeaders>(message)) {
    peer.wants_headers = true;
  } else if (const auto* headers = std::get_if<wire::Headers>(&message)) {
    header_sync_.on(id, *headers, now, out);
    note_best_known(id);
    plan_downloads(now, out);
  } else if (const auto* inv = std::get_if<wire::Inv>(&message)) {
    on_inv(id, *inv, now, out);
  } else if (auto* block = std::get_if<wire::BlockMessage>(&message)) {
    on_block(id, std::move(block->block), now, out);
  } else if (const auto* not_found = std::get_if<wire::NotFound>(&message)) {
    for (const wire::InventoryItem& item : not_found->items) download_.on_missing(id, item.as<BlockHash>());
    plan_downloads(now, out);
  } else if (const auto* get_headers = std::get_if<wire::GetHeaders>(&message)) {
    if (const chain::Entry* last = serving_.on(id, *get_headers, out)) peer.announced = last;
  } else if (const auto* get_blocks = std::get_if<wire::GetBlocks>(&message)) {
    serving_.on(id, *get_blocks, out);
  } else if (auto* get_data = std::get_if<wire::GetData>(&message)) {
    on_get_data(id, *get_data, now, out);
  } else {
    handle_compact(id, message, now, out);
  }
}

void Conversations::handle_compact(PeerId id, wire::Message& message, Now now, Actions& out) {
  if (const auto* send_compact = std::get_if<wire::SendCmpct>(&message)) {
    compact_.on(id, *send_compact);
  } else if (auto* compact = std::get_if<wire::CmpctBlock>(&message)) {
    on_compact(id, std::move(*compact), now, out);
  } else if (const auto* transactions = std::get_if<wire::BlockTxn>(&message)) {
    if (BlockPtr block = compact_.on(id, *transactions, out).block) on_block(id, std::move(block), now, out);
  } else if (const auto* request = std::get_if<wire::GetBlockTxn>(&message)) {
    const chain::Entry* whole = compact_.on(id, *request, out);
    if (whole == nullptr) return;
    const auto item = wire::InventoryItem::of(wire::InventoryType::WitnessBlock, whole->hash);
    serving_.on(id, wire::GetData{{item}}, now.time, out);
  }
}

void Conversations::on_compact(PeerId id, wire::CmpctBlock message, Now now, Actions& out) {
  const BlockHeader header = message.header;
  auto heard = compact_.on(id, std::move(message), now.moment, out);
  if (heard.block) return on_block(id, std::move(heard.block), now, out);
  if (heard.next == CompactBlocks::Heard::Next::AskForHeaders) header_sync_.on_unknown_block(id, now, out);
  if (heard.next != CompactBlocks::Heard::Next::TakeHeader) return;
  const chain::Entry* known = with_.chain.find(header.hash());
  if (known == nullptr) {
    header_sync_.on(id, wire::Headers{{header}}, now, out);
    note_best_known(id);
    return plan_downloads(now, out);
  }
  // We asked for it in this form, and cannot use it.
  const auto heights = download_.heights_in_flight(id);
  if (!std::binary_search(heights.begin(), heights.end(), known->height)) return;
  out.push_back(Send{id, wire::GetData{{wire::InventoryItem::of(wire::InventoryType::WitnessBlock, known->hash)}}});
}

// A compact block is made at once, one for each question; everything else waits for room on the way to the peer.
void Conversations::on_get_data(PeerId id, wire::GetData& message, Now now, Actions& out) {
  bool was_served = false;
  std::erase_if(message.items, [&](wire::InventoryItem& item) {
    if (item.type != wire::InventoryType::CompactBlock) return false;
    item.type = wire::InventoryType::WitnessBlock;
    const chain::Entry* entry = with_.chain.find(item.as<BlockHash>());
    if (was_served || entry == nullptr || !with_.chain.view()->contains(entry)) return false;
    was_served = compact_.serve(id, *entry, out);
    return was_served;
  });
  serving_.on(id, message, now.time, out);
}

void Conversations::ping(PeerId id, Peer& peer, Now now, Actions& out) {
  if (peer.ping_sent) return;
  peer.ping_nonce = with_.random.next() | 1;
  peer.ping_sent = now.moment;
  peer.next_ping = now.moment + kPingIntervalMs;
  out.push_back(Send{id, wire::Ping{peer.ping_nonce}});
}

// An answer to nothing is ignored.
void Conversations::on_pong(PeerId, Peer& peer, const wire::Pong& pong, Now now) {
  if (!peer.ping_sent || pong.nonce != peer.ping_nonce) return;
  peer.ping_ms = now.moment - *peer.ping_sent;
  peer.ping_min_ms = peer.ping_min_ms < 0 ? peer.ping_ms : std::min(peer.ping_min_ms, peer.ping_ms);
  peer.ping_sent.reset();
}

// One question at the most, however many blocks are named (CVE-2024-52915).
void Conversations::on_inv(PeerId id, const wire::Inv& inv, Now now, Actions& out) {
  bool is_unknown = false;
  for (const wire::InventoryItem& item : inv.items) {
    if (item.type != wire::InventoryType::Block) continue;
    const chain::Entry* known = with_.chain.find(item.as<BlockHash>());
    is_unknown = known == nullptr;
    if (known != nullptr) download_.set_best_known(id, known);
  }
  if (is_unknown) header_sync_.on_unknown_block(id, now, out);
  plan_downloads(now, out);
}

void Conversations::on_block(PeerId id, BlockPtr block, Now now, Actions& out) {
  const auto asked = download_.on_block(id, block->hash(), block->raw().size(), now.moment);
  if (asked != BlockDownload::Asked::OfNobody || is_worth_taking(block)) {
    if (brought_by_.size() >= kBroughtMax) brought_by_.clear();
    brought_by_[block->hash()] = id;
    if (!with_.chain.is_catching_up()) {
      fresh_.push_front(block);
      if (fresh_.size() > kFreshBlocks) fresh_.pop_back();
    }
    out.push_back(HandInBlock{id, std::move(block)});
  }
  plan_downloads(now, out);
}

// A block that nobody asked for is taken only if it could become the tip, and soon (P-22).
bool Conversations::is_worth_taking(const BlockPtr& block) const {
  const chain::Entry* parent = with_.chain.find(block->header().previous);
  if (parent == nullptr || parent->is_invalid()) return false;
  const chain::Entry* tip = with_.chain.view()->tip();
  const Work work = parent->chain_work + work_of(block->header().target);
  return work > tip->chain_work && work >= options_.minimum_work && parent->height < tip->height + kTooFarAhead;
}

void Conversations::on_room(PeerId id, Now now, Actions& out) {
  serving_.on_room(id, now.time, out);
}

void Conversations::on_tick(Now now, Actions& out) {
  for (auto& [id, peer] : peers_) {
    if (!peer.handshake.is_complete()) {
      if (now.moment - peer.connected > kHandshakeTimeoutMs)
        out.push_back(Disconnect{id, "the handshake takes too long"});
      continue;
    }
    if (peer.ping_sent && now.moment - *peer.ping_sent > kPongTimeoutMs) {
      out.push_back(Disconnect{id, "it does not answer ping"});
    } else if (now.moment >= peer.next_ping) {
      ping(id, peer, now, out);
    }
  }
  header_sync_.on_tick(now, out);
  for (auto& late : download_.overdue(now.moment)) out.push_back(Disconnect{late.peer, std::move(late.reason)});
  plan_downloads(now, out);
}

void Conversations::ping_all(Now now, Actions& out) {
  for (auto& [id, peer] : peers_) {
    if (peer.handshake.is_complete()) ping(id, peer, now, out);
  }
}

void Conversations::on_headers_placed(PeerId id, const HeaderSync::Placed& placed, Now now, Actions& out) {
  header_sync_.on_placed(id, placed, now, out);
  note_best_known(id);
  plan_downloads(now, out);
}

void Conversations::on_block_taken(PeerId id, const BlockHash& hash,
                                   const std::optional<consensus::BlockRejection>& rejection, Now now, Actions& out) {
  download_.on_taken(hash);
  // Who brings a block has it, even if it never sent its header.
  const auto peer = peers_.find(id);
  const chain::Entry* entry = with_.chain.find(hash);
  if (!rejection && peer != peers_.end() && entry != nullptr && !has_block(id, peer->second, *entry)) {
    peer->second.announced = entry;
  }
  if (rejection) {
    brought_by_.erase(hash);
    const auto condemns = rejection->what_it_condemns();
    if (condemns != consensus::Condemns::Nothing) {
      out.push_back(Disconnect{id, "invalid block: " + rejection->reason(), Blame::Discourage});
    }
  }
  plan_downloads(now, out);
}

void Conversations::on_block_condemned(const BlockHash& hash, const consensus::BlockRejection& rejection,
                                       Actions& out) {
  const auto found = brought_by_.find(hash);
  if (found == brought_by_.end()) return;
  const PeerId id = found->second;
  brought_by_.erase(found);
  if (peers_.contains(id)) out.push_back(Disconnect{id, "invalid block: " + rejection.reason(), Blame::Discourage});
}

void Conversations::on_tip(Now now, Actions& out) {
  const auto view = with_.chain.view();
  const auto first = brought_by_.find(view->tip()->hash);
  if (first != brought_by_.end()) {
    if (!with_.chain.is_catching_up()) compact_.note_first(first->second, out);
    brought_by_.erase(first);
  }
  if (view->tip() != announced_tip_ && !with_.chain.is_catching_up()) {
    announced_tip_ = view->tip();
    announce_compact(*view, out);
    for (auto& [id, peer] : peers_) {
      if (peer.handshake.is_complete()) announce(id, peer, *view, out);
    }
  }
  plan_downloads(now, out);
}

// To those who asked for it, if they have the block before; the others are told as ever.
void Conversations::announce_compact(const chain::ChainView& view, Actions& out) {
  const chain::Entry* tip = view.tip();
  const auto block =
      std::find_if(fresh_.begin(), fresh_.end(), [&](const auto& one) { return one->hash() == tip->hash; });
  if (block == fresh_.end()) return;
  const auto lacks = [&](PeerId id) {
    Peer& peer = peers_.at(id);
    if (has_block(id, peer, *tip) || !has_block(id, peer, *tip->parent)) return false;
    peer.announced = tip;
    return true;
  };
  compact_.on_new_tip(*block, lacks, out);
}

bool Conversations::has_block(PeerId id, const Peer& peer, const chain::Entry& entry) const {
  const chain::Entry* known = header_sync_.best_known(id);
  return (known != nullptr && known->descends_from(entry)) ||
         (peer.announced != nullptr && peer.announced->descends_from(entry));
}

// What the peer does not have: a few headers if it wants these and has what they build on, else the tip's hash.
void Conversations::announce(PeerId id, Peer& peer, const chain::ChainView& view, Actions& out) {
  const chain::Entry* tip = view.tip();
  const auto has = [&](const chain::Entry* entry) { return has_block(id, peer, *entry); };
  if (has(tip)) return;
  std::vector<BlockHeader> headers;
  const chain::Entry* walk = tip;
  while (walk->parent != nullptr && !has(walk) && static_cast<Height>(headers.size()) <= kHeadersPerAnnouncement) {
    headers.push_back(walk->header);
    walk = walk->parent;
  }
  peer.announced = tip;
  if (peer.wants_headers && static_cast<Height>(headers.size()) <= kHeadersPerAnnouncement && has(walk)) {
    std::reverse(headers.begin(), headers.end());
    out.push_back(Send{id, wire::Headers{std::move(headers)}});
  } else {
    out.push_back(Send{id, wire::Inv{{wire::InventoryItem::of(wire::InventoryType::Block, tip->hash)}}});
  }
}

void Conversations::note_best_known(PeerId id) {
  if (const chain::Entry* known = header_sync_.best_known(id)) download_.set_best_known(id, known);
}

void Conversations::plan_downloads(Now now, Actions& out) {
  if (!with_.chain.takes_blocks()) return;
  const chain::Entry* best = with_.chain.best_header();
  const chain::Entry* tip = with_.chain.view()->tip();
  if (best->chain_work <= tip->chain_work) return;
  for (BlockDownload::Request& request : download_.plan({tip, best}, now.moment)) {
    wire::GetData ask;
    const auto send = [&] {
      if (!ask.items.empty()) out.push_back(Send{request.peer, std::move(ask)});
      ask = {};
    };
    for (const chain::Entry* entry : request.blocks) {
      // The next block is mostly made of what we have.
      const bool is_next = entry->parent == tip && !with_.chain.is_catching_up();
      const auto type = is_next && compact_.gives_compact(request.peer) ? wire::InventoryType::CompactBlock
                                                                        : wire::InventoryType::WitnessBlock;
      ask.items.push_back(wire::InventoryItem::of(type, entry->hash));
      if (ask.items.size() == kGetDataMax) send();
    }
    send();
  }
}

std::vector<Conversations::PeerFacts> Conversations::peers(Moment now) const {
  std::vector<PeerFacts> facts;
  for (const auto& [id, peer] : peers_) {
    PeerFacts& one = facts.emplace_back();
    one.peer = id;
    one.direction = peer.handshake.direction();
    one.portrait = peer.handshake.portrait();
    one.is_ready = peer.handshake.is_complete();
    one.best_known = header_sync_.best_known(id);
    one.in_flight = download_.heights_in_flight(id);
    one.presync_height = header_sync_.presync_height(id);
    one.ping_ms = peer.ping_ms;
    one.ping_min_ms = peer.ping_min_ms;
    if (peer.ping_sent) one.waits_for_pong_ms = now - *peer.ping_sent;
    one.connected = peer.connected;
    one.wants_headers = peer.wants_headers;
  }
  return facts;
}

}  // namespace kepeng::gossip
