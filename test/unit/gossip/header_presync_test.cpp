// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/chain/header_tree.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/gossip/header_presync.h>

namespace kepeng::gossip {
namespace {

using Message = HeaderPresync::Message;
using Phase = HeaderPresync::Phase;

constexpr std::size_t kMessageHeaders = 2'000;

class Presync : public testing::Test {
 protected:
  Presync() : network_{params::make_network({.network = params::Network::Regtest}).value()}, tree_{network_} {}

  std::vector<BlockHeader> chain(std::size_t count, std::int32_t version = 0x20000000) const {
    std::vector<BlockHeader> headers;
    BlockHash previous = tree_.genesis()->hash;
    std::uint32_t time = tree_.genesis()->header.time;
    for (std::size_t i = 0; i < count; ++i) headers.push_back(next(previous, ++time, version));
    return headers;
  }
  BlockHeader next(BlockHash& previous, std::uint32_t time, std::int32_t version) const {
    BlockHeader header;
    header.version = version;
    header.previous = previous;
    header.time = time;
    header.target = tree_.genesis()->header.target;
    while (!consensus::check_proof_of_work(header.hash(), header.target, network_)) ++header.nonce;
    previous = header.hash();
    return header;
  }
  Work work_of_chain(std::size_t blocks) const {
    Work work = work_of(tree_.genesis()->header.target);
    work *= blocks + 1;
    return work;
  }
  HeaderPresync begin(std::size_t blocks_needed, std::int64_t seconds_since = 1'000'000) {
    const UnixTime now{static_cast<std::int64_t>(tree_.genesis()->header.time) + seconds_since};
    return HeaderPresync{{network_, tree_.genesis(), work_of_chain(blocks_needed), now}, random_, numbers_};
  }

  // A peer with this chain answers as long as it is asked. What was passed on.
  struct Run {
    std::vector<BlockHeader> passed;
    std::string problem;
    std::size_t memory_max = 0;
    std::size_t messages = 0;
  };
  Run run(HeaderPresync& presync, const std::vector<BlockHeader>& first, const std::vector<BlockHeader>& again) const {
    Run run;
    std::optional<BlockHash> from = tree_.genesis()->hash;
    while (from) {
      const auto& chain = presync.phase() == Phase::Counting ? first : again;
      std::size_t at = 0;
      if (*from != tree_.genesis()->hash) {
        while (at < chain.size() && chain[at].hash() != *from) ++at;
        ++at;
      }
      const std::size_t count = at >= chain.size() ? 0 : std::min(kMessageHeaders, chain.size() - at);
      const auto step = presync.take(std::span{chain}.subspan(std::min(at, chain.size()), count),
                                     count == kMessageHeaders ? Message::Full : Message::Last);
      run.passed.insert(run.passed.end(), step.passed.begin(), step.passed.end());
      run.memory_max = std::max(run.memory_max, presync.memory_bytes());
      ++run.messages;
      if (step.problem) run.problem = *step.problem;
      from = step.ask_from;
    }
    return run;
  }

  params::NetworkParams network_;
  chain::HeaderTree tree_;
  Prng random_{7};
  PresyncNumbers numbers_;
};

TEST_F(Presync, AChainWithEnoughWorkIsPassedOnWhole) {
  numbers_.look_ahead = 3'000;
  const auto headers = chain(9'500);
  auto presync = begin(9'000);
  const Run done = run(presync, headers, headers);
  EXPECT_EQ(done.problem, "");
  EXPECT_EQ(presync.phase(), Phase::Done);
  // After the proof the rest comes the ordinary way: what the last message held is passed on with it.
  EXPECT_EQ(done.passed, headers);
  EXPECT_LT(done.memory_max, 3'000 * 64 + kMessageHeaders * 64 + 10'000);
}

TEST_F(Presync, WithLittleToProveOneMessageIsEnough) {
  const auto headers = chain(100);
  auto presync = begin(50);
  const Run done = run(presync, headers, headers);
  EXPECT_EQ(done.passed, headers);
  EXPECT_EQ(done.messages, 2u);
}

TEST_F(Presync, P10_ALowWorkChainLeavesNothingBehind) {
  const auto headers = chain(20'000);
  auto presync = begin(1'000'000);
  const Run done = run(presync, headers, headers);
  EXPECT_TRUE(done.passed.empty());
  EXPECT_EQ(done.problem, "its chain ends before it has enough work");
  EXPECT_LT(done.memory_max, 4'096u);
}

TEST_F(Presync, P10_NoMoreBlocksThanTimeAllows) {
  const auto headers = chain(60'000);
  auto presync = begin(1'000'000, 0);  // two hours of grace: 43,200 blocks
  const Run done = run(presync, headers, headers);
  EXPECT_EQ(done.problem, "its chain has more blocks than time has passed");
  EXPECT_GE(presync.height(), 43'200);
  EXPECT_LE(presync.height(), 43'200 + 2 * 641);
}

TEST_F(Presync, P10_AnotherChainTheSecondTimeIsFoundOut) {
  numbers_.period = 10;
  numbers_.look_ahead = 500;
  const auto headers = chain(4'000);
  const auto other = chain(4'000, 0x20000001);
  auto presync = begin(3'900);
  const Run done = run(presync, headers, other);
  EXPECT_EQ(done.problem, "its chain is another one than before");
  EXPECT_TRUE(done.passed.empty());  // fifty bits agree by chance once in 10^15
}

TEST_F(Presync, P10_AShorterChainTheSecondTimeIsNoUse) {
  const auto headers = chain(4'000);
  const std::vector<BlockHeader> shorter(headers.begin(), headers.begin() + 3'000);
  auto presync = begin(3'900);
  const Run done = run(presync, headers, shorter);
  EXPECT_EQ(done.problem, "its chain is shorter than before");
  EXPECT_TRUE(done.passed.empty());
}

TEST_F(Presync, B057_HeadersThatAreNoChainEndIt) {
  auto headers = chain(30);
  std::swap(headers[10], headers[11]);
  auto presync = begin(20);
  EXPECT_EQ(presync.take(headers, Message::Last).problem, "the headers are no chain");
  EXPECT_EQ(presync.phase(), Phase::Done);
  EXPECT_FALSE(presync.take(headers, Message::Last).problem);  // it is over

  auto weak = chain(30);
  auto second = begin(20);
  weak[5].nonce = 0;
  while (consensus::check_proof_of_work(weak[5].hash(), weak[5].target, network_)) ++weak[5].nonce;
  EXPECT_EQ(second.take(weak, Message::Last).problem, "a header lacks its proof of work");

  auto third = begin(20);
  EXPECT_EQ(third.take({}, Message::Last).problem, "its chain ends before it has enough work");
}

// Where difficulty changes, only what the rules allow may follow.
TEST(PresyncOnMain, P10_ADifficultyThatCannotBeIsFoundOut) {
  const auto network = params::make_network({.network = params::Network::Main}).value();
  chain::HeaderTree tree{network};
  Prng random{1};
  HeaderPresync presync{{network, tree.genesis(), Work{1'000'000'000}, {1'700'000'000}}, random};
  BlockHeader header;
  header.previous = tree.genesis()->hash;
  header.target = CompactTarget{0x207fffff};
  const auto step = presync.take(std::span{&header, 1}, Message::Last);
  ASSERT_TRUE(step.problem);  // easier than the network ever was: no proof of work at all
  EXPECT_EQ(*step.problem, "a header lacks its proof of work");
}

}  // namespace
}  // namespace kepeng::gossip
