// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Whose message is it?

#include <kepeng/gossip/conversations.h>

#include <algorithm>
#include <array>

namespace kepeng::gossip {
namespace {

// The place of an alternative in a variant.
template <class Wanted, class... Kinds>
constexpr std::size_t index_in(const std::variant<Kinds...>*) {
  constexpr std::array<bool, sizeof...(Kinds)> kIsIt{std::is_same_v<Wanted, Kinds>...};
  return static_cast<std::size_t>(std::find(kIsIt.begin(), kIsIt.end(), true) - kIsIt.begin());
}

}  // namespace

// By the message's index; what has no handler is ignored: answers to what we never ask, and words of the handshake.
struct Conversations::Dispatch {
  using Handler = void (*)(Conversations& self, const Talk& talk, wire::Message& message);
  using Table = std::array<Handler, std::variant_size_v<wire::Message>>;

  template <class Kind>
  static void hand_on(Conversations& self, const Talk& talk, wire::Message& message) {
    self.on(talk, std::get<Kind>(message));
  }
  template <class... Kinds>
  static constexpr Table make() {
    Table table{};
    ((table.at(index_in<Kinds>(static_cast<const wire::Message*>(nullptr))) = hand_on<Kinds>), ...);
    return table;
  }
};

void Conversations::on_message(PeerId id, wire::Message message, Now now, Actions& out) {
  using namespace wire;
  static constexpr auto kTable =
      Dispatch::make<Ping, Pong, SendHeaders, FeeFilter, Headers, Inv, GetData, NotFound, GetHeaders, GetBlocks,
                     BlockMessage, TxMessage, Mempool, SendCmpct, CmpctBlock, GetBlockTxn, BlockTxn, GetAddr, Addr,
                     AddrV2, FilterLoad, FilterAdd, FilterClear, GetCFilters, GetCFHeaders, GetCFCheckpt>();
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  const Talk talk{id, found->second, now, out};
  const Handshake::Context context{found->second.self, our_nonces_, {now.time, with_.chain.view()->height()}};
  switch (talk.peer.handshake.on(message, context, out)) {
    case Handshake::Answer::Taken:
      return note_services(talk, message);
    case Handshake::Answer::Completed:
      return on_ready(talk);
    case Handshake::Answer::NotMine:
      if (const auto handler = kTable.at(message.index())) handler(*this, talk, message);
  }
}

// What an address really offers, also when that is too little for us: it is not tried again for nothing.
void Conversations::note_services(const Talk& talk, const wire::Message& message) {
  const auto* version = std::get_if<wire::Version>(&message);
  if (version == nullptr || with_.book == nullptr || talk.peer.who.kind == ConnectionKind::Inbound) return;
  with_.book->set_services(talk.peer.who.address, version->services);
}

// --- liveness and wishes

// Without a number it is from before BIP31 and wants no answer.
void Conversations::on(const Talk& talk, wire::Ping& message) {
  if (message.nonce) talk.say(wire::Pong{*message.nonce});
}

// An answer to nothing is ignored.
void Conversations::on(const Talk& talk, wire::Pong& message) {
  Peer& peer = talk.peer;
  if (!peer.ping_sent || message.nonce != peer.ping_nonce) return;
  peer.ping_ms = talk.now.moment - *peer.ping_sent;
  peer.ping_min_ms = peer.ping_min_ms < 0 ? peer.ping_ms : std::min(peer.ping_min_ms, peer.ping_ms);
  peer.ping_sent.reset();
}

void Conversations::on(const Talk& talk, wire::SendHeaders&) {
  talk.peer.wants_headers = true;
}

void Conversations::on(const Talk& talk, wire::FeeFilter& message) {
  if (!message.rate.in_money_range()) return;
  talk.peer.fee_filter_per_kvb = message.rate.sats;
  if (transactions_) transactions_->on_fee_filter(talk.id, message.rate.sats);
}

// --- the chain

void Conversations::on(const Talk& talk, wire::Headers& message) {
  header_sync_.on(talk.id, message, talk.now, talk.out);
  note_best_known(talk.id);
  plan_downloads(talk.now, talk.out);
}

// One question at the most, however many blocks are named (CVE-2024-52915).
void Conversations::on(const Talk& talk, wire::Inv& message) {
  bool is_unknown = false;
  for (const wire::InventoryItem& item : message.items) {
    if (is_transaction(item.type) && !take_announcement(talk, item)) return;
    if (item.type != wire::InventoryType::Block) continue;
    const chain::Entry* known = with_.chain.find(item.as<BlockHash>());
    is_unknown = is_unknown || known == nullptr;
    if (known != nullptr) download_.set_best_known(talk.id, known);
  }
  if (is_unknown) header_sync_.on_unknown_block(talk.id, talk.now, talk.out);
  plan_downloads(talk.now, talk.out);
}

void Conversations::on(const Talk& talk, wire::NotFound& message) {
  for (const wire::InventoryItem& item : message.items) {
    if (!is_transaction(item.type)) {
      download_.on_missing(talk.id, item.as<BlockHash>());
    } else if (transactions_) {
      transactions_->on_missing(talk.id, item);
    }
  }
  plan_downloads(talk.now, talk.out);
}

void Conversations::on(const Talk& talk, wire::GetHeaders& message) {
  const chain::Entry* last = serving_.on(talk.id, message, talk.peer.who.permissions, talk.out);
  if (last != nullptr) talk.peer.announced = last;
}

void Conversations::on(const Talk& talk, wire::GetBlocks& message) {
  serving_.on(talk.id, message, talk.out);
}

// A compact block is made at once, one for each question; everything else waits for room on the way to the peer.
void Conversations::on(const Talk& talk, wire::GetData& message) {
  bool was_served = false;
  std::erase_if(message.items, [&](wire::InventoryItem& item) {
    if (is_transaction(item.type)) {
      return transactions_ && (transactions_->serve(talk.id, item, talk.out) || serve_of_tip(talk, item));
    }
    const bool is_filtered = item.type == wire::InventoryType::FilteredBlock;
    if (is_filtered && !bloom_.has_filter(talk.id)) return true;  // there is no answer to that
    if (item.type != wire::InventoryType::CompactBlock) return false;
    item.type = wire::InventoryType::WitnessBlock;
    const chain::Entry* entry = with_.chain.find(item.as<BlockHash>());
    if (was_served || entry == nullptr || !with_.chain.view()->contains(entry)) return false;
    was_served = compact_.serve(talk.id, *entry, talk.out);
    return was_served;
  });
  serving_.on(talk.id, message, talk.peer.who.permissions, talk.now.time, talk.out);
}

// --- compact blocks

void Conversations::on(const Talk& talk, wire::SendCmpct& message) {
  compact_.on(talk.id, message);
}

void Conversations::on(const Talk& talk, wire::CmpctBlock& message) {
  const BlockHeader header = message.header;
  auto heard = compact_.on(talk.id, std::move(message), talk.now.moment, talk.out);
  if (heard.block) return take_block(talk, std::move(heard.block), Form::Compact);
  using Next = CompactBlocks::Heard::Next;
  if (heard.next == Next::AskForHeaders) header_sync_.on_unknown_block(talk.id, talk.now, talk.out);
  const chain::Entry* known = with_.chain.find(header.hash());
  if (known != nullptr) {
    end_needless(talk, *known);
    // Who announces a block has it: should another one that was asked before stay silent, this one is asked.
    download_.set_best_known(talk.id, known);
    plan_downloads(talk.now, talk.out);
  }
  if (heard.next != Next::TakeHeader) return;
  if (known == nullptr) {
    header_sync_.on_compact(talk.id, header, talk.now, talk.out);
    note_best_known(talk.id);
    return plan_downloads(talk.now, talk.out);
  }
  // We asked for it in this form, and cannot use it.
  const auto heights = download_.heights_in_flight(talk.id);
  if (!std::binary_search(heights.begin(), heights.end(), known->height)) return;
  talk.say(wire::GetData{{wire::InventoryItem::of(wire::InventoryType::WitnessBlock, known->hash)}});
}

void Conversations::on(const Talk& talk, wire::BlockTxn& message) {
  if (BlockPtr block = compact_.on(talk.id, message, talk.out).block) {
    return take_block(talk, std::move(block), Form::Compact);
  }
  if (const chain::Entry* known = with_.chain.find(message.block)) end_needless(talk, *known);
}

// The peer was asked for the block as a compact one; it came another way before all of it was here.
void Conversations::end_needless(const Talk& talk, const chain::Entry& entry) {
  if (entry.has_data || entry.is_invalid()) download_.on_needless(talk.id, entry.hash);
}

void Conversations::on(const Talk& talk, wire::GetBlockTxn& message) {
  const chain::Entry* whole = compact_.on(talk.id, message, talk.out);
  if (whole == nullptr) return;
  const auto item = wire::InventoryItem::of(wire::InventoryType::WitnessBlock, whole->hash);
  serving_.on(talk.id, wire::GetData{{item}}, talk.peer.who.permissions, talk.now.time, talk.out);
}

// --- addresses

void Conversations::on(const Talk& talk, wire::GetAddr& message) {
  if (addresses_) addresses_->on(talk.id, message, talk.now, talk.out);
}

void Conversations::on(const Talk& talk, wire::Addr& message) {
  if (!addresses_) return;
  addresses_->on(talk.id, message, talk.now);
  end_address_fetch(talk, message.entries.size());
}

void Conversations::on(const Talk& talk, wire::AddrV2& message) {
  if (!addresses_) return;
  addresses_->on(talk.id, message, talk.now);
  end_address_fetch(talk, message.entries.size());
}

// A single address is the peer speaking of itself, not yet the answer.
void Conversations::end_address_fetch(const Talk& talk, std::size_t entries) const {
  if (talk.peer.who.kind == ConnectionKind::AddressFetch && entries > 1) talk.part("it has told us whom it knows");
}

// --- filters

void Conversations::on(const Talk& talk, wire::FilterLoad& message) {
  bloom_.on(talk.id, std::move(message), talk.out);
  hear_filter_wish(talk);
}
void Conversations::on(const Talk& talk, wire::FilterAdd& message) {
  bloom_.on(talk.id, message, talk.out);
}
void Conversations::on(const Talk& talk, wire::FilterClear& message) {
  bloom_.on(talk.id, message, talk.out);
  hear_filter_wish(talk);
}
// BIP37: a client that said in its version that it wants no transactions wants them from now on.
void Conversations::hear_filter_wish(const Talk& talk) {
  if (!bloom_.is_open_to(talk.id) || !relays_transactions(talk.peer.who.kind)) return;
  talk.peer.handshake.note_wants_transactions();
  if (transactions_) transactions_->set_wants_transactions(talk.id);
}
void Conversations::on(const Talk& talk, wire::GetCFilters& message) {
  filters_.on(talk.id, message, talk.out);
}
void Conversations::on(const Talk& talk, wire::GetCFHeaders& message) {
  filters_.on(talk.id, message, talk.out);
}
void Conversations::on(const Talk& talk, wire::GetCFCheckpt& message) {
  filters_.on(talk.id, message, talk.out);
}

}  // namespace kepeng::gossip
