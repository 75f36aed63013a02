// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/outbound_plan.h>

#include <gtest/gtest.h>

#include <map>

namespace kepeng::gossip::test {
namespace {

using wire::AddressNetwork;
using wire::NetworkAddress;
using Kind = ConnectionKind;
using View = OutboundPlan::View;

constexpr std::int64_t kStart = 1'800'000'000;
constexpr wire::Services kFull = wire::kNodeNetwork | wire::kNodeWitness;

wire::Endpoint ipv4(std::uint32_t group, std::uint32_t number = 1, std::uint16_t port = 8333) {
  return {NetworkAddress::ipv4({static_cast<std::uint8_t>(20 + group / 256), static_cast<std::uint8_t>(group),
                                static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}),
          port};
}
const wire::Endpoint kOnion{
    *NetworkAddress::from_string("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"), 8333};

// A node without sockets: every attempt succeeds at once, unless it is left to the test.
struct Node {
  explicit Node(std::set<AddressNetwork> reachable = {AddressNetwork::Ipv4, AddressNetwork::Ipv6}) {
    plan.emplace(OutboundPlan::Context{book, bans, random, std::move(reachable)});
  }
  void learn(const wire::Endpoint& endpoint, wire::Services services = kFull) {
    book.add({{static_cast<std::uint32_t>(kStart), services, endpoint}, endpoint.address}, {kStart});
  }
  void learn_many(std::uint32_t groups) {
    for (std::uint32_t i = 0; i < groups; ++i) learn(ipv4(i));
  }
  std::optional<OutboundPlan::Attempt> next() {
    elapsed_ms += 500;
    return plan->next({live, tip, sync}, {{1 + elapsed_ms}, {kStart + 1000 + elapsed_ms / 1000}});
  }
  std::optional<OutboundPlan::Attempt> connect() {
    const auto attempt = next();
    if (attempt) live.push_back({attempt->endpoint, attempt->kind});
    return attempt;
  }
  std::size_t count(Kind kind) const {
    return static_cast<std::size_t>(
        std::count_if(live.begin(), live.end(), [&](const auto& one) { return one.kind == kind; }));
  }
  void fill() {
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(connect().has_value());
  }

  AddressBook book{{crypto::Hash32{9}, Prng{9}}, AddressGroups{}};
  BanList bans{{1, 2}};
  Prng random{4};
  std::optional<OutboundPlan> plan;
  std::vector<OutboundPlan::Live> live;
  View::Tip tip = View::Tip::Current;
  View::Sync sync = View::Sync::Done;
  std::int64_t elapsed_ms = 0;
};

TEST(OutboundPlan, P04_EightFullThenTwoForBlocks) {
  Node node;
  EXPECT_FALSE(node.next().has_value()) << "nobody is known";
  node.learn_many(200);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(node.connect()->kind, Kind::FullRelay);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(node.connect()->kind, Kind::BlockRelay);
  EXPECT_FALSE(node.next().has_value()) << "and a while later the first feeler";
}

TEST(OutboundPlan, P23_NoTwoInOneGroup) {
  Node node;
  for (std::uint32_t i = 1; i < 300; ++i) node.learn(ipv4(1, i));
  node.learn(ipv4(2));
  EXPECT_TRUE(node.connect().has_value());
  for (int i = 0; i < 20; ++i) node.connect();
  EXPECT_EQ(node.live.size(), 2u);
  EXPECT_NE(node.live[0].endpoint.address.bytes()[1], node.live[1].endpoint.address.bytes()[1]);
}

TEST(OutboundPlan, P23_InboundAndFeelersTakeNoGroup) {
  Node node;
  node.live.push_back({ipv4(1, 7), Kind::Inbound});
  node.live.push_back({ipv4(1, 8), Kind::Feeler});
  node.learn(ipv4(1, 1));
  EXPECT_TRUE(node.next().has_value());
  node.live.push_back({ipv4(1, 9), Kind::Manual});
  EXPECT_FALSE(node.next().has_value());
}

TEST(OutboundPlan, NeverTwiceToOneAddress) {
  Node node;
  node.learn(ipv4(1));
  node.live.push_back({{ipv4(1).address, 12345}, Kind::Inbound});
  EXPECT_FALSE(node.next().has_value());
}

TEST(OutboundPlan, P24_AnchorsComeFirstAndOnce) {
  Node node;
  node.learn_many(300);  // an attacker's, for all we know
  node.bans.ban(wire::Subnet{ipv4(903).address}, {{kStart}, {kStart + 1'000'000}});
  node.plan->set_anchors({ipv4(901), ipv4(902), ipv4(903), kOnion});
  EXPECT_EQ(node.connect()->endpoint, ipv4(902)) << "the banned and the unreachable one are passed over";
  const auto second = node.connect();
  EXPECT_EQ(second->endpoint, ipv4(901));
  EXPECT_EQ(second->kind, Kind::BlockRelay);
  EXPECT_EQ(node.connect()->kind, Kind::FullRelay);
  EXPECT_EQ(OutboundPlan::anchors_of(node.live), (std::vector{ipv4(902), ipv4(901)}));
  node.live.clear();
  EXPECT_NE(node.connect()->endpoint, ipv4(902));
}

TEST(OutboundPlan, WantsBlocksAndWitnesses) {
  Node node;
  node.learn(ipv4(1), wire::kNodeNetwork);
  node.learn(ipv4(2), wire::kNodeWitness);
  node.learn(ipv4(3), wire::kNodeNetworkLimited | wire::kNodeWitness);
  EXPECT_EQ(node.connect()->endpoint, ipv4(3));
  EXPECT_FALSE(node.connect().has_value());
}

TEST(OutboundPlan, P20_UnwantedAddressesAreNotCalled) {
  Node node;
  node.learn(ipv4(1));
  node.learn(ipv4(2));
  node.bans.discourage(ipv4(1).address);
  node.bans.ban(*wire::Subnet::from_string("20.2.0.0/16"), {{kStart}, {kStart + 1'000'000}});
  EXPECT_FALSE(node.next().has_value());
}

TEST(OutboundPlan, BadPortsOnlyWhenThereIsNothingElse) {
  Node node;
  node.learn(ipv4(1, 1, 22));
  EXPECT_EQ(node.next()->endpoint.port, 22);
  node.learn(ipv4(2));
  EXPECT_EQ(node.next()->endpoint, ipv4(2));
}

TEST(OutboundPlan, P23_FeelersAndFurtherConnectionsAtTheirPace) {
  Node node;
  node.learn_many(400);
  node.fill();
  std::map<Kind, int> extra;
  constexpr int kHours = 20;
  for (int i = 0; i < kHours * 7200; ++i) {
    const auto attempt = node.next();
    if (attempt) ++extra[attempt->kind];
  }
  EXPECT_NEAR(extra[Kind::Feeler], kHours * 30, kHours * 6);
  EXPECT_NEAR(extra[Kind::BlockRelay], kHours * 12, kHours * 4);
  EXPECT_EQ(extra[Kind::FullRelay], 0);
}

TEST(OutboundPlan, ExtraOnesAreOneAtATimeAndWaitForTheSync) {
  Node node;
  node.learn_many(400);
  node.fill();
  node.sync = View::Sync::CatchingUp;
  for (int i = 0; i < 7200; ++i) {
    const auto attempt = node.next();
    EXPECT_TRUE(!attempt || attempt->kind == Kind::Feeler);
  }
  node.sync = View::Sync::Done;
  for (int i = 0; i < 7200; ++i) {
    const auto attempt = node.next();
    if (attempt) node.live.push_back({attempt->endpoint, attempt->kind});
  }
  EXPECT_EQ(node.count(Kind::BlockRelay), 3u);
  EXPECT_EQ(node.count(Kind::Feeler), 1u);
}

TEST(OutboundPlan, P08_StaleTipAsksOneMore) {
  Node node;
  node.learn_many(400);
  node.fill();
  node.tip = View::Tip::Stale;
  EXPECT_EQ(node.connect()->kind, Kind::FullRelay);
  EXPECT_FALSE(node.next().has_value());
  EXPECT_EQ(node.count(Kind::FullRelay), 9u);
}

TEST(OutboundPlan, P23_ANetworkWithoutConnectionGetsOne) {
  Node node{{AddressNetwork::Ipv4, AddressNetwork::Onion, AddressNetwork::I2p}};
  node.learn_many(400);
  node.fill();
  node.learn(kOnion);
  std::optional<OutboundPlan::Attempt> found;
  for (int i = 0; i < 20'000 && !found; ++i) {
    const auto attempt = node.next();
    if (attempt && attempt->kind == Kind::FullRelay) found = attempt;
  }
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->endpoint, kOnion);
}

TEST(OutboundPlan, P16_FeelersTestWhoIsInTheWay) {
  Node node;
  node.learn_many(400);
  node.fill();
  // Fills the tried buckets of one group until somebody's place is taken, by one who has not been heard of for long.
  std::uint32_t number = 0;
  while (!node.book.select_in_the_way()) {
    node.learn(ipv4(50, ++number));
    node.book.note_success(ipv4(50, number), {kStart - 5 * 3600});
  }
  node.book.note_success(ipv4(50, number), {kStart + 1000});
  std::optional<OutboundPlan::Attempt> feeler;
  for (int i = 0; i < 4000 && !feeler; ++i) {
    const auto attempt = node.next();
    if (attempt && attempt->kind == Kind::Feeler) feeler = attempt;
    if (!node.book.select_in_the_way()) GTEST_FAIL() << "settled before it was tested";
  }
  ASSERT_TRUE(feeler.has_value());
  EXPECT_TRUE(node.book.find(feeler->endpoint)->is_tried);
}

TEST(ConnectionKind, Names) {
  EXPECT_EQ(name_of(Kind::FullRelay), "outbound-full-relay");
  EXPECT_EQ(name_of(Kind::Inbound), "inbound");
}

}  // namespace
}  // namespace kepeng::gossip::test
