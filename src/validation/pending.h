// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Pending: a block between its coins and its scripts. Private to validation.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <variant>
#include <vector>

#include <kepeng/base/guarded.h>
#include <kepeng/chain/entry.h>
#include <kepeng/coins/coin_cache.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/script/interpreter.h>

namespace kepeng::validation {

using consensus::BlockRejection;
using consensus::CheckedBlock;
using CheckedPtr = std::shared_ptr<const CheckedBlock>;
// A verdict on a block, or a failure of ours: never mixed up (C-114).
using ConnectFailure = std::variant<BlockRejection, Fault>;

// What the inputs of a large transaction share, made by the first worker that needs it.
struct LargeTransaction {
  std::once_flag once;
  std::vector<TxOut> spent;
  script::PrecomputedHashes hashes;
};

// A block that was applied to the coins while its scripts are under way. Workers share it.
struct Pending {
  const chain::Entry* entry = nullptr;
  CheckedPtr checked;
  std::shared_ptr<coins::SpentCoins> spent;
  bool asks_before = false;  // scripts may have verified before the block came
  script::Flags flags;
  Bytes undo;
  std::unordered_map<std::uint32_t, LargeTransaction> large;  // by transaction; complete before workers begin
  std::atomic<std::uint32_t> remaining{0};                    // tasks
  // Position (transaction, input) of the first failure so far; tasks after it need not run. Which one is reported does
  // not depend on scheduling (C-115).
  static constexpr std::uint64_t kNoFailure = UINT64_MAX;
  std::atomic<std::uint64_t> first_failure{kNoFailure};
  Guarded<std::map<std::uint64_t, script::ScriptError>> failures;

  std::uint64_t memory_bytes() const { return checked->block().memory_bytes() + spent->memory_bytes(); }
};
using PendingPtr = std::shared_ptr<Pending>;

}  // namespace kepeng::validation
