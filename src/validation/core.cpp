// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "core.h"

#include <pthread.h>

#include <algorithm>
#include <exception>

#include <kepeng/base/time.h>
#include <kepeng/consensus/merkle.h>
#include <kepeng/consensus/witness_commitment.h>

#include "flush_job.h"
#include "proof_job.h"

namespace kepeng::validation {
namespace {

constexpr int kScriptThreadsMax = 16;

// Are the transactions, witnesses included, those that the header commits to? The block held when it was stored: if
// not, the disk changed it, and judging its scripts would condemn a good hash.
bool is_whole(const Block& block, const params::NetworkParams& network, Height height) {
  if (consensus::transaction_merkle_root(block).root != block.header().merkle_root.bytes) return false;
  const bool segwit = network.is_active(params::Buried::Segwit, height);
  const auto state = segwit ? consensus::Segwit::Active : consensus::Segwit::Inactive;
  return consensus::check_witness_commitment(block, state).ok();
}

}  // namespace

unsigned worker_count(int script_threads) {
  const int processors = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  int threads = script_threads;
  if (threads <= 0) threads += processors;  // 0: all; negative: leave that many free
  return static_cast<unsigned>(std::clamp(threads, 1, kScriptThreadsMax) - 1);
}

Engine::Core::Core(const Dependencies& dependencies, EngineOptions chosen)
    : env{dependencies.env},
      log{dependencies.log},
      clock{dependencies.clock},
      network{dependencies.network},
      options{std::move(chosen)},
      tree{dependencies.network} {
  const unsigned workers = worker_count(options.script_threads);
  for (unsigned i = 0; i <= workers; ++i) {
    interpreters.emplace_back();
    timers.emplace_back(counters);
  }
  pool = std::make_unique<WorkPool>(workers, "worker", [this] { signal(); });
}

Engine::Core::~Core() {
  {
    std::scoped_lock hold{mutex};
    stopping = true;
  }
  signal();
  window.notify_all();
  if (thread.joinable()) thread.join();
  pool.reset();
  if (flush_job != nullptr && flush_job->thread.joinable()) flush_job->thread.join();
  if (proof != nullptr) proof->stop();
}

Result<Unit, Fault> Engine::Core::start() {
  KP_TRY_VOID(open_files());
  KP_TRY_VOID(load_index());
  KP_TRY_VOID(load_chainstates());
  for (const chain::Entry* walk = active->settled; walk != nullptr; walk = walk->parent) walk->sequence = 0;
  rebuild_candidates();
  publish();
  thread = std::thread{[this] { run(); }};
  pthread_setname_np(thread.native_handle(), "chain");
  return Unit{};
}

Result<Unit, Fault> Engine::Core::close() {
  if (!thread.joinable()) return Unit{};
  hurry = true;
  auto flushed = run_in_chain_thread([this] {
    // What was applied ahead of its scripts is taken back, which is quicker than to wait for them.
    for (Chainstate* state : {active.get(), background.get()}) {
      if (state == nullptr) continue;
      auto rolled_back = roll_back_to(*state, state->settled);
      if (!rolled_back) return fail(std::move(rolled_back).error());
    }
    flush_everything();
  });
  {
    std::scoped_lock hold{mutex};
    stopping = true;
  }
  signal();
  window.notify_all();
  thread.join();
  if (auto why = fault()) return Err{*why};
  if (flushed && snapshot_is_proven) return put_snapshot_in_place();
  return flushed;
}

void Engine::Core::signal() {
  {
    std::scoped_lock hold{mutex};
    ++signals;
  }
  wake.notify_one();
}

Result<Unit, Fault> Engine::Core::run_in(Tasks& queue, std::function<void()> task) {
  std::mutex done_mutex;
  std::condition_variable done_changed;
  bool done = false;
  const auto finish = [&] {
    // Notified under the lock: the waiter owns all this and may leave at once.
    std::scoped_lock hold{done_mutex};
    done = true;
    done_changed.notify_one();
  };
  {
    std::scoped_lock hold{mutex};
    if (stopping || ended) return Err{Fault{FaultKind::Interrupted, "The node is shutting down."}};
    queue.push_back([&] {
      if (!fault()) task();
      finish();
    });
    ++signals;
  }
  wake.notify_one();
  std::unique_lock hold{done_mutex};
  done_changed.wait(hold, [&] { return done; });
  if (auto why = fault()) return Err{*why};
  return Unit{};
}

void Engine::Core::post(std::function<void()> task) {
  {
    std::scoped_lock hold{mutex};
    if (stopping || ended) return;
    tasks.push_back([this, task = std::move(task)] {
      if (!fault() && !hurry) task();
    });
    ++signals;
  }
  wake.notify_one();
}

bool Engine::Core::run_tasks(Tasks& queue) {
  Tasks ready;
  {
    std::scoped_lock hold{mutex};
    ready.swap(queue);
  }
  for (const auto& task : ready) task();
  return !ready.empty();
}

// Takes over the blocks that workers have read.
bool Engine::Core::take_loaded() {
  std::vector<LoadedBlock> arrived;
  {
    std::scoped_lock hold{mutex};
    arrived.swap(loaded);
  }
  for (auto& [state, entry, block] : arrived) {
    state->loading.erase(entry);
    if (!block) {
      fail(std::move(block).error());
    } else if (!entry->is_invalid()) {
      state->keep(entry, std::move(block).value());
    }
  }
  return !arrived.empty();
}

void Engine::Core::wait_for_work() {
  std::unique_lock hold{mutex};
  if (signals == 0) {
    const std::int64_t since = steady_ns();
    wake.wait_for(hold, std::chrono::seconds{1}, [&] { return signals != 0; });
    counters.chain_idle_ns += static_cast<std::uint64_t>(steady_ns() - since);
  }
  signals = 0;
}

void Engine::Core::fail(Fault why) {
  KP_LOG_ERROR(log, "{}", why.message);
  first_fault.with([&](auto& fault) {
    if (!fault) fault = std::move(why);
  });
  // Through the locks of those who wait, so that nobody looks just before and falls asleep just after.
  signal();
  window.notify_all();
  { std::scoped_lock hold{tip_signal.mutex}; }
  tip_signal.changed.notify_all();
}

void Engine::Core::run() {
  try {
    for (;;) {
      {
        std::scoped_lock hold{mutex};
        if (stopping && tasks.empty() && looks.empty()) break;
      }
      bool progress = run_tasks(looks);
      progress = run_tasks(tasks) || progress;
      if (!fault()) {
        progress = take_loaded() || progress;
        const bool advanced = step(*active);
        progress = advanced || progress;
        // New blocks come in as long as memory allows, or when nothing else moves.
        if (active->recent_bytes < kRecentBytesMax || !advanced) progress = take_arrival() || progress;
        // The background's turn comes when the tip has nothing to do.
        if (!progress && background != nullptr && active->pending.empty()) progress = step_background();
      }
      if (progress) continue;
      if (pool->run_one()) continue;
      publish();
      wait_for_work();
    }
  } catch (const std::exception& error) {
    // Memory ran out, most likely. That is no verdict on any block (C-114).
    fail({FaultKind::Internal, std::string{"Validation stopped: "} + error.what()});
  }
  {
    std::scoped_lock hold{mutex};
    ended = true;
  }
  run_tasks(looks);
  run_tasks(tasks);
}

Result<BlockPtr, Fault> Engine::Core::read_block(const chain::Entry* entry) const {
  if (entry == tree.genesis()) return network.genesis;
  if (!entry->has_data) {
    return Err{Fault{FaultKind::NotFound, "Block " + entry->hash.to_string() + " is not available (pruned data)."}};
  }
  KP_TRY(Bytes raw, files->read_block({entry->file, entry->data_offset}));
  auto block = parse_block(std::move(raw));
  // Never served, never connected unless it is the block that was asked for (C-119).
  if (!block || (*block)->hash() != entry->hash || !is_whole(**block, network, entry->height)) {
    return Err{Fault{FaultKind::Corruption,
                     "Block " + entry->hash.to_string() + " on disk is damaged. Restart with -reindex."}};
  }
  return std::move(block).value();
}

}  // namespace kepeng::validation
