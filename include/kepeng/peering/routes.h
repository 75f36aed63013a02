// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Routes: which way leads to an address: straight, through a proxy, through an I2P router, or none.
//
// Nothing goes around a proxy that is meant for it, and a name that only a proxy may know is never looked up here: what
// ends in .onion or .i2p never, and with a proxy for names no name at all. With isolation each connection shows the
// proxy other credentials, so that Tor gives it a circuit of its own. Where nobody may learn who calls, a way is
// hidden: through Tor by a circuit of its own, or through I2P under a name that is used once. Peer thread; no sockets.
#pragma once

#include <map>
#include <set>
#include <string>

#include <kepeng/base/random.h>
#include <kepeng/base/result.h>
#include <kepeng/net/connections.h>
#include <kepeng/wire/network_address.h>

namespace kepeng::peering {

struct RouteOptions {
  std::map<wire::AddressNetwork, net::Endpoint> proxies{};
  std::optional<net::Endpoint> name_proxy{};
  enum class Isolation : std::uint8_t { Off, On } isolation = Isolation::On;
  net::Names names = net::Names::LookUp;
  wire::NetworkAddress::Fc00 fc00 = wire::NetworkAddress::Fc00::Ipv6;  // Cjdns: we are in that network
  // Those that connections are opened to unasked: empty for all that can be reached.
  std::set<wire::AddressNetwork> chosen{};
  enum class OnionProxy : std::uint8_t { AsGiven, MayBeFound } onion = OnionProxy::AsGiven;
  bool has_i2p = false;  // a router is known; a session with it may come and go
  std::int64_t timeout_ms = 5'000;
};

class Routes {
 public:
  Routes(RouteOptions options, Prng& random) : options_{std::move(options)}, random_{random} {}

  // Or a sentence that says why there is none.
  Result<net::ConnectChoices, std::string> to(const net::Endpoint& target);
  // The same, by a hidden way.
  Result<net::ConnectChoices, std::string> hidden_to(const net::Endpoint& target);
  // Networks with a hidden way. Others than Tor's own only once an onion service was reached: before that nobody has
  // shown that the proxy is Tor's.
  std::set<wire::AddressNetwork> hidden() const;
  void note_onion_reached() { has_reached_onion_ = true; }
  // A name in I2P that was used for nothing yet.
  void set_fresh_i2p(std::optional<net::SamSession> session) { fresh_i2p_ = std::move(session); }
  // Tor's own proxy: good where none was given. True if that changes anything.
  bool set_onion_proxy(const net::Endpoint& proxy);
  void set_i2p(std::optional<net::SamSession> session) { i2p_ = std::move(session); }

  // Networks to which connections are opened unasked.
  std::set<wire::AddressNetwork> reachable() const;
  // Of these, the ones to which a way is open now: a session with an I2P router may be missing.
  std::set<wire::AddressNetwork> open() const;
  bool is_chosen(wire::AddressNetwork network) const;
  // "127.0.0.1:9050", or empty.
  std::string proxy_of(wire::AddressNetwork network) const;
  RouteOptions::Isolation isolation() const { return options_.isolation; }
  bool asks_proxy_for_names() const { return options_.name_proxy.has_value(); }
  bool looks_names_up() const { return options_.names == net::Names::LookUp && !options_.name_proxy; }
  wire::NetworkAddress::Fc00 fc00() const { return options_.fc00; }

 private:
  net::ConnectChoices direct() const;
  net::ConnectChoices through(const net::Endpoint& proxy, RouteOptions::Isolation isolation);

  RouteOptions options_;
  Prng& random_;
  std::optional<net::SamSession> i2p_;
  std::optional<net::SamSession> fresh_i2p_;
  bool has_reached_onion_ = false;
};

}  // namespace kepeng::peering
