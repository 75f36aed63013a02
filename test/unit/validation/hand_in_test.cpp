// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Blocks and headers that come without anybody waiting for them, as peers bring them.
#include <condition_variable>
#include <mutex>

#include "support/chain_builder.h"
#include "support/engine_node.h"

namespace kepeng::validation {
namespace {

using namespace std::chrono_literals;
using test::BlockDraft;
using test::ChainBuilder;

class HandIn : public testing::Test {
 protected:
  HandIn() : node_{{.network = params::Network::Regtest}}, chain_{node_.network} {}
  void SetUp() override {
    engine_ = node_.open();
    ASSERT_NE(engine_, nullptr);
    engine_->subscribe_rejections([this](const chain::Entry& entry, const consensus::BlockRejection& rejection) {
      note([&] { condemned_.emplace_back(entry.hash, rejection.reason()); });
    });
  }
  void hand_in(const BlockPtr& block) {
    engine_->hand_in(block, [this](const SubmitOutcome& outcome) { note([&] { taken_.push_back(outcome); }); });
  }
  void hand_in_headers(Height first, Height last) {
    std::vector<BlockHeader> headers;
    for (Height at = first; at <= last; ++at) headers.push_back(block(at)->header());
    engine_->hand_in(std::move(headers),
                     [this](const Engine::HeadersOutcome& outcome) { note([&] { placed_.push_back(outcome); }); });
  }
  const BlockPtr& block(Height at) const { return chain_.blocks()[static_cast<std::size_t>(at)]; }
  template <class F>
  bool wait(F&& until) {
    std::unique_lock hold{mutex_};
    return changed_.wait_for(hold, 20s, std::forward<F>(until));
  }
  bool wait_for_height(Height height) {
    for (int i = 0; i < 4000 && engine_->view()->height() != height; ++i) std::this_thread::sleep_for(5ms);
    return engine_->view()->height() == height;
  }

  template <class F>
  void note(F&& change) {
    std::scoped_lock hold{mutex_};
    change();
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<SubmitOutcome> taken_;
  std::vector<Engine::HeadersOutcome> placed_;
  std::vector<std::pair<BlockHash, std::string>> condemned_;
  Node node_;
  ChainBuilder chain_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(HandIn, HeadersFirstThenBlocksInAnyOrder) {
  chain_.extend_by(60);
  hand_in_headers(1, 60);
  ASSERT_TRUE(wait([&] { return placed_.size() == 1; }));
  EXPECT_EQ(placed_[0].placed, 60u);
  EXPECT_EQ(placed_[0].last->height, 60);
  EXPECT_FALSE(placed_[0].rejection);
  for (Height at = 60; at >= 1; --at) hand_in(block(at));
  ASSERT_TRUE(wait([&] { return taken_.size() == 60; }));
  for (const SubmitOutcome& outcome : taken_) EXPECT_EQ(outcome.kind, SubmitOutcome::Kind::Stored);
  EXPECT_EQ(taken_[0].entry->height, 60);  // in the order of the calls
  EXPECT_TRUE(wait_for_height(60));
  hand_in(block(7));
  ASSERT_TRUE(wait([&] { return taken_.size() == 61; }));
  EXPECT_EQ(taken_[60].kind, SubmitOutcome::Kind::Duplicate);
}

TEST_F(HandIn, HeadersStopAtTheFirstThatDoesNotHold) {
  chain_.extend_by(20);
  std::vector<BlockHeader> headers;
  for (Height at = 1; at <= 20; ++at) headers.push_back(block(at)->header());
  headers[9].time = 0;
  while (!consensus::check_proof_of_work(headers[9].hash(), headers[9].target, node_.network)) ++headers[9].nonce;
  engine_->hand_in(headers,
                   [this](const Engine::HeadersOutcome& outcome) { note([&] { placed_.push_back(outcome); }); });
  ASSERT_TRUE(wait([&] { return placed_.size() == 1; }));
  EXPECT_EQ(placed_[0].placed, 9u);
  EXPECT_EQ(placed_[0].last->height, 9);
  ASSERT_TRUE(placed_[0].rejection);
  EXPECT_EQ(placed_[0].rejection->reason(), "time-too-old");
  hand_in(block(20));
  ASSERT_TRUE(wait([&] { return taken_.size() == 1; }));
  EXPECT_EQ(taken_[0].rejection->reason(), "prev-blk-not-found");
}

TEST_F(HandIn, C101_WhatIsWrongByItselfIsToldAtOnceAndMutatedBodiesCondemnNothing) {
  chain_.extend_by(3);
  BlockDraft draft = chain_.draft();
  draft.header.merkle_root.bytes.fill(1);
  draft.mine();
  hand_in(draft.block());
  for (Height at = 1; at <= 3; ++at) hand_in(block(at));
  ASSERT_TRUE(wait([&] { return taken_.size() == 4; }));
  EXPECT_EQ(taken_[0].kind, SubmitOutcome::Kind::Rejected);
  EXPECT_EQ(taken_[0].rejection->reason(), "bad-txnmrklroot");
  EXPECT_TRUE(condemned_.empty());
  EXPECT_TRUE(wait_for_height(3));
}

TEST_F(HandIn, C124_ABlockWhoseCoinsFailIsToldLater) {
  chain_.extend_by(5);
  BlockDraft draft = chain_.draft({}, Amount{1});  // claims a fee that nobody paid
  const BlockPtr bad = draft.finish();
  for (Height at = 1; at <= 5; ++at) hand_in(block(at));
  hand_in(bad);
  ASSERT_TRUE(wait([&] { return !condemned_.empty(); }));
  EXPECT_EQ(condemned_[0].first, bad->hash());
  EXPECT_EQ(condemned_[0].second, "bad-cb-amount");
  ASSERT_TRUE(wait([&] { return taken_.size() == 6; }));
  EXPECT_EQ(taken_[5].kind, SubmitOutcome::Kind::Stored);
  EXPECT_TRUE(wait_for_height(5));
}

// Block files whose end is not known yet must not be written to.
TEST_F(HandIn, D03_DuringAReindexNothingNewIsStored) {
  chain_.extend_by(12);
  for (Height at = 1; at <= 10; ++at) hand_in(block(at));
  ASSERT_TRUE(wait_for_height(10));
  ASSERT_TRUE(engine_->close().ok());
  engine_.reset();
  node_.options.reindex = Reindex::Everything;
  engine_ = node_.open();
  ASSERT_TRUE(engine_->is_reindexing());
  const auto refused = engine_->submit(block(11));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, FaultKind::Busy);
  taken_.clear();
  hand_in(block(1));
  ASSERT_TRUE(wait([&] { return taken_.size() == 1; }));
  EXPECT_EQ(taken_[0].kind, SubmitOutcome::Kind::Rejected);
  EXPECT_FALSE(taken_[0].rejection);
  ASSERT_TRUE(engine_->import_block_files(go_on).ok());
  EXPECT_TRUE(wait_for_height(10));
  EXPECT_EQ(engine_->submit(block(11))->kind, SubmitOutcome::Kind::Connected);
  EXPECT_FALSE(engine_->fault());
}

TEST_F(HandIn, StoppingDropsWhatIsUnderWay) {
  chain_.extend_by(50);
  for (Height at = 1; at <= 50; ++at) hand_in(block(at));
  hand_in_headers(1, 50);
  EXPECT_TRUE(engine_->close().ok());
  hand_in_headers(1, 50);
  engine_.reset();
}

// A transaction whose scripts have verified when the mempool took it is not verified again with its block: here the
// note is false, so that the difference shows. Other flags, and catching up, do not believe it.
TEST_F(HandIn, P33_ScriptsThatHaveVerifiedAreNotVerifiedAgain) {
  chain_.extend_by(101);
  MutableTransaction unsigned_spend =
      chain_.key().spend({chain_.coinbase_coin(1)}, {{Amount{1'000}, test::kAnyoneCanSpend}});
  unsigned_spend.inputs[0].script_sig.clear();
  unsigned_spend.inputs[0].witness.clear();
  const TxPtr tx = unsigned_spend.freeze();
  const BlockPtr bad = chain_.draft({unsigned_spend}).finish();
  const auto flags = consensus::script_flags(node_.network, 102, bad->hash());
  const auto kind_with = [&](script::Flags noted) {
    auto before = std::make_shared<script_cache::ScriptCache>();
    static_cast<void>(before->remember({tx->wtxid, noted}, Unit{}));
    Node node{{.network = params::Network::Regtest}};
    node.options.verified_before = before;
    node.options.max_tip_age_seconds = INT32_MAX;
    auto engine = node.open();
    for (Height at = 1; at <= 101; ++at) EXPECT_FALSE(engine->submit(block(at))->rejection);
    const auto outcome = engine->submit(bad);
    EXPECT_TRUE(engine->close().ok());
    return outcome->kind;
  };
  EXPECT_EQ(kind_with(flags), SubmitOutcome::Kind::Connected);
  EXPECT_EQ(kind_with(flags.without({script::Flag::NullDummy})), SubmitOutcome::Kind::Rejected);
}

}  // namespace
}  // namespace kepeng::validation
