// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Starting from a snapshot of coins, and proving in the background that it was right (C-122).

#include <algorithm>

#include <kepeng/base/files.h>
#include <kepeng/base/time.h>
#include <kepeng/coins/coin_walk.h>

#include "core.h"
#include "flush_job.h"
#include "proof_job.h"

namespace kepeng::validation {
namespace {

constexpr std::size_t kBatchBytes = 16u << 20;
constexpr std::uint64_t kProgressEvery = 100'000;  // coins

Fault refusal(std::string why) {
  return {FaultKind::Config, std::move(why)};
}

std::string after(std::uint64_t coins) {
  return " after deserializing " + std::to_string(coins) + " coins";
}

const params::SnapshotFact* fact_of(const params::NetworkParams& network, const BlockHash& base) {
  const auto& known = network.snapshots;
  const auto found = std::find_if(known.begin(), known.end(), [&](const auto& fact) { return fact.block == base; });
  return found == known.end() ? nullptr : &*found;
}

std::string heights_of(const params::NetworkParams& network) {
  std::string text;
  for (const auto& fact : network.snapshots) text += (text.empty() ? "" : ", ") + std::to_string(fact.height);
  return text;
}

}  // namespace

// Any thread. The engine goes on as before until all coins are on disk and their hash is the expected one.
Result<SnapshotLoaded, Fault> Engine::Core::load_snapshot(storage::SnapshotReader& reader,
                                                          const Engine::SnapshotProgress& progress) {
  const BlockHash& hash = reader.header().base;
  const params::SnapshotFact* fact = fact_of(network, hash);
  if (fact == nullptr) {
    return Err{refusal("assumeutxo block hash in snapshot metadata not recognized (hash: " + hash.to_string() +
                       "). The following snapshot heights are available: " + heights_of(network))};
  }
  KP_TRY(const auto allowed, call([&] { return check_snapshot(*fact); }));
  if (!allowed) return Err{allowed.error()};
  if (is_loading_snapshot.exchange(true)) return Err{refusal("A snapshot is being loaded already")};

  const auto run = [&]() -> Result<SnapshotLoaded, Fault> {
    const std::string directory = join_path(options.data_directory, kSnapshotName);
    KP_TRY_VOID(storage::Database::destroy(env, directory));
    KP_TRY(auto fresh, open_chainstate(kSnapshotName));
    auto populated = populate(*fresh->store, reader, *fact, progress);
    if (populated) {
      KP_TRY(populated, call([&] { return start_from_snapshot(std::move(fresh), *fact); }));
    }
    if (populated) return SnapshotLoaded{reader.coins_read(), tree.find(hash)};
    fresh.reset();
    static_cast<void>(storage::Database::destroy(env, directory));  // what is left goes at the next start
    return Err{std::move(populated).error()};
  };
  auto result = run();
  is_loading_snapshot = false;
  return result;
}

Result<const chain::Entry*, Fault> Engine::Core::check_snapshot(const params::SnapshotFact& fact) {
  if (snapshot_fact) return Err{refusal("Can't activate a snapshot-based chainstate more than once")};
  const std::string name = "The base block header (" + fact.block.to_string() + ")";
  const chain::Entry* base = tree.find(fact.block);
  if (base == nullptr) {
    return Err{refusal(name + " must appear in the headers chain. Make sure all headers are syncing, and call "
                              "loadtxoutset again")};
  }
  if (base->is_invalid()) return Err{refusal(name + " is part of an invalid chain")};
  if (!tree.best_header()->descends_from(*base)) {
    return Err{
        refusal("A forked headers-chain with more work than the chain with the snapshot base block header "
                "exists. Please proceed to sync without AssumeUtxo")};
  }
  if (base->chain_work <= active->settled->chain_work) {
    return Err{refusal("Population failed: Work does not exceed active chainstate")};
  }
  return base;
}

// Writes the coins into an empty store and compares their hash.
Result<Unit, Fault> Engine::Core::populate(const CoinStore& into, storage::SnapshotReader& reader,
                                           const params::SnapshotFact& fact,
                                           const Engine::SnapshotProgress& progress) const {
  storage::WriteBatch batch;
  storage::SnapshotCoin next;
  Bytes value;
  for (;;) {
    auto more = reader.next(next);
    if (!more) return Err{refusal("Population failed: " + more.error().message)};
    if (!*more) break;
    const std::uint64_t before = reader.coins_read() - 1;
    if (next.coin.height > fact.height) {
      return Err{refusal("Population failed: Bad snapshot data" + after(before))};
    }
    if (!next.coin.value.in_money_range()) {
      return Err{refusal("Population failed: Bad snapshot data" + after(before) + " - bad tx out value")};
    }
    value.clear();
    storage::append_coin(value, next.coin.view());
    batch.put(storage::CoinKey{next.outpoint}.view(), value);
    if (batch.size_bytes() > kBatchBytes) {
      KP_TRY_VOID(into.database().write(batch, storage::Durability::Unsynced));
      batch.clear();
    }
    if (reader.coins_read() % kProgressEvery == 0 && !progress(reader.coins_read())) {
      return Err{Fault{FaultKind::Interrupted, "Population failed: Aborting after an interrupt was requested"}};
    }
  }
  KP_TRY_VOID(into.database().write(batch, storage::Durability::Unsynced));
  KP_TRY_VOID(into.set_marker({.best = fact.block, .heads = {}}));

  const auto go_on = [&](double) { return progress(reader.coins_read()); };
  const auto rows = std::make_shared<storage::DatabaseIterator>(into.database().iterate());
  KP_TRY(const auto totals, coins::total_coins({rows, nullptr}, coins::CoinHash::Serialized, go_on));
  const auto hash = decltype(fact.hash_serialized)::from_bytes(totals.hash.data());
  if (hash == fact.hash_serialized) return Unit{};
  return Err{refusal("Population failed: Bad snapshot content hash: expected " + fact.hash_serialized.to_string() +
                     ", got " + hash.to_string())};
}

// The chainstate so far goes to the background; the loaded one is the active one from here on.
Result<Unit, Fault> Engine::Core::start_from_snapshot(std::unique_ptr<Chainstate> fresh,
                                                      const params::SnapshotFact& fact) {
  settle_pending(*active);
  KP_TRY(const chain::Entry* base, check_snapshot(fact));
  // The index must know the block before coins on disk are of it.
  note_changed(base);
  flush_everything();
  if (auto why = fault()) return Err{*why};
  KP_TRY_VOID(write_file_atomically(env, join_path(fresh->directory, kSnapshotBaseName), fact.block.view()));
  KP_TRY_VOID(env.sync_directory(options.data_directory));

  KP_TRY_VOID(load_coins(*fresh));
  snapshot_fact = fact;
  unproven_base = base;
  background = std::exchange(active, std::move(fresh));
  background->goal = base;
  background->recent.clear();
  background->recent_bytes = 0;
  share_cache();
  candidates.vouch(base, fact.chain_transactions);
  rebuild_candidates();
  publish();
  KP_LOG_INFO(log, "Going on from the snapshot of block {} at height {}; it is proven in the background",
              base->hash.to_string(), base->height);
  return Unit{};
}

// One step of the background, or of the proof when it has arrived.
bool Engine::Core::step_background() {
  Chainstate& state = *background;
  if (proof != nullptr) return finish_proof_if_done();
  if (state.settled != state.goal || !state.pending.empty()) return step(state);
  if (flush_job != nullptr) return finish_flush_if_done();
  if (state.durable == state.goal) {
    start_proof();
    return true;
  }
  auto started = start_flush(state);
  if (!started) fail(std::move(started).error());
  return true;
}

void Engine::Core::start_proof() {
  KP_LOG_INFO(log, "The background has come to the block of the snapshot; comparing the coins");
  proof = std::make_shared<ProofJob>();
  const auto rows = std::make_shared<storage::DatabaseIterator>(background->store->database().iterate());
  proof->thread = std::thread{[this, job = proof.get(), rows] {
    const auto go_on = [job](double) { return !job->is_stopped; };
    job->totals = coins::total_coins({rows, nullptr}, coins::CoinHash::Serialized, go_on);
    job->done = true;
    signal();
  }};
}

bool Engine::Core::finish_proof_if_done() {
  if (!proof->done) return false;
  const auto job = std::move(proof);
  job->stop();
  if (!job->totals) {
    if (!job->is_stopped) fail(job->totals.error());
    return true;
  }
  const chain::Entry* base = background->goal;
  const auto hash = decltype(snapshot_fact->hash_serialized)::from_bytes(job->totals->hash.data());
  const std::uint64_t transactions = base->parent->chain_transactions + base->transactions;
  if (hash != snapshot_fact->hash_serialized || transactions != snapshot_fact->chain_transactions) {
    give_up_snapshot("the blocks lead to other coins (hash " + hash.to_string() + ", " + std::to_string(transactions) +
                     " transactions)");
    return true;
  }
  KP_LOG_INFO(log, "The snapshot of block {} is proven: all blocks from genesis on lead to it", base->hash.to_string());
  KP_ASSERT(background->loading.empty());
  background.reset();
  snapshot_is_proven = true;
  unproven_base = nullptr;
  share_cache();
  rebuild_candidates();
  return true;
}

// Nothing that was built on it can be trusted. The next start goes on from the coins that the blocks led to.
void Engine::Core::give_up_snapshot(const std::string& reason) {
  const std::string wrong = join_path(options.data_directory, kWrongName);
  const std::string message = "The snapshot that this node began with is wrong: " + reason +
                              ". Its coins were moved to " + wrong +
                              " and are not used any more. Restart to go on without them; do not use the file again.";
  fail({FaultKind::Corruption, message});
  auto moved = [&]() -> Result<Unit, Fault> {
    KP_TRY_VOID(storage::Database::destroy(env, wrong));
    KP_TRY_VOID(env.rename(active->directory, wrong));
    return env.sync_directory(options.data_directory);
  }();
  if (!moved) KP_LOG_ERROR(log, "{}", moved.error().message);
}

// Two caches share what the operator allows.
void Engine::Core::share_cache() {
  if (background == nullptr) return active->cache->set_bytes_max(options.cache_bytes);
  active->cache->set_bytes_max(options.cache_bytes / 2);
  background->cache->set_bytes_max(options.cache_bytes - options.cache_bytes / 2);
}

// Ends what `put_snapshot_in_place` began.
Result<Unit, Fault> Engine::Core::finish_snapshot_swap() {
  const std::string replaced = join_path(options.data_directory, kReplacedName);
  const std::string place = join_path(options.data_directory, kChainstateName);
  const std::string snapshot = join_path(options.data_directory, kSnapshotName);
  KP_TRY(const bool was_moved, exists(env, replaced));
  if (!was_moved) return Unit{};
  KP_TRY(const bool is_filled, exists(env, place));
  KP_TRY(const bool is_waiting, exists(env, snapshot));
  if (!is_filled && is_waiting) {
    KP_TRY_VOID(env.rename(snapshot, place));
    KP_TRY_VOID(env.sync_directory(options.data_directory));
    KP_TRY_VOID(remove_file_durably(env, join_path(place, kSnapshotBaseName)));
  }
  return storage::Database::destroy(env, replaced);
}

// Is there a chainstate of a snapshot, and which?
Result<Unit, Fault> Engine::Core::find_snapshot() {
  KP_TRY_VOID(finish_snapshot_swap());
  const std::string directory = join_path(options.data_directory, kSnapshotName);
  KP_TRY(const bool is_there, exists(env, directory));
  if (!is_there) return Unit{};
  const std::string file = join_path(directory, kSnapshotBaseName);
  KP_TRY(const bool is_whole, exists(env, file));
  if (!is_whole) {
    KP_LOG_WARNING(log, "Removing {}: its snapshot was not loaded to the end", directory);
    return storage::Database::destroy(env, directory);
  }
  KP_TRY(const Bytes bytes, read_file(env, file, sizeof(BlockHash)));
  if (bytes.size() != sizeof(BlockHash)) {
    return Err{Fault{FaultKind::Corruption, "The file " + file + " does not hold a block hash. Remove " + directory +
                                                " to go on without the snapshot."}};
  }
  const BlockHash base = BlockHash::from_bytes(bytes.data());
  const params::SnapshotFact* fact = fact_of(network, base);
  if (fact == nullptr) {
    return Err{Fault{FaultKind::Config, "Assumeutxo data not found for the given blockhash '" + base.to_string() +
                                            "'. Remove " + directory + " to go on without the snapshot."}};
  }
  snapshot_fact = *fact;
  return Unit{};
}

// The coins of a proven snapshot become the only ones. After the threads have ended.
Result<Unit, Fault> Engine::Core::put_snapshot_in_place() {
  active->store.reset();
  const std::string place = join_path(options.data_directory, kChainstateName);
  KP_TRY_VOID(env.rename(place, join_path(options.data_directory, kReplacedName)));
  KP_TRY_VOID(env.sync_directory(options.data_directory));
  return finish_snapshot_swap();
}

}  // namespace kepeng::validation
