// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SignatureTimer: how long signature verification takes. Remembers nothing: every one is verified, those of
// multisignatures that try a key that does not fit as well. One per runner.
#pragma once

#include <algorithm>

#include <kepeng/base/time.h>
#include <kepeng/script/signature_cache.h>
#include <kepeng/validation/counters.h>

namespace kepeng::validation {

class SignatureTimer final : public script::SignatureCache {
 public:
  explicit SignatureTimer(Counters& counters) : counters_{counters} {}

  bool check(const script::SignedMessage& message) override {
    const std::int64_t began_ns = steady_ns();
    const bool is_valid = script::verify_signature(message);
    nanoseconds_ += static_cast<std::uint64_t>(steady_ns() - began_ns);
    ++count_;
    return is_valid;
  }
  // Adds what has been measured since the last call. `running` is the share of that time in which the thread had a
  // processor.
  void report(double running) {
    counters_.signature_ns += static_cast<std::uint64_t>(static_cast<double>(nanoseconds_) * running);
    counters_.signatures += count_;
    nanoseconds_ = 0;
    count_ = 0;
  }

 private:
  Counters& counters_;
  std::uint64_t nanoseconds_ = 0;
  std::uint64_t count_ = 0;
};

// Measures one task of scripts in processor time, so that other programs on the machine do not count.
class ScriptTask {
 public:
  ScriptTask(Counters& counters, SignatureTimer& timer)
      : counters_{counters}, timer_{timer}, began_ns_{steady_ns()}, began_cpu_ns_{thread_cpu_ns()} {}
  ~ScriptTask() {
    const std::int64_t passed = std::max<std::int64_t>(steady_ns() - began_ns_, 1);
    const std::int64_t used = std::min(thread_cpu_ns() - began_cpu_ns_, passed);
    counters_.script_ns += static_cast<std::uint64_t>(used);
    timer_.report(static_cast<double>(used) / static_cast<double>(passed));
  }
  ScriptTask(const ScriptTask&) = delete;
  ScriptTask& operator=(const ScriptTask&) = delete;

 private:
  Counters& counters_;
  SignatureTimer& timer_;
  std::int64_t began_ns_;
  std::int64_t began_cpu_ns_;
};

}  // namespace kepeng::validation
