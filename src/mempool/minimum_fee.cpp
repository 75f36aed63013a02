// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mempool/minimum_fee.h>

#include <algorithm>
#include <cmath>

namespace kepeng::mempool {
namespace {

constexpr double kHalfLifeSeconds = 12 * 60 * 60;
constexpr std::int64_t kUpdateSeconds = 10;

}  // namespace

void MinimumFee::note_evicted(double sats_per_kvb, UnixTime now) {
  rolling_ = std::max(rolling_, sats_per_kvb + static_cast<double>(step_.sats_per_kvb));
  sinks_ = false;
  updated_ = now;
}

void MinimumFee::note_block(UnixTime now) {
  sinks_ = true;
  updated_ = now;
}

policy::FeeRate MinimumFee::rate(UnixTime now, std::size_t bytes_used) {
  if (rolling_ == 0) return {};
  if (sinks_ && now - updated_ > kUpdateSeconds) {
    const double half_life = kHalfLifeSeconds / (bytes_used < bytes_max_ / 4 ? 4 : bytes_used < bytes_max_ / 2 ? 2 : 1);
    rolling_ /= std::exp2(static_cast<double>(now - updated_) / half_life);
    updated_ = now;
    if (rolling_ < static_cast<double>(step_.sats_per_kvb) / 2) rolling_ = 0;
  }
  if (rolling_ == 0) return {};
  return std::max(policy::FeeRate{std::llround(rolling_)}, step_);
}

}  // namespace kepeng::mempool
