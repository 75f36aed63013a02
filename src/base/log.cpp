// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <pthread.h>

#include <kepeng/base/log.h>

#include "log_sinks.h"

namespace kepeng {

Logger::Logger() : sinks_{std::make_unique<Sinks>()} {
  sinks_->level.fill(LogLevel::Debug);
  recompute_thresholds();
}

Logger::~Logger() = default;

Result<Unit, Fault> Logger::start(LogOptions options) {
  std::scoped_lock hold{sinks_->mutex};
  KP_ASSERT(!sinks_->started);
  sinks_->options = std::move(options);
  if (!sinks_->options.file.empty()) {
    if (sinks_->options.shrink_at_start) KP_TRY_VOID(shrink_log(sinks_->options.file));
    KP_TRY(sinks_->descriptor, sinks_->open_file());
  }
  sinks_->started = true;
  std::string early = std::move(sinks_->early);
  sinks_->early.clear();
  if (sinks_->early_dropped > 0) early += fmt::format("({} early log lines were dropped)\n", sinks_->early_dropped);
  if (!early.empty()) sinks_->emit(early, true);
  return Unit{};
}

void Logger::enable(LogCategory category) {
  std::scoped_lock hold{sinks_->mutex};
  if (category == LogCategory::All) sinks_->on.fill(true);
  sinks_->on[static_cast<std::size_t>(category)] = true;
  recompute_thresholds();
}

void Logger::disable(LogCategory category) {
  std::scoped_lock hold{sinks_->mutex};
  if (category == LogCategory::All) sinks_->on.fill(false);
  sinks_->on[static_cast<std::size_t>(category)] = false;
  recompute_thresholds();
}

bool Logger::enabled(LogCategory category) const {
  std::scoped_lock hold{sinks_->mutex};
  return sinks_->on[static_cast<std::size_t>(category)];
}

void Logger::set_level(LogLevel level) {
  std::scoped_lock hold{sinks_->mutex};
  sinks_->level.fill(level);
  recompute_thresholds();
}

void Logger::set_level(LogCategory category, LogLevel level) {
  std::scoped_lock hold{sinks_->mutex};
  sinks_->level[static_cast<std::size_t>(category)] = level;
  recompute_thresholds();
}

// A category that is off lets info through, and so does one whose own threshold is higher.
void Logger::recompute_thresholds() {
  for (std::size_t i = 0; i < kLogCategories; ++i) {
    const LogLevel threshold = sinks_->on[i] ? std::min(sinks_->level[i], LogLevel::Info) : LogLevel::Info;
    thresholds_[i].store(threshold, std::memory_order_relaxed);
  }
}

void Logger::write(const Origin& origin, std::string_view message) {
  std::scoped_lock hold{sinks_->mutex};
  if (reopen_.exchange(false, std::memory_order_relaxed)) sinks_->reopen();
  sinks_->put(origin, message);
}

std::uint64_t Logger::lines_lost() const {
  std::scoped_lock hold{sinks_->mutex};
  return sinks_->lost;
}

void set_thread_name(std::string_view name) {
  constexpr std::size_t kSystemNameMax = 15;
  pthread_setname_np(pthread_self(), std::string{name.substr(0, kSystemNameMax)}.c_str());
}

std::string thread_name() {
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof name);
  return name;
}

}  // namespace kepeng
