// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include <kepeng/base/random.h>

namespace kepeng {
namespace {

TEST(Random, FillsEveryByte) {
  // Over 64 fills of 300 bytes, a byte that is never written stays zero.
  std::array<int, 300> touched{};
  for (int round = 0; round < 64; ++round) {
    std::array<std::uint8_t, 300> bytes{};
    fill_random(bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) touched[i] |= bytes[i];
  }
  EXPECT_EQ(std::ranges::count(touched, 0), 0);
  fill_random({});
  EXPECT_NE(random_u64(), random_u64());
}

TEST(Prng, ASeedReplays) {
  Prng a{7};
  Prng b{7};
  Prng c{8};
  for (int i = 0; i < 100; ++i) {
    const auto draw = a.next();
    EXPECT_EQ(draw, b.next());
    EXPECT_NE(draw, c.next());
  }
}

TEST(Prng, SplitMixAndXoshiroMatchTheirReference) {
  // The first output of xoshiro256** whose state is the SplitMix64 sequence of seed 0 depends on its second word only:
  // rotl(6e789e6aa1b965f4 * 5, 7) * 9.
  Prng prng{0};
  EXPECT_EQ(prng.next(), 0x99ec5f36cb75f2b4u);
}

TEST(Prng, BelowIsInRangeAndReachesAll) {
  Prng prng{1};
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(prng.below(10));
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_EQ(*seen.rbegin(), 9u);
  EXPECT_EQ(prng.below(1), 0u);
  for (int i = 0; i < 1000; ++i) {
    const double unit = prng.unit();
    EXPECT_TRUE(unit >= 0 && unit < 1);
  }
}

TEST(Prng, FillCoversOddLengths) {
  Prng prng{3};
  Bytes bytes(13, 0);
  Bytes any(13, 0);
  for (int round = 0; round < 64; ++round) {
    prng.fill(bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) any[i] |= bytes[i];
  }
  EXPECT_EQ(std::ranges::count(any, 0), 0);
}

}  // namespace
}  // namespace kepeng
