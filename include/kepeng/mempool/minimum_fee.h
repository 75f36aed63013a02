// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// MinimumFee: what must be paid to get into a pool that was full: a little more than what was thrown out last. It sinks
// again once blocks make room, by half in twelve hours, faster while the pool is nearly empty. One thread.
#pragma once

#include <cstddef>

#include <kepeng/base/time.h>
#include <kepeng/policy/fee_rate.h>

namespace kepeng::mempool {

class MinimumFee {
 public:
  MinimumFee(policy::FeeRate step, std::size_t bytes_max) : step_{step}, bytes_max_{bytes_max} {}

  // Transactions that paid this were thrown out.
  void note_evicted(double sats_per_kvb, UnixTime now);
  void note_block(UnixTime now);
  policy::FeeRate rate(UnixTime now, std::size_t bytes_used);

 private:
  policy::FeeRate step_;
  std::size_t bytes_max_;
  double rolling_ = 0;  // satoshi for 1,000 virtual bytes
  bool sinks_ = true;   // a block has come since the last eviction
  UnixTime updated_;
};

}  // namespace kepeng::mempool
