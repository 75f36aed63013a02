// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// UploadTarget: how much we give away in a day (-maxuploadtarget), so that a metered line stays affordable.
//
// When little is left, blocks older than a week are refused, because others can give these; what is left is enough for
// the new blocks of the rest of the day. A target, not a limit: new blocks always go out. One thread.
#pragma once

#include <cstdint>

#include <kepeng/base/time.h>

namespace kepeng::gossip {

class UploadTarget {
 public:
  static constexpr std::int64_t kCycleSeconds = 24 * 60 * 60;

  // Bytes in a cycle; 0: no target.
  explicit UploadTarget(std::uint64_t bytes = 0) : target_{bytes} {}

  void note_sent(std::uint64_t bytes, UnixTime now);

  struct Status {
    std::uint64_t target = 0;
    bool is_reached = false;
    bool serves_historical = true;
    std::uint64_t bytes_left = 0;
    std::int64_t seconds_left = 0;  // of this cycle
  };
  Status status(UnixTime now) const;
  bool serves_historical(UnixTime now) const { return status(now).serves_historical; }

 private:
  std::uint64_t target_;
  std::uint64_t sent_ = 0;
  UnixTime cycle_began_;
};

}  // namespace kepeng::gossip
