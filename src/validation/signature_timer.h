// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SignatureTimer: how long signature verification takes, taken where the interpreter asks for a known signature.
//
// The interpreter calls `contains` just before it verifies, and `insert` or `note_invalid` just after. The timer never
// knows a signature, so every one is verified. One per runner.
#pragma once

#include <kepeng/base/time.h>
#include <kepeng/script/signature_cache.h>
#include <kepeng/validation/counters.h>

namespace kepeng::validation {

class SignatureTimer final : public script::SignatureCache {
 public:
  explicit SignatureTimer(Counters& counters) : counters_{counters} {}

  bool contains(const script::SignedMessage&) override {
    began_ns_ = steady_ns();
    return false;
  }
  void insert(const script::SignedMessage&) override { stop(); }
  // Multisignatures try keys that do not fit.
  void note_invalid(const script::SignedMessage&) override { stop(); }
  // Adds what has been measured since the last call.
  void report() {
    counters_.signature_ns += nanoseconds_;
    counters_.signatures += count_;
    nanoseconds_ = 0;
    count_ = 0;
  }

 private:
  void stop() {
    nanoseconds_ += static_cast<std::uint64_t>(steady_ns() - began_ns_);
    ++count_;
  }

  Counters& counters_;
  std::int64_t began_ns_ = 0;
  std::uint64_t nanoseconds_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace kepeng::validation
