// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the operator chooses about validation. Plain values; the engine reads them once when it opens.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <kepeng/primitives/hash.h>
#include <kepeng/primitives/target.h>
#include <kepeng/script_cache/caches.h>
#include <kepeng/storage/block_files.h>

namespace kepeng::validation {

enum class Reindex { No, Chainstate, Everything };

struct EngineOptions {
  std::string data_directory;    // of the network; holds chainstate
  std::string blocks_directory;  // holds blk and rev files and index
  std::uint64_t cache_bytes = 450ull << 20;
  int script_threads = 0;  // threads that verify, the chain thread included; 0: as many as there are processors
  std::optional<BlockHash> assume_valid;   // null hash: verify everything; absent: the network's
  std::optional<Work> minimum_chain_work;  // absent: the network's
  Reindex reindex = Reindex::No;
  storage::BlockFileSizes file_sizes = storage::BlockFileSizes::Normal;
  storage::BlockXor obfuscation = storage::BlockXor::Random;
  std::uint64_t prune_target_bytes = 0;  // 0: keep everything
  bool prune_manually = false;
  std::int64_t flush_interval_seconds = 60;
  std::int64_t max_tip_age_seconds = 24 * 60 * 60;
  Height stop_at_height = 0;
  std::array<std::uint64_t, 3> salt{};
  // Transactions whose scripts have verified, as whoever judges them first notes them: not verified again near the tip.
  std::shared_ptr<const script_cache::ScriptCache> verified_before{};
};

// Threads besides the one that hands out the work and takes part in it, for `script_threads` as above.
unsigned worker_count(int script_threads);

}  // namespace kepeng::validation
