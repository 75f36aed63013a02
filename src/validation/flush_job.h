// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// One flush: what the flushing thread needs, and what it found. Private to validation.
#pragma once

#include <atomic>
#include <thread>

#include "core.h"

namespace kepeng::validation {

struct Engine::Core::FlushJob {
  Env* env = nullptr;
  const EngineOptions* options = nullptr;
  storage::BlockFiles* files = nullptr;
  storage::BlockIndexTable* index = nullptr;
  Chainstate* state = nullptr;  // the chain thread's business
  const CoinStore* store = nullptr;
  Logger* log = nullptr;
  storage::BlockIndexBatch index_batch;
  bool writes_coins = false;
  BlockHash to;
  BlockHash from;
  coins::FrozenCoins frozen;
  const chain::Entry* entry = nullptr;

  // Written by the flushing thread before `done`.
  Result<Unit, Fault> result = Unit{};
  CoinStore::Written written;
  std::atomic<bool> done{false};
  std::thread thread;
};

}  // namespace kepeng::validation
