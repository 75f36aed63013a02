// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "walk_progress.h"

namespace kepeng::rpc {
namespace {

constexpr int kStepPercent = 10;

}  // namespace

coins::WalkProgress progress_for(const Context& context, std::string doing) {
  return [&context, doing = std::move(doing), told = 0](double share) mutable {
    const int percent = static_cast<int>(share * 100) / kStepPercent * kStepPercent;
    if (percent > told) {
      told = percent;
      KP_LOG_INFO(context.logger(), "{}: {}%", doing, percent);
    }
    const auto& stopping = context.services().is_stopping;
    const auto& gone = context.caller().gone;
    return !(stopping && stopping()) && !(gone && gone());
  };
}

}  // namespace kepeng::rpc
