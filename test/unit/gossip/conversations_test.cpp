// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "simulated_network.h"

namespace kepeng::gossip {
namespace {

using test::ChainBuilder;

class Talk : public testing::Test {
 protected:
  Talk() : network_{params::make_network({.network = params::Network::Regtest}).value()}, chain_{network_} {}

  void give(SimulatedNode& node, Height up_to) {
    for (Height at = node.tip()->height + 1; at <= up_to; ++at) net_.submit(node, block(at));
  }
  const BlockPtr& block(Height at) const { return chain_.blocks()[static_cast<std::size_t>(at)]; }
  const Conversations::PeerFacts facts(const SimulatedNode& node) const {
    const auto all = node.talk->peers(net_.now().moment);
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? Conversations::PeerFacts{} : all.front();
  }
  static std::string last_parting(const SimulatedNode& node) {
    return node.partings.empty() ? "" : node.partings.back().reason;
  }
  static Blame last_blame(const SimulatedNode& node) {
    return node.partings.empty() ? Blame::None : node.partings.back().blame;
  }
  wire::Version version() const {
    wire::Version version;
    version.protocol = kProtocolVersion;
    version.services = wire::kNodeNetwork | wire::kNodeWitness;
    version.time = net_.now().time;
    version.nonce = 77;
    return version;
  }

  // How blocks are asked for, from now on.
  void note_questions(std::vector<wire::InventoryType>& asked) {
    net_.loses = [&](const SimulatedNode&, const wire::Message& message) {
      const auto* question = std::get_if<wire::GetData>(&message);
      if (question != nullptr) asked.push_back(question->items.at(0).type);
      return false;
    };
  }

  params::NetworkParams network_;
  ChainBuilder chain_;
  SimulatedNetwork net_;
};

TEST_F(Talk, TheFirstWords) {
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  net_.connect(a, b);
  net_.run();
  for (const SimulatedNode* node : {&a, &b}) {
    const auto peer = facts(*node);
    EXPECT_TRUE(peer.is_ready);
    EXPECT_EQ(peer.portrait->protocol, 70'017);
    EXPECT_EQ(peer.portrait->user_agent, "/simulated/");
    EXPECT_TRUE(peer.portrait->takes_addrv2);
    EXPECT_TRUE(peer.portrait->announces_by_wtxid);
    EXPECT_TRUE(peer.portrait->wants_transactions);
    EXPECT_FALSE(peer.wants_headers);  // not before its chain is known to be worth it
    EXPECT_EQ(peer.ping_ms, 0);
  }
  EXPECT_EQ(net_.by_name["version"], 2u);
  EXPECT_EQ(net_.by_name["verack"], 2u);
}

TEST_F(Talk, P21_WhatWeOfferMayChange) {
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  SimulatedNode& c = net_.add(network_);
  a.talk->set_services(wire::kNodeNetworkLimited | wire::kNodeWitness);
  net_.connect(b, a, ConnectionKind::Manual);
  net_.run();
  a.talk->set_services(wire::kNodeNetwork | wire::kNodeNetworkLimited | wire::kNodeWitness);
  net_.connect(c, a, ConnectionKind::Manual);
  net_.run();
  EXPECT_EQ(facts(b).portrait->services, wire::kNodeNetworkLimited | wire::kNodeWitness);
  EXPECT_EQ(facts(c).portrait->services & wire::kNodeNetwork, wire::kNodeNetwork);
}

TEST_F(Talk, BlocksGoFromOneToTheOtherAndNewOnesFollow) {
  chain_.extend_by(60);
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  give(a, 50);
  net_.connect(b, a);
  net_.run();
  EXPECT_EQ(b.tip()->hash, a.tip()->hash);
  EXPECT_EQ(facts(b).best_known->height, 50);
  EXPECT_TRUE(facts(a).wants_headers);
  const std::size_t headers_before = net_.by_name["headers"];
  give(a, 55);
  net_.run();
  EXPECT_EQ(b.tip()->height, 55);
  EXPECT_GT(net_.by_name["headers"], headers_before);
  EXPECT_EQ(net_.by_name["inv"], 0u);  // announced by headers
  EXPECT_EQ(net_.by_name["block"], 55u);
}

// In a row of three: the first knows blocks whole, the second tells the third of them in a few bytes.
TEST_F(Talk, NewBlocksAreCompactForThoseWhoHaveTheirTransactions) {
  chain_.extend_by(51);
  MutableTransaction unknown_to_all;
  unknown_to_all.inputs.push_back({{Txid{{7}}, 1}, {}, 0, {}});
  unknown_to_all.outputs.push_back({Amount{1}, {0x51}});
  chain_.extend({unknown_to_all});
  chain_.extend();
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  SimulatedNode& c = net_.add(network_);
  give(a, 50);
  net_.connect(b, a);
  net_.connect(c, b);
  net_.run();
  ASSERT_EQ(c.tip()->height, 50);
  EXPECT_EQ(net_.by_name["cmpctblock"], 0u);
  EXPECT_EQ(net_.by_name["sendcmpct"], 6u) << "two each at the start, and two want the next block at once";

  net_.by_name.clear();
  std::vector<wire::InventoryType> asked;
  note_questions(asked);
  give(a, 51);
  net_.run();
  EXPECT_EQ(c.tip()->height, 51);
  EXPECT_EQ(asked, std::vector{wire::InventoryType::CompactBlock}) << "by the second, after the header";
  EXPECT_EQ(net_.by_name["block"], 1u) << "the first does not have it in memory";
  EXPECT_EQ(net_.by_name["cmpctblock"], 1u) << "from the second to the third, unasked";

  net_.by_name.clear();
  give(a, 52);
  net_.run();
  EXPECT_EQ(c.tip()->hash, a.tip()->hash);
  EXPECT_EQ(net_.by_name["cmpctblock"], 1u);
  EXPECT_EQ(net_.by_name["getblocktxn"], 1u);
  EXPECT_EQ(net_.by_name["blocktxn"], 1u);

  net_.by_name.clear();
  give(a, 53);
  net_.run();
  EXPECT_EQ(c.tip()->height, 53);
  EXPECT_EQ(net_.by_name["cmpctblock"], 1u);
  EXPECT_EQ(net_.by_name["getblocktxn"], 0u);
  EXPECT_TRUE(a.partings.empty() && b.partings.empty() && c.partings.empty());
}

// One compact block for a question, however often it is named; the others wait as whole blocks.
TEST_F(Talk, B012_QuestionsForCompactBlocksAreBounded) {
  chain_.extend_by(52);
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  SimulatedNode& c = net_.add(network_);
  give(a, 50);
  net_.connect(b, a);
  const PeerId id = net_.connect(c, b);
  net_.run();
  give(a, 52);
  net_.run();
  net_.by_name.clear();
  const auto item = wire::InventoryItem::of(wire::InventoryType::CompactBlock, block(52)->hash());
  net_.say(c, id, wire::GetData{std::vector(100, item)});
  net_.run();
  EXPECT_EQ(net_.by_name["cmpctblock"], 1u);
  EXPECT_EQ(net_.by_name["block"], 99u);
}

TEST_F(Talk, ItWorksTheOtherWayRoundToo) {
  chain_.extend_by(30);
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  give(a, 30);
  net_.connect(a, b);  // the one who has the blocks calls
  net_.run();
  EXPECT_EQ(b.tip()->height, 30);
}

TEST_F(Talk, ThousandsOfHeaders) {
  chain_.extend_by(4'500);
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  for (Height at = 1; at <= 4'500; ++at) ASSERT_FALSE(a.take(block(at), net_.now().time));
  net_.connect(b, a);
  net_.run(2'000);
  EXPECT_EQ(b.tip()->height, 4'500);
}

TEST_F(Talk, ABranchWithMoreWorkWins) {
  chain_.extend_by(20);
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  give(a, 20);
  ChainBuilder other{network_};
  for (Height at = 1; at <= 20; ++at) other.accept(block(at));
  other.rewind_to(5);
  other.extend_by(18);
  for (Height at = 1; at <= 23; ++at) net_.submit(b, other.blocks()[static_cast<std::size_t>(at)]);
  net_.connect(a, b);
  net_.run();
  EXPECT_EQ(a.tip()->hash, other.tip());
}

TEST_F(Talk, LinesRingsAndStarsConverge) {
  chain_.extend_by(40);
  for (const int shape : {0, 1, 2}) {
    SimulatedNetwork net;
    std::vector<SimulatedNode*> nodes;
    for (int i = 0; i < 8; ++i) nodes.push_back(&net.add(network_));
    for (std::size_t i = 1; i < nodes.size(); ++i) net.connect(*nodes[i], *nodes[shape == 2 ? 0 : i - 1]);
    if (shape == 1) net.connect(*nodes[0], *nodes.back());
    Prng random{static_cast<std::uint64_t>(shape) + 1};
    net.run(1'000);
    for (Height at = 1; at <= 40; ++at) {
      SimulatedNode& miner = *nodes[random.below(nodes.size())];
      if (miner.tip()->height != at - 1) net.run(1'000);
      net.submit(miner, block(at));
    }
    net.run(5'000);
    for (const SimulatedNode* node : nodes) EXPECT_EQ(node->tip()->height, 40) << shape;
  }
}

TEST_F(Talk, TwoHalvesThatMeetAgree) {
  chain_.extend_by(30);
  std::vector<SimulatedNode*> nodes;
  for (int i = 0; i < 6; ++i) nodes.push_back(&net_.add(network_));
  for (std::size_t i = 1; i < 6; ++i) {
    if (i != 3) net_.connect(*nodes[i], *nodes[i - 1]);
  }
  ChainBuilder other{network_};
  other.extend_by(25);
  for (Height at = 1; at <= 30; ++at) net_.submit(*nodes[0], block(at));
  for (Height at = 1; at <= 25; ++at) net_.submit(*nodes[5], other.blocks()[static_cast<std::size_t>(at)]);
  net_.run();
  EXPECT_NE(nodes[2]->tip(), nodes[3]->tip());
  net_.connect(*nodes[3], *nodes[2]);
  net_.run();
  for (const SimulatedNode* node : nodes) EXPECT_EQ(node->tip()->hash, chain_.tip());
}

TEST_F(Talk, P05_WhatDoesNotBelongToTheHandshake) {
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  net_.loses = [&](const SimulatedNode& from, const wire::Message&) { return &from == &a; };  // b is us
  const PeerId id = net_.connect(a, b);
  net_.say(b, id, wire::Headers{});  // before version: ignored
  net_.say(b, id, wire::Verack{});
  net_.run(200);
  EXPECT_FALSE(facts(a).portrait);
  net_.say(b, id, version());
  auto second = version();
  second.user_agent = "/another/";
  net_.say(b, id, second);  // ignored
  net_.say(b, id, wire::SendAddrV2{});
  net_.say(b, id, wire::GetHeaders{});  // before verack: ignored
  net_.say(b, id, wire::Verack{});
  net_.run(200);
  EXPECT_TRUE(facts(a).is_ready);
  EXPECT_EQ(facts(a).portrait->user_agent, "");
  net_.say(b, id, wire::WtxidRelay{});
  net_.run(200);
  EXPECT_EQ(last_parting(a), "wtxidrelay after verack");
}

TEST_F(Talk, P05_ASilentPeerIsLeftAfterAMinute) {
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  net_.loses = [](const SimulatedNode&, const wire::Message&) { return true; };
  net_.connect(a, b);
  net_.run(59'000);
  EXPECT_TRUE(a.partings.empty());
  net_.run(3'000);
  EXPECT_EQ(last_parting(a), "the handshake takes too long");
}

TEST_F(Talk, P05_WhoIsNotGoodEnough) {
  SimulatedNode& b = net_.add(network_);
  const auto parting_for = [&](const wire::Version& said, Direction direction) {
    Actions out;
    Handshake handshake{{1}, direction, 5};
    const SelfPortrait self;
    const std::multiset<std::uint64_t> ours{5, 99};
    handshake.on(said, {self, ours, {net_.now().time, 100}}, out);
    const auto* parting = out.empty() ? nullptr : std::get_if<Disconnect>(&out.front());
    return parting == nullptr ? std::string{} : parting->reason;
  };
  static_cast<void>(b);
  auto said = version();
  EXPECT_EQ(parting_for(said, Direction::Outbound), "");
  said.services = wire::kNodeNetwork;
  EXPECT_EQ(parting_for(said, Direction::Outbound), "it does not offer the services that we need");
  EXPECT_EQ(parting_for(said, Direction::Manual), "");
  said.services = wire::kNodeWitness | wire::kNodeNetworkLimited;
  said.start_height = 200;
  EXPECT_EQ(parting_for(said, Direction::Outbound), "");
  said.start_height = 400;
  EXPECT_EQ(parting_for(said, Direction::Outbound), "it does not offer the services that we need");
  said = version();
  said.nonce = 99;
  EXPECT_EQ(parting_for(said, Direction::Inbound), "it is ourselves");
  said.protocol = 31'799;
  EXPECT_EQ(parting_for(said, Direction::Inbound), "it speaks an obsolete version of the protocol");
}

TEST_F(Talk, EachIsToldWhereItIsSeen) {
  const auto theirs = *wire::parse_endpoint("93.184.216.34", 8333);
  Actions out;
  Handshake{{1}, Direction::Outbound, 5, theirs}.begin(SelfPortrait{}, {net_.now().time, 0}, out);
  const auto& sent = std::get<wire::Version>(std::get<Send>(out.at(0)).message);
  EXPECT_EQ(sent.receiver.address, theirs.address.to_v1());
  EXPECT_EQ(sent.receiver.port, 8333);
  EXPECT_EQ(sent.sender.address, wire::NetworkAddress::V1{});  // where we are they see themselves
  Handshake handshake{{1}, Direction::Inbound, 5};
  auto said = version();
  said.receiver = sent.receiver;
  handshake.on(said, {SelfPortrait{}, {}, {net_.now().time, 0}}, out);
  EXPECT_EQ(handshake.portrait()->sees_us_at, theirs);
}

// V-38, B-005: nothing that a clock says breaks ours.
TEST_F(Talk, B005_ClocksOfOthers) {
  for (const std::int64_t time : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) {
    Actions out;
    Handshake handshake{{1}, Direction::Inbound, 5};
    auto said = version();
    said.time = {time};
    handshake.on(said, {SelfPortrait{}, {}, {net_.now().time, 0}}, out);
    ASSERT_TRUE(handshake.portrait());
    EXPECT_LE(std::abs(handshake.portrait()->time_offset_seconds), std::int64_t{UINT32_MAX});
  }
}

TEST_F(Talk, P06_PingsAndTheirAnswers) {
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  net_.connect(a, b);
  net_.run(1'000);
  EXPECT_EQ(net_.by_name["ping"], 2u);
  net_.run(121'000);
  EXPECT_EQ(net_.by_name["ping"], 4u);
  net_.loses = [](const SimulatedNode&, const wire::Message& message) {
    return std::holds_alternative<wire::Pong>(message);
  };
  net_.run(1'400'000);
  EXPECT_EQ(last_parting(a), "it does not answer ping");
}

TEST_F(Talk, B010_ManyUnknownBlocksAreOneQuestion) {
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  const PeerId id = net_.connect(a, b);
  net_.run(1'000);
  const std::size_t before = net_.by_name["getheaders"];
  wire::Inv inv;
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    BlockHash hash;
    store_le(hash.bytes.data(), i + 1);
    inv.items.push_back(wire::InventoryItem::of(wire::InventoryType::Block, hash));
  }
  net_.say(b, id, inv);
  net_.run(1'000);
  EXPECT_LE(net_.by_name["getheaders"], before + 1);
}

TEST_F(Talk, HeadersThatAreNoneAreBlamed) {
  chain_.extend_by(10);
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  PeerId id = net_.connect(a, b);
  net_.run(1'000);
  net_.say(b, id, wire::Headers{{block(1)->header(), block(3)->header()}});
  net_.run(200);
  EXPECT_EQ(last_parting(a), "its headers are no chain");
  EXPECT_EQ(last_blame(a), Blame::Discourage);

  id = net_.connect(a, b);
  net_.run(1'000);
  BlockHeader bad = block(1)->header();
  bad.time = 0;
  while (!consensus::check_proof_of_work(bad.hash(), bad.target, network_)) ++bad.nonce;
  net_.say(b, id, wire::Headers{{bad}});
  net_.run(200);
  EXPECT_EQ(last_parting(a), "invalid header: time-too-old");
  EXPECT_EQ(last_blame(a), Blame::Discourage);
}

// Found by simulation: news can run ahead of what leads to it, several times until an answer comes.
TEST_F(Talk, T39_HeadersThatConnectToNothingAreOneQuestionAndNoBlame) {
  chain_.extend_by(10);
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  const PeerId id = net_.connect(a, b);
  net_.run(1'000);
  const std::size_t asked = net_.by_name["getheaders"];
  net_.loses = [&](const SimulatedNode& from, const wire::Message& message) {
    return &from == &b && std::holds_alternative<wire::Headers>(message) &&
           std::get<wire::Headers>(message).headers.empty();
  };
  for (int i = 0; i < 30; ++i) net_.say(b, id, wire::Headers{{block(5)->header()}});
  net_.run(200);
  EXPECT_EQ(net_.by_name["getheaders"], asked + 1);
  EXPECT_TRUE(a.partings.empty());
}

// Found by simulation: one told of the blocks first and stayed silent, another announced the last of them as a compact
// block, which shows that it has them too.
TEST_F(Talk, T39_P19_WhoAnnouncesACompactBlockIsAskedWhenAnotherIsSilent) {
  chain_.extend_by(55);
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& silent = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  for (SimulatedNode* node : {&a, &silent, &b}) give(*node, 50);
  const PeerId first = net_.connect(a, silent);
  const PeerId second = net_.connect(a, b);
  net_.run();
  std::vector<BlockHeader> headers;
  for (Height at = 51; at <= 55; ++at) headers.push_back(block(at)->header());
  net_.say(silent, first, wire::Headers{headers});
  net_.run(200);
  net_.loses = [&](const SimulatedNode& from, const wire::Message& message) {
    return &from == &b &&
           (std::holds_alternative<wire::Headers>(message) || std::holds_alternative<wire::Inv>(message));
  };
  give(b, 55);
  net_.say(b, second, wire::make_compact_block(block(55), 1));
  net_.run(2'000);
  EXPECT_EQ(a.tip()->height, 55);
}

// Our clock may be the one that is wrong.
TEST_F(Talk, T39_HeadersFromTheFutureAreAskedForAgainLater) {
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  const PeerId id = net_.connect(a, b);
  net_.run(1'000);
  test::BlockDraft draft = chain_.draft();
  draft.header.time = static_cast<std::uint32_t>(net_.now().time.seconds + 7'200 + 60);
  net_.submit_early(b, draft.finish());
  net_.run(10'000);
  EXPECT_TRUE(a.partings.empty());
  EXPECT_EQ(a.tip()->height, 0);
  static_cast<void>(id);
  net_.run(240'000);
  EXPECT_EQ(a.tip()->height, 1);
}

TEST_F(Talk, C124_WhoBroughtAnInvalidBlockAnswersForIt) {
  chain_.extend_by(3);
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  const PeerId id = net_.connect(a, b);
  net_.run(1'000);
  net_.say(b, id, wire::BlockMessage{block(1), WitnessForm::Allowed});
  net_.run(200);
  EXPECT_EQ(a.tip()->height, 1);
  Actions out;
  a.talk->on_block_condemned(block(2)->hash(), consensus::BlockRejection{consensus::BlockError::Bip30}, out);
  EXPECT_TRUE(out.empty());  // nobody brought that one
}

TEST_F(Talk, P22_UnaskedBlocksOfNoUseAreNotTaken) {
  chain_.extend_by(10);
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  const PeerId id = net_.connect(a, b);
  net_.run(500);
  give(a, 10);
  ChainBuilder other{network_};
  other.rewind_to(0);
  other.extend_by(1);
  net_.say(b, id, wire::BlockMessage{other.blocks()[1], WitnessForm::Allowed});
  net_.run(200);
  EXPECT_EQ(a.find(other.blocks()[1]->hash()), nullptr);
}

TEST_F(Talk, P10_AChainOfLittleWorkLeavesNoHeaders) {
  chain_.extend_by(4'200);
  Work minimum = work_of(network_.genesis->header().target);
  minimum *= 4'100;
  SimulatedNode& a = net_.add(network_, minimum);
  SimulatedNode& weak = net_.add(network_);
  for (Height at = 1; at <= 4'000; ++at) ASSERT_FALSE(weak.take(block(at), net_.now().time));
  net_.connect(a, weak);
  net_.run();
  EXPECT_EQ(a.headers(), 1u);
  // With enough work they come, and the blocks after them.
  SimulatedNode& strong = net_.add(network_);
  for (Height at = 1; at <= 4'200; ++at) ASSERT_FALSE(strong.take(block(at), net_.now().time));
  net_.connect(a, strong);
  net_.run(5'000);
  EXPECT_EQ(a.tip()->height, 4'200);
}

TEST_F(Talk, B046_BlocksWaitAsHashesUntilThereIsRoom) {
  chain_.extend_by(20);
  SimulatedNode& a = net_.add(network_);
  give(a, 20);
  BlockServing serving{a, BlockServing::Options{}};
  wire::GetData ask;
  for (Height at = 1; at <= 20; ++at) {
    ask.items.push_back(wire::InventoryItem::of(wire::InventoryType::WitnessBlock, block(at)->hash()));
  }
  ask.items.push_back(wire::InventoryItem::of(wire::InventoryType::WitnessTx, block(1)->hash()));
  Actions out;
  serving.on({1}, ask, {}, net_.now().time, out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<wire::NotFound>(std::get<Send>(out[0]).message));
  EXPECT_EQ(std::get<ServeBlock>(out[1]).entry->height, 1);
  EXPECT_EQ(serving.waiting({1}), 19u);
  out.clear();
  serving.on({1}, wire::GetData{{ask.items[0]}}, {}, net_.now().time,
             out);  // another question: not another block at once
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(serving.waiting({1}), 20u);
  for (Height at = 2; at <= 20; ++at) {
    out.clear();
    serving.on_room({1}, net_.now().time, out);
    ASSERT_EQ(out.size(), 1u);
    EXPECT_EQ(std::get<ServeBlock>(out[0]).entry->height, at);
  }
  out.clear();
  serving.on_room({1}, net_.now().time, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(std::get<ServeBlock>(out[0]).entry->height, 1);
  out.clear();
  serving.on_room({1}, net_.now().time, out);
  EXPECT_TRUE(out.empty());
}

TEST_F(Talk, P11_WhatIsAnsweredIsBounded) {
  chain_.extend_by(2'500);
  SimulatedNode& a = net_.add(network_);
  for (Height at = 1; at <= 2'500; ++at) ASSERT_FALSE(a.take(block(at), net_.now().time));
  BlockServing serving{a, {}};
  Actions out;
  serving.on({1}, wire::GetHeaders{{0, {network_.genesis->hash()}, {}}}, {}, out);
  EXPECT_EQ(std::get<wire::Headers>(std::get<Send>(out.back()).message).headers.size(), 2'000u);
  serving.on({1}, wire::GetHeaders{{0, {block(10)->hash()}, block(12)->hash()}}, {}, out);
  EXPECT_EQ(std::get<wire::Headers>(std::get<Send>(out.back()).message).headers.size(), 2u);
  serving.on({1}, wire::GetHeaders{{0, {}, block(7)->hash()}}, {}, out);
  EXPECT_EQ(std::get<wire::Headers>(std::get<Send>(out.back()).message).headers.size(), 1u);
  serving.on({1}, wire::GetBlocks{{0, {network_.genesis->hash()}, {}}}, out);
  EXPECT_EQ(std::get<wire::Inv>(std::get<Send>(out.back()).message).items.size(), 500u);
}

// Clients that sync by getblocks ask for more when they hear of the tip behind the last block that they were told of.
TEST_F(Talk, WhoSyncsByGetBlocksIsToldToGoOn) {
  chain_.extend_by(700);
  SimulatedNode& a = net_.add(network_);
  for (Height at = 1; at <= 700; ++at) ASSERT_FALSE(a.take(block(at), net_.now().time));
  BlockServing serving{a, {}};
  Actions out;
  serving.on({1}, wire::GetBlocks{{0, {network_.genesis->hash()}, {}}}, out);
  const auto ask = [&](Height height) {
    const auto item = wire::InventoryItem::of(wire::InventoryType::WitnessBlock, block(height)->hash());
    serving.on({1}, wire::GetData{{item}}, {}, net_.now().time, out);
  };
  const auto is_told_of_tip = [&] {
    out.clear();
    serving.on_room({1}, net_.now().time, out);
    if (out.empty()) return false;
    return std::get<wire::Inv>(std::get<Send>(out.at(0)).message).items.at(0).as<BlockHash>() == block(700)->hash();
  };
  ask(499);
  EXPECT_FALSE(is_told_of_tip());
  ask(500);
  EXPECT_TRUE(is_told_of_tip());
  ask(500);
  EXPECT_FALSE(is_told_of_tip());  // once
  serving.on({1}, wire::GetBlocks{{0, {block(500)->hash()}, {}}}, out);
  EXPECT_EQ(std::get<wire::Inv>(std::get<Send>(out.back()).message).items.size(), 200u);
  ask(700);
  EXPECT_FALSE(is_told_of_tip());
  // What is not here is not offered.
  a.find(block(3)->hash())->has_data = false;
  out.clear();
  serving.on({1}, wire::GetBlocks{{0, {network_.genesis->hash()}, {}}}, out);
  EXPECT_EQ(std::get<wire::Inv>(std::get<Send>(out.back()).message).items.size(), 2u);
}

// A pruned node gives the last 288 blocks (BIP159), and says no to who wants more.
TEST_F(Talk, P21_APrunedNodeGivesWhatItPromises) {
  chain_.extend_by(400);
  SimulatedNode& a = net_.add(network_);
  for (Height at = 1; at <= 400; ++at) ASSERT_FALSE(a.take(block(at), net_.now().time));
  BlockServing serving{a, {.minimum_work = {}, .is_limited = true}};
  const auto ask = [&](Height height, Permissions permissions) {
    Actions out;
    const auto item = wire::InventoryItem::of(wire::InventoryType::WitnessBlock, block(height)->hash());
    serving.on({1}, wire::GetData{{item}}, permissions, net_.now().time, out);
    serving.remove_peer({1});
    return std::move(out.at(0));
  };
  EXPECT_TRUE(std::holds_alternative<ServeBlock>(ask(400 - 290, {})));
  EXPECT_EQ(std::get<Disconnect>(ask(400 - 291, {})).reason,
            "it asks for old blocks, which this node does not promise");
  EXPECT_TRUE(std::holds_alternative<ServeBlock>(ask(400 - 291, Permissions::all())));
  serving.promise(BlockServing::Promise::AllBlocks);
  EXPECT_TRUE(std::holds_alternative<ServeBlock>(ask(400 - 291, {})));
  serving.promise(BlockServing::Promise::LastBlocks);
  EXPECT_TRUE(std::holds_alternative<Disconnect>(ask(400 - 291, {})));
}

TEST_F(Talk, P21_WhenTheUploadIsUsedUpOldBlocksStayHere) {
  chain_.extend_by(1'100);  // more than a week of ten minutes
  SimulatedNode& a = net_.add(network_);
  for (Height at = 1; at <= 1'100; ++at) ASSERT_FALSE(a.take(block(at), net_.now().time));
  BlockServing serving{a, {.minimum_work = {}, .upload = UploadTarget{1'000'000}}};
  const auto ask = [&](Height height, wire::InventoryType type, Permissions permissions) {
    Actions out;
    const auto item = wire::InventoryItem::of(type, block(height)->hash());
    serving.on({1}, wire::GetData{{item}}, permissions, net_.now().time, out);
    serving.remove_peer({1});
    return std::move(out.at(0));
  };
  Permissions download;
  download.grant(Permission::Download);
  const auto whole = wire::InventoryType::WitnessBlock;
  EXPECT_TRUE(std::holds_alternative<ServeBlock>(ask(1'090, whole, {})));
  EXPECT_TRUE(std::holds_alternative<Disconnect>(ask(5, whole, {})));
  EXPECT_TRUE(std::holds_alternative<Disconnect>(ask(1'090, wire::InventoryType::FilteredBlock, {})));
  EXPECT_TRUE(std::holds_alternative<ServeBlock>(ask(5, whole, download)));
}

// Without a mempool we say that we want no transactions (P-22's sibling); who sends some all the same has to go.
TEST_F(Talk, TransactionsThatWeDidNotWant) {
  SimulatedNode& a = net_.add(network_, {}, SimulatedNode::Takes::BlocksOnly);
  SimulatedNode& b = net_.add(network_);
  for (const wire::Message& unwanted :
       {wire::Message{wire::Inv{{wire::InventoryItem::of(wire::InventoryType::Wtx, block(0)->hash())}}},
        wire::Message{wire::Mempool{}},
        wire::Message{wire::TxMessage{share_transaction(network_.genesis, 0), WitnessForm::Allowed}}}) {
    const std::size_t before = a.partings.size();
    const PeerId id = net_.connect(a, b);
    net_.run(300);
    net_.say(b, id, unwanted);
    net_.run(300);
    EXPECT_EQ(a.partings.size(), before + 1) << wire::name_of(unwanted);
  }
}

// Who has no transactions to put a block together from asks for whole ones.
TEST_F(Talk, WithoutTransactionsBlocksAreAskedForWhole) {
  chain_.extend_by(60);
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_, {}, SimulatedNode::Takes::BlocksOnly);
  give(a, 50);
  net_.connect(b, a);
  net_.run();
  net_.by_name.clear();
  std::vector<wire::InventoryType> asked;
  note_questions(asked);
  give(a, 51);
  net_.run();
  give(a, 52);
  net_.run();
  EXPECT_EQ(b.tip()->height, 52);
  EXPECT_EQ(asked, (std::vector{wire::InventoryType::WitnessBlock, wire::InventoryType::WitnessBlock}));
  EXPECT_EQ(net_.by_name["sendcmpct"], 0u);  // nobody is asked to send them unasked
}

// BIP152: a peer may pass on a compact block when it has seen no more than its header.
TEST_F(Talk, NobodyIsBlamedForACompactBlock) {
  chain_.extend_by(12);
  for (const bool is_compact : {false, true}) {
    SimulatedNode& a = net_.add(network_);
    give(a, 10);
    Actions out;
    const PeerId peer{900};
    a.talk->on_connected(peer, {ConnectionKind::Inbound}, net_.now(), out);
    a.talk->on_message(peer, version(), net_.now(), out);
    a.talk->on_message(peer, wire::Verack{}, net_.now(), out);
    out.clear();
    // Nothing but a coinbase: it is whole as soon as it comes.
    if (is_compact) {
      a.talk->on_message(peer, wire::CmpctBlock{block(11)->header(), 5, {}, {{0, share_transaction(block(11), 0)}}},
                         net_.now(), out);
    } else {
      a.talk->on_message(peer, wire::BlockMessage{block(11), WitnessForm::Allowed}, net_.now(), out);
    }
    const bool was_handed_in = std::any_of(
        out.begin(), out.end(), [](const Action& action) { return std::holds_alternative<HandInBlock>(action); });
    ASSERT_TRUE(was_handed_in) << is_compact;
    out.clear();
    a.talk->on_block_condemned(block(11)->hash(), consensus::BlockRejection{consensus::BlockError::CoinbaseAmount},
                               out);
    EXPECT_EQ(out.empty(), is_compact);
  }
}

// BIP152: before its scripts are judged, to those who want it so; once for each height.
TEST_F(Talk, ABlockGoesOnBeforeItIsJudged) {
  chain_.extend_by(12);
  SimulatedNode& a = net_.add(network_);
  give(a, 10);
  const BlockPtr first = block(11);
  const BlockPtr after = block(12);
  chain_.rewind_to(10);
  const BlockPtr second = chain_.extend();
  Actions out;
  const PeerId miner{900};
  const PeerId wants{901};
  const PeerId usual{902};
  for (const PeerId peer : {miner, wants, usual}) {
    a.talk->on_connected(peer, {ConnectionKind::Inbound}, net_.now(), out);
    a.talk->on_message(peer, version(), net_.now(), out);
    a.talk->on_message(peer, wire::Verack{}, net_.now(), out);
    a.talk->on_message(peer, wire::Headers{{block(10)->header()}}, net_.now(), out);  // what they have
  }
  a.talk->on_message(wants, wire::SendCmpct{wire::AnnounceMode::HighBandwidth, 2}, net_.now(), out);
  const auto told_after = [&](const BlockPtr& taken) {
    out.clear();
    a.talk->on_message(miner, wire::BlockMessage{taken, WitnessForm::Allowed}, net_.now(), out);
    EXPECT_FALSE(a.place({taken->header()}, net_.now().time).rejection);
    a.talk->on_block_taken(miner, taken->hash(), std::nullopt, net_.now(), out);
    std::vector<PeerId> told;
    for (const Action& action : out) {
      const auto* send = std::get_if<Send>(&action);
      if (send != nullptr && std::holds_alternative<wire::CmpctBlock>(send->message)) told.push_back(send->peer);
    }
    return told;
  };
  EXPECT_EQ(told_after(first), std::vector{wants});
  EXPECT_EQ(told_after(after), std::vector<PeerId>{});  // it does not build on the tip
  EXPECT_EQ(told_after(second), std::vector<PeerId>{});
  // What it lacks of the block is to be had at once.
  out.clear();
  a.talk->on_message(wants, wire::GetBlockTxn{first->hash(), {0}}, net_.now(), out);
  EXPECT_TRUE(std::holds_alternative<wire::BlockTxn>(std::get<Send>(out.at(0)).message));
}

// A feeler asks only whether somebody is there; of whom we mean to stay with, more is expected.
TEST_F(Talk, OfAFeelerNoServicesAreExpected) {
  SimulatedNode& a = net_.add(network_);
  wire::Version poor = version();
  poor.services = 0;
  for (const ConnectionKind kind : {ConnectionKind::Feeler, ConnectionKind::FullRelay}) {
    Actions out;
    const PeerId peer{900};
    a.talk->on_connected(peer, {kind}, net_.now(), out);
    a.talk->on_message(peer, poor, net_.now(), out);
    const bool has_parted =
        std::any_of(out.begin(), out.end(), [](const Action& one) { return std::holds_alternative<Disconnect>(one); });
    EXPECT_EQ(has_parted, kind == ConnectionKind::FullRelay);
    a.talk->on_disconnected(peer, net_.now(), out);
  }
}

// What a permission opens is offered to that peer alone.
TEST_F(Talk, PermissionsAreToldInTheVersion) {
  SimulatedNode& a = net_.add(network_, {}, SimulatedNode::Takes::BlocksOnly);
  const auto told = [&](Permissions permissions) {
    Actions out;
    const PeerId peer{900};
    Introduction who{ConnectionKind::Inbound};
    who.permissions = permissions;
    a.talk->on_connected(peer, who, net_.now(), out);
    a.talk->on_message(peer, version(), net_.now(), out);
    const auto ours = std::get<wire::Version>(std::get<Send>(out.at(0)).message);
    a.talk->on_disconnected(peer, net_.now(), out);
    return ours;
  };
  const auto usual = told({});
  EXPECT_FALSE(usual.wants_transactions());
  EXPECT_EQ(usual.services & wire::kNodeBloom, 0u);
  const auto more = told(Permissions::all());
  EXPECT_TRUE(more.wants_transactions());
  EXPECT_NE(more.services & wire::kNodeBloom, 0u);
}

TEST_F(Talk, P23_AFeelerLeavesAfterTheHandshake) {
  SimulatedNode& a = net_.add(network_);
  SimulatedNode& b = net_.add(network_);
  net_.connect(a, b, ConnectionKind::Feeler);
  net_.run(500);
  EXPECT_EQ(last_parting(a), "there is somebody: that was the question");
  EXPECT_TRUE(b.partings.empty());
}

}  // namespace
}  // namespace kepeng::gossip
