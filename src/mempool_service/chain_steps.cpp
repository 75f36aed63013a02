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
using Kind = MempoolEvent::Kind;
using Why = MempoolEvent::Why;

constexpr std::size_t kHomelessMax = 100'000;  // of a very deep reorganisation the oldest are forgotten

}  // namespace

void MempoolService::Core::catch_up() {
  take_events();
  if (needs_review && with.engine.rests_on(tip)) end_of_reorganisation();
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
  std::vector<TxPtr> gone;
  for (const Entry* entry : entries) gone.push_back(entry->tx);
  pool.apply(pool.plan({.remove = std::move(entries)}));
  for (const TxPtr& tx : gone) emit(Kind::Removed, why, tx);
}

void MempoolService::Core::connected(const validation::ChainEvent& event) {
  tip = event.entry;
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
void MempoolService::Core::end_of_reorganisation() {
  needs_review = false;
  EngineSight sight{with.engine, tip};
  for (const TxPtr& tx : std::exchange(homeless, {})) come_back(tx, sight);
  remove_what_no_longer_holds(sight);
  for (const TxPtr& tx : admission.trim(with.clock.now())) emit(Kind::Removed, Why::SizeLimit, tx);
}

void MempoolService::Core::come_back(const TxPtr& tx, EngineSight& sight) {
  mempool::Submission submission{{admission, {interpreter, &signatures}, {sight, with.clock.now()}}};
  const auto outcome = submission.one(tx, mempool::Submission::Purpose::Enter,
                                      {.below_minimum_fee = true, .no_replacement = true, .any_family = true});
  if (outcome && !outcome->added.empty()) {
    note_verified(*tx);
    emit(Kind::Added, Why::Reorganised, tx);
    return;
  }
  // Whoever spends it has lost what it spent.
  if (pool.find(tx->txid) != nullptr) return;
  std::vector<const Entry*> lost;
  for (std::uint32_t i = 0; i < tx->outputs.size(); ++i) {
    if (const Entry* spender = pool.spender_of({tx->txid, i})) lost.push_back(spender);
  }
  remove(pool.descendants(lost), Why::Reorganised);
}

// Locks that have closed again, coinbases that are too young again, coins that are gone.
void MempoolService::Core::remove_what_no_longer_holds(EngineSight& sight) {
  const Height next = sight.height() + 1;
  std::vector<const Entry*> lost;
  pool.visit([&](const Entry& entry) {
    std::vector<consensus::Coin> coins;
    bool holds = consensus::is_final(*entry.tx, next, sight.median_time());
    for (const TxIn& input : entry.tx->inputs) {
      if (!holds) break;
      if (pool.find(input.prevout.txid) != nullptr) {
        coins.push_back({{}, next, false});
        continue;
      }
      const auto coin = sight.coin(input.prevout);
      if (!coin) return true;  // our failure, or the chain goes on: no verdict
      holds = coin->has_value() && (!(*coin)->is_coinbase || next - (*coin)->height >= consensus::kCoinbaseMaturity);
      if (holds) coins.push_back({{}, (*coin)->height, (*coin)->is_coinbase});
    }
    holds = holds &&
            consensus::is_unlocked(consensus::sequence_lock(*entry.tx, coins, sight.line()), next, sight.median_time());
    if (!holds) lost.push_back(&entry);
    return true;
  });
  remove(pool.descendants(lost), Why::Reorganised);
}

}  // namespace kepeng::mempool_service
