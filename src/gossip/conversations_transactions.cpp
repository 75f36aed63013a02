// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Transactions: who exchanges them with us, and what the mempool says.

#include <kepeng/gossip/conversations.h>

namespace kepeng::gossip {
namespace {

constexpr std::int32_t kFeeFilterProtocol = 70'013;  // BIP133

}  // namespace

void Conversations::join_transaction_relay(const Talk& talk) {
  if (!transactions_ || !relays_transactions(talk.peer.who.kind)) return;
  const PeerPortrait& portrait = *talk.peer.handshake.portrait();
  transactions_->add_peer(talk.id,
                          {.direction = talk.peer.handshake.direction(),
                           .by_wtxid = portrait.announces_by_wtxid,
                           .wants_transactions = portrait.wants_transactions,
                           .takes_fee_filter = portrait.protocol >= kFeeFilterProtocol && takes_transactions(talk.peer),
                           .permissions = talk.peer.who.permissions},
                          talk.now.moment, talk.out);
  transactions_->set_filter([this](PeerId peer, const PackedTxPtr& tx) {
    return !bloom_.has_filter(peer) || bloom_.wants(peer, *unpack(tx));
  });
}

bool Conversations::takes_transactions(const Peer& peer) const {
  if (!relays_transactions(peer.who.kind)) return false;
  return options_.self.wants_transactions || peer.who.permissions.has(Permission::Relay);
}

bool Conversations::take_announcement(const Talk& talk, const wire::InventoryItem& item) {
  if (!takes_transactions(talk.peer)) {
    talk.part("it announces a transaction although we said that we want none");
    return false;
  }
  // While we are far behind, transactions cannot be judged.
  if (transactions_ && !with_.chain.is_catching_up()) transactions_->on_announced(talk.id, item, talk.now.moment);
  return true;
}

void Conversations::on(const Talk& talk, wire::TxMessage& message) {
  if (!takes_transactions(talk.peer)) {
    return talk.part("it sends a transaction although we said that we want none");
  }
  if (transactions_ && !with_.chain.is_catching_up()) {
    transactions_->on(talk.id, message.tx, talk.now.moment, talk.out);
  }
}

void Conversations::on(const Talk& talk, wire::Mempool&) {
  const Permissions permissions = talk.peer.who.permissions;
  const bool is_allowed = (options_.self.services & wire::kNodeBloom) != 0 || permissions.has(Permission::Mempool);
  if (is_allowed) {
    if (transactions_) transactions_->serve_all(talk.id, talk.out);
  } else if (!permissions.has(Permission::NoBan)) {
    talk.part("it asks for the mempool, which is not offered");
  }
}

void Conversations::on_pooled(const PooledTransaction& pooled) {
  if (transactions_) transactions_->on_added(pooled);
}

void Conversations::on_unpooled(const PackedTxPtr& tx, TransactionRelay::Removed why) {
  if (!transactions_) return;
  transactions_->on_removed(tx, why);
  // Another block may hold it all the same.
  if (why == TransactionRelay::Removed::Otherwise) compact_.note_extra(unpack(tx));
}

void Conversations::on_transaction_judged(PeerId id, const TxPtr& tx, Judgement judgement, Now now, Actions& out) {
  if (!transactions_) return;
  const auto peer = peers_.find(id);
  if (judgement == Judgement::Accepted && peer != peers_.end()) peer->second.last_transaction = now.moment;
  if (judgement == Judgement::MissingInputs || judgement == Judgement::FeeTooLow) compact_.note_extra(tx);
  transactions_->on_judged(id, tx, judgement, now.moment, out);
}

void Conversations::on_package_judged(PeerId id, const TxPtr& parent, const TxPtr& child, bool is_accepted, Now now,
                                      Actions& out) {
  if (transactions_) transactions_->on_package_judged(id, parent, child, is_accepted, now.moment, out);
}

void Conversations::set_minimum_fee(std::int64_t sats_per_kvb) {
  if (transactions_) transactions_->set_minimum_fee(sats_per_kvb);
}

bool Conversations::has_enough_waiting(PeerId peer) const {
  return transactions_ && transactions_->has_enough_waiting(peer);
}

std::vector<Orphanage::Orphan> Conversations::orphans() const {
  return transactions_ ? transactions_->orphans().all() : std::vector<Orphanage::Orphan>{};
}

}  // namespace kepeng::gossip
