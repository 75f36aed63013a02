// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/own_addresses.h>

#include <algorithm>

namespace kepeng::gossip {
namespace {

bool is_private_network(wire::AddressNetwork network) {
  return network == wire::AddressNetwork::Onion || network == wire::AddressNetwork::I2p;
}

}  // namespace

bool OwnAddresses::add(const wire::Endpoint& endpoint, OwnSource source) {
  if (!endpoint.address.is_routable()) return false;
  const auto same = std::find_if(all_.begin(), all_.end(), [&](const Own& one) { return one.endpoint == endpoint; });
  if (same != all_.end()) {
    if (same->source >= source) return false;
    same->source = source;
    return true;
  }
  if (all_.size() == kMax) return false;
  all_.push_back({endpoint, source});
  return true;
}

bool OwnAddresses::remove(const wire::Endpoint& endpoint) {
  return std::erase_if(all_, [&](const Own& one) { return one.endpoint == endpoint; }) != 0;
}

std::vector<wire::Endpoint> OwnAddresses::best() const {
  std::vector<Own> chosen;
  for (const Own& one : all_) {
    const auto same = std::find_if(chosen.begin(), chosen.end(), [&](const Own& other) {
      return other.endpoint.address.network() == one.endpoint.address.network();
    });
    if (same == chosen.end()) {
      chosen.push_back(one);
    } else if (same->source < one.source) {
      *same = one;
    }
  }
  std::vector<wire::Endpoint> endpoints;
  for (const Own& one : chosen) endpoints.push_back(one.endpoint);
  return endpoints;
}

bool may_be_told(const wire::NetworkAddress& own, wire::AddressNetwork through) {
  return own.network() == through || (!is_private_network(own.network()) && !is_private_network(through));
}

}  // namespace kepeng::gossip
