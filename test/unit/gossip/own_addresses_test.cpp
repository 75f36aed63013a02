// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/gossip/own_addresses.h>

namespace kepeng::gossip {
namespace {

using wire::AddressNetwork;

wire::Endpoint at(std::string_view text) {
  return *wire::parse_endpoint(text, 8333);
}

const std::string kOnion = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";

TEST(OwnAddresses, TheSurestOfEachNetwork) {
  OwnAddresses own;
  EXPECT_TRUE(own.add(at("93.184.216.34"), OwnSource::Interface));
  EXPECT_TRUE(own.add(at("93.184.216.35"), OwnSource::Mapped));
  EXPECT_TRUE(own.add(at(kOnion), OwnSource::Manual));
  EXPECT_FALSE(own.add(at("93.184.216.35"), OwnSource::Interface));
  EXPECT_EQ(own.best(), (std::vector{at("93.184.216.35"), at(kOnion)}));
  EXPECT_TRUE(own.add(at("93.184.216.34"), OwnSource::Manual));
  EXPECT_EQ(own.best(), (std::vector{at("93.184.216.34"), at(kOnion)}));
  EXPECT_EQ(own.all().size(), 3u);
  EXPECT_TRUE(own.remove(at("93.184.216.34")));
  EXPECT_FALSE(own.remove(at("93.184.216.34")));
  EXPECT_EQ(own.best(), (std::vector{at("93.184.216.35"), at(kOnion)}));
}

TEST(OwnAddresses, OnlyWhatOthersCouldReachAndBounded) {
  OwnAddresses own;
  for (const char* text : {"127.0.0.1", "192.168.1.1", "::1", "fe80::1", "0.0.0.0"}) {
    EXPECT_FALSE(own.add(at(text), OwnSource::Manual)) << text;
  }
  for (int i = 0; i < 100; ++i) own.add(at("93.184.216." + std::to_string(i)), OwnSource::Interface);
  EXPECT_EQ(own.all().size(), OwnAddresses::kMax);
}

TEST(OwnAddresses, NamesInTorAndI2pStayThere) {
  const auto onion = at(kOnion).address;
  const auto four = at("93.184.216.34").address;
  EXPECT_TRUE(may_be_told(onion, AddressNetwork::Onion));
  EXPECT_FALSE(may_be_told(onion, AddressNetwork::Ipv4));
  EXPECT_FALSE(may_be_told(onion, AddressNetwork::I2p));
  EXPECT_FALSE(may_be_told(four, AddressNetwork::Onion));
  EXPECT_FALSE(may_be_told(four, AddressNetwork::I2p));
  EXPECT_TRUE(may_be_told(four, AddressNetwork::Ipv6));
  EXPECT_TRUE(may_be_told(four, AddressNetwork::Cjdns));
}

}  // namespace
}  // namespace kepeng::gossip
