// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/consensus/locktime.h>

#include <algorithm>

#include <kepeng/consensus/constants.h>

namespace kepeng::consensus {

bool is_final(const Transaction& tx, Height height, UnixTime cutoff) {
  if (tx.lock_time == 0) return true;
  const std::int64_t limit = tx.lock_time < kLockTimeThreshold ? height : cutoff.seconds;
  if (static_cast<std::int64_t>(tx.lock_time) < limit) return true;
  return std::all_of(tx.inputs.begin(), tx.inputs.end(),
                     [](const TxIn& input) { return input.sequence == kSequenceFinal; });
}

SequenceLock sequence_lock(const Transaction& tx, std::span<const Coin> coins, const Ancestry& line) {
  SequenceLock lock;
  if (tx.version < 2) return lock;  // unsigned: versions that look negative are bound too
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) {
    const std::uint32_t sequence = tx.inputs[i].sequence;
    if (sequence & kSequenceDisableFlag) continue;
    const auto value = static_cast<std::int32_t>(sequence & kSequenceMask);
    if (sequence & kSequenceTypeFlag) {
      const std::int64_t since = median_time_past(line, std::max(coins[i].height - 1, 0)).seconds;
      lock.time = std::max(lock.time, since + (static_cast<std::int64_t>(value) << kSequenceGranularity) - 1);
    } else {
      lock.height = std::max(lock.height, coins[i].height + value - 1);
    }
  }
  return lock;
}

bool is_unlocked(const SequenceLock& lock, Height height, UnixTime parent_median_time) {
  return lock.height < height && lock.time < parent_median_time.seconds;
}

}  // namespace kepeng::consensus
