// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/progress.h>

#include <cmath>

namespace kepeng {

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e8) return "unknown";
  const auto minutes = static_cast<std::int64_t>(seconds / 60);
  if (minutes == 0) return fmt::format("{} s", static_cast<std::int64_t>(seconds));
  if (minutes < 60) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

ProgressLog::ProgressLog(Logger& logger, std::string doing, std::string unit, std::int64_t interval_ns)
    : logger_{logger}, doing_{std::move(doing)}, unit_{std::move(unit)}, interval_ns_{interval_ns} {}

bool ProgressLog::note(double done, double total) {
  const std::int64_t now = steady_ns();
  if (now - told_ns_ < interval_ns_) return false;
  told_ns_ = now;
  const double rate = done / (static_cast<double>(now - started_ns_) / 1e9);
  KP_LOG_INFO(logger_, "{}: {:.1f} % of {:.0f} {}, {:.0f} {}/s, time left {}", doing_, 100 * done / total, total, unit_,
              rate, unit_, duration_text((total - done) / rate));
  return true;
}

}  // namespace kepeng
