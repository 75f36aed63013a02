// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Hashing the background's coins, to compare them with what is known of the snapshot. Private to validation.
#pragma once

#include <atomic>
#include <thread>

#include <kepeng/coins/coin_walk.h>

#include "core.h"

namespace kepeng::validation {

struct Engine::Core::ProofJob {
  std::atomic<bool> is_stopped{false};

  // Written by the thread before `done`.
  Result<coins::CoinTotals, Fault> totals = coins::CoinTotals{};
  std::atomic<bool> done{false};
  std::thread thread;

  void stop() {
    is_stopped = true;
    if (thread.joinable()) thread.join();
  }
};

}  // namespace kepeng::validation
