// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the system knows of our place in the network: the addresses of our interfaces, and the routers that lead out.
//
// The parsers are pure; the others ask the kernel (getifaddrs, /proc/net). Nothing is kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/wire/network_address.h>

namespace kepeng::reach {

struct Router {
  wire::NetworkAddress address;
  std::string interface;  // link-local addresses mean nothing without it

  friend bool operator==(const Router&, const Router&) = default;
};

// The default router in a text such as /proc/net/route, and /proc/net/ipv6_route.
std::optional<Router> parse_ipv4_routes(std::string_view text);
std::optional<Router> parse_ipv6_routes(std::string_view text);

enum class Family : std::uint8_t { Ipv4, Ipv6 };
std::optional<Router> default_router(Family family);
// Without loopback, of interfaces that are up.
std::vector<wire::NetworkAddress> interface_addresses(wire::NetworkAddress::Fc00 cjdns);

}  // namespace kepeng::reach
