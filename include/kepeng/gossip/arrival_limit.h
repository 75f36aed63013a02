// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ArrivalLimit: how often a network of IPv6 may call us. Whoever has one address there has 2^64 of them, so that bans
// and eviction by address do not reach him; one /64 has a place for a newcomer ten times a minute (reliability P-36).
//
// What is kept is bounded: beyond it the networks that were quiet for longest are forgotten. Other networks pass, and
// so do addresses that are not public. Peer thread; no failure.
#pragma once

#include <cstdint>
#include <map>

#include <kepeng/gossip/peer.h>
#include <kepeng/wire/network_address.h>

namespace kepeng::gossip {

class ArrivalLimit {
 public:
  static constexpr double kPerMinute = 10;
  static constexpr std::size_t kNetworksMax = 4096;

  // False: too many have come from there. Counts this one otherwise.
  bool admit(const wire::NetworkAddress& address, Moment now);
  std::size_t size() const { return networks_.size(); }

 private:
  struct Bucket {
    double tokens = kPerMinute;
    Moment at;
  };
  void make_room(Moment now);

  std::map<std::uint64_t, Bucket> networks_;
};

}  // namespace kepeng::gossip
