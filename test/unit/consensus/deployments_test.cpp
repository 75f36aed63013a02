// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/consensus/deployments.h>

#include "support/header_line.h"

namespace kepeng::consensus {
namespace {

using params::Network;
using params::NetworkParams;
using script::Flag;
using script::Flags;

NetworkParams network_of(Network which, params::NetworkChoice choice = {}) {
  choice.network = which;
  return params::make_network(choice).value();
}

const BlockHash kOrdinary{{1}};

TEST(ScriptFlags, C092_C117_EveryFlagFromItsHeightOn) {
  struct Row {
    Network network;
    Height bip66, bip65, csv, segwit;
  };
  const Row rows[] = {{Network::Main, 363'725, 388'381, 419'328, 481'824},
                      {Network::Testnet3, 330'776, 581'885, 770'112, 834'624},
                      {Network::Testnet4, 1, 1, 1, 1},
                      {Network::Signet, 1, 1, 1, 1},
                      {Network::Regtest, 1, 1, 1, 0}};
  for (const Row& row : rows) {
    const NetworkParams network = network_of(row.network);
    for (const Height height : {0, 1, row.bip66, row.bip65, row.csv, row.segwit, 3'000'000}) {
      for (const Height at : {height - 1, height, height + 1}) {
        if (at < 0) continue;
        Flags expected{Flag::P2sh, Flag::Witness, Flag::Taproot};
        if (at >= row.bip66) expected = expected.with({Flag::DerSig});
        if (at >= row.bip65) expected = expected.with({Flag::CheckLockTimeVerify});
        if (at >= row.csv) expected = expected.with({Flag::CheckSequenceVerify});
        if (at >= row.segwit) expected = expected.with({Flag::NullDummy});
        EXPECT_EQ(script_flags(network, at, kOrdinary), expected) << at;
        EXPECT_TRUE(script::kConsensusFlags.contains(script_flags(network, at, kOrdinary)));
      }
    }
    EXPECT_EQ(script_flags(network, 3'000'000, kOrdinary), script::kConsensusFlags);
  }
}

TEST(ScriptFlags, C120_ExceptionsAreByHash) {
  const NetworkParams main = network_of(Network::Main);
  const auto bip16 = *BlockHash::from_string("00000000000002dc756eebf4f49723ed8d30cc28a5f108eb94b1ba88ac4f9c22");
  const auto taproot = *BlockHash::from_string("0000000000000000000f14c35b2d841e986ab5441de8c585d5ffe55ea1e395ad");
  const auto test3 = *BlockHash::from_string("00000000dd30457c001f4095d208cc1296b0eed002427aa599874af7a432b105");
  EXPECT_EQ(script_flags(main, 170'060, bip16), Flags{});
  EXPECT_EQ(script_flags(main, 692'261, taproot), script::kConsensusFlags.without({Flag::Taproot}));
  EXPECT_EQ(script_flags(network_of(Network::Testnet3), 21'000, test3), Flags{});
  // Flags by height are added on top.
  EXPECT_EQ(script_flags(main, 400'000, bip16), (Flags{Flag::DerSig, Flag::CheckLockTimeVerify}));
  // The same heights with other hashes, the same hash on another network.
  EXPECT_TRUE(script_flags(main, 170'060, kOrdinary).has(Flag::P2sh));
  EXPECT_TRUE(script_flags(main, 692'261, kOrdinary).has(Flag::Taproot));
  EXPECT_TRUE(script_flags(main, 21'000, test3).has(Flag::P2sh));
  EXPECT_TRUE(script_flags(network_of(Network::Testnet3), 170'060, bip16).has(Flag::P2sh));
}

TEST(ScriptFlags, C118_RegtestHeightsMoveThem) {
  const NetworkParams network = network_of(
      Network::Regtest, {.activation_heights = {"dersig@110", "cltv@111", "csv@112", "segwit@113", "bip34@114"}});
  const auto flags = [&](Height height) { return script_flags(network, height, kOrdinary); };
  EXPECT_FALSE(flags(109).has(Flag::DerSig));
  EXPECT_TRUE(flags(110).has(Flag::DerSig));
  EXPECT_FALSE(flags(110).has(Flag::CheckLockTimeVerify));
  EXPECT_TRUE(flags(111).has(Flag::CheckLockTimeVerify));
  EXPECT_FALSE(flags(111).has(Flag::CheckSequenceVerify));
  EXPECT_TRUE(flags(112).has(Flag::CheckSequenceVerify));
  EXPECT_FALSE(flags(112).has(Flag::NullDummy));
  EXPECT_TRUE(flags(113).has(Flag::NullDummy));
  EXPECT_TRUE(flags(0).has(Flag::Witness));
}

TEST(Subsidy, C107_HalvesUntilNothingIsLeft) {
  const NetworkParams main = network_of(Network::Main);
  EXPECT_EQ(block_subsidy(0, main).sats, 5'000'000'000);
  EXPECT_EQ(block_subsidy(209'999, main).sats, 5'000'000'000);
  EXPECT_EQ(block_subsidy(210'000, main).sats, 2'500'000'000);
  EXPECT_EQ(block_subsidy(6'719'999, main).sats, 2);
  EXPECT_EQ(block_subsidy(6'929'999, main).sats, 1);
  EXPECT_EQ(block_subsidy(6'930'000, main).sats, 0);
  EXPECT_EQ(block_subsidy(13'440'000, main).sats, 0);
  EXPECT_EQ(block_subsidy(INT32_MAX, main).sats, 0);
  const NetworkParams regtest = network_of(Network::Regtest);
  EXPECT_EQ(block_subsidy(149, regtest).sats, 5'000'000'000);
  EXPECT_EQ(block_subsidy(150, regtest).sats, 2'500'000'000);
  std::int64_t total = 0;
  for (int halving = 0; halving < 70; ++halving) total += 210'000 * block_subsidy(halving * 210'000, main).sats;
  EXPECT_EQ(total, 2'099'999'997'690'000);
}

// One version-bits deployment over hand-made periods of ten blocks.
class VersionBitsTest : public testing::Test {
 protected:
  VersionBitsTest() {
    deployment_.bit = 7;
    deployment_.period = 10;
    deployment_.threshold = 8;
    deployment_.start_time = 5'000;
    deployment_.timeout = 50'000;
  }
  // A period in which the first `signals` blocks signal; every block is 100 seconds after the last.
  void period(int signals, std::int32_t version = 0x20000000 | 1 << 7) {
    for (int i = 0; i < deployment_.period; ++i) {
      line_.push(HeaderFacts{{}, i < signals ? version : 0x20000000, time_, {}});
      time_ += 100;
    }
  }
  ThresholdState state() const { return threshold_state(line_, deployment_); }
  Height since() const { return threshold_state_since(line_, deployment_); }

  params::VersionBits deployment_;
  test::HeaderLine line_;
  std::uint32_t time_ = 4'000;
};

TEST_F(VersionBitsTest, GoesThroughItsStates) {
  period(10);  // before the start time nothing counts
  EXPECT_EQ(state(), ThresholdState::Defined);
  EXPECT_EQ(since(), 0);
  period(0);
  EXPECT_EQ(state(), ThresholdState::Started);
  EXPECT_EQ(since(), 20);
  period(7);
  EXPECT_EQ(state(), ThresholdState::Started);
  period(8);
  EXPECT_EQ(state(), ThresholdState::LockedIn);
  EXPECT_EQ(since(), 40);
  deployment_.min_activation_height = 60;
  period(0);
  EXPECT_EQ(state(), ThresholdState::LockedIn);
  period(0);
  EXPECT_EQ(state(), ThresholdState::Active);
  EXPECT_EQ(since(), 60);
  period(0);
  EXPECT_EQ(state(), ThresholdState::Active);
  // A state holds for whole periods.
  line_.cut_to(58);
  EXPECT_EQ(state(), ThresholdState::LockedIn);
  EXPECT_EQ(since(), 40);
}

TEST_F(VersionBitsTest, FailsAtTheTimeoutUnlessLockedInWithIt) {
  deployment_.timeout = 6'000;
  period(0);
  period(0);
  EXPECT_EQ(state(), ThresholdState::Started);
  test::HeaderLine before = line_;
  period(7);
  EXPECT_EQ(state(), ThresholdState::Failed);
  period(10);
  EXPECT_EQ(state(), ThresholdState::Failed);
  EXPECT_EQ(since(), 30);
  line_ = before;
  period(8);
  EXPECT_EQ(state(), ThresholdState::LockedIn);
}

TEST_F(VersionBitsTest, OnlyTheRightTopBitsSignal) {
  period(0);
  period(0);
  period(10, 0x40000000 | 1 << 7);
  EXPECT_EQ(state(), ThresholdState::Started);
  period(10, 1 << 7);
  EXPECT_EQ(state(), ThresholdState::Started);
  period(10, 0x20000000 | 1 << 8);
  EXPECT_EQ(state(), ThresholdState::Started);
  period(10, 0x3fffffff);
  EXPECT_EQ(state(), ThresholdState::LockedIn);
}

TEST_F(VersionBitsTest, CountsTheRunningPeriod) {
  period(0);
  period(0);
  period(4);
  line_.cut_to(24);
  VersionBitsStatistics statistics = threshold_statistics(line_, deployment_);
  EXPECT_EQ(statistics.elapsed, 5);
  EXPECT_EQ(statistics.count, 4);
  EXPECT_TRUE(statistics.possible);
  EXPECT_EQ(statistics.signalling, (std::vector<bool>{true, true, true, true, false}));
  line_.push(HeaderFacts{});
  EXPECT_TRUE(threshold_statistics(line_, deployment_).possible);
  line_.push(HeaderFacts{});
  EXPECT_FALSE(threshold_statistics(line_, deployment_).possible);
}

TEST_F(VersionBitsTest, AlwaysAndNever) {
  period(0);
  deployment_.start_time = params::VersionBits::kAlwaysActive;
  EXPECT_EQ(state(), ThresholdState::Active);
  EXPECT_EQ(since(), 0);
  deployment_.start_time = params::VersionBits::kNeverActive;
  EXPECT_EQ(state(), ThresholdState::Failed);
}

TEST_F(VersionBitsTest, MinersSignalWhileItIsOpen) {
  NetworkParams network = network_of(Network::Regtest);
  network.deployments = {deployment_};
  period(0);
  EXPECT_EQ(next_block_version(line_, network), 0x20000000);
  period(0);
  EXPECT_EQ(next_block_version(line_, network), 0x20000080);
  period(9);
  EXPECT_EQ(next_block_version(line_, network), 0x20000080);
  period(0);
  EXPECT_EQ(next_block_version(line_, network), 0x20000000);
  EXPECT_EQ(name_of(ThresholdState::LockedIn), "locked_in");
}

}  // namespace
}  // namespace kepeng::consensus
