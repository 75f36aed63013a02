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

// One step towards the best candidate: connect the next block or leave the branch. False when there is nothing to do
// now (no better block, the lead is used up, or a flush has to come first).
bool Engine::Core::advance() {
  if (fault() || stop_reached) return false;
  const chain::Entry* target = candidates.best();
  if (target == nullptr || target == applied() || chain::is_worse(target, applied())) return false;
  if (flush_wanted) return false;
  if (pending.size() >= kPendingBlocksMax || pending_bytes >= kPendingBytesMax) return false;
  if (cache->memory_bytes() > cache->bytes_max() && cache->is_flushing()) return false;

  if (!is_here(target)) {
    candidates.erase(target);  // pruned away: it cannot be followed
    return true;
  }
  if (!target->descends_from(*applied())) {
    auto rolled_back = roll_back_to(chain::fork_point(applied(), target));
    if (!rolled_back) fail(std::move(rolled_back).error());
    return true;
  }
  const chain::Entry* next = target->ancestor(applied()->height + 1);
  load_ahead(target);
  const CheckedPtr checked = block_for(next);
  if (checked == nullptr) return false;

  auto block = apply(next, checked);
  if (!block) {
    if (auto* why = std::get_if<Fault>(&block.error())) {
      fail(*why);
      return true;
    }
    const BlockRejection rejection = std::get<BlockRejection>(block.error());
    // The verdict counts only if the blocks below are fine: wait for their scripts.
    const chain::Entry* parent = next->parent;
    while (!pending.empty() && !fault()) {
      if (!settle_ready() && !pool->run_one()) wait_for_work();
    }
    if (settled == parent && !fault()) condemn(next, rejection);
    return true;
  }
  pending.push_back(*block);
  pending_bytes += (*block)->memory_bytes();
  counters.run_ahead_max = std::max<std::uint64_t>(counters.run_ahead_max, pending.size());
  start_scripts(*block);
  cache->tidy();
  return true;
}

// Is the data of every block between the applied chain and `target` on this disk? On the way along one branch the next
// block alone is looked at: the others were when the branch was entered.
bool Engine::Core::is_here(const chain::Entry* target) const {
  if (target->descends_from(*applied())) return target->ancestor(applied()->height + 1)->has_data;
  const chain::Entry* fork = chain::fork_point(applied(), target);
  for (const chain::Entry* walk = target; walk != fork; walk = walk->parent) {
    if (!walk->has_data) return false;
  }
  return true;
}

// The checked block, from memory or as soon as it has been read; null while it is being read.
CheckedPtr Engine::Core::block_for(const chain::Entry* entry) {
  if (const auto found = recent.find(entry); found != recent.end()) {
    CheckedPtr checked = found->second;
    recent_bytes -= checked->block().memory_bytes();
    recent.erase(found);
    return checked;
  }
  return nullptr;
}

// Has blocks on the way to `target` read and checked by workers, a few at a time.
void Engine::Core::load_ahead(const chain::Entry* target) {
  const Height last = std::min(applied()->height + kLoadAhead, target->height);
  for (Height at = applied()->height + 1; at <= last; ++at) {
    const chain::Entry* entry = target->ancestor(at);
    if (recent.contains(entry) || loading.contains(entry)) continue;
    if (at != applied()->height + 1 && recent_bytes > kRecentBytesMax) break;
    loading.insert(entry);
    pool->post(WorkPool::Lane::Urgent, [this, entry](unsigned) {
      const std::int64_t since = steady_ns();
      Result<CheckedPtr, Fault> result = CheckedPtr{};
      auto block = read_block(entry);
      if (!block) {
        result = Err{std::move(block).error()};
      } else {
        auto checked = consensus::check_block(std::move(block).value(), network);
        if (checked) {
          result = CheckedPtr{std::make_shared<CheckedBlock>(std::move(checked).value())};
        } else {
          // It was checked when it was stored: now its bytes are others.
          result = Err{Fault{FaultKind::Corruption,
                             "Block " + entry->hash.to_string() + " on disk is damaged. Restart with -reindex."}};
        }
      }
      counters.parse_ns += static_cast<std::uint64_t>(steady_ns() - since);
      std::scoped_lock hold{mutex};
      loaded.emplace_back(entry, std::move(result));
    });
  }
}

void Engine::Core::condemn(const chain::Entry* entry, const BlockRejection& rejection) {
  remember_rejection(entry->hash, rejection);
  KP_LOG_WARNING(log, "Block {} at height {} is invalid: {}", entry->hash.to_string(), entry->height,
                 rejection.reason());
  entry->is_failed = true;
  note_changed(entry);
  if (auto found = recent.find(entry); found != recent.end()) {
    recent_bytes -= found->second->block().memory_bytes();
    recent.erase(found);
  }
  // Entries stand after their parents.
  tree.for_each([&](const chain::Entry& other) {
    if (other.parent != nullptr && other.parent->is_invalid() && !other.has_failed_parent) {
      other.has_failed_parent = true;
      note_changed(&other);
    }
  });
  tree.reconsider_best_header();
  rebuild_candidates();
}

void Engine::Core::rebuild_candidates() {
  candidates.clear();
  tree.for_each([&](const chain::Entry& entry) {
    if (entry.is_invalid() || entry.chain_transactions == 0) return;
    if (!chain::is_worse(&entry, settled)) candidates.insert(&entry);
  });
}

// Until the best chain is settled, or a fault stops us.
void Engine::Core::settle_everything() {
  while (!fault()) {
    bool progress = take_loaded();
    progress = settle_ready() || progress;
    progress = finish_flush_if_done() || progress;
    maybe_start_flush();
    progress = advance() || progress;
    if (progress) continue;
    if (is_settled()) break;
    if (!pool->run_one()) wait_for_work();
  }
  publish();
}

// Nothing is under way, and no better block is known.
bool Engine::Core::is_settled() const {
  if (!pending.empty() || flush_wanted) return false;
  const chain::Entry* target = candidates.best();
  return stop_reached || target == nullptr || target == settled || chain::is_worse(target, settled);
}

Result<Unit, Fault> Engine::Core::wait_until_settled() {
  for (;;) {
    KP_TRY(const bool done, call([&] {
             if (is_settled()) publish();
             return is_settled();
           }));
    if (done) return Unit{};
    std::unique_lock hold{tip_signal.mutex};
    tip_signal.changed.wait_for(hold, std::chrono::milliseconds{20});
  }
}

// Blocks that were kept or read for a branch that is not followed any more.
void Engine::Core::drop_stale_blocks() {
  if (recent_bytes < kRecentBytesMax / 2) return;
  std::erase_if(recent, [&](const auto& kept) {
    const auto& [entry, checked] = kept;
    if (entry->height > settled->height && !entry->is_invalid()) return false;
    recent_bytes -= checked->block().memory_bytes();
    return true;
  });
}

}  // namespace kepeng::validation
