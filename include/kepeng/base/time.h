// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Points in time, in whole seconds since 1970, and the clock that the process reads them from.
//
// `UnixTime` is signed 64-bit so that sums and differences of 32-bit block times cannot wrap. `Clock` is passed to
// whoever needs the time (no globals); `mock` lets tests and the RPC `setmocktime` set it. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <compare>
#include <cstdint>
#include <ctime>

namespace kepeng {

struct UnixTime {
  std::int64_t seconds = 0;
  friend constexpr auto operator<=>(UnixTime, UnixTime) = default;
  friend constexpr UnixTime operator+(UnixTime time, std::int64_t delta_seconds) {
    return {time.seconds + delta_seconds};
  }
  friend constexpr std::int64_t operator-(UnixTime a, UnixTime b) { return a.seconds - b.seconds; }
};

class Clock {
 public:
  // Wall-clock time, or the mocked one.
  UnixTime now() const {
    const std::int64_t mocked = mocked_.load(std::memory_order_relaxed);
    if (mocked != 0) return {mocked};
    return {
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
  }
  // Zero returns to the wall clock.
  void mock(UnixTime time) { mocked_.store(time.seconds, std::memory_order_relaxed); }
  bool is_mocked() const { return mocked_.load(std::memory_order_relaxed) != 0; }

 private:
  std::atomic<std::int64_t> mocked_{0};
};

// What the calling thread has used of a processor so far. A system call, unlike steady_ns.
inline std::int64_t thread_cpu_ns() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

// Monotonic nanoseconds, for durations only.
inline std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace kepeng
