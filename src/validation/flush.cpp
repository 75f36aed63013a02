// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/progress.h>
#include <kepeng/base/time.h>

#include "core.h"
#include "entry_record.h"
#include "flush_job.h"

namespace kepeng::validation {
namespace {

// Coins fill this share of the cache before a flush makes room.
constexpr std::uint64_t kFlushNumerator = 3;
constexpr std::uint64_t kFlushDenominator = 4;
constexpr std::uint64_t kEvictNumerator = 1;
constexpr std::uint64_t kEvictDenominator = 2;
// Free space that the node leaves to others, and to itself for its log and its end.
constexpr std::uint64_t kSpaceReserve = 64ull << 20;
// What a row of coins may take on disk while LevelDB merges it.
constexpr std::uint64_t kRowSpace = 256;
constexpr std::int64_t kProgressIntervalNs = 5'000'000'000;

// A full disk is met before it is full: what is confirmed stays whole, and the next start goes on from there (D-05).
Result<Unit, Fault> check_space(Env& env, const std::string& directory, std::uint64_t rows) {
  KP_TRY(const std::uint64_t free, env.free_space(directory));
  const std::uint64_t needed = kSpaceReserve + rows * kRowSpace;
  if (free >= needed) return Unit{};
  return Err{
      Fault{FaultKind::DiskFull, fmt::format("Disk space is too low: {} MiB are free in {} and {} MiB are needed. "
                                             "Free some space there and start again; nothing confirmed is lost.",
                                             free >> 20, directory, (needed + (1 << 20) - 1) >> 20)}};
}

}  // namespace

// The order is the promise (D-03): block and undo bytes, then the index, then the marker that coins are between two
// blocks, then coins, then the marker of the new block.
Result<Unit, Fault> Engine::Core::run_flush(FlushJob& job) {
  KP_TRY_VOID(check_space(*job.env, job.options->blocks_directory, 0));
  KP_TRY_VOID(check_space(*job.env, job.options->data_directory, job.frozen.writes.size() + job.frozen.erases.size()));
  KP_TRY_VOID(job.files->sync());
  job.index_batch.files = job.files->take_changes();
  KP_TRY_VOID(job.index->write(job.index_batch, storage::Durability::Synced));
  if (!job.writes_coins) return Unit{};
  storage::ChainstateMarker between;
  between.heads = {job.to, job.from};
  KP_TRY_VOID(job.store->set_marker(between));
  ProgressLog progress{*job.log, "Writing coins", "rows", kProgressIntervalNs};
  KP_TRY(job.written, job.store->write(job.frozen, [&](double done, double total) { progress.note(done, total); }));
  storage::ChainstateMarker after;
  after.best = job.to;
  return job.store->set_marker(after);
}

void Engine::Core::maybe_start_flush(Chainstate& state) {
  if (fault() || flush_job != nullptr) return;
  const bool crowded = state.cache->memory_bytes() * kFlushDenominator > state.cache->bytes_max() * kFlushNumerator &&
                       state.cache->unflushed_count() != 0;
  const bool due = steady_ns() - state.last_flush_ns > options.flush_interval_seconds * 1'000'000'000 &&
                   state.settled != state.durable;
  if (!crowded && !due && !state.flush_wanted) {
    if (state.cache->memory_bytes() * kFlushDenominator > state.cache->bytes_max() * kFlushNumerator) {
      state.cache->evict_down_to(state.cache->bytes_max() * kEvictNumerator / kEvictDenominator);
    }
    return;
  }
  // Only valid state leaves the process: nothing may be applied beyond the frontier.
  state.flush_wanted = true;
  if (!state.pending.empty()) return;
  auto started = start_flush(state);
  state.flush_wanted = false;
  if (!started) fail(std::move(started).error());
}

Result<Unit, Fault> Engine::Core::start_flush(Chainstate& state) {
  KP_ASSERT(state.pending.empty() && flush_job == nullptr);
  state.last_flush_ns = steady_ns();
  auto job = std::make_shared<FlushJob>();
  job->env = &env;
  job->options = &options;
  job->files = files.get();
  job->index = index.get();
  job->state = &state;
  job->store = state.store.get();
  job->log = &log;
  for (const chain::Entry* entry : changed) job->index_batch.blocks.push_back(to_record(*entry));
  changed.clear();
  job->entry = state.settled;
  job->writes_coins = state.durable != state.settled;
  job->to = state.settled->hash;
  if (state.durable != nullptr) job->from = state.durable->hash;
  job->frozen = state.cache->freeze();
  flush_job = job;
  job->thread = std::thread{[this, job] {
    const std::int64_t since = steady_ns();
    job->result = run_flush(*job);
    counters.flush_ns += static_cast<std::uint64_t>(steady_ns() - since);
    job->done = true;
    signal();
  }};
  return Unit{};
}

bool Engine::Core::finish_flush_if_done() {
  if (flush_job == nullptr || !flush_job->done) return false;
  const auto job = std::move(flush_job);
  job->thread.join();
  if (!job->result) {
    fail(job->result.error());
    return true;
  }
  ++counters.flushes;
  counters.coins_written += job->written.coins;
  counters.coins_erased += job->written.erased;
  counters.chainstate_bytes += job->written.bytes;
  Chainstate& state = *job->state;
  state.durable = job->entry;
  state.cache->finish_flush(job->frozen);
  if (state.cache->memory_bytes() * kFlushDenominator > state.cache->bytes_max() * kFlushNumerator) {
    state.cache->evict_down_to(state.cache->bytes_max() * kEvictNumerator / kEvictDenominator);
  }
  auto pruned = prune_automatically();
  if (!pruned) fail(std::move(pruned).error());
  return true;
}

void Engine::Core::wait_for_flush() {
  while (flush_job != nullptr && !finish_flush_if_done()) wait_for_work();
}

// Everything that is settled is on disk when it returns (or there is a fault).
void Engine::Core::flush_everything() {
  flush_chainstate(*active);
  if (background != nullptr) flush_chainstate(*background);
  publish();
}

void Engine::Core::flush_chainstate(Chainstate& state) {
  settle_pending(state);
  wait_for_flush();
  if (fault() || !state.pending.empty()) return;
  auto started = start_flush(state);
  if (!started) return fail(std::move(started).error());
  wait_for_flush();
}

}  // namespace kepeng::validation
