// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "reach_options.h"

#include <algorithm>
#include <array>

namespace kepeng::peer_config {
namespace {

using config::Options;
using peering::RouteOptions;
using wire::AddressNetwork;
using wire::NetworkAddress;

constexpr std::uint16_t kTorProxyPort = 9050;
constexpr std::uint16_t kTorControlPort = 9051;
constexpr std::uint16_t kSamPort = 7656;

// Those that a SOCKS5 proxy can lead to.
constexpr std::array kProxied{AddressNetwork::Ipv4, AddressNetwork::Ipv6, AddressNetwork::Onion, AddressNetwork::Cjdns};

Err<Fault> refuse(std::string why) {
  return Err{Fault{FaultKind::Config, std::move(why)}};
}

std::optional<AddressNetwork> network_from(std::string_view name) {
  if (name == "tor") return AddressNetwork::Onion;
  for (const auto network : {AddressNetwork::Ipv4, AddressNetwork::Ipv6, AddressNetwork::Onion, AddressNetwork::I2p,
                             AddressNetwork::Cjdns}) {
    if (name == wire::name_of(network)) return network;
  }
  return std::nullopt;
}

Result<net::Endpoint, Fault> proxy_from(const std::string& option, const std::string& text) {
  constexpr std::string_view kUnix = "unix:";
  if (!text.starts_with(kUnix)) return endpoint_from(option, text, kTorProxyPort);
  const auto at = net::Endpoint::at_path(std::string_view{text}.substr(kUnix.size()));
  if (at) return *at;
  return refuse("-" + option + "='" + text + "' is no path of a socket. Write unix:/run/tor/socks, at most 107 bytes.");
}

// "address" for everything, names included; "address=network" for one network; "0" takes back what came before.
Result<Unit, Fault> choose_proxy(const std::string& text, RouteOptions& routes) {
  const std::size_t mark = text.rfind('=');
  const std::string address = text.substr(0, mark);
  std::optional<AddressNetwork> only;
  if (mark != std::string::npos) {
    only = network_from(text.substr(mark + 1));
    if (!only || std::ranges::find(kProxied, *only) == kProxied.end()) {
      return refuse("Unrecognized network in -proxy='" + text + "': '" + text.substr(mark + 1) +
                    "'. Write ipv4, ipv6, onion or cjdns.");
    }
  }
  const bool is_none = address.empty() || address == "0";
  std::optional<net::Endpoint> proxy;
  if (!is_none) {
    KP_TRY(proxy, proxy_from("proxy", address));
  }
  for (const AddressNetwork network : kProxied) {
    if (only && network != *only) continue;
    if (proxy) {
      routes.proxies.insert_or_assign(network, *proxy);
    } else {
      routes.proxies.erase(network);
    }
  }
  if (!only) routes.name_proxy = proxy;
  return Unit{};
}

Result<Unit, Fault> choose_onion(const Options& options, RouteOptions& routes) {
  const auto said = options.find_string("onion");
  if (is_switched_off(options, "onion")) {
    routes.proxies.erase(AddressNetwork::Onion);
    if (routes.chosen.contains(AddressNetwork::Onion)) {
      return refuse("-onlynet=onion and -onion=0 leave no way to anybody. Remove one of the two.");
    }
    return Unit{};
  }
  if (said && !said->empty()) {
    KP_TRY(const net::Endpoint proxy, proxy_from("onion", *said));
    routes.proxies.insert_or_assign(AddressNetwork::Onion, proxy);
  }
  if (routes.proxies.contains(AddressNetwork::Onion)) return Unit{};
  if (options.get_bool("listenonion")) {
    routes.onion = RouteOptions::OnionProxy::MayBeFound;
  } else if (routes.chosen.contains(AddressNetwork::Onion)) {
    return refuse("-onlynet=onion needs a way to Tor: set -proxy, -onion or -listenonion.");
  }
  return Unit{};
}

bool has_i2p(const Options& options) {
  return !options.get_string("i2psam").empty() && !is_switched_off(options, "i2psam");
}

}  // namespace

Result<net::Endpoint, Fault> endpoint_from(const std::string& option, const std::string& text, std::uint16_t port) {
  const auto parsed = net::Endpoint::parse(text, port);
  if (parsed) return *parsed;
  return refuse("-" + option + "='" + text + "' is no address. Write 1.2.3.4, 1.2.3.4:" + std::to_string(port) +
                " or [::1]:" + std::to_string(port) + ".");
}

bool is_switched_off(const Options& options, std::string_view name) {
  const auto values = options.get_list(name);
  return options.is_set(name) && (values.empty() || values == std::vector<std::string>{"0"});
}

Result<RouteOptions, Fault> routes_from(const Options& options) {
  RouteOptions routes;
  using Fc00 = NetworkAddress::Fc00;
  if (options.get_bool("cjdnsreachable")) routes.fc00 = Fc00::Cjdns;
  for (const std::string& name : options.get_list("onlynet")) {
    const auto network = network_from(name);
    if (!network) return refuse("Unknown network specified in -onlynet: '" + name + "'.");
    routes.chosen.insert(*network);
  }
  for (const std::string& text : options.get_list("proxy")) KP_TRY_VOID(choose_proxy(text, routes));
  KP_TRY_VOID(choose_onion(options, routes));
  routes.has_i2p = has_i2p(options);
  if (routes.chosen.contains(AddressNetwork::I2p) && !routes.has_i2p) {
    return refuse("-onlynet=i2p needs a way to I2P: set -i2psam.");
  }
  if (routes.chosen.contains(AddressNetwork::Cjdns) && routes.fc00 == Fc00::Ipv6) {
    return refuse("-onlynet=cjdns needs -cjdnsreachable.");
  }
  if (!options.get_bool("proxyrandomize")) routes.isolation = RouteOptions::Isolation::Off;
  if (!options.get_bool("dns")) routes.names = net::Names::Refuse;
  routes.timeout_ms = std::max<std::int64_t>(1, options.get_int("timeout"));
  return routes;
}

Result<reach::ReachOptions, Fault> reach_options_from(const Options& options, const params::NetworkParams& network,
                                                      const RouteOptions& routes, std::uint16_t port) {
  reach::ReachOptions reach;
  reach.directory = options.network_directory().string();
  const std::string control = options.get_string("torcontrol");
  if (options.get_bool("listenonion") && !control.empty() && control != "0") {
    reach::ReachOptions::Tor tor;
    KP_TRY(tor.control, endpoint_from("torcontrol", control, kTorControlPort));
    if (options.is_set("torcontrol")) tor.is = reach::ReachOptions::Tor::Control::Chosen;
    tor.wish.password = options.get_string("torpassword");
    tor.wish.service_port = network.p2p_port;
    const bool wants_proxy = routes.onion == RouteOptions::OnionProxy::MayBeFound;
    tor.wish.proxy = wants_proxy ? reach::TorTalk::Wish::Proxy::Wanted : reach::TorTalk::Wish::Proxy::Known;
    reach.tor = std::move(tor);
  }
  if (has_i2p(options)) {
    reach::I2pTalk::Wish wish;
    KP_TRY(wish.bridge, endpoint_from("i2psam", options.get_string("i2psam"), kSamPort));
    using Name = reach::I2pTalk::Name;
    wish.name = options.get_bool("i2pacceptincoming") ? Name::Kept : Name::Transient;
    reach.i2p = std::move(wish);
  }
  // A test network asks the router for nothing unless it is told to.
  const bool maps = options.get_bool("natpmp") && options.get_bool("listen");
  if (maps && (!network.is_mockable() || options.is_set("natpmp"))) {
    reach.mapped_port = port;
  }
  return reach;
}

Result<gossip::SeedPlan::Options, Fault> seeds_from(const Options& options, const params::NetworkParams& network,
                                                    const RouteOptions& routes) {
  using gossip::SeedPlan;
  SeedPlan::Options seeds;
  seeds.seed_nodes = options.get_list("seednode");
  for (const std::string& seed : seeds.seed_nodes) {
    KP_TRY_VOID(endpoint_from("seednode", seed, network.p2p_port));
  }
  seeds.dns_seeds = network.dns_seeds;
  if (network.network == params::Network::Signet && options.is_set("signetseednode")) {
    seeds.dns_seeds = options.get_list("signetseednode");
  }
  const bool is_forced = options.get_bool("forcednsseed");
  const bool is_wanted = options.get_bool("dnsseed");
  if (is_forced && !is_wanted) return refuse("Cannot set -forcednsseed to true when setting -dnsseed to false.");
  const bool has_way = routes.names == net::Names::LookUp || routes.name_proxy;
  // The seeds of a test network are none, and of a closed one they know nobody: asked only by who insists.
  const bool is_known_there = !network.is_mockable() && options.get_path("networkkey").empty();
  const bool has_seeds = is_known_there || is_forced || options.is_set("dnsseed");
  seeds.dns = !is_wanted || !has_way || !has_seeds ? SeedPlan::Dns::Off
              : is_forced                          ? SeedPlan::Dns::Always
                                                   : SeedPlan::Dns::WhenNeeded;
  if (routes.name_proxy) seeds.names = SeedPlan::Names::Connect;
  return seeds;
}

Result<std::vector<wire::Endpoint>, Fault> external_addresses_from(const Options& options, std::uint16_t port,
                                                                   const RouteOptions& routes) {
  std::vector<wire::Endpoint> addresses;
  for (const std::string& text : options.get_list("externalip")) {
    const auto at = net::Endpoint::parse(text, port);
    const auto address = at ? NetworkAddress::from_string(at->host, routes.fc00) : std::nullopt;
    if (!address) {
      return refuse("Cannot resolve -externalip address: '" + text + "'. Write an IP, .onion or .b32.i2p address.");
    }
    addresses.push_back({*address, at->port});
  }
  return addresses;
}

}  // namespace kepeng::peer_config
