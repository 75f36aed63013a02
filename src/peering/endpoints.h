// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Between addresses as connections have them (text, or a name) and as peers tell each other. Private to peering.
#pragma once

#include <kepeng/net/endpoint.h>
#include <kepeng/wire/network_address.h>

namespace kepeng::peering {

// Nothing for a name.
inline std::optional<wire::Endpoint> to_wire(const net::Endpoint& endpoint, wire::NetworkAddress::Fc00 fc00) {
  const auto address = wire::NetworkAddress::from_string(endpoint.host, fc00);
  if (!address) return std::nullopt;
  return wire::Endpoint{*address, endpoint.port};
}
inline net::Endpoint to_net(const wire::Endpoint& endpoint) {
  return {endpoint.address.to_string(), endpoint.port};
}

}  // namespace kepeng::peering
