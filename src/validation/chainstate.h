// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Chainstate: the coins of one line of blocks, on disk and in memory, and how far that line was applied, settled and
// made durable. Private to validation; chain thread.
//
// A node has one, the active one. One that began with a snapshot has a second, in the background, which goes from
// genesis to the snapshot's block and proves that the snapshot was right.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "coin_store.h"
#include "pending.h"

namespace kepeng::validation {

// Directories below the data directory of the network, as bitcoind names them.
inline constexpr const char* kChainstateName = "chainstate";
inline constexpr const char* kSnapshotName = "chainstate_snapshot";
// In the latter, the hash of the snapshot's block; written when all coins are there.
inline constexpr const char* kSnapshotBaseName = "base_blockhash";
// What a proven snapshot took the place of, and what turned out to be wrong.
inline constexpr const char* kReplacedName = "chainstate_todelete";
inline constexpr const char* kWrongName = "chainstate_snapshot_INVALID";

struct Chainstate {
  std::string directory;
  std::unique_ptr<CoinStore> store;
  std::unique_ptr<coins::CoinCache> cache;
  const chain::Entry* settled = nullptr;  // V: fully valid up to here
  const chain::Entry* durable = nullptr;  // F: on disk up to here; null on an empty disk
  std::deque<PendingPtr> pending;         // (V, A] in order
  std::uint64_t pending_bytes = 0;
  std::unordered_map<const chain::Entry*, CheckedPtr> recent;  // stored, not applied yet
  std::uint64_t recent_bytes = 0;
  std::unordered_set<const chain::Entry*> loading;
  bool flush_wanted = false;
  std::int64_t last_flush_ns = 0;

  // In the background: the block that it works towards. Null for the active one, which follows the most work.
  const chain::Entry* goal = nullptr;

  const chain::Entry* applied() const { return pending.empty() ? settled : pending.back()->entry; }
  bool is_active() const { return goal == nullptr; }

  void keep(const chain::Entry* entry, CheckedPtr checked) {
    recent_bytes += checked->block().memory_bytes();
    recent.emplace(entry, std::move(checked));
  }
  // The block, if it is kept; no longer kept then.
  CheckedPtr take(const chain::Entry* entry) {
    const auto found = recent.find(entry);
    if (found == recent.end()) return nullptr;
    CheckedPtr checked = std::move(found->second);
    recent_bytes -= checked->block().memory_bytes();
    recent.erase(found);
    return checked;
  }
};

}  // namespace kepeng::validation
