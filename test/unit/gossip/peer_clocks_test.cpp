// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <limits>

#include <kepeng/gossip/peer_clocks.h>

namespace kepeng::gossip {
namespace {

TEST(PeerClocks, P27_B217_TheMiddleOneSaysWhetherOursIsOff) {
  PeerClocks clocks;
  for (int i = 0; i < 4; ++i) clocks.note(3 * 3'600);
  EXPECT_EQ(clocks.median(), 0);  // too few to know
  EXPECT_FALSE(clocks.are_far_from_ours());
  clocks.note(3 * 3'600);
  EXPECT_EQ(clocks.median(), 3 * 3'600);
  EXPECT_TRUE(clocks.are_far_from_ours());
}

TEST(PeerClocks, P27_AFewThatAreFarOffMeanNothing) {
  PeerClocks clocks;
  for (int i = 0; i < 4; ++i) clocks.note(std::numeric_limits<std::int64_t>::max());
  for (int i = 0; i < 5; ++i) clocks.note(-i);
  EXPECT_FALSE(clocks.are_far_from_ours());
}

TEST(PeerClocks, P27_TenMinutesAreTolerated) {
  PeerClocks early;
  PeerClocks late;
  for (int i = 0; i < 5; ++i) {
    early.note(-600);
    late.note(600);
  }
  EXPECT_FALSE(early.are_far_from_ours());
  EXPECT_FALSE(late.are_far_from_ours());
  for (int i = 0; i < 6; ++i) {
    early.note(-601);
    late.note(601);
  }
  EXPECT_TRUE(early.are_far_from_ours());
  EXPECT_TRUE(late.are_far_from_ours());
}

TEST(PeerClocks, P27_OnlyTheLatestFiftyCount) {
  PeerClocks clocks;
  for (int i = 0; i < 1'000; ++i) clocks.note(std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(clocks.are_far_from_ours());
  for (int i = 0; i < 50; ++i) clocks.note(1);
  EXPECT_EQ(clocks.median(), 1);
}

}  // namespace
}  // namespace kepeng::gossip
