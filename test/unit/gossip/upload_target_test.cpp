// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/upload_target.h>

#include <gtest/gtest.h>

namespace kepeng::gossip {
namespace {

constexpr UnixTime kStart{1'700'000'000};
constexpr std::uint64_t kDayOfBlocks = 144ull * 4'000'000;

TEST(UploadTarget, WithoutOneEverythingIsServed) {
  UploadTarget none;
  none.note_sent(1ull << 50, kStart);
  EXPECT_TRUE(none.serves_historical(kStart));
  EXPECT_FALSE(none.status(kStart).is_reached);
  EXPECT_EQ(none.status(kStart).target, 0u);
}

TEST(UploadTarget, KeepsEnoughForTheNewBlocksOfTheDay) {
  UploadTarget target{kDayOfBlocks + 1'000'000};
  target.note_sent(0, kStart);
  EXPECT_TRUE(target.serves_historical(kStart));
  target.note_sent(1'000'000, kStart);
  EXPECT_FALSE(target.serves_historical(kStart));
  EXPECT_FALSE(target.status(kStart).is_reached);
  // Later in the day fewer new blocks are to come.
  EXPECT_TRUE(target.serves_historical(kStart + 1'200));
  target.note_sent(kDayOfBlocks, kStart + 1'200);
  EXPECT_TRUE(target.status(kStart + 1'200).is_reached);
  EXPECT_EQ(target.status(kStart + 1'200).bytes_left, 0u);
  EXPECT_EQ(target.status(kStart + 1'200).seconds_left, 86'400 - 1'200);
}

TEST(UploadTarget, BeginsAnewEachDayAndWhenTheClockWasSetBack) {
  UploadTarget target{kDayOfBlocks + 1};
  target.note_sent(kDayOfBlocks + 1, kStart);
  EXPECT_TRUE(target.status(kStart + 86'399).is_reached);
  EXPECT_FALSE(target.status(kStart + 86'400).is_reached);
  EXPECT_FALSE(target.status(kStart + -5).is_reached);
  target.note_sent(1, kStart + 86'400);
  EXPECT_EQ(target.status(kStart + 86'400).bytes_left, kDayOfBlocks);
}

// One that is smaller than a day's blocks never serves old ones, and says so from the start.
TEST(UploadTarget, OfLessThanADayOfBlocksServesNoOldOnes) {
  EXPECT_FALSE(UploadTarget{1'000'000}.serves_historical(kStart));
}

}  // namespace
}  // namespace kepeng::gossip
