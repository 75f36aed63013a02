// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Transactions: who exchanges them with us, and what the mempool says.

#include <kepeng/gossip/conversations.h>

#include <algorithm>

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
  const bool is_allowed = bloom_.is_open_to(talk.id) || permissions.has(Permission::Mempool);
  if (is_allowed) {
    if (transactions_) transactions_->serve_all(talk.id, talk.out);
  } else if (!permissions.has(Permission::NoBan)) {
    talk.part("it asks for the mempool, which is not offered");
  }
}

// It was announced, and then it was mined: whoever asks now gets it all the same, as long as that block is the tip.
bool Conversations::serve_of_tip(const Talk& talk, const wire::InventoryItem& item) {
  const BlockHash tip = with_.chain.view()->tip()->hash;
  if (of_tip_.block == nullptr || of_tip_.block->hash() != tip) {
    const auto block = std::find_if(fresh_.begin(), fresh_.end(), [&](const auto& one) { return one->hash() == tip; });
    of_tip_ = {};
    if (block == fresh_.end()) return false;
    of_tip_.block = *block;
    const auto transactions = of_tip_.block->transactions();
    for (std::size_t i = 1; i < transactions.size(); ++i) {
      of_tip_.places.emplace(BlockHash{transactions[i].txid.bytes}, i);
      of_tip_.places.emplace(BlockHash{transactions[i].wtxid.bytes}, i);
    }
  }
  const auto found = of_tip_.places.find(BlockHash{item.hash.bytes});
  if (found == of_tip_.places.end()) return false;
  const TxPtr tx = share_transaction(of_tip_.block, found->second);
  const bool is_by_wtxid = item.type == wire::InventoryType::Wtx;
  if (is_by_wtxid && tx->wtxid != item.as<Wtxid>()) return false;
  const bool with_witness = item.type != wire::InventoryType::Tx;
  talk.say(wire::TxMessage{tx, with_witness ? WitnessForm::Allowed : WitnessForm::Forbidden});
  return true;
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

void Conversations::on_package_judged(const TransactionRelay::Family& family, Actions& out) {
  if (transactions_) transactions_->on_package_judged(family, out);
}

void Conversations::tell_again(const Wtxid& wtxid) {
  if (transactions_) transactions_->tell_again(wtxid);
}

void Conversations::set_minimum_fees(const TransactionRelay::MinimumFees& fees) {
  if (transactions_) transactions_->set_minimum_fees(fees);
}

bool Conversations::has_enough_waiting(PeerId peer) const {
  return transactions_ && transactions_->has_enough_waiting(peer);
}

TransactionRelay::Backlog Conversations::backlog(TransactionRelay::Side side) const {
  return transactions_ ? transactions_->backlog(side) : TransactionRelay::Backlog{};
}

std::vector<Orphanage::Orphan> Conversations::orphans() const {
  return transactions_ ? transactions_->orphans().all() : std::vector<Orphanage::Orphan>{};
}

}  // namespace kepeng::gossip
