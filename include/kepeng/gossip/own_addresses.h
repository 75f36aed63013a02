// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// OwnAddresses: where we can be reached ourselves, and who may know it.
//
// An address counts more, the surer its source is. A peer is told of the best one of each network that it may know:
// names in Tor and I2P are told only within their network, and there no others, or one could be recognised by the
// other. Bounded. Peer thread.
#pragma once

#include <optional>
#include <vector>

#include <kepeng/wire/network_address.h>

namespace kepeng::gossip {

// From least to most certain; the numbers are the scores that RPC shows.
enum class OwnSource : std::uint8_t {
  Interface = 1,  // of one of our interfaces
  Bound = 2,      // the operator has us listen there
  Mapped = 3,     // a router lets connections in
  Manual = 4,     // the operator says so; or a name that Tor or I2P gave us
};

class OwnAddresses {
 public:
  static constexpr std::size_t kMax = 64;

  struct Own {
    wire::Endpoint endpoint;
    OwnSource source = OwnSource::Interface;
  };
  // Only what others could reach is taken. True if that changes anything.
  bool add(const wire::Endpoint& endpoint, OwnSource source);
  bool remove(const wire::Endpoint& endpoint);
  const std::vector<Own>& all() const { return all_; }
  // The surest of each network.
  std::vector<wire::Endpoint> best() const;

 private:
  std::vector<Own> all_;
};

// May somebody who is connected through this network learn of the address?
bool may_be_told(const wire::NetworkAddress& own, wire::AddressNetwork through);

}  // namespace kepeng::gossip
