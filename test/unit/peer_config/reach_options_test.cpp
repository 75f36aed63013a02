// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/params/network.h>

#include "reach_options.h"

namespace kepeng::peer_config {
namespace {

using peering::RouteOptions;
using wire::AddressNetwork;
using Dns = gossip::SeedPlan::Dns;

class ReachOptionsTest : public testing::Test {
 protected:
  // Of the main network, unless the arguments name another.
  static config::Options options(std::vector<std::string> arguments) {
    arguments.emplace_back("-conf=/dev/null");
    arguments.push_back("-datadir=" + testing::TempDir());
    auto loaded = config::Options::load(config::Program::Node, arguments, {testing::TempDir(), 0});
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
    return std::move(*loaded);
  }
  static params::NetworkParams network(const config::Options& options) {
    return params::make_network({.network = options.network()}).value();
  }
  static RouteOptions routes(std::vector<std::string> arguments) {
    const auto said = options(std::move(arguments));
    auto made = routes_from(said);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made ? *made : RouteOptions{};
  }
  static reach::ReachOptions reach(std::vector<std::string> arguments) {
    const auto said = options(std::move(arguments));
    return reach_options_from(said, network(said), routes_from(said).value(), network(said).p2p_port).value();
  }
  static gossip::SeedPlan::Options seeds(std::vector<std::string> arguments) {
    const auto said = options(std::move(arguments));
    return seeds_from(said, network(said), routes_from(said).value()).value();
  }
  static net::Endpoint local(std::uint16_t port) { return {"127.0.0.1", port}; }
};

TEST_F(ReachOptionsTest, ProxiesByNetwork) {
  const auto one = routes({"-proxy=127.0.0.1"});
  for (const auto network :
       {AddressNetwork::Ipv4, AddressNetwork::Ipv6, AddressNetwork::Onion, AddressNetwork::Cjdns}) {
    EXPECT_EQ(one.proxies.at(network), local(9050));
  }
  EXPECT_EQ(one.name_proxy, local(9050));
  const auto mixed = routes({"-proxy=127.0.0.1:1", "-proxy=127.0.0.1:2=tor", "-proxy=127.0.0.1:3=ipv6"});
  EXPECT_EQ(mixed.proxies.at(AddressNetwork::Ipv4), local(1));
  EXPECT_EQ(mixed.proxies.at(AddressNetwork::Onion), local(2));
  EXPECT_EQ(mixed.proxies.at(AddressNetwork::Ipv6), local(3));
  EXPECT_EQ(mixed.name_proxy, local(1));
  EXPECT_FALSE(routes({"-proxy=127.0.0.1:2=onion"}).name_proxy);
  EXPECT_TRUE(routes({"-noproxy"}).proxies.empty());
  EXPECT_EQ(routes({"-proxy=unix:/run/tor/socks=onion"}).proxies.at(AddressNetwork::Onion).to_string(),
            "unix:/run/tor/socks");
  EXPECT_EQ(routes({"-proxy=127.0.0.1:1", "-onion=127.0.0.1:5"}).proxies.at(AddressNetwork::Onion), local(5));
  EXPECT_FALSE(routes({"-proxy=127.0.0.1:1", "-onion=0"}).proxies.contains(AddressNetwork::Onion));
}

TEST_F(ReachOptionsTest, OnionProxyMayBeFoundUnlessItIsGivenOrForbidden) {
  using OnionProxy = RouteOptions::OnionProxy;
  EXPECT_EQ(routes({}).onion, OnionProxy::MayBeFound);
  EXPECT_EQ(routes({"-onion=0"}).onion, OnionProxy::AsGiven);
  EXPECT_EQ(routes({"-onion=127.0.0.1"}).onion, OnionProxy::AsGiven);
  EXPECT_EQ(routes({"-listen=0"}).onion, OnionProxy::AsGiven);
}

TEST_F(ReachOptionsTest, TorAndI2p) {
  const auto usual = reach({});
  ASSERT_TRUE(usual.tor);
  EXPECT_EQ(usual.tor->control, local(9051));
  EXPECT_EQ(usual.tor->is, reach::ReachOptions::Tor::Control::Usual);
  EXPECT_EQ(usual.tor->wish.service_port, 8333);
  EXPECT_FALSE(usual.i2p);
  EXPECT_EQ(usual.mapped_port, 8333);
  const auto chosen = reach({"-torcontrol=127.0.0.1:7", "-torpassword=p", "-i2psam=127.0.0.1"});
  EXPECT_EQ(chosen.tor->is, reach::ReachOptions::Tor::Control::Chosen);
  EXPECT_EQ(chosen.tor->wish.password, "p");
  EXPECT_EQ(chosen.i2p->bridge, local(7656));
  EXPECT_EQ(chosen.i2p->name, reach::I2pTalk::Name::Kept);
  EXPECT_EQ(reach({"-i2psam=127.0.0.1", "-i2pacceptincoming=0"}).i2p->name, reach::I2pTalk::Name::Transient);
  EXPECT_TRUE(reach({"-listen=0"}).is_empty());
  EXPECT_FALSE(reach({"-proxy=127.0.0.1"}).mapped_port);
  EXPECT_FALSE(reach({"-regtest"}).mapped_port);
  EXPECT_EQ(reach({"-regtest", "-natpmp=1"}).mapped_port, 18444);
}

TEST_F(ReachOptionsTest, Seeds) {
  EXPECT_EQ(seeds({}).dns, Dns::WhenNeeded);
  EXPECT_GE(seeds({}).dns_seeds.size(), 5u);
  EXPECT_EQ(seeds({"-forcednsseed"}).dns, Dns::Always);
  EXPECT_EQ(seeds({"-dnsseed=0"}).dns, Dns::Off);
  EXPECT_EQ(seeds({"-dns=0"}).dns, Dns::Off);
  EXPECT_EQ(seeds({"-onlynet=onion"}).dns, Dns::Off);
  EXPECT_EQ(seeds({"-regtest"}).dns, Dns::Off);
  EXPECT_EQ(seeds({"-networkkey=key"}).dns, Dns::Off);
  EXPECT_EQ(seeds({"-networkkey=key", "-dnsseed=1"}).dns, Dns::WhenNeeded);
  EXPECT_EQ(seeds({"-dns=0", "-proxy=127.0.0.1"}).names, gossip::SeedPlan::Names::Connect);
  EXPECT_EQ(seeds({"-signet", "-signetseednode=a.example"}).dns_seeds, std::vector<std::string>{"a.example"});
}

TEST_F(ReachOptionsTest, B109_WhatDoesNotFitIsRefused) {
  for (const std::vector<std::string>& said : {std::vector<std::string>{"-proxy=127.0.0.1:1=i2p"},
                                               {"-proxy=127.0.0.1:1=x"},
                                               {"-proxy=unix:a"},
                                               {"-onion=unix:/" + std::string(107, 'a')},
                                               {"-onlynet=onion", "-onion=0"},
                                               {"-onlynet=onion", "-listen=0"},
                                               {"-onlynet=i2p"},
                                               {"-onlynet=cjdns"}}) {
    const auto made = routes_from(options(said));
    ASSERT_FALSE(made) << said.front();
    EXPECT_EQ(made.error().kind, FaultKind::Config);
  }
  const auto forced = options({"-forcednsseed", "-dnsseed=0"});
  EXPECT_FALSE(seeds_from(forced, network(forced), {}));
  EXPECT_FALSE(external_addresses_from(options({"-externalip=name.example"}), 8333, {}));
  const auto own =
      external_addresses_from(options({"-externalip=93.184.216.34", "-externalip=93.184.216.35:9"}), 8333, {});
  ASSERT_TRUE(own);
  EXPECT_EQ(own->at(0).to_string(), "93.184.216.34:8333");
  EXPECT_EQ(own->at(1).to_string(), "93.184.216.35:9");
}

}  // namespace
}  // namespace kepeng::peer_config
