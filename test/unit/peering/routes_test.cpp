// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/peering/routes.h>

namespace kepeng::peering {
namespace {

using wire::AddressNetwork;

const std::string kOnion = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";
const std::string kI2p = "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p";
const net::Endpoint kTor{"127.0.0.1", 9050};
const net::Endpoint kOther{"127.0.0.1", 9060};
const net::SamSession kSession{{"127.0.0.1", 7656}, "id", kI2p};

class RoutesTest : public testing::Test {
 protected:
  Routes routes(RouteOptions options = {}) { return Routes{std::move(options), random_}; }
  static std::string problem(Routes& routes, const net::Endpoint& target) {
    const auto way = routes.to(target);
    EXPECT_FALSE(way);
    return way ? std::string{} : way.error();
  }
  Prng random_{1};
};

TEST_F(RoutesTest, Straight) {
  Routes plain = routes();
  for (const char* host : {"93.184.216.34", "2001:470::1", "127.0.0.1"}) {
    const auto way = plain.to({host, 8333});
    ASSERT_TRUE(way) << host;
    EXPECT_FALSE(way->proxy || way->i2p);
    EXPECT_EQ(way->names, net::Names::Refuse);
  }
  EXPECT_EQ(plain.to({"node.example", 8333})->names, net::Names::LookUp);
  Routes mute = routes({.names = net::Names::Refuse});
  EXPECT_EQ(problem(mute, {"node.example", 8333}), "The name node.example may not be looked up (-dns=0).");
}

TEST_F(RoutesTest, NothingGoesAroundAProxy) {
  Routes all =
      routes({.proxies = {{AddressNetwork::Ipv4, kTor}, {AddressNetwork::Ipv6, kTor}, {AddressNetwork::Onion, kOther}},
              .name_proxy = kTor});
  EXPECT_EQ(all.to({"93.184.216.34", 8333})->proxy->at, kTor);
  EXPECT_EQ(all.to({"2001:470::1", 8333})->proxy->at, kTor);
  EXPECT_EQ(all.to({"node.example", 8333})->proxy->at, kTor);
  EXPECT_EQ(all.to({kOnion, 8333})->proxy->at, kOther);
  EXPECT_FALSE(all.to({"192.168.1.2", 8333})->proxy);
  EXPECT_EQ(all.proxy_of(AddressNetwork::Onion), "127.0.0.1:9060");
  EXPECT_EQ(all.proxy_of(AddressNetwork::I2p), "");
}

TEST_F(RoutesTest, OnionAndI2pNamesAreNeverLookedUp) {
  Routes plain = routes();
  EXPECT_EQ(problem(plain, {kOnion, 8333}), "Without -onion or -proxy no onion service can be reached.");
  EXPECT_EQ(problem(plain, {"abc.onion", 8333}), "abc.onion is no address of an onion service (version 3).");
  EXPECT_EQ(problem(plain, {"abc.i2p", 8333}), "abc.i2p is no address in I2P (52 characters and .b32.i2p).");
  EXPECT_EQ(problem(plain, {kI2p, 0}), "Without -i2psam nobody in I2P can be reached.");
  Routes proxied = routes({.name_proxy = kTor});
  EXPECT_NE(problem(proxied, {"abc.onion", 8333}), "");
}

TEST_F(RoutesTest, EachConnectionIsAnotherToTheProxy) {
  RouteOptions options{.proxies = {{AddressNetwork::Ipv4, kTor}}};
  Routes isolated = routes(options);
  const auto one = isolated.to({"93.184.216.34", 8333})->proxy->credentials;
  const auto two = isolated.to({"93.184.216.34", 8333})->proxy->credentials;
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->user, two->user);
  EXPECT_EQ(one->user.size(), 32u);
  options.isolation = RouteOptions::Isolation::Off;
  Routes together = routes(options);
  EXPECT_FALSE(together.to({"93.184.216.34", 8333})->proxy->credentials);
}

TEST_F(RoutesTest, I2pComesAndGoes) {
  Routes with = routes({.has_i2p = true});
  EXPECT_TRUE(with.reachable().contains(AddressNetwork::I2p));
  EXPECT_EQ(problem(with, {kI2p, 0}), "The I2P router has not let us in yet.");
  EXPECT_FALSE(with.open().contains(AddressNetwork::I2p));
  with.set_i2p(kSession);
  EXPECT_TRUE(with.open().contains(AddressNetwork::I2p));
  EXPECT_EQ(with.to({kI2p, 0})->i2p, kSession);
  EXPECT_NE(problem(with, {kI2p, 8333}), "");
  with.set_i2p(std::nullopt);
  EXPECT_NE(problem(with, {kI2p, 0}), "");
}

TEST_F(RoutesTest, WhatIsReachable) {
  using Networks = std::set<AddressNetwork>;
  EXPECT_EQ(routes().reachable(), (Networks{AddressNetwork::Ipv4, AddressNetwork::Ipv6}));
  Routes found = routes({.onion = RouteOptions::OnionProxy::MayBeFound});
  EXPECT_TRUE(found.set_onion_proxy(kTor));
  EXPECT_FALSE(found.set_onion_proxy(kTor));
  EXPECT_TRUE(found.reachable().contains(AddressNetwork::Onion));
  EXPECT_EQ(found.to({kOnion, 1})->proxy->at, kTor);
  Routes given = routes({.proxies = {{AddressNetwork::Onion, kOther}}});
  EXPECT_FALSE(given.set_onion_proxy(kTor));
  EXPECT_EQ(given.to({kOnion, 1})->proxy->at, kOther);
  Routes only = routes({.proxies = {{AddressNetwork::Onion, kTor}}, .chosen = {AddressNetwork::Onion}});
  EXPECT_EQ(only.reachable(), Networks{AddressNetwork::Onion});
  EXPECT_TRUE(only.to({"93.184.216.34", 8333}));  // by hand one may go anywhere
  Routes mesh = routes({.fc00 = wire::NetworkAddress::Fc00::Cjdns});
  EXPECT_TRUE(mesh.reachable().contains(AddressNetwork::Cjdns));
}

TEST_F(RoutesTest, P29_HiddenWays) {
  Routes none = routes({.proxies = {{AddressNetwork::Ipv4, kOther}}});
  EXPECT_TRUE(none.hidden().empty()) << "a proxy for clearnet hides nobody";
  EXPECT_FALSE(none.hidden_to({"93.184.216.34", 8333}));

  Routes tor = routes({.proxies = {{AddressNetwork::Ipv4, kOther}, {AddressNetwork::Onion, kTor}},
                       .isolation = RouteOptions::Isolation::Off});
  EXPECT_EQ(tor.hidden(), std::set{AddressNetwork::Onion});
  EXPECT_FALSE(tor.hidden_to({"93.184.216.34", 8333})) << "nobody has shown yet that it is Tor";
  tor.note_onion_reached();
  EXPECT_EQ(tor.hidden(), (std::set{AddressNetwork::Ipv4, AddressNetwork::Ipv6, AddressNetwork::Onion}));
  std::set<std::string> users;
  for (const std::string& host : {kOnion, kOnion, std::string{"93.184.216.34"}}) {
    const auto way = tor.hidden_to({host, 8333});
    ASSERT_TRUE(way);
    EXPECT_EQ(way->proxy->at, kTor);
    users.insert(way->proxy->credentials->user);
  }
  EXPECT_EQ(users.size(), 3u) << "a circuit for each, whatever is chosen for others";
  EXPECT_FALSE(tor.hidden_to({"node.example", 8333}));
}

TEST_F(RoutesTest, P29_AFreshNameInI2pIsUsedOnce) {
  Routes i2p = routes({.has_i2p = true});
  i2p.set_i2p(kSession);
  EXPECT_TRUE(i2p.hidden().empty()) << "our lasting name tells who we are";
  const net::SamSession fresh{{"127.0.0.1", 7656}, "fresh", kI2p};
  i2p.set_fresh_i2p(fresh);
  EXPECT_EQ(i2p.hidden(), std::set{AddressNetwork::I2p});
  EXPECT_EQ(i2p.hidden_to({kI2p, 0})->i2p, fresh);
  EXPECT_FALSE(i2p.hidden_to({kI2p, 0}));
  EXPECT_EQ(i2p.to({kI2p, 0})->i2p, kSession);
}

TEST_F(RoutesTest, P29_NoHiddenWayIntoANetworkThatIsNotChosen) {
  Routes some = routes({.proxies = {{AddressNetwork::Onion, kTor}}, .chosen = {AddressNetwork::Ipv6}});
  some.note_onion_reached();
  EXPECT_EQ(some.hidden(), std::set{AddressNetwork::Ipv6});
}

}  // namespace
}  // namespace kepeng::peering
