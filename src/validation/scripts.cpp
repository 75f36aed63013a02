// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>

#include <kepeng/base/time.h>

#include "core.h"

namespace kepeng::validation {
namespace {

constexpr std::uint32_t kInputsPerTask = 32;

std::uint64_t position(std::uint32_t transaction, std::uint32_t input) {
  return static_cast<std::uint64_t>(transaction) << 32 | input;
}

void note_failure(Pending& block, std::uint64_t at, script::ScriptError error) {
  block.failures.with([&](auto& failures) { failures.emplace(at, error); });
  std::uint64_t known = block.first_failure;
  while (at < known && !block.first_failure.compare_exchange_weak(known, at)) {
  }
}

std::span<const consensus::Coin> coins_of(const Pending& block, const Transaction& tx) {
  // The coinbase has one input and no coin, so the flat arrays are one apart.
  const auto first = static_cast<std::size_t>(tx.inputs.data() - block.checked->block().inputs().data()) - 1;
  return std::span{block.spent->coins}.subspan(first, tx.inputs.size());
}

// The undo record as it stands in the file; the coins are at hand now.
Bytes make_undo(const Pending& block) {
  Bytes undo;
  const auto transactions = block.checked->block().transactions();
  undo.reserve(block.spent->coins.size() * 40 + transactions.size() + 16);
  storage::append_undo_header(undo, transactions.size() - 1);
  for (const Transaction& tx : transactions.subspan(1)) {
    storage::append_undo_header(undo, tx.inputs.size());
    for (const consensus::Coin& coin : coins_of(block, tx)) {
      storage::append_undo_coin(undo, {coin.output.value, coin.output.script_pubkey, coin.height, coin.is_coinbase});
    }
  }
  return undo;
}

bool was_verified(const Pending& block, const script_cache::ScriptCache* before, const Transaction& tx) {
  return before != nullptr && block.asks_before && before->contains({tx.wtxid, block.flags});
}

}  // namespace

void Engine::Core::start_scripts(const PendingPtr& block) {
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
    bool is_large;
    std::uint32_t transaction;
  };
  std::vector<Range> ranges;
  const auto transactions = block->checked->block().transactions();
  block->asks_before = options.verified_before != nullptr && !initial_download;
  if (!may_skip_scripts(block->entry)) {
    std::uint32_t first = 1;
    std::uint32_t inputs = 0;
    for (std::uint32_t i = 1; i < transactions.size(); ++i) {
      const auto count = static_cast<std::uint32_t>(transactions[i].inputs.size());
      if (count > 2 * kInputsPerTask) {
        if (i > first) ranges.push_back({first, i, false, 0});
        first = i + 1;
        inputs = 0;
        if (was_verified(*block, options.verified_before.get(), transactions[i])) continue;
        block->large[i];
        for (std::uint32_t at = 0; at < count; at += kInputsPerTask) {
          ranges.push_back({at, std::min(at + kInputsPerTask, count), true, i});
        }
        continue;
      }
      inputs += count;
      if (inputs < kInputsPerTask) continue;
      ranges.push_back({first, i + 1, false, 0});
      first = i + 1;
      inputs = 0;
    }
    if (first < transactions.size()) {
      ranges.push_back({first, static_cast<std::uint32_t>(transactions.size()), false, 0});
    }
  }
  block->remaining = static_cast<std::uint32_t>(ranges.size() + 1);
  for (const Range& range : ranges) {
    pool->post(WorkPool::Lane::Normal, [this, block, range](unsigned runner) {
      if (range.is_large) {
        verify_large(*block, range.transaction, range.first, range.last, runner);
      } else {
        verify_range(*block, range.first, range.last, runner);
      }
      finish_task(*block);
    });
  }
  pool->post(WorkPool::Lane::Normal, [this, block](unsigned) {
    const std::int64_t since = steady_ns();
    block->undo = make_undo(*block);
    counters.undo_ns += static_cast<std::uint64_t>(steady_ns() - since);
    finish_task(*block);
  });
}

void Engine::Core::finish_task(Pending& block) {
  block.remaining.fetch_sub(1, std::memory_order_acq_rel);
}

void Engine::Core::verify_range(Pending& block, std::uint32_t first, std::uint32_t last, unsigned runner) {
  const ScriptTask task{counters, timers[runner]};
  script::Interpreter& interpreter = interpreters[runner];
  std::vector<TxOut> spent;
  script::PrecomputedHashes hashes;
  std::uint64_t verified = 0;
  for (std::uint32_t i = first; i < last; ++i) {
    if (position(i, 0) > block.first_failure) break;
    const Transaction& tx = block.checked->block().transactions()[i];
    if (was_verified(block, options.verified_before.get(), tx)) continue;
    spent.clear();
    for (const consensus::Coin& coin : coins_of(block, tx)) spent.push_back(coin.output);
    hashes.compute(tx, spent);
    for (std::uint32_t input = 0; input < tx.inputs.size(); ++input) {
      const auto verdict = interpreter.verify_input(
          {.tx = tx, .input = input, .spent = spent, .hashes = &hashes, .cache = &timers[runner]}, block.flags);
      if (!verdict) {
        note_failure(block, position(i, input), verdict.error());
        break;
      }
      ++verified;
    }
  }
  counters.inputs_verified += verified;
}

void Engine::Core::verify_large(Pending& block, std::uint32_t transaction, std::uint32_t first, std::uint32_t last,
                                unsigned runner) {
  const ScriptTask task{counters, timers[runner]};
  const Transaction& tx = block.checked->block().transactions()[transaction];
  LargeTransaction& shared = block.large.at(transaction);
  std::call_once(shared.once, [&] {
    for (const consensus::Coin& coin : coins_of(block, tx)) shared.spent.push_back(coin.output);
    shared.hashes.compute(tx, shared.spent);
  });
  for (std::uint32_t input = first; input < last; ++input) {
    if (position(transaction, input) > block.first_failure) break;
    const auto verdict = interpreters[runner].verify_input(
        {.tx = tx, .input = input, .spent = shared.spent, .hashes = &shared.hashes, .cache = &timers[runner]},
        block.flags);
    if (!verdict) {
      note_failure(block, position(transaction, input), verdict.error());
      break;
    }
    ++counters.inputs_verified;
  }
}

}  // namespace kepeng::validation
