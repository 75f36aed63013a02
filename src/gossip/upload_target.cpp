// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/upload_target.h>

#include <algorithm>

namespace kepeng::gossip {
namespace {

constexpr std::uint64_t kBlockBytes = 4'000'000;
constexpr std::int64_t kBlockSeconds = 600;

}  // namespace

void UploadTarget::note_sent(std::uint64_t bytes, UnixTime now) {
  // A clock that was set back begins anew as well.
  if (now - cycle_began_ >= kCycleSeconds || now < cycle_began_) {
    cycle_began_ = now;
    sent_ = 0;
  }
  sent_ += bytes;
}

UploadTarget::Status UploadTarget::status(UnixTime now) const {
  Status status;
  if (target_ == 0) return status;
  const bool is_over = now - cycle_began_ >= kCycleSeconds || now < cycle_began_;
  const std::uint64_t sent = is_over ? 0 : sent_;
  status.target = target_;
  status.is_reached = sent >= target_;
  status.bytes_left = status.is_reached ? 0 : target_ - sent;
  status.seconds_left = is_over ? kCycleSeconds : kCycleSeconds - (now - cycle_began_);
  // The largest blocks, one every ten minutes, until the cycle ends.
  const auto reserve = static_cast<std::uint64_t>(status.seconds_left / kBlockSeconds) * kBlockBytes;
  status.serves_historical = target_ > reserve && sent < target_ - reserve;
  return status;
}

}  // namespace kepeng::gossip
