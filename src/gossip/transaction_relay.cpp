// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/transaction_relay.h>

#include <algorithm>
#include <cmath>

#include <kepeng/wire/limits.h>

#include "relay_pool.h"

namespace kepeng::gossip {
namespace {

constexpr std::size_t kKnownRemembered = 50'000;  // of one peer
constexpr std::size_t kRefusedRemembered = 120'000;
constexpr std::size_t kConfirmedRemembered = 48'000;
constexpr std::int64_t kInboundMeanMs = 5'000;
constexpr std::int64_t kOutboundMeanMs = 2'000;
constexpr double kOutboundFactor = 2.5;
constexpr double kTokensMax = 1'000;
// P-13: what peers fetch of what they are told, in bytes.
constexpr double kBytesPerSecond = 20'000;
constexpr double kBytesMax = 12'000'000;
constexpr std::size_t kAskedAtOnceMax = 1'000;  // names in one message
constexpr std::size_t kToldAheadMax = 2'000;    // of one peer; beyond it the oldest wait for their turn
// P-02: of what waits to be judged. One peer is not heard any more when its share is used up.
constexpr std::size_t kWaitingMax = 256;
constexpr std::size_t kWaitingBytesMax = 2 << 20;
constexpr std::size_t kWaitingBytesOfAllMax = 48 << 20;
constexpr std::size_t kLineMax = 64;  // of orphans that spend each other: more are never let in together
constexpr std::int64_t kFeeFilterMeanMs = 10 * 60'000;
constexpr std::int64_t kFeeFilterSoonMs = 5 * 60'000;
constexpr std::int64_t kReminderMeanMs = 12 * 60'000;
// Fee filters are rounded, or they would tell nodes apart.
constexpr double kFilterStep = 1.1;

crypto::SipHashKey fresh_key(Prng& random) {
  return {random.next(), random.next()};
}

bool is_by_wtxid(wire::InventoryType type) {
  return type == wire::InventoryType::Wtx;
}

RelayPlaces places_up_to(std::uint64_t place) {
  RelayPlaces places;
  places.of.fill(place);
  return places;
}

std::int64_t rounded(std::int64_t rate, Prng& random) {
  if (rate <= 0) return 0;
  const double steps = std::log(static_cast<double>(rate)) / std::log(kFilterStep);
  // Down in two of three cases, else to the step above.
  const double step = std::floor(steps) + (random.below(3) == 0 ? 1 : 0);
  return static_cast<std::int64_t>(std::pow(kFilterStep, step));
}

}  // namespace

TransactionRelay::TransactionRelay(Prng& random, double announced_per_second)
    : random_{random},
      announced_per_second_{announced_per_second},
      requests_{fresh_key(random)},
      pool_{std::make_unique<RelayPool>()},
      refused_{kRefusedRemembered, fresh_key(random)},
      may_be_paid_for_{kRefusedRemembered, fresh_key(random)},
      confirmed_{kConfirmedRemembered, fresh_key(random)} {}

TransactionRelay::~TransactionRelay() = default;

void TransactionRelay::add_peer(PeerId id, const PeerFacts& facts, Moment now, Actions& out) {
  using Standing = TransactionRequests::Standing;
  const bool is_free = facts.permissions.has(Permission::Relay);
  const bool is_ours = facts.direction != Direction::Inbound;
  requests_.add_peer(id, is_free ? Standing::Free : is_ours ? Standing::Preferred : Standing::Usual);
  peers_.insert_or_assign(id, Peer{.facts = facts,
                                   .told_up_to = places_up_to(pool_->last_place()),
                                   .known = RecentSet{kKnownRemembered, fresh_key(random_)},
                                   .next_announcement = random_moment(now, kOutboundMeanMs),
                                   .next_fee_filter = now,
                                   .bytes = kBytesMax,
                                   .tokens_at = now});
  tell_fee_filter(id, peers_.at(id), now, out);
}

void TransactionRelay::remove_peer(PeerId id) {
  peers_.erase(id);
  requests_.remove_peer(id);
  orphans_.remove_peer(id);
}

// --- what peers say

bool TransactionRelay::is_known(const TransactionName& name) const {
  if (name.is_wtxid) {
    const Wtxid wtxid{name.hash};
    if (pool_->find(wtxid) != nullptr || orphans_.contains(wtxid) || under_judgement_.contains(wtxid)) return true;
  } else if (pool_->find(Txid{name.hash}) != nullptr) {
    return true;
  }
  return refused_.contains(name.hash) || may_be_paid_for_.contains(name.hash) || confirmed_.contains(name.hash);
}

void TransactionRelay::on_announced(PeerId id, const wire::InventoryItem& item, Moment now) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  const TransactionName name{item.hash.bytes, is_by_wtxid(item.type)};
  // It said by which of the two it would speak.
  if (name.is_wtxid != peer.facts.by_wtxid) return;
  peer.known.insert(name.hash);
  const TxPtr orphan = name.is_wtxid ? orphans_.find(Wtxid{name.hash}) : nullptr;
  if (orphan != nullptr) {
    if (orphans_.announcers(orphan->wtxid).contains(id)) return;
    orphans_.add_announcer(orphan->wtxid, id);
    return ask_for_parents(id, orphan, now);
  }
  if (!is_known(name)) requests_.on_announced(id, name, now);
}

void TransactionRelay::on_missing(PeerId id, const wire::InventoryItem& item) {
  requests_.on_answered(id, {item.hash.bytes, is_by_wtxid(item.type)});
}

void TransactionRelay::on(PeerId id, const TxPtr& tx, Moment now, Actions& out) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  found->second.known.insert(tx->wtxid.view());
  found->second.known.insert(tx->txid.view());
  requests_.on_answered(id, TransactionName::of(tx->wtxid));
  requests_.on_answered(id, TransactionName::of(tx->txid));
  const bool may_be_paid = may_be_paid_for_.contains(tx->wtxid.view());
  if (may_be_paid) {
    // A child that waits here may pay for it.
    try_package(id, tx, out);
    return;
  }
  if (is_known(TransactionName::of(tx->wtxid)) || pool_->find(tx->txid) != nullptr) {
    if (found->second.facts.permissions.has(Permission::ForceRelay)) tell_again(tx->wtxid);
    return;
  }
  if (waiting_bytes_ >= kWaitingBytesOfAllMax) {
    // Too much from too many: it is asked for again.
    const bool by_wtxid = found->second.facts.by_wtxid;
    return requests_.on_announced(id, by_wtxid ? TransactionName::of(tx->wtxid) : TransactionName::of(tx->txid), now);
  }
  hand_in(id, tx, out);
}

void TransactionRelay::hand_in(PeerId peer, const TxPtr& tx, Actions& out) {
  if (begin_judgement(peer, *tx)) out.push_back(HandInTransaction{peer, tx});
}

// False: it is being judged already.
bool TransactionRelay::begin_judgement(PeerId id, const Transaction& tx) {
  const std::size_t bytes =
      sizeof tx + tx.raw.size() + tx.inputs.size() * sizeof(TxIn) + tx.outputs.size() * sizeof(TxOut);
  if (!under_judgement_.try_emplace(tx.wtxid, Waiting{id, bytes}).second) return false;
  waiting_bytes_ += bytes;
  if (const auto found = peers_.find(id); found != peers_.end()) {
    ++found->second.waiting;
    found->second.waiting_bytes += bytes;
  }
  return true;
}

void TransactionRelay::end_judgement(const Wtxid& wtxid) {
  const auto ended = under_judgement_.find(wtxid);
  if (ended == under_judgement_.end()) return;
  waiting_bytes_ -= ended->second.bytes;
  if (const auto found = peers_.find(ended->second.from); found != peers_.end()) {
    --found->second.waiting;
    found->second.waiting_bytes -= ended->second.bytes;
  }
  under_judgement_.erase(ended);
}

bool TransactionRelay::has_enough_waiting(PeerId id) const {
  const auto found = peers_.find(id);
  return found != peers_.end() &&
         (found->second.waiting >= kWaitingMax || found->second.waiting_bytes >= kWaitingBytesMax);
}

std::size_t TransactionRelay::waiting_bytes(PeerId id) const {
  const auto found = peers_.find(id);
  return found == peers_.end() ? 0 : found->second.waiting_bytes;
}

void TransactionRelay::forget_requests(const Txid& txid, const Wtxid& wtxid) {
  requests_.forget(TransactionName::of(wtxid));
  requests_.forget(TransactionName::of(txid));
}

// --- what became of them

void TransactionRelay::on_judged(PeerId id, const TxPtr& tx, Judgement judgement, Moment now, Actions& out) {
  end_judgement(tx->wtxid);
  switch (judgement) {
    case Judgement::Accepted:
    case Judgement::AlreadyHere:
      forget_requests(tx->txid, tx->wtxid);
      orphans_.remove(tx->wtxid);
      return try_children(*tx, out);
    case Judgement::MissingInputs:
      return adopt(id, tx, now);
    case Judgement::FeeTooLow:
      note_refusal(*tx, judgement);
      try_package(id, tx, out);
      return;
    case Judgement::WitnessFault:
    case Judgement::RefusedAnyhow:
    case Judgement::Refused:
    case Judgement::NotJudged:
      note_refusal(*tx, judgement);
      return;
  }
}

// What need not come again, until the tip moves. A third party can change a witness, or cut it off, and with it the
// verdict: then only this form is refused, never the txid, by which honest copies are found.
void TransactionRelay::note_refusal(const Transaction& tx, Judgement judgement) {
  const bool is_decided = judgement == Judgement::FeeTooLow || judgement == Judgement::WitnessFault ||
                          judgement == Judgement::RefusedAnyhow || judgement == Judgement::Refused;
  if (!is_decided) return;
  orphans_.remove(tx.wtxid);
  requests_.forget(TransactionName::of(tx.wtxid));
  const bool may_lack_witness = judgement == Judgement::WitnessFault && !tx.has_witness();
  if (may_lack_witness) return;
  if (judgement == Judgement::FeeTooLow) {
    may_be_paid_for_.insert(tx.wtxid.view());
    requests_.forget(TransactionName::of(tx.txid));
    return;
  }
  refused_.insert(tx.wtxid.view());
  if (judgement == Judgement::RefusedAnyhow) {
    refused_.insert(tx.txid.view());
    requests_.forget(TransactionName::of(tx.txid));
  }
}

// It waits for what it spends, unless that was refused. The peer that brought it may lack its parents by now; others
// that have it may have them.
void TransactionRelay::adopt(PeerId id, const TxPtr& tx, Moment now) {
  std::vector<PeerId> owners{id};
  for (const auto& name : {TransactionName::of(tx->wtxid), TransactionName::of(tx->txid)}) {
    for (const PeerId peer : requests_.announcers(name)) owners.push_back(peer);
  }
  forget_requests(tx->txid, tx->wtxid);
  const bool is_hopeless = std::any_of(tx->inputs.begin(), tx->inputs.end(),
                                       [&](const TxIn& input) { return refused_.contains(input.prevout.txid.view()); });
  if (is_hopeless) {
    refused_.insert(tx->wtxid.view());
    refused_.insert(tx->txid.view());
    return;
  }
  orphans_.add(tx, id);
  for (const PeerId owner : owners) {
    orphans_.add_announcer(tx->wtxid, owner);
    ask_for_parents(owner, tx, now);
  }
}

// Whoever has a transaction has had what it spends. What waits here itself it need not send again: it is asked for what
// that one spends.
void TransactionRelay::ask_for_parents(PeerId id, const TxPtr& tx, Moment now) {
  std::vector<TxPtr> line{tx};
  for (std::size_t at = 0; at < line.size(); ++at) {
    const TxPtr child = line[at];
    for (const TxIn& input : child->inputs) {
      const auto waiting = orphans_.find(input.prevout.txid);
      for (const TxPtr& one : waiting) {
        if (line.size() == kLineMax || orphans_.announcers(one->wtxid).contains(id)) continue;
        orphans_.add_announcer(one->wtxid, id);
        line.push_back(one);
      }
      if (!waiting.empty()) continue;
      const auto parent = TransactionName::of(input.prevout.txid);
      // One that paid too little is wanted again, now that there is a child.
      if (!is_known(parent) || may_be_paid_for_.contains(parent.hash)) requests_.on_announced(id, parent, now);
    }
  }
}

void TransactionRelay::try_children(const Transaction& parent, Actions& out) {
  for (const TxPtr& child : orphans_.children_of(parent)) {
    const auto owners = orphans_.announcers(child->wtxid);
    if (!owners.empty()) hand_in(*owners.begin(), child, out);
  }
}

// With a child of the same peer's, which may pay for both.
bool TransactionRelay::try_package(PeerId id, const TxPtr& parent, Actions& out) {
  for (const TxPtr& child : orphans_.children_of(*parent)) {
    if (!orphans_.announcers(child->wtxid).contains(id) || !begin_judgement(id, *child)) continue;
    out.push_back(HandInPackage{id, parent, child});
    return true;
  }
  return false;
}

// A child that lacks another parent goes on waiting.
void TransactionRelay::on_package_judged(const Family& family, Actions& out) {
  const auto& [parent, child, of_parent, of_child] = family;
  end_judgement(child->wtxid);
  if (of_child == Judgement::Accepted || of_child == Judgement::AlreadyHere) {
    orphans_.remove(child->wtxid);
    forget_requests(parent->txid, parent->wtxid);
    forget_requests(child->txid, child->wtxid);
    try_children(*parent, out);
    try_children(*child, out);
    return;
  }
  note_refusal(*child, of_child);
  if (of_parent == Judgement::Accepted) try_children(*parent, out);
  note_refusal(*parent, of_parent);
}

void TransactionRelay::on_added(const PooledTransaction& pooled) {
  pool_->add(pooled);
  if (pooled.is_to_be_asked_for) to_be_asked_for_.insert(pooled.tx->wtxid);
  forget_requests(pooled.tx->txid, pooled.tx->wtxid);
}

void TransactionRelay::tell_again(const Wtxid& wtxid) {
  pool_->renew(wtxid);
}

void TransactionRelay::on_removed(const PackedTxPtr& tx, Removed why) {
  if (!pool_->remove(tx->wtxid)) return;
  to_be_asked_for_.erase(tx->wtxid);
  if (why == Removed::Confirmed) {
    confirmed_.insert(tx->wtxid.view());
    confirmed_.insert(tx->txid.view());
  }
}

void TransactionRelay::on_tip() {
  refused_.clear();
  may_be_paid_for_.clear();
}

void TransactionRelay::on_block(std::span<const Transaction> transactions, Actions& out) {
  orphans_.remove_confirmed(transactions);
  for (const Transaction& tx : transactions) {
    if (orphans_.size() != 0) try_children(tx, out);
    confirmed_.insert(tx.wtxid.view());
    confirmed_.insert(tx.txid.view());
    forget_requests(tx.txid, tx.wtxid);
  }
}

void TransactionRelay::on_reorganised(Actions& out) {
  confirmed_.clear();
  for (const auto& orphan : orphans_.all()) {
    hand_in(*orphan.from.begin(), orphan.tx, out);
  }
}

// --- what peers are told

wire::InventoryItem TransactionRelay::item_for(const Peer& peer, const PackedTransaction& tx) const {
  return peer.facts.by_wtxid ? wire::InventoryItem::of(wire::InventoryType::Wtx, tx.wtxid)
                             : wire::InventoryItem::of(wire::InventoryType::Tx, tx.txid);
}

bool TransactionRelay::serve(PeerId id, const wire::InventoryItem& item, Actions& out) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return false;
  const RelayPool::Pooled* pooled =
      is_by_wtxid(item.type) ? pool_->find(Wtxid{item.hash.bytes}) : pool_->find(Txid{item.hash.bytes});
  // What it cannot have heard of from us it does not get: it might be looking for where something comes from.
  if (pooled == nullptr) return false;
  const Peer& peer = found->second;
  const bool was_told = RelayPool::was_told(*pooled, peer.told_up_to) || peer.told_ahead.contains(pooled->place) ||
                        peer.told_ahead.contains(pooled->since);
  if (!was_told && !peer.facts.permissions.has(Permission::Mempool)) return false;
  const bool with_witness = item.type != wire::InventoryType::Tx;
  out.push_back(
      Send{id, wire::TxMessage{unpack(pooled->tx), with_witness ? WitnessForm::Allowed : WitnessForm::Forbidden}});
  found->second.known.insert(pooled->tx->wtxid.view());
  if (to_be_asked_for_.erase(pooled->tx->wtxid) != 0) out.push_back(NoteAskedFor{pooled->tx->txid});
  return true;
}

void TransactionRelay::serve_all(PeerId id, Actions& out) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  wire::Inv inv;
  pool_->visit_all([&](const RelayPool::Pooled& pooled) {
    if (pooled.fee_per_kvb < found->second.fee_filter || (filter_ && !filter_(id, pooled.tx))) return;
    inv.items.push_back(item_for(found->second, *pooled.tx));
    if (inv.items.size() == wire::kInventoryMax) out.push_back(Send{id, std::exchange(inv, {})});
  });
  found->second.told_up_to = places_up_to(pool_->last_place());
  if (!inv.items.empty()) out.push_back(Send{id, std::move(inv)});
}

void TransactionRelay::on_fee_filter(PeerId id, std::int64_t sats_per_kvb) {
  const auto found = peers_.find(id);
  if (found != peers_.end()) found->second.fee_filter = sats_per_kvb;
}

void TransactionRelay::set_wants_transactions(PeerId id) {
  if (const auto found = peers_.find(id); found != peers_.end()) found->second.facts.wants_transactions = true;
}

void TransactionRelay::announce(PeerId id, Peer& peer, Moment now, Actions& out) {
  const bool is_ours = peer.facts.direction != Direction::Inbound;
  const double rate = announced_per_second_ * (is_ours ? kOutboundFactor : 1);
  peer.tokens = std::min(kTokensMax, peer.tokens + static_cast<double>(now - peer.tokens_at) / 1000 * rate);
  const double bytes_rate = kBytesPerSecond * (is_ours ? kOutboundFactor : 1);
  peer.bytes = std::min(kBytesMax, peer.bytes + static_cast<double>(now - peer.tokens_at) / 1000 * bytes_rate);
  peer.tokens_at = now;
  if (!peer.facts.wants_transactions) {
    peer.told_up_to = places_up_to(pool_->last_place());
    return;
  }
  wire::Inv inv;
  bool is_all = true;
  pool_->visit_behind(peer.told_up_to, [&](const RelayPool::Pooled& pooled) {
    if (peer.tokens < 1 || peer.bytes < 0) return is_all = false;
    peer.told_up_to.of[pooled.rate_class] = pooled.place;
    peer.told_ahead.erase(pooled.place);
    const bool knows = peer.known.contains(pooled.tx->wtxid.view()) || peer.known.contains(pooled.tx->txid.view());
    if (knows || pooled.fee_per_kvb < peer.fee_filter || (filter_ && !filter_(id, pooled.tx))) return true;
    tell_parents(id, peer, *pooled.tx, inv);
    tell(peer, *pooled.tx, inv);
    return true;
  });
  if (is_all) {
    peer.told_up_to = places_up_to(pool_->last_place());
    peer.told_ahead.clear();
  }
  if (!inv.items.empty()) out.push_back(Send{id, std::move(inv)});
}

void TransactionRelay::tell(Peer& peer, const PackedTransaction& tx, wire::Inv& inv) {
  inv.items.push_back(item_for(peer, tx));
  peer.known.insert(tx.wtxid.view());
  peer.tokens -= 1;
  peer.bytes -= static_cast<double>(tx.raw().size());
}

// What it spends and the peer has not been told of, in a class that pays less: before it, or at least to be had.
void TransactionRelay::tell_parents(PeerId id, Peer& peer, const PackedTransaction& tx, wire::Inv& inv) {
  std::vector<const RelayPool::Pooled*> line;
  const auto add_parents = [&](const PackedTransaction& child) {
    for (const OutPoint& prevout : child.prevouts()) {
      const RelayPool::Pooled* parent = pool_->find(prevout.txid);
      if (parent == nullptr || line.size() == kLineMax || !RelayPool::is_behind(*parent, peer.told_up_to)) continue;
      if (peer.told_ahead.insert(parent->place).second) line.push_back(parent);
    }
  };
  add_parents(tx);
  for (std::size_t at = 0; at < line.size(); ++at) add_parents(*line[at]->tx);
  // Who came first is rarely a child; if it is, after a reorganisation, both are in one message all the same.
  std::sort(line.begin(), line.end(), [](const auto* a, const auto* b) { return a->place < b->place; });
  for (const RelayPool::Pooled* one : line) {
    const bool knows = peer.known.contains(one->tx->wtxid.view()) || peer.known.contains(one->tx->txid.view());
    if (knows || one->fee_per_kvb < peer.fee_filter || (filter_ && !filter_(id, one->tx))) continue;
    tell(peer, *one->tx, inv);
  }
  while (peer.told_ahead.size() > kToldAheadMax) peer.told_ahead.erase(peer.told_ahead.begin());
}

// What the full pool asks for is rounded; what is always asked for is no secret.
std::int64_t TransactionRelay::fee_to_tell() {
  if (is_catching_up_) return kMaxMoney.sats;
  if (minimum_fees_.pool <= minimum_fees_.relay) return minimum_fees_.relay;
  return std::max(rounded(minimum_fees_.pool, random_), minimum_fees_.relay);
}

// What it was told is far from the truth by now.
bool TransactionRelay::is_to_be_told_sooner(const Peer& peer) const {
  const double now = static_cast<double>(std::max(minimum_fees_.pool, minimum_fees_.relay));
  const double told = static_cast<double>(peer.fee_filter_told);
  return now < told * 3 / 4 || now > told * 4 / 3;
}

void TransactionRelay::tell_fee_filter(PeerId id, Peer& peer, Moment now, Actions& out) {
  if (!peer.facts.takes_fee_filter || peer.facts.permissions.has(Permission::ForceRelay)) return;
  const bool is_over = !is_catching_up_ && peer.fee_filter_told == kMaxMoney.sats;
  if (!is_over && now < peer.next_fee_filter) {
    if (!is_catching_up_ && peer.next_fee_filter - now > kFeeFilterSoonMs && is_to_be_told_sooner(peer)) {
      peer.next_fee_filter = now + static_cast<std::int64_t>(random_.below(kFeeFilterSoonMs));
    }
    return;
  }
  peer.next_fee_filter = random_moment(now, kFeeFilterMeanMs);
  const std::int64_t rate = fee_to_tell();
  if (rate == peer.fee_filter_told) return;
  peer.fee_filter_told = rate;
  out.push_back(Send{id, wire::FeeFilter{Amount{rate}}});
}

void TransactionRelay::ask(PeerId id, Moment now, Actions& out) {
  wire::GetData question;
  const auto send = [&] {
    if (!question.items.empty()) out.push_back(Send{id, std::exchange(question, {})});
  };
  for (const TransactionName& name : requests_.due(id, now)) {
    if (is_known(name) && !may_be_paid_for_.contains(name.hash)) {
      requests_.forget(name);
      continue;
    }
    const auto type = name.is_wtxid ? wire::InventoryType::Wtx : wire::InventoryType::WitnessTx;
    question.items.push_back({type, {name.hash}});
    if (question.items.size() == kAskedAtOnceMax) send();
  }
  send();
}

void TransactionRelay::on_tick(Moment now, Actions& out) {
  const bool tells_inbound = now >= next_inbound_;
  if (tells_inbound) next_inbound_ = random_moment(now, kInboundMeanMs);
  if (now >= next_reminder_) {
    next_reminder_ = random_moment(now, kReminderMeanMs);
    // Nobody has asked: once more, as if they were new.
    for (const Wtxid& wtxid : to_be_asked_for_) pool_->renew(wtxid);
  }
  for (auto& [id, peer] : peers_) {
    ask(id, now, out);
    tell_fee_filter(id, peer, now, out);
    const bool is_inbound = peer.facts.direction == Direction::Inbound;
    // Whoever may do anything is told at once.
    const bool waits = !peer.facts.permissions.has(Permission::NoBan);
    if (waits && (is_inbound ? !tells_inbound : now < peer.next_announcement)) continue;
    if (waits && !is_inbound) peer.next_announcement = random_moment(now, kOutboundMeanMs);
    announce(id, peer, now, out);
  }
}

Moment TransactionRelay::random_moment(Moment now, std::int64_t mean_ms) {
  return now + static_cast<std::int64_t>(-std::log1p(-random_.unit()) * static_cast<double>(mean_ms));
}

// --- looking

void TransactionRelay::visit(const std::function<void(const PackedTxPtr&)>& visitor) const {
  pool_->visit_all([&](const RelayPool::Pooled& pooled) { visitor(pooled.tx); });
}

TransactionRelay::Counts TransactionRelay::counts(PeerId id) const {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return {};
  const RelayPlaces& told = found->second.told_up_to;
  return {pool_->count_behind(told), requests_.in_flight(id), *std::max_element(told.of.begin(), told.of.end())};
}

TransactionRelay::Backlog TransactionRelay::backlog(Side side) const {
  Backlog all{0, kTokensMax, kBytesMax};
  for (const auto& [id, peer] : peers_) {
    const bool is_inbound = peer.facts.direction == Direction::Inbound;
    if (is_inbound != (side == Side::Inbound) || !peer.facts.wants_transactions) continue;
    all.transactions = std::max(all.transactions, pool_->count_behind(peer.told_up_to));
    all.count_left = std::min(all.count_left, peer.tokens);
    all.bytes_left = std::min(all.bytes_left, peer.bytes);
  }
  return all;
}

}  // namespace kepeng::gossip
