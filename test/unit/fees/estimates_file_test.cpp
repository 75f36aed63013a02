// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/fees/estimates_file.h>

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace kepeng::fees {
namespace {

constexpr std::size_t kHead = 20;                            // before the bounds
constexpr std::size_t kCountsAt = kHead + 1 + 8 * kBuckets;  // of the medium horizon

Estimator taught(double rate = 7'000) {
  Estimator estimator;
  estimator.add_block(500, {});
  std::uint64_t made = 0;
  for (Height height = 500; height < 900; ++height) {
    std::vector<Estimator::Mined> mined;
    for (int i = 0; i < 3; ++i) {
      Txid txid;
      store_le(txid.bytes.data(), ++made);
      estimator.add(txid, {height, rate});
      mined.push_back({txid, true});
    }
    estimator.add_block(height + 1, mined);
  }
  return estimator;
}
Bytes with_double(Bytes bytes, std::size_t at, double number) {
  store_le(bytes.data() + at, std::bit_cast<std::uint64_t>(number));
  return bytes;
}
std::string problem(ByteView bytes) {
  const auto read = read_estimates(bytes);
  return read ? "none" : read.error();
}

TEST(EstimatesFile, ComesBackAsItWas) {
  const Estimator before = taught();
  const Bytes bytes = write_estimates(before.keep());
  EXPECT_LT(bytes.size(), kFileBytesMax);
  auto read = read_estimates(bytes);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->best, 900);
  EXPECT_EQ(read->span.first, 501);
  EXPECT_EQ(read->span.last, 900);
  EXPECT_EQ(write_estimates(*read), bytes);
  Estimator after;
  after.restore(std::move(*read));
  for (const unsigned target : {2u, 6u, 100u}) {
    EXPECT_EQ(after.estimate(target, Mode::Economical).rate, before.estimate(target, Mode::Economical).rate);
    EXPECT_EQ(after.estimate(target, Mode::Economical).target, target);
  }
  EXPECT_EQ(after.usable_target_max(), 199u);
}

// The layout as bitcoind's: byte for byte where it is fixed.
TEST(EstimatesFile, LiesAsDocumented) {
  const Bytes bytes = write_estimates(taught().keep());
  EXPECT_EQ(load_le<std::uint32_t>(bytes.data()), 309'900u);
  EXPECT_EQ(load_le<std::uint32_t>(bytes.data() + 8), 900u);
  EXPECT_EQ(load_le<std::uint32_t>(bytes.data() + 12), 501u);
  EXPECT_EQ(load_le<std::uint32_t>(bytes.data() + 16), 900u);
  EXPECT_EQ(bytes[kHead], kBuckets);
  EXPECT_EQ(load_le<std::uint64_t>(bytes.data() + kHead + 1), std::bit_cast<std::uint64_t>(100.0));
  EXPECT_EQ(load_le<std::uint64_t>(bytes.data() + kHead + 9), std::bit_cast<std::uint64_t>(105.0));
  EXPECT_EQ(load_le<std::uint64_t>(bytes.data() + kCountsAt), std::bit_cast<std::uint64_t>(.9952));
  EXPECT_EQ(load_le<std::uint32_t>(bytes.data() + kCountsAt + 8), 2u);
  const std::size_t row = 1 + 8 * kBuckets;
  EXPECT_EQ(bytes.size(), kCountsAt + 3 * (12 + 2 * row + 2) + 2 * row * (12 + 24 + 42));
}

TEST(EstimatesFile, EveryTruncationIsSeen) {
  const Bytes bytes = write_estimates(taught().keep());
  for (std::size_t size = 0; size < bytes.size(); size += size < 64 ? 1 : 997) {
    EXPECT_NE(problem(ByteView{bytes}.first(size)), "none") << size;
  }
  EXPECT_EQ(problem(bytes), "none");
}

TEST(EstimatesFile, DamageIsSeen) {
  const Bytes good = write_estimates(taught().keep());
  Bytes bytes = good;
  store_le(bytes.data(), std::uint32_t{149'900});
  EXPECT_EQ(problem(bytes), "its version is 149900 and not 309900");
  store_le(bytes.data(), std::uint32_t{309'901});
  EXPECT_EQ(problem(bytes), "its version is 309901 and not 309900");
  bytes = good;
  store_le(bytes.data() + 12, std::uint32_t{901});
  EXPECT_EQ(problem(bytes), "its heights contradict each other");
  store_le(bytes.data() + 12, std::uint32_t{0xffffffff});
  EXPECT_EQ(problem(bytes), "its heights contradict each other");
  EXPECT_EQ(problem(with_double(good, kHead + 9, 106)), "its buckets are not ours");
  EXPECT_EQ(problem(with_double(good, kCountsAt, .99)), "its counts of the medium horizon are of another kind");
  const std::size_t first_rate = kCountsAt + 12 + 1;
  for (const double bad : {-1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
    EXPECT_EQ(problem(with_double(good, first_rate, bad)), "its counts of the medium horizon are damaged");
  }
  EXPECT_EQ(problem(with_double(good, first_rate, 1e-3)), "its counts of the medium horizon are damaged");
  // More in time than mined at all.
  const std::size_t first_in_time = first_rate + 2 * 8 * kBuckets + 1 + 1 + 1;
  EXPECT_EQ(problem(with_double(good, first_in_time, 5)), "its counts of the medium horizon are damaged");
  bytes = good;
  bytes[kHead] = 200;
  EXPECT_NE(problem(bytes), "none");
}

// Counts that have faded to almost nothing, and then to nothing, are no damage.
TEST(EstimatesFile, WhatHasFadedIsStillFine) {
  Estimator estimator = taught(kBounds[1]);  // the highest of its bucket, so that any rounding shows
  for (int blocks = 0; blocks < 22'000; ++blocks) {
    estimator.add_block(estimator.best() + 1, {});
    if (blocks < 17'000 || blocks % 10 != 0) continue;
    ASSERT_EQ(problem(write_estimates(estimator.keep())), "none") << blocks;
  }
}

// Whoever has seen more blocks speaks for the file: a short run does not replace a long one before it.
TEST(EstimatesFile, AShortRunKeepsTheSpanOfTheLongOne) {
  Estimator second;
  second.restore(taught().keep());
  Txid txid;
  store_le(txid.bytes.data(), std::uint64_t{1'000'000});
  second.add(txid, {900, 5'000});
  second.add_block(901, std::vector<Estimator::Mined>{{txid, true}});
  second.add_block(902, {});
  const Kept kept = second.keep();
  EXPECT_EQ(kept.best, 902);
  EXPECT_EQ(kept.span.first, 501);
  EXPECT_EQ(kept.span.last, 900);
}

}  // namespace
}  // namespace kepeng::fees
