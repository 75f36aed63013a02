// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What stands behind a Logger: the file, the console, the lines that wait for start, and the per-source byte counts.
//
// Everything here happens under one mutex, held across the write: a log that interleaves lines is worthless, and a
// write to a file in the page cache is short. A private part of base.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <kepeng/base/log.h>

namespace kepeng {

// Counts the bytes of each source line within a window. One owner.
class LogRateLimit {
 public:
  enum class Answer { Pass, LastBeforeSilence, Suppress };
  Answer ask(const Logger::SourceLine& where, std::size_t bytes);
  // Starts a new window when the old one is over; answers the sources that were silenced, with the bytes they lost.
  std::vector<std::pair<std::string, std::uint64_t>> roll(std::int64_t now_seconds);

 private:
  struct Usage {
    std::uint64_t written = 0;
    std::uint64_t dropped = 0;
    bool silent = false;
  };
  std::map<std::pair<std::string, std::uint_least32_t>, Usage> usage_;
  std::int64_t window_start_ = 0;
};

struct Logger::Sinks {
  ~Sinks();

  std::string prefix(const Origin& origin, std::int64_t micros) const;
  void put(const Origin& origin, std::string_view message);
  void announce_rolled(std::int64_t micros);
  void emit(const std::string& line, bool to_file);
  void reopen();
  std::int64_t micros() const;
  Result<int, Fault> open_file() const;

  std::mutex mutex;
  LogOptions options;
  bool started = false;
  int descriptor = -1;
  std::uint64_t lost = 0;
  std::string early;
  std::uint64_t early_dropped = 0;
  LogRateLimit rate;

  // Which categories are on, and the level that each lets through.
  std::array<bool, kLogCategories> on{};
  std::array<LogLevel, kLogCategories> level{};
};

// Keeps the last kLogShrinkTo bytes of a file that has grown beyond kLogShrinkAbove, from a line start on.
Result<Unit, Fault> shrink_log(const std::filesystem::path& file);

}  // namespace kepeng
