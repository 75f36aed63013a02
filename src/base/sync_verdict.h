// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SyncVerdict: remembers the first failed sync of an Env, after which nothing may be changed any more (D-04).
//
// Asking costs one relaxed load while all is well. Thread-safe.
#pragma once

#include <atomic>
#include <optional>

#include <kepeng/base/fault.h>
#include <kepeng/base/guarded.h>
#include <kepeng/base/result.h>

namespace kepeng {

class SyncVerdict {
 public:
  // Asked before each change.
  Result<Unit, Fault> may_write() const {
    if (!failed_.load(std::memory_order_acquire)) return Unit{};
    return Err{*first_.with([](const std::optional<Fault>& first) { return first; })};
  }
  // Notes the failure, unless there was one before, and gives it back.
  Fault fail(Fault fault) {
    first_.with([&](std::optional<Fault>& first) {
      if (!first) first = fault;
    });
    failed_.store(true, std::memory_order_release);
    return fault;
  }
  std::optional<Fault> first() const {
    return first_.with([](const std::optional<Fault>& first) { return first; });
  }

 private:
  std::atomic<bool> failed_{false};
  Guarded<std::optional<Fault>> first_;
};

}  // namespace kepeng
