// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Whole nodes without RPC, in one process, over the loopback interface.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include <kepeng/peering/peer_network.h>

#include "support/chain_builder.h"

namespace kepeng::peering {
namespace {

using namespace std::chrono_literals;
using test::ChainBuilder;

class PeeredNode {
 public:
  PeeredNode(const params::NetworkParams& network, PeerOptions options) : network_{network} {
    std::string name = std::filesystem::temp_directory_path() / "kepeng-test-XXXXXX";
    directory_ = mkdtemp(name.data());
    validation::EngineOptions chosen;
    chosen.data_directory = directory_ + "/data";
    chosen.blocks_directory = directory_ + "/data/blocks";
    chosen.script_threads = 2;
    chosen.max_tip_age_seconds = INT32_MAX;
    std::filesystem::create_directories(chosen.data_directory);
    engine = validation::Engine::open({*env_, log_, clock_, network_}, chosen).value();
    options.listen = {{{"127.0.0.1", 0}}};
    options.user_agent = "/test/";
    peers = PeerNetwork::start({*engine, log_, clock_, network_, *env_}, std::move(options)).value();
  }
  ~PeeredNode() {
    peers->stop();
    EXPECT_TRUE(engine->close().ok());
    peers.reset();
    engine.reset();
    std::filesystem::remove_all(directory_);
  }
  net::Endpoint address() const { return peers->listening().front(); }
  void give(const ChainBuilder& chain, Height first, Height last) {
    for (Height at = first; at <= last; ++at) {
      ASSERT_FALSE(engine->submit(chain.blocks()[static_cast<std::size_t>(at)])->rejection);
    }
  }
  bool wait_for_height(Height height) const {
    for (int i = 0; i < 6'000 && engine->view()->height() != height; ++i) std::this_thread::sleep_for(5ms);
    return engine->view()->height() == height;
  }

  std::unique_ptr<validation::Engine> engine;
  std::unique_ptr<PeerNetwork> peers;

 private:
  const params::NetworkParams& network_;
  std::unique_ptr<Env> env_ = posix_env();
  Logger log_;
  Clock clock_;
  std::string directory_;
};

class Peering : public testing::TestWithParam<bool> {
 protected:
  Peering() : network_{params::make_network({.network = params::Network::Regtest}).value()}, chain_{network_} {}
  PeerOptions options() const {
    PeerOptions options;
    options.speaks_v2 = GetParam();
    return options;
  }
  params::NetworkParams network_;
  ChainBuilder chain_;
};

TEST_P(Peering, BlocksGoAroundAndNewOnesFollow) {
  chain_.extend_by(120);
  PeeredNode a{network_, options()};
  PeeredNode b{network_, options()};
  PeeredNode c{network_, options()};
  a.give(chain_, 1, 100);
  EXPECT_TRUE(b.peers->add_node(a.address()));
  EXPECT_FALSE(b.peers->add_node(a.address()));
  c.peers->connect_once(b.address());
  ASSERT_TRUE(c.wait_for_height(100));
  for (Height at = 101; at <= 120; ++at) {
    (at % 2 == 0 ? a : c).give(chain_, at, at);
    ASSERT_TRUE(a.wait_for_height(at));
    ASSERT_TRUE(b.wait_for_height(at));
    ASSERT_TRUE(c.wait_for_height(at));
  }
  const auto seen = b.peers->peers();
  ASSERT_EQ(seen.size(), 2u);
  for (const PeerReport& report : seen) {
    EXPECT_EQ(report.transport, GetParam() ? "v2" : "v1");
    EXPECT_EQ(report.session_id.size(), GetParam() ? 64u : 0u);
    EXPECT_EQ(report.facts.portrait->user_agent, "/test/");
    EXPECT_GT(report.bytes_received, 0u);
    EXPECT_TRUE(report.received_by_message.contains("version"));
  }
  const auto totals = b.peers->totals();
  EXPECT_EQ(totals.inbound, 1u);
  EXPECT_EQ(totals.outbound, 1u);
}

TEST_P(Peering, WhoIsSentAwayIsGoneAndWhoIsAddedComesBack) {
  PeeredNode a{network_, options()};
  PeeredNode b{network_, options()};
  b.peers->connect_once(a.address());
  const auto count = [](const PeeredNode& node) {
    return node.peers->totals().inbound + node.peers->totals().outbound;
  };
  const auto wait_for = [&](const PeeredNode& node, std::size_t expected) {
    for (int i = 0; i < 2'000 && count(node) != expected; ++i) std::this_thread::sleep_for(5ms);
    return count(node) == expected;
  };
  ASSERT_TRUE(wait_for(a, 1));
  EXPECT_FALSE(b.peers->disconnect(gossip::PeerId{999}));
  EXPECT_TRUE(b.peers->disconnect(a.address()));
  ASSERT_TRUE(wait_for(a, 0));
  ASSERT_TRUE(wait_for(b, 0));
  b.peers->set_active(false);
  b.peers->add_node(a.address());
  b.peers->connect_once(a.address());
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(count(b), 0u);
  b.peers->set_active(true);
  ASSERT_TRUE(wait_for(b, 1));
  EXPECT_EQ(b.peers->added_nodes().size(), 1u);
  b.peers->stop();  // afterwards nobody is there, and nobody waits
  EXPECT_TRUE(b.peers->peers().empty());
  EXPECT_FALSE(b.peers->remove_node(a.address()));
}

INSTANTIATE_TEST_SUITE_P(Transports, Peering, testing::Values(true, false),
                         [](const auto& one) { return one.param ? "V2" : "V1"; });

}  // namespace
}  // namespace kepeng::peering
