// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// When a transaction may be in a block: nLockTime, and relative lock times (BIP68). Pure functions.
#pragma once

#include <kepeng/consensus/ancestry.h>
#include <kepeng/consensus/stages.h>

namespace kepeng::consensus {

// `cutoff` is the parent's median time past once CSV is active, the block's own time before (BIP113).
bool is_final(const Transaction& tx, Height height, UnixTime cutoff);

// The last height and median time at which the transaction is still locked; -1 where nothing locks it.
struct SequenceLock {
  Height height = -1;
  std::int64_t time = -1;
};

// `coins` are those the inputs spend, one per input. `line` ends in the parent of the block.
SequenceLock sequence_lock(const Transaction& tx, std::span<const Coin> coins, const Ancestry& line);
bool is_unlocked(const SequenceLock& lock, Height height, UnixTime parent_median_time);

}  // namespace kepeng::consensus
