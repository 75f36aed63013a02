// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>

#include <kepeng/base/time.h>

#include "core.h"

namespace kepeng::validation {
namespace {

// Blocks that are read from disk ahead of their use.
constexpr Height kLoadAhead = 16;

}  // namespace

// One step of a chainstate: connect the next block or leave the branch. False when there is nothing to do now (no
// better block, the lead is used up, or a flush has to come first).
bool Engine::Core::advance(Chainstate& state) {
  if (fault() || (stop_reached && state.is_active())) return false;
  const chain::Entry* target = next_target(state);
  if (target == nullptr || state.flush_wanted) return false;
  if (state.pending.size() >= kPendingBlocksMax || state.pending_bytes >= kPendingBytesMax) return false;
  if (state.cache->memory_bytes() > state.cache->bytes_max() && flush_job != nullptr) return false;

  if (!target->descends_from(*state.applied())) {
    auto rolled_back = roll_back_to(state, chain::fork_point(state.applied(), target));
    if (!rolled_back) fail(std::move(rolled_back).error());
    return true;
  }
  const chain::Entry* next = target->ancestor(state.applied()->height + 1);
  load_ahead(state, target);
  const CheckedPtr checked = state.take(next);  // null while it is being read
  if (checked == nullptr) return false;

  auto block = apply(state, next, checked);
  if (!block) {
    if (auto* why = std::get_if<Fault>(&block.error())) {
      fail(*why);
      return true;
    }
    const BlockRejection rejection = std::get<BlockRejection>(block.error());
    // The verdict counts only if the blocks below are fine: wait for their scripts.
    settle_pending(state);
    if (state.settled == next->parent && !fault()) refuse(state, next, rejection);
    return true;
  }
  state.pending.push_back(*block);
  state.pending_bytes += (*block)->memory_bytes();
  counters.run_ahead_max = std::max<std::uint64_t>(counters.run_ahead_max, state.pending.size());
  start_scripts(*block);
  state.cache->tidy();
  return true;
}

// Where the chainstate is to go, when it is somewhere else and the way there is open; else null.
const chain::Entry* Engine::Core::next_target(Chainstate& state) {
  if (!state.is_active()) {
    const bool waits = state.goal == state.applied() || !is_here(state, state.goal);
    return waits ? nullptr : state.goal;
  }
  for (;;) {
    const chain::Entry* target = candidates.best();
    const chain::Entry* applied = state.applied();
    if (target == nullptr || target == applied || chain::is_worse(target, applied)) return nullptr;
    // What lies below an unproven snapshot cannot be undone. Its proof, or the lack of it, decides about other
    // branches.
    const bool is_open = unproven_base == nullptr || target->descends_from(*unproven_base);
    if (is_open && is_here(state, target)) return target;
    candidates.erase(target);  // cut off, or pruned away: it cannot be followed
  }
}

// Is the data of every block between the applied chain and `target` on this disk? On the way along one branch the next
// block alone is looked at: the others were when the branch was entered.
bool Engine::Core::is_here(const Chainstate& state, const chain::Entry* target) const {
  const chain::Entry* applied = state.applied();
  if (target->descends_from(*applied)) return target->ancestor(applied->height + 1)->has_data;
  if (!state.is_active()) return true;  // it only leaves a branch now
  const chain::Entry* fork = chain::fork_point(applied, target);
  for (const chain::Entry* walk = target; walk != fork; walk = walk->parent) {
    if (!walk->has_data) return false;
  }
  return true;
}

// Has blocks on the way to `target` read and checked by workers, a few at a time.
void Engine::Core::load_ahead(Chainstate& state, const chain::Entry* target) {
  const Height first = state.applied()->height + 1;
  const Height last = std::min(first - 1 + kLoadAhead, target->height);
  for (Height at = first; at <= last; ++at) {
    const chain::Entry* entry = target->ancestor(at);
    if (state.recent.contains(entry) || state.loading.contains(entry)) continue;
    if (!entry->has_data || (at != first && state.recent_bytes > kRecentBytesMax)) break;
    state.loading.insert(entry);
    pool->post(WorkPool::Lane::Urgent, [this, &state, entry](unsigned) {
      const std::int64_t since = steady_ns();
      Result<CheckedPtr, Fault> result = read_checked(entry);
      counters.parse_ns += static_cast<std::uint64_t>(steady_ns() - since);
      std::scoped_lock hold{mutex};
      loaded.push_back({&state, entry, std::move(result)});
    });
  }
}

Result<CheckedPtr, Fault> Engine::Core::read_checked(const chain::Entry* entry) const {
  KP_TRY(BlockPtr block, read_block(entry));
  auto checked = consensus::check_block(std::move(block), network);
  if (checked) return CheckedPtr{std::make_shared<CheckedBlock>(std::move(checked).value())};
  // It was checked when it was stored: now its bytes are others.
  return Err{
      Fault{FaultKind::Corruption, "Block " + entry->hash.to_string() + " on disk is damaged. Restart with -reindex."}};
}

// A block that a chainstate came to does not hold.
void Engine::Core::refuse(Chainstate& state, const chain::Entry* next, const BlockRejection& rejection) {
  if (state.is_active()) return condemn(next, rejection);
  give_up_snapshot("its chain contains the invalid block " + next->hash.to_string() + " (" + rejection.reason() + ")");
}

void Engine::Core::condemn(const chain::Entry* entry, const BlockRejection& rejection) {
  remember_rejection(entry->hash, rejection);
  KP_LOG_WARNING(log, "Block {} at height {} is invalid: {}", entry->hash.to_string(), entry->height,
                 rejection.reason());
  entry->is_failed = true;
  note_changed(entry);
  active->take(entry);
  for (const auto& follower : rejection_followers) follower(*entry, rejection);
  mark_descendants_failed();
  tree.reconsider_best_header();
  rebuild_candidates();
}

void Engine::Core::rebuild_candidates() {
  candidates.clear();
  tree.for_each([&](const chain::Entry& entry) {
    if (entry.is_invalid() || entry.chain_transactions == 0) return;
    if (!chain::is_worse(&entry, active->settled)) candidates.insert(&entry);
  });
}

// All that can be done at once for one chainstate; false if that was nothing.
bool Engine::Core::step(Chainstate& state) {
  bool progress = settle_ready(state);
  progress = finish_flush_if_done() || progress;
  maybe_start_flush(state);
  return advance(state) || progress;
}

// Until the scripts of what has been applied are through.
void Engine::Core::settle_pending(Chainstate& state) {
  while (!state.pending.empty() && !fault()) {
    if (!settle_ready(state) && !run_tasks(looks) && !pool->run_one()) wait_for_work();
  }
}

// Until the best chain is settled, or a fault or the end of the node stops us.
void Engine::Core::settle_everything() {
  while (!fault() && !hurry) {
    bool progress = take_loaded();
    progress = run_tasks(looks) || progress;
    progress = step(*active) || progress;
    if (progress) continue;
    if (is_settled()) break;
    if (!pool->run_one()) wait_for_work();
  }
  publish();
}

// Nothing is under way, and no better block is known.
bool Engine::Core::is_settled() const {
  if (!active->pending.empty() || active->flush_wanted) return false;
  const chain::Entry* target = candidates.best();
  return stop_reached || target == nullptr || target == active->settled || chain::is_worse(target, active->settled);
}

Result<Unit, Fault> Engine::Core::wait_until_settled() {
  for (;;) {
    if (hurry) return Err{Fault{FaultKind::Interrupted, "The node is shutting down."}};
    KP_TRY(const bool done, look([&] {
             if (is_settled()) publish();
             return is_settled();
           }));
    if (done) return Unit{};
    std::unique_lock hold{tip_signal.mutex};
    tip_signal.changed.wait_for(hold, std::chrono::milliseconds{20});
  }
}

// The coin as of the settled block: what pending blocks did to it is taken back in thought.
Result<bool, Fault> Engine::Core::read_settled_coin(const OutPoint& outpoint, storage::Coin& coin) const {
  KP_TRY(bool found, active->cache->read(outpoint, coin));
  for (auto block = active->pending.rbegin(); block != active->pending.rend(); ++block) {
    const Block& body = (*block)->checked->block();
    const auto inputs = body.inputs();
    for (std::size_t k = 1; k < inputs.size(); ++k) {
      if (inputs[k].prevout != outpoint) continue;
      const consensus::Coin& spent = (*block)->spent->coins[k - 1];
      const ByteView script = spent.output.script_pubkey;
      coin = {spent.output.value, Bytes(script.begin(), script.end()), spent.height, spent.is_coinbase};
      found = true;
    }
    for (const Transaction& tx : body.transactions()) {
      if (tx.txid == outpoint.txid && outpoint.index < tx.outputs.size()) found = false;
    }
  }
  return found;
}

// Blocks that were kept or read for a branch that is not followed any more.
void Engine::Core::drop_stale_blocks() {
  if (active->recent_bytes < kRecentBytesMax / 2) return;
  std::erase_if(active->recent, [&](const auto& kept) {
    const auto& [entry, checked] = kept;
    if (entry->height > active->settled->height && !entry->is_invalid()) return false;
    active->recent_bytes -= checked->block().memory_bytes();
    return true;
  });
}

}  // namespace kepeng::validation
