// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Eviction: which inbound connection makes room for a new one when all slots are taken.
//
// Each step protects those who are best at something that is hard to fake for many connections at once: being in groups
// that an attacker does not know how to choose, near, useful with transactions or blocks, on a network that is rare
// here, there for long. Of the rest, the youngest of the largest group goes. Who wants to push everybody out must be
// better at each of these than the honest peers. Pure function (reliability P-07).
#pragma once

#include <optional>
#include <vector>

#include <kepeng/gossip/address_groups.h>
#include <kepeng/gossip/peer.h>

namespace kepeng::gossip {

// Which connections an inbound peer came over.
enum class InboundNetwork : std::uint8_t { Local, Ipv4, Ipv6, Onion, I2p, Cjdns };

struct EvictionCandidate {
  PeerId peer;
  Moment connected;
  std::int64_t ping_min_ms = INT64_MAX;  // never measured: the highest
  Moment last_block;                     // that it brought and that was new; zero: none
  Moment last_transaction;
  bool relays_blocks = true;  // its services are worth something for blocks
  bool relays_transactions = true;
  bool is_discouraged = false;
  std::uint64_t keyed_group = 0;  // its group under a secret key, so that nobody can aim for the lowest
  InboundNetwork network = InboundNetwork::Ipv4;
};

// Null if everybody is protected. Those whom the operator protects are not to be among the candidates.
std::optional<PeerId> select_for_eviction(std::vector<EvictionCandidate> candidates);

}  // namespace kepeng::gossip
