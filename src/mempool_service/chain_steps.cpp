// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What blocks do to the pool: confirm, contradict, and, when they leave the chain, give back.

#include <algorithm>
#include <unordered_set>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/locktime.h>

#include "core.h"

namespace kepeng::mempool_service {
namespace {

using mempool::Entry;
using Why = MempoolEvent::Why;

constexpr std::size_t kHomelessMax = 100'000;  // of a very deep reorganisation the oldest are forgotten

bool is_for_room(const mempool::PackageOutcome& outcome, const Transaction& tx) {
  const auto found = outcome.transactions.find(tx.wtxid);
  if (found == outcome.transactions.end()) return false;
  const auto* rejection = std::get_if<policy::Rejection>(&found->second);
  return rejection != nullptr && rejection->reason == mempool::kTooLargeCluster;
}

}  // namespace

void MempoolService::Core::catch_up() {
  take_events();
  while (needs_review && with.engine.rests_on(tip)) {
    const auto reviewed = end_of_reorganisation();
    if (reviewed) return;
    // What was not looked at yet is looked at later: when the chain rests again, or when the disk answers again.
    needs_review = true;
    if (reviewed.error().kind != FaultKind::Busy) {
      KP_LOG_WARNING(with.log, "The mempool could not be looked through: {}", reviewed.error().message);
      return;
    }
    take_events();
  }
}

void MempoolService::Core::take_events() {
  for (;;) {
    auto event = events.with([](auto& all) -> std::optional<validation::ChainEvent> {
      if (all.empty()) return std::nullopt;
      auto first = std::move(all.front());
      all.pop_front();
      return first;
    });
    if (!event) return;
    if (event->kind == validation::ChainEvent::Kind::Connected) {
      connected(*event);
    } else {
      disconnected(*event);
    }
  }
}

void MempoolService::Core::remove(std::vector<const Entry*> entries, Why why) {
  if (entries.empty()) return;
  std::vector<PackedTxPtr> gone;
  for (const Entry* entry : entries) gone.push_back(entry->tx);
  pool.apply(pool.plan({.remove = std::move(entries)}));
  for (const PackedTxPtr& tx : gone) emit_removed(why, tx);
}

BlockEvent MempoolService::Core::look_at_block(const validation::ChainEvent& event) const {
  BlockEvent seen{.block = event.entry};
  for (const Transaction& tx : event.block->transactions().subspan(1)) {
    const auto weight = static_cast<std::int64_t>(tx.weight());
    seen.weight += weight;
    const Entry* entry = pool.find(tx.txid);
    if (entry == nullptr) continue;
    seen.weight_known += weight;
    seen.mined.push_back({tx.txid, pool.chunk_of(*entry).entries.size() == 1});
  }
  return seen;
}

void MempoolService::Core::connected(const validation::ChainEvent& event) {
  tip = event.entry;
  BlockEvent told;
  if (!block_followers.empty()) told = look_at_block(event);
  const auto transactions = event.block->transactions();
  if (pool.count() != 0) {
    std::vector<const Entry*> confirmed;
    for (const Transaction& tx : transactions) {
      if (const Entry* entry = pool.find(tx.txid)) confirmed.push_back(entry);
    }
    remove(std::move(confirmed), Why::Confirmed);
    std::vector<const Entry*> contradicted;
    for (const Transaction& tx : transactions) {
      for (const TxIn& input : tx.inputs) {
        if (const Entry* entry = pool.spender_of(input.prevout)) contradicted.push_back(entry);
      }
    }
    remove(pool.descendants(contradicted), Why::Conflict);
  }
  for (const Transaction& tx : transactions) admission.forget_priority(tx.txid);
  if (!homeless.empty()) {
    std::unordered_set<std::uint64_t> seen;
    for (const Transaction& tx : transactions) seen.insert(load_le<std::uint64_t>(tx.txid.bytes.data()));
    std::erase_if(homeless,
                  [&](const TxPtr& tx) { return seen.contains(load_le<std::uint64_t>(tx->txid.bytes.data())); });
  }
  admission.note_block(with.clock.now());
  for (const auto& follower : block_followers) follower(told);
}

void MempoolService::Core::disconnected(const validation::ChainEvent& event) {
  tip = event.entry->parent;
  const auto transactions = event.block->transactions();
  // Those of this block stand before those of the blocks above it.
  std::vector<TxPtr> fresh;
  for (std::size_t i = 1; i < transactions.size(); ++i) fresh.push_back(share_transaction(event.block, i));
  homeless.insert(homeless.begin(), fresh.begin(), fresh.end());
  if (homeless.size() > kHomelessMax) homeless.resize(kHomelessMax);
  // Nobody can spend the coinbase any more.
  std::vector<const Entry*> lost;
  for (std::uint32_t i = 0; i < transactions[0].outputs.size(); ++i) {
    if (const Entry* spender = pool.spender_of({transactions[0].txid, i})) lost.push_back(spender);
  }
  remove(pool.descendants(lost), Why::Reorganised);
  needs_review = true;
}

// The chain rests: what left it comes back if it still may, and what stood on it is looked at again.
Result<Unit, Fault> MempoolService::Core::end_of_reorganisation() {
  needs_review = false;
  EngineSight sight{with.engine, tip};
  for (std::size_t i = 0; i < homeless.size(); ++i) {
    auto back = come_back(homeless[i], sight);
    if (back) continue;
    homeless.erase(homeless.begin(), homeless.begin() + static_cast<std::ptrdiff_t>(i));
    return back;
  }
  homeless.clear();
  KP_TRY_VOID(remove_what_no_longer_holds(sight));
  for (const PackedTxPtr& tx : admission.trim(with.clock.now())) emit_removed(Why::SizeLimit, tx);
  return Unit{};
}

Result<Unit, Fault> MempoolService::Core::come_back(const TxPtr& tx, EngineSight& sight) {
  mempool::Submission submission{{admission, verifiers.tools(), {sight, with.clock.now()}}};
  constexpr mempool::Leniency kWasMined{
      .below_minimum_fee = true, .no_replacement = true, .any_family = true, .trimmed_later = true};
  KP_TRY(auto outcome, submission.one(tx, mempool::Submission::Purpose::Enter, kWasMined));
  if (is_for_room(outcome, *tx) && make_room(*tx)) {
    KP_TRY(outcome, submission.one(tx, mempool::Submission::Purpose::Enter, kWasMined));
  }
  if (!outcome.added.empty()) {
    note_verified(*tx);
    emit_added(Why::Reorganised, tx->txid);
    return Unit{};
  }
  // Whoever spends it has lost what it spent.
  if (pool.find(tx->txid) != nullptr) return Unit{};
  std::vector<const Entry*> lost;
  for (std::uint32_t i = 0; i < tx->outputs.size(); ++i) {
    if (const Entry* spender = pool.spender_of({tx->txid, i})) lost.push_back(spender);
  }
  remove(pool.descendants(lost), Why::Reorganised);
  return Unit{};
}

// It was in a block before whatever spends it: of those that it would bring together, the worst go until it fits.
bool MempoolService::Core::make_room(const Transaction& tx) {
  const auto needed = pool.parents(tx);
  const auto kept = pool.ancestors(needed);
  std::vector<mempool::ClusterView> clusters;
  std::unordered_set<const mempool::Cluster*> seen;
  const auto join = [&](const Entry* entry) {
    if (entry != nullptr && seen.insert(entry->cluster).second) clusters.push_back(pool.cluster_of(*entry));
  };
  for (const Entry* parent : needed) join(parent);
  for (std::uint32_t i = 0; i < tx.outputs.size(); ++i) join(pool.spender_of({tx.txid, i}));
  std::size_t count = 1;
  std::int64_t weight = static_cast<std::int64_t>(tx.weight());
  struct Last {
    const Entry* entry;
    cluster::FeeSize worth;  // of its chunk
  };
  std::vector<Last> all;  // each cluster's from its end
  for (const auto& view : clusters) {
    count += view.order.size();
    std::size_t end = view.order.size();
    for (auto chunk = view.chunks.rbegin(); chunk != view.chunks.rend(); ++chunk) {
      for (std::size_t n = 0; n < chunk->count; ++n) all.push_back({view.order[--end], chunk->worth});
    }
    for (const Entry* entry : view.order) weight += entry->weight;
  }
  // Stable: nobody goes before those that come after it in its cluster, so that nobody is left behind.
  std::stable_sort(all.begin(), all.end(),
                   [](const Last& a, const Last& b) { return std::is_lt(cluster::compare_rates(a.worth, b.worth)); });
  std::vector<const Entry*> gone;
  const mempool::ClusterLimits& limits = pool.limits();
  for (const Last& one : all) {
    if (count <= limits.count && weight <= limits.weight) break;
    if (std::find(kept.begin(), kept.end(), one.entry) != kept.end()) continue;
    gone.push_back(one.entry);
    --count;
    weight -= one.entry->weight;
  }
  const bool fits = count <= limits.count && weight <= limits.weight;
  if (fits) remove(pool.descendants(gone), Why::SizeLimit);
  return fits;
}

// Locks that have closed again, coinbases that are too young again, coins that are gone.
Result<Unit, Fault> MempoolService::Core::remove_what_no_longer_holds(EngineSight& sight) {
  const Height next = sight.height() + 1;
  std::optional<Fault> fault;
  std::vector<const Entry*> lost;
  pool.visit([&](const Entry& entry) {
    const TxPtr tx = unpack(entry.tx);
    std::vector<consensus::Coin> coins;
    bool holds = consensus::is_final(*tx, next, sight.median_time());
    for (const TxIn& input : tx->inputs) {
      if (!holds) break;
      if (pool.find(input.prevout.txid) != nullptr) {
        coins.push_back({{}, next, false});
        continue;
      }
      const auto coin = sight.coin(input.prevout);
      if (!coin) {  // our failure, or the chain goes on: no verdict
        fault = coin.error();
        return false;
      }
      holds = coin->has_value() && (!(*coin)->is_coinbase || next - (*coin)->height >= consensus::kCoinbaseMaturity);
      if (holds) coins.push_back({{}, (*coin)->height, (*coin)->is_coinbase});
    }
    holds =
        holds && consensus::is_unlocked(consensus::sequence_lock(*tx, coins, sight.line()), next, sight.median_time());
    if (!holds) lost.push_back(&entry);
    return true;
  });
  remove(pool.descendants(lost), Why::Reorganised);
  if (fault) return Err{*std::move(fault)};
  return Unit{};
}

}  // namespace kepeng::mempool_service
