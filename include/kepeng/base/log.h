// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The log: lines in the form that bitcoind's users search for, written to a file, the console, or both.
//
//   KP_LOG_INFO(logger, "Loaded {} blocks", count);          // 2026-08-01T12:00:00Z Loaded 7 blocks
//   KP_LOG_DEBUG(logger, Net, "peer {} connected", id);      // 2026-08-01T12:00:00Z [net] peer 7 connected
//
// Nothing is formatted unless the category is on: the question costs one relaxed load. Info, warning and error lines
// are always written. A line never holds control characters: they are escaped as \xNN, and a long line is cut, so text
// from peers cannot forge lines or drive a terminal. A sink that fails (full disk) is skipped and counted, never fatal.
// Lines written before `start` wait in memory. No globals: a logger is passed to whoever logs. Thread-safe.
#pragma once

#include <fmt/core.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>

namespace kepeng {

enum class LogLevel : std::uint8_t { Trace, Debug, Info, Warning, Error };

// `All` is for lines that belong to no category.
enum class LogCategory : std::uint8_t {
  All,
  Net,
  Tor,
  Mempool,
  Http,
  Bench,
  Zmq,
  Walletdb,
  Rpc,
  Estimatefee,
  Addrman,
  Selectcoins,
  Reindex,
  Cmpctblock,
  Rand,
  Prune,
  Proxy,
  Mempoolrej,
  Coindb,
  Qt,
  Leveldb,
  Validation,
  I2p,
  Ipc,
  Lock,
  Blockstorage,
  Txreconciliation,
  Scan,
  Txpackages,
  Kernel,
  Privatebroadcast,
};
inline constexpr std::size_t kLogCategories = 31;

std::string_view to_text(LogCategory category);
std::string_view to_text(LogLevel level);
// "1" and the empty text are `All`; nullopt for a name that is not in the table.
std::optional<LogCategory> log_category_from_text(std::string_view name);
std::optional<LogLevel> log_level_from_text(std::string_view name);

// Control characters as \xNN; text longer than `bytes_max` is cut and says so.
std::string escape_for_log(std::string_view text, std::size_t bytes_max);

inline constexpr std::size_t kLogLineBytesMax = 64 * 1024;           // a whole raw transaction of standard size fits
inline constexpr std::size_t kLogEarlyBytesMax = 1024 * 1024;        // held before start
inline constexpr std::uint64_t kLogBytesPerSourceMax = 1024 * 1024;  // one source line, per window, on disk
inline constexpr std::int64_t kLogRateWindowSeconds = 3600;
inline constexpr std::uint64_t kLogShrinkAbove = 11'000'000;  // at start a larger file ...
inline constexpr std::uint64_t kLogShrinkTo = 10'000'000;     // ... keeps this much of its end

struct LogOptions {
  std::filesystem::path file;  // empty: no file
  bool console = false;
  bool timestamps = true;
  bool time_micros = false;
  bool thread_names = false;
  bool source_locations = false;
  bool always_level = false;  // [all:info] on every line
  bool rate_limit = true;
  bool shrink_at_start = true;
  // Microseconds since 1970; tests replace it. Empty: the wall clock.
  std::function<std::int64_t()> now_micros;
  int console_descriptor = 1;
};

class Logger {
 public:
  Logger();
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // Opens the sinks and writes what was held. Fails when the file cannot be opened or is no plain file. Once.
  Result<Unit, Fault> start(LogOptions options);

  // Before start too. `All` means every category.
  void enable(LogCategory category);
  void disable(LogCategory category);
  bool enabled(LogCategory category) const;
  // The lowest level that an enabled category writes: for all categories, or for one.
  void set_level(LogLevel level);
  void set_level(LogCategory category, LogLevel level);

  // Info and above always; below that when the category is on and its threshold lets the level through.
  bool will_log(LogCategory category, LogLevel level) const {
    return level >= thresholds_[static_cast<std::size_t>(category)].load(std::memory_order_relaxed);
  }
  // Of our source. Not std::source_location, which clang 14 cannot read from the library of g++ 12.
  struct SourceLine {
    std::string_view file;
    std::uint_least32_t number = 0;
  };
  struct Origin {
    LogCategory category = LogCategory::All;
    LogLevel level = LogLevel::Info;
    SourceLine where;
  };
  // One line. A source line that writes more than its share per window at info or above goes to the console only.
  void write(const Origin& origin, std::string_view message);

  // Async-signal-safe: the next line reopens the file (after rotation).
  void request_reopen() { reopen_.store(true, std::memory_order_relaxed); }
  // Lines that a sink failed to take.
  std::uint64_t lines_lost() const;

 private:
  struct Sinks;
  void recompute_thresholds();

  std::array<std::atomic<LogLevel>, kLogCategories> thresholds_;
  std::atomic<bool> reopen_{false};
  std::unique_ptr<Sinks> sinks_;
};

// The name that log lines and the system show for the calling thread; at most 15 bytes are kept.
void set_thread_name(std::string_view name);
std::string thread_name();

}  // namespace kepeng

#define KP_LOG(logger, category_, level_, ...)                                                              \
  do {                                                                                                      \
    ::kepeng::Logger& kp_logger = (logger);                                                                 \
    if (kp_logger.will_log(::kepeng::LogCategory::category_, ::kepeng::LogLevel::level_)) {                 \
      kp_logger.write({::kepeng::LogCategory::category_, ::kepeng::LogLevel::level_, {__FILE__, __LINE__}}, \
                      ::fmt::format(__VA_ARGS__));                                                          \
    }                                                                                                       \
  } while (false)
#define KP_LOG_TRACE(logger, category_, ...) KP_LOG(logger, category_, Trace, __VA_ARGS__)
#define KP_LOG_DEBUG(logger, category_, ...) KP_LOG(logger, category_, Debug, __VA_ARGS__)
#define KP_LOG_INFO(logger, ...) KP_LOG(logger, All, Info, __VA_ARGS__)
#define KP_LOG_WARNING(logger, ...) KP_LOG(logger, All, Warning, __VA_ARGS__)
#define KP_LOG_ERROR(logger, ...) KP_LOG(logger, All, Error, __VA_ARGS__)
