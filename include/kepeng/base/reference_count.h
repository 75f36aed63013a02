// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ReferenceCount: how many share something that is deleted with the last of them; begins with one. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>

namespace kepeng {

class ReferenceCount {
 public:
  void add() { count_.fetch_add(1, std::memory_order_relaxed); }
  // True: that was the last one, and nobody else looks any more.
  bool drop() { return count_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

 private:
  std::atomic<std::uint32_t> count_{1};
};

}  // namespace kepeng
