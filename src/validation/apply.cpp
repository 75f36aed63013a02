// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/time.h>
#include <kepeng/consensus/constants.h>
#include <kepeng/script/output_template.h>

#include "core.h"

namespace kepeng::validation {
namespace {

constexpr std::int64_t kAssumeValidBurialSeconds = 14 * 24 * 60 * 60;

void add_outputs(coins::CoinCache& cache, const Transaction& tx, Height height, coins::Overwrite overwrite) {
  const bool is_coinbase = tx.is_coinbase();
  for (std::uint32_t i = 0; i < tx.outputs.size(); ++i) {
    const TxOut& output = tx.outputs[i];
    if (script::is_unspendable(output.script_pubkey)) continue;
    cache.add({tx.txid, i}, {output.value, output.script_pubkey, height, is_coinbase}, overwrite);
  }
}

void prefetch_around(const coins::CoinCache& cache, std::span<const TxIn> inputs, std::size_t at) {
  constexpr std::size_t kAhead = coins::CoinCache::kPrefetchDistance;
  if (at + 2 * kAhead < inputs.size()) cache.prefetch(inputs[at + 2 * kAhead].prevout);
  if (at + kAhead < inputs.size()) cache.prefetch_record(inputs[at + kAhead].prevout);
}

// How long the work on top of `entry` takes at the difficulty of the best header.
std::int64_t burial_seconds(const chain::Entry* entry, const chain::Entry* best, const params::NetworkParams& network) {
  const Work per_block = work_of(best->header.target);
  if (per_block == Work{}) return 0;
  Work seconds = best->chain_work - entry->chain_work;
  seconds *= static_cast<std::uint64_t>(network.target_spacing_seconds);
  seconds /= per_block;
  return seconds.bit_length() > 62 ? INT64_MAX : static_cast<std::int64_t>(seconds.low64());
}

}  // namespace

bool Engine::Core::may_skip_scripts(const chain::Entry* entry) const {
  const BlockHash& assumed = options.assume_valid ? *options.assume_valid : network.assume_valid;
  if (assumed.is_null()) return false;
  const chain::Entry* known = tree.find(assumed);
  if (known == nullptr || known->ancestor(entry->height) != entry) return false;
  const chain::Entry* best = tree.best_header();
  if (best->ancestor(entry->height) != entry) return false;
  const Work& minimum = options.minimum_chain_work ? *options.minimum_chain_work : network.minimum_chain_work;
  if (best->chain_work < minimum) return false;
  return burial_seconds(entry, best, network) > kAssumeValidBurialSeconds;
}

Result<Unit, ConnectFailure> Engine::Core::check_bip30(const Chainstate& state, const Pending& block) const {
  const chain::EntryAncestry parent{block.entry->parent};
  if (!consensus::needs_bip30_check(block.entry->hash, parent, network)) return Unit{};
  const auto transactions = block.checked->block().transactions();
  for (std::size_t t = 0; t < transactions.size(); ++t) {
    const Transaction& tx = transactions[t];
    if (t + 1 < transactions.size()) state.cache->prefetch({transactions[t + 1].txid, 0});
    for (std::uint32_t i = 0; i < tx.outputs.size(); ++i) {
      auto exists = state.cache->contains({tx.txid, i});
      if (!exists) return Err{ConnectFailure{std::move(exists).error()}};
      if (*exists) return Err{ConnectFailure{BlockRejection{consensus::BlockError::Bip30}}};
    }
  }
  return Unit{};
}

// Where not all coins are in memory, reads those of the block from disk on all workers at once.
Result<Unit, Fault> Engine::Core::fetch_ahead(Chainstate& state, const Block& block) {
  std::vector<OutPoint> missing;
  for (const TxIn& input : block.inputs().subspan(1)) {
    if (state.cache->needs_source(input.prevout)) missing.push_back(input.prevout);
  }
  constexpr std::size_t kWorthSharing = 16;
  if (missing.size() < kWorthSharing || pool->threads() == 0) return Unit{};

  struct Fetched {
    bool found = false;
    storage::Coin coin;
  };
  std::vector<Fetched> fetched(missing.size());
  Guarded<std::optional<Fault>> failure;
  const std::size_t slices = pool->threads() + 1;
  std::atomic<std::size_t> remaining{slices};
  for (std::size_t slice = 0; slice < slices; ++slice) {
    pool->post(WorkPool::Lane::Urgent, [&, slice](unsigned) {
      for (std::size_t i = slice; i < missing.size(); i += slices) {
        auto found = state.store->read(missing[i], fetched[i].coin);
        if (!found) failure.with([&](auto& fault) { fault = std::move(found).error(); });
        if (found) fetched[i].found = *found;
      }
      --remaining;
    });
  }
  while (remaining != 0) {
    if (!pool->run_one()) std::this_thread::yield();
  }
  auto fault = failure.with([](auto& first) { return std::move(first); });
  if (fault) return Err{std::move(*fault)};
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (fetched[i].found) state.cache->note_from_source(missing[i], fetched[i].coin.view());
  }
  return Unit{};
}

Result<Unit, ConnectFailure> Engine::Core::apply_transactions(Chainstate& state, Pending& block,
                                                              consensus::Resolver& resolver,
                                                              std::uint32_t& transactions_done) {
  const Block& body = block.checked->block();
  const auto inputs = body.inputs();
  const auto transactions = body.transactions();
  std::size_t next_input = 1;
  for (std::uint32_t i = 0; i < transactions.size(); ++i) {
    const Transaction& tx = transactions[i];
    const std::size_t first_coin = block.spent->coins.size();
    if (i != 0) {
      for (const TxIn& input : tx.inputs) {
        prefetch_around(*state.cache, inputs, next_input);
        ++next_input;
        auto found = state.cache->spend(input.prevout, *block.spent);
        if (!found) return Err{ConnectFailure{std::move(found).error()}};
        if (!*found) {
          return Err{ConnectFailure{BlockRejection::of_transaction(consensus::TxError::MissingOrSpent, i)}};
        }
      }
    }
    auto verdict = resolver.add(i, std::span{block.spent->coins}.subspan(first_coin));
    if (!verdict) return Err{ConnectFailure{std::move(verdict).error()}};
    add_outputs(*state.cache, tx, block.entry->height,
                i == 0 ? coins::Overwrite::Possible : coins::Overwrite::Impossible);
    transactions_done = i + 1;
  }
  auto verdict = resolver.finish();
  if (!verdict) return Err{ConnectFailure{std::move(verdict).error()}};
  return Unit{};
}

Result<PendingPtr, ConnectFailure> Engine::Core::apply(Chainstate& state, const chain::Entry* entry,
                                                       const CheckedPtr& checked) {
  const std::int64_t since = steady_ns();
  auto block = std::make_shared<Pending>();
  block->entry = entry;
  block->checked = checked;
  block->spent = std::make_shared<coins::SpentCoins>();
  block->spent->coins.reserve(checked->block().inputs().size());
  const chain::EntryAncestry parent{entry->parent};
  consensus::Resolver resolver{*checked, parent, network};
  block->flags = resolver.flags();

  KP_TRY_VOID(check_bip30(state, *block));
  auto fetched = fetch_ahead(state, checked->block());
  if (!fetched) return Err{ConnectFailure{std::move(fetched).error()}};
  std::uint32_t done = 0;
  auto applied_all = apply_transactions(state, *block, resolver, done);
  if (!applied_all) {
    // Everything is taken back, so that a verdict leaves no trace. After a fault nothing is flushed any more.
    auto undone = unapply(state, *block, done);
    if (!undone) return Err{ConnectFailure{std::move(undone).error()}};
    return Err{std::move(applied_all).error()};
  }
  counters.transactions_connected += checked->block().transactions().size();
  counters.inputs_connected += block->spent->coins.size();
  counters.apply_ns += static_cast<std::uint64_t>(steady_ns() - since);
  return block;
}

// Takes back the first `transactions_done` transactions, and the inputs already spent of the one after them.
Result<Unit, Fault> Engine::Core::unapply(Chainstate& state, const Pending& block, std::uint32_t transactions_done) {
  const Block& body = block.checked->block();
  const auto transactions = body.transactions();
  std::size_t coins_left = block.spent->coins.size();
  for (std::uint32_t i =
           std::min<std::uint32_t>(transactions_done + 1, static_cast<std::uint32_t>(transactions.size()));
       i-- > 0;) {
    const Transaction& tx = transactions[i];
    if (i < transactions_done) {
      for (std::uint32_t n = 0; n < tx.outputs.size(); ++n) {
        if (script::is_unspendable(tx.outputs[n].script_pubkey)) continue;
        KP_TRY_VOID(state.cache->erase({tx.txid, n}));
      }
    }
    if (i == 0) break;
    // Coin k belongs to input k + 1 of the block.
    const auto first_coin = static_cast<std::size_t>(tx.inputs.data() - body.inputs().data()) - 1;
    while (coins_left > first_coin) {
      const consensus::Coin& coin = block.spent->coins[--coins_left];
      state.cache->add(body.inputs()[coins_left + 1].prevout,
                       {coin.output.value, coin.output.script_pubkey, coin.height, coin.is_coinbase},
                       coins::Overwrite::Possible);
    }
  }
  return Unit{};
}

}  // namespace kepeng::validation
