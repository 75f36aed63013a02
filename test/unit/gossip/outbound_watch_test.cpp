// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/outbound_watch.h>

#include <gtest/gtest.h>

#include <kepeng/chain/header_tree.h>

#include "support/chain_builder.h"

namespace kepeng::gossip {
namespace {

using Kind = ConnectionKind;
using wire::AddressNetwork;
using Tip = OutboundPlan::View::Tip;

constexpr std::int64_t kMinute = 60'000;

class Watch : public testing::Test {
 protected:
  Watch()
      : network_{params::make_network({.network = params::Network::Regtest}).value()},
        tree_{network_},
        chain_{network_} {
    chain_.extend_by(5);
    for (Height at = 1; at <= 5; ++at) {
      const auto& header = chain_.blocks()[static_cast<std::size_t>(at)]->header();
      entries_.push_back(tree_.place(header, {header.time + 1}).value());
    }
    tip_ = at(3);
  }
  const chain::Entry* at(Height height) const { return entries_[static_cast<std::size_t>(height - 1)]; }
  OutboundWatch::Facts& add(std::uint64_t number, Kind kind, const chain::Entry* best) {
    peers_.push_back({{number}, kind, AddressNetwork::Ipv4, now_, {}, best});
    return peers_.back();
  }
  OutboundWatch::Facts& peer(std::uint64_t number) {
    return *std::find_if(peers_.begin(), peers_.end(), [&](const auto& one) { return one.peer.number == number; });
  }
  // Looks every five seconds; whoever is given up leaves.
  void pass(std::int64_t milliseconds) {
    for (const Moment until = now_ + milliseconds; now_ < until;) {
      now_ = now_ + 5'000;
      Actions out;
      watch_.look({peers_, tip_}, now_, out);
      for (const Action& action : out) {
        if (const auto* parting = std::get_if<Disconnect>(&action)) {
          EXPECT_EQ(parting->blame, Blame::None);
          dropped_.push_back(parting->peer.number);
          std::erase_if(peers_, [&](const auto& one) { return one.peer == parting->peer; });
        } else {
          asked_.push_back(std::get<Send>(action).peer.number);
          EXPECT_TRUE(std::holds_alternative<wire::GetHeaders>(std::get<Send>(action).message));
        }
      }
    }
  }

  params::NetworkParams network_;
  chain::HeaderTree tree_;
  test::ChainBuilder chain_;
  std::vector<const chain::Entry*> entries_;
  const chain::Entry* tip_ = nullptr;
  OutboundNumbers numbers_{};
  OutboundWatch watch_{numbers_, 600};
  std::vector<OutboundWatch::Facts> peers_;
  Moment now_{1'000};
  std::vector<std::uint64_t> asked_;
  std::vector<std::uint64_t> dropped_;
};

TEST_F(Watch, P08_WhoIsBehindIsAskedAfterTwentyMinutesAndGivenUpAfterTwoMore) {
  add(1, Kind::BlockRelay, at(2));
  add(2, Kind::FullRelay, nullptr);
  add(3, Kind::Manual, nullptr);  // the operator's choice
  add(4, Kind::Inbound, nullptr);
  pass(20 * kMinute);
  EXPECT_TRUE(asked_.empty());
  pass(10'000);
  EXPECT_EQ(asked_, (std::vector<std::uint64_t>{1, 2}));
  pass(2 * kMinute - 10'000);
  EXPECT_TRUE(dropped_.empty());
  pass(10'000);
  EXPECT_EQ(dropped_, (std::vector<std::uint64_t>{1, 2}));
  pass(60 * kMinute);
  EXPECT_EQ(dropped_.size(), 2u);
}

TEST_F(Watch, P08_WhoFollowsInItsOwnTimeStays) {
  add(1, Kind::BlockRelay, at(2));
  pass(19 * kMinute);
  tip_ = at(4);
  peer(1).best_known = at(3);  // where we were
  pass(19 * kMinute);
  EXPECT_TRUE(asked_.empty());
  pass(2 * kMinute);
  EXPECT_EQ(asked_.size(), 1u);
  peer(1).best_known = at(4);
  pass(60 * kMinute);
  EXPECT_TRUE(dropped_.empty());
}

TEST_F(Watch, P08_FourThatHadOurChainAreSpared) {
  for (std::uint64_t number = 1; number <= 6; ++number) add(number, Kind::FullRelay, at(3));
  add(7, Kind::BlockRelay, at(3));
  pass(kMinute);
  tip_ = at(5);
  pass(30 * kMinute);
  EXPECT_EQ(dropped_, (std::vector<std::uint64_t>{5, 6, 7}));
}

TEST_F(Watch, P08_P23_AStaleTipWantsOneMoreAndTheSlowestGoes) {
  for (std::uint64_t number = 1; number <= 8; ++number) add(number, Kind::FullRelay, at(3)).last_block = now_;
  peer(6).last_block = {};
  pass(29 * kMinute);
  EXPECT_EQ(watch_.tip(), Tip::Current);
  pass(2 * kMinute);
  EXPECT_EQ(watch_.tip(), Tip::Stale);
  add(9, Kind::FullRelay, at(4));
  pass(25'000);
  EXPECT_TRUE(dropped_.empty());
  tip_ = at(4);
  peer(9).last_block = now_;
  pass(10'000);
  EXPECT_EQ(dropped_, std::vector<std::uint64_t>{6});
  EXPECT_EQ(watch_.tip(), Tip::Current);
  pass(10 * kMinute);
  EXPECT_EQ(peers_.size(), 8u);
}

TEST_F(Watch, P08_WhileBlocksAreOnTheirWayTheTipIsNotStale) {
  add(1, Kind::FullRelay, at(5)).owes_blocks = true;
  pass(60 * kMinute);
  EXPECT_EQ(watch_.tip(), Tip::Current);
  peer(1).owes_blocks = false;
  pass(11 * kMinute);
  EXPECT_EQ(watch_.tip(), Tip::Stale);
}

TEST_F(Watch, P23_TheOnlyPeerOfANetworkIsNoneTooMany) {
  for (std::uint64_t number = 1; number <= 8; ++number) add(number, Kind::FullRelay, at(3)).last_block = now_;
  add(9, Kind::FullRelay, at(3)).network = AddressNetwork::Onion;
  pass(kMinute);
  EXPECT_EQ(dropped_, std::vector<std::uint64_t>{8}) << "the newest of the equally slow";
}

TEST_F(Watch, P23_AFurtherBlockConnectionStaysOnlyInPlaceOfAnother) {
  add(1, Kind::BlockRelay, at(3)).last_block = now_;
  now_ = now_ + 1'000;
  add(2, Kind::BlockRelay, at(3));
  now_ = now_ + 1'000;
  add(3, Kind::BlockRelay, at(3));
  pass(25'000);
  EXPECT_TRUE(dropped_.empty());
  pass(10'000);
  EXPECT_EQ(dropped_, std::vector<std::uint64_t>{3});
  add(4, Kind::BlockRelay, at(3)).last_block = now_;
  pass(35'000);
  EXPECT_EQ(dropped_, (std::vector<std::uint64_t>{3, 2})) << "the new one was quicker";
}

}  // namespace
}  // namespace kepeng::gossip
