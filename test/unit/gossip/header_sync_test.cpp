// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Peers that are asked for headers and do not answer, or answer with odd things.
#include <kepeng/wire/limits.h>

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

// A full answer just in time, again and again, and nothing new in it: that holds up nobody for ever.
TEST_F(HeaderSyncTalk, P09_WhoAnswersTooSlowlyIsLeftForAnother) {
  chain_.extend_by(1'970);
  SimulatedNode& node = net_.add(network_);
  wire::Headers full;
  for (std::size_t at = 1; at < chain_.blocks().size(); ++at) full.headers.push_back(chain_.blocks()[at]->header());
  ASSERT_EQ(full.headers.size(), wire::kHeadersMax);
  Now now = net_.now();
  now.time = chain_.blocks().back()->header().unix_time();
  ASSERT_FALSE(node.place(full.headers, now.time).rejection);
  Prng random{1};
  HeaderSync sync{{node, network_, {}, random}};
  Actions out;
  sync.add_peer({1}, Direction::Inbound, now, out);
  const auto parted = [&] {
    return std::any_of(out.begin(), out.end(),
                       [](const Action& one) { return std::holds_alternative<Disconnect>(one); });
  };
  const auto pass = [&](int hundreds_of_seconds) {
    for (int i = 0; i < hundreds_of_seconds && !parted(); ++i) {
      now.moment = now.moment + 100'000;
      sync.on({1}, full, now, out);
      sync.on_tick(now, out);
    }
  };
  pass(20);
  EXPECT_FALSE(parted());  // there is nobody else
  sync.add_peer({2}, Direction::Inbound, now, out);
  sync.add_peer({3}, Direction::Outbound, now, out);
  pass(1);
  ASSERT_TRUE(parted());
  sync.remove_peer({1}, now, out);
  ASSERT_TRUE(std::holds_alternative<Send>(out.back()));
  EXPECT_EQ(std::get<Send>(out.back()).peer, PeerId{3});  // whom we chose goes first
}

// A new block that is told of in the middle is no answer, and does not end the counting.
TEST_F(HeaderSyncTalk, NewsBesideLowWorkSyncAreNoAnswer) {
  chain_.extend_by(2'000);
  SimulatedNode& node = net_.add(network_);
  const auto headers = [&](std::size_t first, std::size_t last) {
    wire::Headers message;
    for (std::size_t at = first; at <= last; ++at) message.headers.push_back(chain_.blocks()[at]->header());
    return message;
  };
  Now now = net_.now();
  now.time = chain_.blocks().back()->header().unix_time();
  Prng random{1};
  Work much = work_of(chain_.blocks()[1]->header().target);
  much *= 100'000;
  HeaderSync sync{{node, network_, much, random}};
  Actions out;
  sync.add_peer({1}, Direction::Outbound, now, out);
  sync.on({1}, headers(1, 2'000), now, out);
  ASSERT_EQ(sync.presync_height({1}), 2'000);
  out.clear();
  sync.on({1}, headers(2'030, 2'030), now, out);
  EXPECT_EQ(sync.presync_height({1}), 2'000);
  EXPECT_TRUE(out.empty());
  sync.on({1}, headers(2'001, 2'010), now, out);  // the rest of its chain: too little work
  EXPECT_EQ(sync.presync_height({1}), -1);
}

// B-014: also where the chain is too short to be looked at.
TEST_F(HeaderSyncTalk, B014_HeadersWithoutProofOfWorkAreNoAccident) {
  SimulatedNode& node = net_.add(network_);
  Now now = net_.now();
  Prng random{1};
  Work much = work_of(chain_.blocks()[1]->header().target);
  much *= 100'000;
  HeaderSync sync{{node, network_, much, random}};
  BlockHeader bad = chain_.blocks()[1]->header();
  while (meets_target(bad.hash(), bad.target, network_.pow_limit)) ++bad.nonce;
  for (const bool is_bad : {false, true}) {
    Actions out;
    sync.add_peer({1}, Direction::Outbound, now, out);
    out.clear();
    sync.on({1}, wire::Headers{{is_bad ? bad : chain_.blocks()[1]->header()}}, now, out);
    ASSERT_EQ(out.empty(), !is_bad);
    if (!is_bad) continue;
    EXPECT_EQ(std::get<Disconnect>(out[0]).blame, Blame::Discourage);
  }
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
