// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Peers that are asked for headers and do not answer, or answer with odd things.
#include "simulated_network.h"

namespace kepeng::gossip {
namespace {

class HeaderSyncTalk : public testing::Test {
 protected:
  HeaderSyncTalk() : network_{params::make_network({.network = params::Network::Regtest}).value()}, chain_{network_} {
    chain_.extend_by(30);
  }
  SimulatedNode& add_with_blocks() {
    SimulatedNode& node = net_.add(network_);
    for (std::size_t at = 1; at < chain_.blocks().size(); ++at) net_.submit(node, chain_.blocks()[at]);
    return node;
  }

  params::NetworkParams network_;
  test::ChainBuilder chain_;
  SimulatedNetwork net_;
};

TEST_F(HeaderSyncTalk, P09_WhoDoesNotAnswerIsLeftAfterTwoMinutesAndTheNextIsAsked) {
  SimulatedNode& silent = add_with_blocks();
  SimulatedNode& honest = add_with_blocks();
  SimulatedNode& asking = net_.add(network_);
  net_.loses = [&](const SimulatedNode& from, const wire::Message& message) {
    return &from == &silent && std::holds_alternative<wire::Headers>(message);
  };
  net_.connect(asking, silent);
  net_.run(1'000);
  net_.connect(asking, honest);
  net_.run(110'000);
  EXPECT_EQ(asking.tip()->height, 0);  // one at a time is asked for all
  EXPECT_TRUE(asking.partings.empty());
  net_.run(15'000);
  ASSERT_EQ(asking.partings.size(), 1u);
  EXPECT_EQ(asking.partings[0].reason, "it does not answer getheaders");
  EXPECT_EQ(asking.partings[0].blame, Blame::None);
  EXPECT_EQ(asking.tip()->height, 30);
}

TEST_F(HeaderSyncTalk, P09_ANewBlockOfAnotherPeerEndsTheWaiting) {
  SimulatedNode& silent = add_with_blocks();
  SimulatedNode& honest = add_with_blocks();
  SimulatedNode& asking = net_.add(network_);
  net_.loses = [&](const SimulatedNode& from, const wire::Message& message) {
    return &from == &silent && !std::holds_alternative<wire::Version>(message) &&
           !std::holds_alternative<wire::Verack>(message);
  };
  net_.connect(asking, silent);
  net_.connect(asking, honest);
  net_.run(1'000);
  EXPECT_EQ(asking.tip()->height, 0);
  chain_.extend();
  net_.submit(honest, chain_.blocks().back());
  net_.run(2'000);
  EXPECT_EQ(asking.tip()->height, 31);
}

TEST_F(HeaderSyncTalk, B010_AnUnknownBlockCountsAmongKnownOnes) {
  SimulatedNode& node = add_with_blocks();
  SimulatedNode& other = add_with_blocks();
  const PeerId id = net_.connect(other, node);
  net_.run();
  const auto asked = net_.by_name["getheaders"];
  const auto known = wire::InventoryItem::of(wire::InventoryType::Block, chain_.tip());
  const auto unknown = wire::InventoryItem::of(wire::InventoryType::Block, BlockHash{crypto::Hash32{7}});
  net_.say(other, id, wire::Inv{{unknown, known}});
  net_.run();
  EXPECT_EQ(net_.by_name["getheaders"], asked + 1);
}

}  // namespace
}  // namespace kepeng::gossip
