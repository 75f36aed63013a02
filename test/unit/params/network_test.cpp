// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/params/network.h>
#include <kepeng/primitives/block_filter.h>

namespace kepeng::params {
namespace {

NetworkParams network(Network which) {
  return make_network({.network = which}).value();
}

TEST(Network, GenesisBlocksHaveTheKnownHashes) {
  EXPECT_EQ(network(Network::Main).genesis->hash().to_string(),
            "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
  EXPECT_EQ(network(Network::Testnet3).genesis->hash().to_string(),
            "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943");
  EXPECT_EQ(network(Network::Testnet4).genesis->hash().to_string(),
            "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043");
  EXPECT_EQ(network(Network::Signet).genesis->hash().to_string(),
            "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6");
  EXPECT_EQ(network(Network::Regtest).genesis->hash().to_string(),
            "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206");
}

// Filter and header as the shared testnet4 vectors give them (vectors/filters).
TEST(Network, TheFilterOfTheTestnet4GenesisBlockIsTheKnownOne) {
  const NetworkParams testnet4 = network(Network::Testnet4);
  const BlockFilter filter = BlockFilter::basic(*testnet4.genesis, {});
  EXPECT_EQ(to_hex(filter.encoded()), "01976d88");
  EXPECT_EQ(filter.header({}).to_string(), "0bf21f76e722983499fdf053df229813d79bad9e0dfd316ed3e89de2c4b7b2f1");
}

TEST(Network, GenesisMeetsItsOwnTarget) {
  for (const Network which : {Network::Main, Network::Testnet3, Network::Testnet4, Network::Signet, Network::Regtest}) {
    const NetworkParams p = network(which);
    EXPECT_TRUE(meets_target(p.genesis->hash(), p.genesis->header().target, p.pow_limit)) << name_of(which);
  }
}

TEST(Network, C121_SignetMagicComesFromTheChallenge) {
  EXPECT_EQ(network(Network::Signet).magic, (std::array<std::uint8_t, 4>{0x0a, 0x03, 0xcf, 0x40}));
  const auto custom = make_network({.network = Network::Signet, .signet_challenge = Bytes{0x51}}).value();
  EXPECT_NE(custom.magic, network(Network::Signet).magic);
  EXPECT_EQ(custom.minimum_chain_work, Work{});
}

TEST(Network, NamesRoundTrip) {
  for (const char* name : {"main", "test", "testnet4", "signet", "regtest"}) {
    EXPECT_EQ(name_of(*network_from_name(name)), name);
  }
  EXPECT_FALSE(network_from_name("testnet"));
}

TEST(Network, RegtestTakesActivationHeightsAndVersionBits) {
  const auto chosen = make_network({.network = Network::Regtest,
                                    .activation_heights = {"segwit@432", "dersig@7"},
                                    .version_bits = {"testdummy:10:20:300"}})
                          .value();
  EXPECT_FALSE(chosen.is_active(Buried::Segwit, 431));
  EXPECT_TRUE(chosen.is_active(Buried::Segwit, 432));
  EXPECT_EQ(chosen.buried_height(Buried::Bip66), 7);
  EXPECT_EQ(chosen.deployments[0].start_time, 10);
  EXPECT_EQ(chosen.deployments[0].min_activation_height, 300);
}

TEST(Network, RegtestRefusesMalformedChoices) {
  for (const char* bad : {"segwit", "segwit@", "segwit@-1", "segwit@x", "taproot@5", "@5"}) {
    EXPECT_FALSE(make_network({.network = Network::Regtest, .activation_heights = {bad}})) << bad;
  }
  for (const char* bad : {"testdummy", "testdummy:1", "other:1:2", "testdummy:a:2", "testdummy:1:2:3:4"}) {
    EXPECT_FALSE(make_network({.network = Network::Regtest, .version_bits = {bad}})) << bad;
  }
}

}  // namespace
}  // namespace kepeng::params
