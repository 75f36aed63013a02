// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the options say about ways: proxies, Tor, I2P, the router, seeds, our own addresses. Private to peer_config.
#pragma once

#include <kepeng/config/options.h>
#include <kepeng/peering/peer_network.h>

namespace kepeng::peer_config {

Result<net::Endpoint, Fault> endpoint_from(const std::string& option, const std::string& text, std::uint16_t port);
// "-noname" or "-name=0".
bool is_switched_off(const config::Options& options, std::string_view name);

Result<peering::RouteOptions, Fault> routes_from(const config::Options& options);
Result<reach::ReachOptions, Fault> reach_options_from(const config::Options& options,
                                                      const params::NetworkParams& network,
                                                      const peering::RouteOptions& routes, std::uint16_t port);
Result<gossip::SeedPlan::Options, Fault> seeds_from(const config::Options& options,
                                                    const params::NetworkParams& network,
                                                    const peering::RouteOptions& routes);
Result<std::vector<wire::Endpoint>, Fault> external_addresses_from(const config::Options& options, std::uint16_t port,
                                                                   const peering::RouteOptions& routes);

}  // namespace kepeng::peer_config
