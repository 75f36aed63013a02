// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/time.h>

#include "core.h"

namespace kepeng::validation {
namespace {

// While catching up, a new view a few times a second is enough for readers.
constexpr std::int64_t kPublishIntervalNs = 50'000'000;

}  // namespace

// Moves the frontier over blocks whose scripts hold.
bool Engine::Core::settle_ready(Chainstate& state) {
  bool progress = false;
  while (!state.pending.empty() && state.pending.front()->remaining.load(std::memory_order_acquire) == 0) {
    progress = true;
    const PendingPtr block = state.pending.front();
    if (block->first_failure != Pending::kNoFailure) {
      fail_front(state);
      return true;
    }
    auto result = settle(state, block);
    if (!result) {
      fail(std::move(result).error());
      return true;
    }
    state.pending_bytes -= block->memory_bytes();
    state.pending.pop_front();
    if (!state.is_active()) continue;
    if (options.stop_at_height != 0 && state.settled->height >= options.stop_at_height) stop_reached = true;
  }
  if (progress && steady_ns() - last_publish_ns > kPublishIntervalNs) publish();
  return progress;
}

Result<Unit, Fault> Engine::Core::settle(Chainstate& state, const PendingPtr& block) {
  const std::int64_t since = steady_ns();
  const chain::Entry* entry = block->entry;
  if (!entry->has_undo) {
    KP_TRY(const auto position, files->append_undo(block->undo, {entry->file, entry->height, entry->parent->hash}));
    entry->undo_offset = position.offset;
    entry->has_undo = true;
  }
  entry->validity = chain::Validity::Scripts;
  note_changed(entry);
  state.settled = entry;
  ++counters.blocks_connected;
  if (!state.is_active()) return Unit{};
  candidates.prune(entry);
  emit({ChainEvent::Kind::Connected, entry, block->checked->shared(), block->spent});
  counters.settle_ns += static_cast<std::uint64_t>(steady_ns() - since);
  return Unit{};
}

// The scripts of the oldest pending block do not hold: take back everything from it on, and condemn it.
void Engine::Core::fail_front(Chainstate& state) {
  const PendingPtr bad = state.pending.front();
  const std::uint64_t at = bad->first_failure;
  const auto error = bad->failures.with([&](const auto& failures) { return failures.at(at); });
  // Tasks of later blocks may still run; they hold their own shares of the memory they read (C-115).
  auto rolled_back = roll_back_to(state, bad->entry->parent);
  if (!rolled_back) return fail(std::move(rolled_back).error());
  refuse(state, bad->entry,
         BlockRejection::of_script(error, static_cast<std::uint32_t>(at >> 32), static_cast<std::uint32_t>(at)));
}

void Engine::Core::emit(const ChainEvent& event) {
  for (const auto& follower : followers) follower(event);
}

void Engine::Core::publish() {
  last_publish_ns = steady_ns();
  drop_stale_blocks();
  const chain::Entry* settled = active->settled;
  rests_on = is_settled() ? settled : nullptr;
  const auto before = published.read();
  if (before && before->tip() == settled) return;
  published.publish(chain::ChainView::make(settled, before));
  if (initial_download && !importing && !reindexing) {
    const Work& minimum = options.minimum_chain_work ? *options.minimum_chain_work : network.minimum_chain_work;
    const bool recent_tip = settled->header.unix_time() >= clock.now() + -options.max_tip_age_seconds;
    if (settled->chain_work >= minimum && recent_tip) initial_download = false;
  }
  { std::scoped_lock hold{tip_signal.mutex}; }
  tip_signal.changed.notify_all();
  for (const auto& follower : view_followers) follower();
}

}  // namespace kepeng::validation
