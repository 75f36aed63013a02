// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_config/peer_options.h>

#include <gtest/gtest.h>

#include <filesystem>

namespace kepeng::peer_config {
namespace {

peering::PeerOptions peers(std::vector<std::string> arguments) {
  const std::string directory = testing::TempDir() + "/peer-options";
  std::filesystem::create_directories(directory);
  arguments.insert(arguments.end(), {"-regtest", "-conf=/dev/null", "-datadir=" + directory});
  const auto options = config::Options::load(config::Program::Node, arguments, {directory, 0});
  EXPECT_TRUE(options) << (options ? "" : options.error().message);
  const auto network = params::make_network({.network = params::Network::Regtest}).value();
  const auto env = posix_env();
  Logger log;
  auto made = peer_options_from(*options, {network, *env, log});
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return made ? std::move(*made) : peering::PeerOptions{};
}

TEST(PeerOptions, Buffers) {
  const auto usual = peers({});
  EXPECT_EQ(usual.receive_max, 5'000'000u);
  EXPECT_EQ(usual.send_max, 1'000'000u);
  EXPECT_EQ(usual.extra_transactions, 100u);
  const auto chosen = peers({"-maxreceivebuffer=7", "-maxsendbuffer=3", "-blockreconstructionextratxn=0"});
  EXPECT_EQ(chosen.receive_max, 7'000u);
  EXPECT_EQ(chosen.send_max, 3'000u);
  EXPECT_EQ(chosen.extra_transactions, 0u);
}

}  // namespace
}  // namespace kepeng::peer_config
