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

TEST(PeerOptions, UserAgentComments) {
  const std::string agent = peers({}).user_agent;
  const std::string base = agent.substr(0, agent.size() - 1);
  EXPECT_EQ(peers({"-uacomment=a b", "-uacomment=.,;-_?@"}).user_agent.substr(base.size()), "(a b; .,;-_?@)/");
  const auto problem = [](const std::string& comment) {
    const auto made = try_peers({"-uacomment=" + comment});
    return made ? "" : made.error().message;
  };
  for (const std::string comment : {"a/b", "a:b", "(a", "a)", "<b>", "\x80"}) {
    EXPECT_EQ(problem(comment), "User Agent comment (" + comment + ") contains unsafe characters.");
  }
  const std::size_t room = 256 - base.size() - 3;  // the parentheses and the slash
  EXPECT_EQ(problem(std::string(room, 'a')), "");
  EXPECT_EQ(problem(std::string(room + 1, 'a')),
            "Total length of network version string (257) exceeds maximum length (256). Reduce the number or size of "
            "uacomments.");
}

// "all 1.2.3.4:5" and so on, in order.
std::vector<std::string> listening(const std::vector<std::string>& arguments) {
  using For = peering::ListenAt::For;
  std::vector<std::string> all;
  for (const auto& one : peers(arguments).listen) {
    const auto* kind = one.is_for == For::Everybody ? "all " : one.is_for == For::Permitted ? "permitted " : "onion ";
    all.push_back(kind + one.at.to_string());
  }
  return all;
}
using Texts = std::vector<std::string>;

TEST(PeerOptions, WhereToListen) {
  EXPECT_EQ(listening({}), (Texts{"all [::]:18444", "all 0.0.0.0:18444", "onion 127.0.0.1:18445"}));
  EXPECT_EQ(listening({"-port=9"}), (Texts{"all [::]:9", "all 0.0.0.0:9", "onion 127.0.0.1:10"}));
  EXPECT_EQ(listening({"-bind=1.2.3.4:5"}), Texts{"all 1.2.3.4:5"});
  EXPECT_EQ(listening({"-bind=127.0.0.1=onion"}), Texts{"onion 127.0.0.1:18445"});
  EXPECT_EQ(listening({"-port=65535"}).size(), 2u);
  // Who brings up an onion service by hand needs the place where its callers are told from others.
  EXPECT_EQ(listening({"-listenonion=0"}).size(), 3u);
}

TEST(PeerOptions, WhoChoosesHisPeersListensWhereHeSays) {
  for (const std::string connect : {"-connect=1.2.3.4", "-connect=0", "-noconnect"}) {
    EXPECT_TRUE(listening({connect}).empty());
    EXPECT_EQ(listening({connect, "-bind=1.2.3.4:5"}), Texts{"all 1.2.3.4:5"});
    EXPECT_EQ(listening({connect, "-whitebind=1.2.3.4:5"}).front(), "permitted 1.2.3.4:5");
    EXPECT_EQ(listening({connect, "-listen"}).size(), 3u);
  }
}

TEST(PeerOptions, WhitebindsAreNobodyElsesAddresses) {
  EXPECT_EQ(listening({"-whitebind=1.2.3.4:5"}), (Texts{"permitted 1.2.3.4:5", "onion 127.0.0.1:18445"}));
  EXPECT_EQ(listening({"-whitebind=1.2.3.4:5", "-bind=1.2.3.4:6"}), (Texts{"all 1.2.3.4:6", "permitted 1.2.3.4:5"}));
  const auto usual = peers({"-whitebind=relay@1.2.3.4:5", "-whitebind=noban@1.2.3.4:6"}).listen;
  ASSERT_EQ(usual.size(), 3u);
  EXPECT_TRUE(usual[0].is_public() != usual[1].is_public());
}

TEST(PeerOptions, ThePortThatOthersAreToldIsTheOneWeListenAt) {
  const auto port = [](const Texts& arguments) {
    Texts all{"-externalip=93.184.216.34", "-natpmp=1"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto made = peers(all);
    EXPECT_EQ(made.external.at(0).port, made.port);
    EXPECT_EQ(made.reach.mapped_port.value_or(0), made.port);
    return made.port;
  };
  EXPECT_EQ(port({}), 18444);
  EXPECT_EQ(port({"-port=9"}), 9);
  EXPECT_EQ(port({"-bind=127.0.0.1:5", "-port=9"}), 5);
  EXPECT_EQ(port({"-bind=127.0.0.1", "-port=9"}), 9);
  EXPECT_EQ(port({"-bind=127.0.0.1:5=onion", "-port=9"}), 9);
  EXPECT_EQ(port({"-whitebind=relay@127.0.0.1:6", "-port=9"}), 6);
  EXPECT_EQ(port({"-whitebind=relay@127.0.0.1:6", "-bind=127.0.0.1:5"}), 5);
  EXPECT_EQ(port({"-whitebind=noban@127.0.0.1:6", "-port=9"}), 9);
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
