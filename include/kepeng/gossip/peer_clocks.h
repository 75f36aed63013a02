// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// PeerClocks: whether our clock agrees with those of the nodes that we have called. It only says so: what others tell
// never sets a clock (reliability P-27). Callers are not asked, or one with many connections could make us doubt. Peer
// thread; no failure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace kepeng::gossip {

class PeerClocks {
 public:
  static constexpr std::size_t kRemembered = 50;
  static constexpr std::size_t kEnough = 5;  // fewer may all be wrong
  static constexpr std::int64_t kTolerance = 600;

  // How far ahead of ours one's clock is, in seconds.
  void note(std::int64_t ahead_seconds);
  // What the one in the middle says; zero while there are too few.
  std::int64_t median() const;
  bool are_far_from_ours() const;

 private:
  std::deque<std::int64_t> latest_;
};

}  // namespace kepeng::gossip
