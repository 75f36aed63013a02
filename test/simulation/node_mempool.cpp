// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// A node's mempool: when it works, what is paid into it, and what must be true of it at any time.

#include <fmt/format.h>

#include <algorithm>

#include <kepeng/consensus/locktime.h>
#include <kepeng/peering/judgement.h>

#include "node.h"

namespace kepeng::simulation {
namespace {

using mempool::Entry;
using mempool::Pool;
using mempool_service::MempoolEvent;

constexpr std::int64_t kMempoolDelayMs = 50;  // until it looks at what it was told
constexpr std::size_t kUnderJudgementMax = 1'100;
constexpr std::int64_t kFeeMax = 20'000;
constexpr std::int64_t kFeeLeast = 300;  // well above what is relayed at least, but for those that pay nothing
constexpr std::uint64_t kPickedOfTen = 8;
constexpr std::uint64_t kThoroughly = 8;  // every so many changes

// In the order in which they came.
std::vector<const Entry*> in_order(const Pool& pool) {
  std::vector<const Entry*> entries;
  pool.visit([&](const Entry& entry) {
    entries.push_back(&entry);
    return true;
  });
  std::sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) { return a->sequence < b->sequence; });
  return entries;
}

}  // namespace

Node::Traffic& Node::Traffic::operator+=(const Traffic& other) {
  paid += other.paid;
  accepted += other.accepted;
  confirmed += other.confirmed;
  contradicted += other.contradicted;
  replaced += other.replaced;
  crowded_out += other.crowded_out;
  unsettled += other.unsettled;
  came_back += other.came_back;
  orphans += other.orphans;
  loaded += other.loaded;
  return *this;
}

void Node::start_mempool() {
  mempool_service::ServiceOptions options;
  options.admission.bytes_max = setting_.mempool_bytes;
  options.directory = "/data/regtest";
  options.signature_cache_bytes = 1 << 16;
  options.script_threads = 1;
  options.drive = mempool_service::Drive::Caller;
  mempool_ = mempool_service::MempoolService::start({*engine_, log_, clock_, ledger_.network(), disk_}, options);
  mempool_->subscribe([this](const MempoolEvent& event) { heard_of(event); });
  traffic_.loaded += pooled_at_ms_.size();
  check_mempool();
}

// --- its work --------------------------------------------------------------------------------------------------------

void Node::rouse_mempool() {
  if (std::exchange(mempool_works_, true)) return;
  later(world_.between(0, kMempoolDelayMs), [this] {
    mempool_works_ = false;
    work_in_mempool();
    check();
  });
}

void Node::work_in_mempool() {
  mempool_->work();
  check_mempool();
  if (!is_up()) return;
  conversations_->set_minimum_fees(
      {mempool_->options().admission.policy.min_relay.sats_per_kvb, mempool_->minimum_fee_per_kvb()});
}

void Node::carry_out(gossip::HandInTransaction& action) {
  if (++under_judgement_ > kUnderJudgementMax) fail("judges more transactions at once than it may");
  mempool_->hand_in(action.peer.number, action.tx,
                    [this, peer = action.peer, tx = action.tx](const PoolOutcome& outcome) {
                      --under_judgement_;
                      note_outcome(outcome);
                      post([this, peer, tx, judgement = peering::judgement_of(outcome, *tx)] {
                        if (judgement == gossip::Judgement::MissingInputs) ++traffic_.orphans;
                        talk([&](auto& conversation, auto& out) {
                          conversation.on_transaction_judged(peer, tx, judgement, now(), out);
                        });
                      });
                    });
  rouse_mempool();
}

void Node::carry_out(gossip::HandInPackage& action) {
  ++under_judgement_;
  mempool_->hand_in_package(
      action.peer.number, {action.parent, action.child}, [this, action](const PoolOutcome& outcome) {
        --under_judgement_;
        note_outcome(outcome);
        post([this, family = peering::family_of(outcome, action)] {
          talk([&](auto& conversation, auto& out) { conversation.on_package_judged(family, out); });
        });
      });
  rouse_mempool();
}

void Node::carry_out(gossip::NoteAskedFor& action) {
  mempool_->note_asked_for(action.txid);
}

void Node::note_outcome(const PoolOutcome& outcome) {
  if (!outcome) {
    pool_has_failed_ = true;
    return;
  }
  for (const auto& [wtxid, result] : outcome->transactions) {
    const auto* rejection = std::get_if<policy::Rejection>(&result);
    if (rejection == nullptr) continue;
    world_.note(fmt::format("node {} turns down {:.12}: {}", id_, wtxid.to_string(), rejection->reason));
    using Kind = policy::Rejection::Kind;
    // What breaks a rule is nobody's here.
    if (rejection->kind == Kind::Consensus || rejection->kind == Kind::NotStandard || rejection->kind == Kind::Inputs ||
        rejection->kind == Kind::Witness) {
      fail("condemns a good transaction: " + rejection->text());
    }
    if (rejection->kind != Kind::MissingInputs && rejection->kind != Kind::Unknown) turned_down_.insert(wtxid);
  }
}

void Node::heard_of(const MempoolEvent& event) {
  using Kind = MempoolEvent::Kind;
  const bool is_new = event.kind == Kind::Added;
  if (is_new) {
    const bool came_back = event.why == MempoolEvent::Why::Reorganised;
    ++(came_back ? traffic_.came_back : traffic_.accepted);
    // Peers have been told of it before it was in a block, and are not told again.
    pooled_at_ms_[event.tx->txid] = came_back ? 0 : world_.now_ms();
  } else {
    pooled_at_ms_.erase(event.tx->txid);
    heard_of_removal(event);
  }
  post([this, event, is_new] {
    if (is_new)
      return conversations_->on_pooled({event.tx, event.fee_per_kvb, event.mined_per_kvb, event.is_unbroadcast});
    using Removed = gossip::TransactionRelay::Removed;
    const bool is_confirmed = event.why == MempoolEvent::Why::Confirmed;
    conversations_->on_unpooled(event.tx, is_confirmed ? Removed::Confirmed : Removed::Otherwise);
  });
}

void Node::heard_of_removal(const MempoolEvent& event) {
  using Why = MempoolEvent::Why;
  if (event.why != Why::Confirmed) turned_down_.insert(event.tx->wtxid);
  switch (event.why) {
    case Why::Confirmed:
      ++traffic_.confirmed;
      break;
    case Why::Conflict:
      ++traffic_.contradicted;
      break;
    case Why::Replaced:
      ++traffic_.replaced;
      break;
    case Why::SizeLimit:
      ++traffic_.crowded_out;
      break;
    case Why::Reorganised:
      ++traffic_.unsettled;
      break;
    case Why::Accepted:
    case Why::Restored:
    case Why::Expiry:
      break;
  }
}

// --- payments --------------------------------------------------------------------------------------------------------

// What the miner takes of it: mostly everything.
std::vector<Ledger::Picked> Node::pick() const {
  std::vector<Ledger::Picked> picked;
  mempool_->look([&](const Pool& pool, const mempool::Admission&) {
    pool.visit_chunks([&](const mempool::ChunkView& chunk) {
      for (const Entry* entry : chunk.entries) picked.push_back({unpack(entry->tx), entry->fee});
      return true;
    });
  });
  if (world_.happens(0.5)) return picked;
  std::set<Txid> left_out;
  std::erase_if(picked, [&](const Ledger::Picked& one) {
    const auto& inputs = one.tx->inputs;
    const bool goes = world_.chance().below(10) >= kPickedOfTen ||
                      std::any_of(inputs.begin(), inputs.end(),
                                  [&](const TxIn& input) { return left_out.contains(input.prevout.txid); });
    if (goes) left_out.insert(one.tx->txid);
    return goes;
  });
  return picked;
}

void Node::pay() {
  if (!is_up() || tip()->height < consensus::kCoinbaseMaturity) return;
  clock_.mock(world_.true_time() + clock_offset_);
  Purse purse;
  mempool_->look([&](const Pool& pool, const mempool::Admission&) { purse = choose_coins(pool); });
  if (pool_has_failed_) return die();
  if (purse.coins.empty()) return;
  if (world_.happens(0.15)) return pay_together(purse);
  const TxPtr tx = ledger_.make_payment(purse.coins, {purse.fee}, world_.chance());
  if (tx == nullptr) return;
  world_.note(fmt::format("node {} pays {:.12}, fee {}", id_, tx->txid.to_string(), purse.fee));
  ++traffic_.paid;
  note_outcome(mempool_->submit(tx));
  check_mempool();
}

// A transaction that pays nothing, and one that pays for it.
void Node::pay_together(const Purse& purse) {
  const TxPtr parent = ledger_.make_payment(purse.coins, {0}, world_.chance());
  if (parent == nullptr) return;
  const TxPtr child = ledger_.make_payment({ledger_.coin(*parent, 0)}, {kFeeLeast + purse.fee}, world_.chance());
  if (child == nullptr) return;
  world_.note(fmt::format("node {} pays {:.12} for {:.12}", id_, child->txid.to_string(), parent->txid.to_string()));
  traffic_.paid += 2;
  note_outcome(mempool_->submit_package({parent, child}, {}));
  check_mempool();
}

// Coins of the chain, whoever has spent them in the mempool; the outputs of what waits there; or what something that
// waits there spends already.
Node::Purse Node::choose_coins(const Pool& pool) {
  Purse purse;
  purse.fee = kFeeLeast + static_cast<std::int64_t>(world_.chance().below(kFeeMax));
  const auto entries = in_order(pool);
  const std::uint64_t kind = entries.empty() ? 0 : world_.chance().below(10);
  if (kind < 5) {
    purse.coins = coins_of_chain();
    return purse;
  }
  const Entry& entry = *entries[world_.chance().below(entries.size())];
  if (kind < 8) {
    const std::uint64_t index = world_.chance().below(entry.tx->output_count());
    purse.coins.push_back(ledger_.coin(*unpack(entry.tx), static_cast<std::uint32_t>(index)));
    return purse;
  }
  const OutPoint contested = *entry.tx->prevouts().begin();
  purse.fee += world_.happens(0.5) ? 2 * entry.fee.sats : 0;
  if (const Entry* parent = pool.find(contested.txid)) {
    purse.coins.push_back(ledger_.coin(*unpack(parent->tx), contested.index));
  } else if (const auto coin = engine_->read_coin(contested); !coin) {
    pool_has_failed_ = true;
  } else if (coin->coin) {
    purse.coins.push_back({contested, coin->coin->value, coin->coin->script_pubkey});
  }
  return purse;
}

std::vector<test::OwnedCoin> Node::coins_of_chain() {
  auto coins = ledger_.some_coins(*tip(), world_.chance());
  std::vector<OutPoint> names;
  for (const auto& coin : coins) names.push_back(coin.outpoint);
  const auto found = engine_->read_coins(names);
  if (!found) {
    pool_has_failed_ = true;
    return {};
  }
  std::vector<test::OwnedCoin> there;
  for (std::size_t i = 0; i < coins.size(); ++i) {
    if (found->coins[i]) there.push_back(std::move(coins[i]));
  }
  if (there.size() > 2) there.resize(1 + world_.chance().below(2));
  return there;
}

// --- invariants ------------------------------------------------------------------------------------------------------

// Every transaction could be in the next block, with those before it: what it spends is there, for it alone.
void Node::check_mempool() {
  std::vector<OutPoint> from_chain;
  std::string wrong;
  mempool_->look_from_tip([&](const Pool& pool, const mempool_service::MempoolService::Ground& ground) {
    const chain::Entry* at = ground.tip;
    if (std::exchange(checked_, {pool.sequence(), at}) == std::pair{pool.sequence(), at}) return;
    if (pool.sequence() % kThoroughly == 0) pool.check();  // dear
    if (at != tip()) wrong = "is not on the chain's tip";
    if (wrong.empty()) wrong = what_is_wrong_with(pool, from_chain);
  });
  // What a failing disk kept it from looking at waits there.
  if (!wrong.empty() && (pool_has_failed_ || disk_.failure_fired())) return die();
  if (!wrong.empty()) return fail("its mempool " + wrong);
  check_spent(from_chain);
  if (std::exchange(pool_has_failed_, false) || engine_->fault()) die();
}

std::string Node::what_is_wrong_with(const Pool& pool, std::vector<OutPoint>& from_chain) const {
  std::string wrong;
  std::set<OutPoint> spent;
  for (const Entry* entry : in_order(pool)) {
    for (const OutPoint& prevout : entry->tx->prevouts()) {
      if (!spent.insert(prevout).second) wrong = "spends a coin twice";
      if (pool.spender_of(prevout) != entry) wrong = "does not know who spends what";
      const Entry* parent = pool.find(prevout.txid);
      if (parent == nullptr) {
        from_chain.push_back(prevout);
      } else if (prevout.index >= parent->tx->output_count()) {
        wrong = "spends what nobody has made";
      }
    }
    if (!consensus::is_final(*unpack(entry->tx), tip()->height + 1, tip()->median_time_past()))
      wrong = "holds what is locked";
    if (pool.cluster_of(*entry).order.size() > pool.limits().count) wrong = "has a cluster that is too large";
  }
  if (pool.memory_bytes() > setting_.mempool_bytes) wrong = "is larger than it may be";
  return wrong;
}

void Node::check_spent(const std::vector<OutPoint>& from_chain) {
  if (from_chain.empty()) return;
  const auto found = engine_->read_coins(from_chain);
  if (!found) {
    pool_has_failed_ = true;
    return;
  }
  for (const auto& coin : found->coins) {
    if (!coin) return fail("its mempool spends a coin that is not there");
    const Height age = tip()->height + 1 - coin->height;
    if (coin->is_coinbase && age < consensus::kCoinbaseMaturity) return fail("its mempool spends a young coinbase");
  }
}

void Node::note_change(LinkId link) {
  const auto other = links_.other_end(id_, link);
  if (other && (is_in(*other, silent_) || is_in(*other, blamable_))) return;
  last_change_ms_ = world_.now_ms();
}

std::vector<Node::Pooled> Node::pooled_since(std::int64_t moment_ms) const {
  std::vector<Pooled> found;
  mempool_->look([&](const Pool& pool, const mempool::Admission&) {
    for (const Entry* entry : in_order(pool)) {
      if (pooled_at_ms_.at(entry->txid()) <= moment_ms) continue;
      Pooled& one = found.emplace_back(Pooled{unpack(entry->tx), {}});
      for (const Entry* in_line : pool.ancestors(std::span{&entry, 1})) one.line.push_back(unpack(in_line->tx));
    }
  });
  return found;
}

bool Node::pools(const Txid& txid) const {
  return pooled_at_ms_.contains(txid);
}

}  // namespace kepeng::simulation
