// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "fixed_seeds.h"

namespace kepeng::peer_config {
namespace {

class FixedSeeds : public testing::Test {
 protected:
  FixedSeeds() : directory_{testing::TempDir() + "/fixed-seeds"} {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_ + "/regtest");
  }
  void write(const std::string& text) { std::ofstream{directory_ + "/regtest/seeds.txt"} << text; }
  Result<std::vector<wire::AddressEntry>, Fault> read(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.end(), {"-regtest", "-conf=/dev/null", "-datadir=" + directory_});
    const auto options = config::Options::load(config::Program::Node, arguments, {directory_, 0});
    EXPECT_TRUE(options) << (options ? "" : options.error().message);
    const auto network = params::make_network({.network = params::Network::Regtest}).value();
    return fixed_seeds_from(*options, network, *env_, wire::NetworkAddress::Fc00::Ipv6);
  }

  std::string directory_;
  std::unique_ptr<Env> env_ = posix_env();
};

TEST_F(FixedSeeds, AreReadFromTheDirectoryOfTheNetwork) {
  EXPECT_TRUE(read().value().empty());  // no file
  write("# from a crawl\n\n 93.184.216.34:8333 # a remark\r\n[2a00::1]:7\n2a00::2\n");
  const auto seeds = read().value();
  ASSERT_EQ(seeds.size(), 3u);
  EXPECT_EQ(seeds[0].endpoint, *wire::parse_endpoint("93.184.216.34", 8333));
  EXPECT_EQ(seeds[1].endpoint, *wire::parse_endpoint("2a00::1", 7));
  EXPECT_EQ(seeds[2].endpoint, *wire::parse_endpoint("2a00::2", 18444));
  EXPECT_EQ(seeds[0].services, wire::kNodeNetwork | wire::kNodeWitness);
  EXPECT_TRUE(read({"-fixedseeds=0"}).value().empty());
}

TEST_F(FixedSeeds, WhatIsNoAddressIsNamed) {
  write("8.8.8.8\nseed.example\n");
  const auto refused = read();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, FaultKind::Config);
  EXPECT_NE(refused.error().message.find("seeds.txt, line 2: 'seed.example' is no address"), std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(read({"-fixedseeds=0"}).ok());
  std::string many;
  for (std::size_t i = 0; i <= kFixedSeedsMax; ++i) many += "8.8.8.8\n";
  write(many);
  EXPECT_FALSE(read());
}

}  // namespace
}  // namespace kepeng::peer_config
