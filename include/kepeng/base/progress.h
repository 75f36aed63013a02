// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ProgressLog: tells the log how far a long work has come, how fast it goes and how long it will still take.
//
// Work that is done before the first interval has passed leaves no line. One thread.
#pragma once

#include <cstdint>
#include <string>

#include <kepeng/base/log.h>
#include <kepeng/base/time.h>

namespace kepeng {

// "3 h 12 min", "5 min", "40 s"; "unknown" for what is no number.
std::string duration_text(double seconds);

class ProgressLog {
 public:
  // Lines read "<doing>: 12.5 % of 800 <unit>, 31 <unit>/s, time left 23 s". The logger outlives it.
  ProgressLog(Logger& logger, std::string doing, std::string unit, std::int64_t interval_ns = 10'000'000'000);

  // Called as often as is convenient; true if it wrote a line.
  bool note(double done, double total);

 private:
  Logger& logger_;
  std::string doing_;
  std::string unit_;
  std::int64_t interval_ns_;
  std::int64_t started_ns_ = steady_ns();
  std::int64_t told_ns_ = started_ns_;
};

}  // namespace kepeng
