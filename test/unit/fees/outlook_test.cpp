// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/fees/outlook.h>

#include <gtest/gtest.h>

namespace kepeng::fees {
namespace {

using cluster::FeeSize;

TEST(RateOf, RoundsUpAndIsNeverNegative) {
  EXPECT_EQ(rate_of({100, 400}), 1'000);
  EXPECT_EQ(rate_of({1, 4'000'001}), 1);
  EXPECT_EQ(rate_of({0, 400}), 0);
  EXPECT_EQ(rate_of({-5, 400}), 0);
  EXPECT_EQ(rate_of({2'100'000'000'000'000, 1}), 1'000'000'000'000'000);
}

TEST(Outlook, FillsBlocksInTheOrderOfTheMiner) {
  Outlook outlook{{.block_weight = 1'000, .blocks = 3}};
  for (const std::int64_t fee : {900, 800, 700, 600, 500, 400}) outlook.take({fee, 300});
  EXPECT_EQ(outlook.weight(), 1'800);
  const auto& blocks = outlook.blocks();
  ASSERT_EQ(blocks.size(), 3u);
  EXPECT_EQ(blocks[0].weight, 900);
  EXPECT_TRUE(blocks[0].is_full);
  EXPECT_EQ(blocks[0].least, rate_of({700, 300}));
  EXPECT_EQ(blocks[0].at_half, rate_of({800, 300}));
  EXPECT_EQ(blocks[0].at_three_quarters, rate_of({700, 300}));
  EXPECT_EQ(blocks[1].weight, 900);
  EXPECT_FALSE(blocks[1].is_full);
  EXPECT_EQ(blocks[1].least, rate_of({400, 300}));
  EXPECT_EQ(blocks[2].weight, 0);
  EXPECT_FALSE(blocks[2].is_full);
}

TEST(Outlook, ABlockThatIsNotFilledHasNoMarks) {
  Outlook outlook{{.block_weight = 1'000, .blocks = 1}};
  outlook.take({900, 300});
  EXPECT_EQ(outlook.blocks()[0].at_half, 0);
  EXPECT_EQ(outlook.blocks()[0].at_three_quarters, 0);
  outlook.take({900, 200});
  EXPECT_EQ(outlook.blocks()[0].at_half, rate_of({900, 200}));
}

TEST(Histogram, IsEmptyForAnEmptyPool) {
  EXPECT_TRUE(Histogram{}.finish().empty());
}

TEST(Histogram, AddsUpToThePoolAndFalls) {
  Histogram histogram;
  std::int64_t size = 0;
  for (std::int64_t rate = 50'000; rate > 0; rate -= 10) {
    histogram.take({rate, 4'000});
    histogram.take({rate, 4'000});
    size += 2'000;
  }
  const auto bins = histogram.finish();
  ASSERT_GT(bins.size(), 10u);
  EXPECT_LT(bins.size(), 60u);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    sum += bins[i].size;
    if (i > 0) {
      EXPECT_LT(bins[i].rate, bins[i - 1].rate);
    }
    if (i + 1 < bins.size()) {
      EXPECT_GE(bins[i].size, 100'000);
    }
  }
  EXPECT_EQ(sum, size);
  EXPECT_EQ(bins.back().rate, 10);
}

TEST(Histogram, EqualRatesStayTogether) {
  Histogram histogram;
  for (int i = 0; i < 1'000; ++i) histogram.take({1'000, 4'000});
  for (int i = 0; i < 10; ++i) histogram.take({500, 4'000});
  const auto bins = histogram.finish();
  ASSERT_EQ(bins.size(), 2u);
  EXPECT_EQ(bins[0].rate, 1'000);
  EXPECT_EQ(bins[0].size, 1'000'000);
  EXPECT_EQ(bins[1].size, 10'000);
}

}  // namespace
}  // namespace kepeng::fees
