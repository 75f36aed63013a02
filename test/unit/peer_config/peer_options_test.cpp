// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_config/peer_options.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace kepeng::peer_config {
namespace {

Result<peering::PeerOptions, Fault> try_peers(std::vector<std::string> arguments) {
  const std::string directory = testing::TempDir() + "/peer-options";
  std::filesystem::create_directories(directory);
  arguments.insert(arguments.end(), {"-regtest", "-conf=/dev/null", "-datadir=" + directory});
  const auto options = config::Options::load(config::Program::Node, arguments, {directory, 0});
  EXPECT_TRUE(options) << (options ? "" : options.error().message);
  const auto network = params::make_network({.network = params::Network::Regtest}).value();
  const auto env = posix_env();
  Logger log;
  return peer_options_from(*options, {network, *env, log});
}

peering::PeerOptions peers(std::vector<std::string> arguments) {
  auto made = try_peers(std::move(arguments));
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

TEST(PeerOptions, B184_WhatIsNoAsmapIsRefused) {
  const std::string path = testing::TempDir() + "/asmap.dat";
  const auto problem = [&] {
    const auto made = try_peers({"-asmap=" + path});
    return made ? "" : made.error().message;
  };
  std::filesystem::remove(path);
  EXPECT_NE(problem().find("Name a file; there is no built-in map."), std::string::npos) << problem();
  for (const std::string_view text : {"", "corrupted", "{}"}) {
    std::ofstream{path} << text;
    EXPECT_NE(problem().find("asmap.dat is no map: "), std::string::npos) << problem();
  }
  // A gigabyte is not read.
  std::filesystem::resize_file(path, std::uintmax_t{1} << 30);
  EXPECT_NE(problem().find("-asmap: "), std::string::npos) << problem();
  EXPECT_EQ(problem().find("is no map"), std::string::npos) << problem();
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace kepeng::peer_config
