// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Shares: which peers take far more of the processor than the others do, so that these can be heard first.
//
// What a peer took counts half as much a second later. Heavy is who takes more than ten times as much as the peer in
// the middle, and more than a twentieth of a processor: below that nobody is in anybody's way. Private to peering; peer
// thread.
#pragma once

#include <cstdint>
#include <unordered_map>

#include <kepeng/net/connections.h>

namespace kepeng::peering {

class Shares {
 public:
  static constexpr double kTimesTheMiddle = 10;
  static constexpr double kLeastNs = 100e6;  // a twentieth, all the time

  void add(net::ConnectionId id) { takers_[id]; }
  void remove(net::ConnectionId id) { takers_.erase(id); }
  void note(net::ConnectionId id, std::int64_t ns);
  // Once a second.
  void weigh();
  bool is_heavy(net::ConnectionId id) const;

 private:
  struct Taker {
    double recent_ns = 0;
    double fresh_ns = 0;  // since the last weighing
    bool is_heavy = false;
  };
  std::unordered_map<net::ConnectionId, Taker> takers_;
};

}  // namespace kepeng::peering
