// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/bloom_filter.h>

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>

#include "support/vectors.h"
#include "wire_samples.h"

namespace kepeng::wire::test {
namespace {

using kepeng::test::unhex;

TEST(Murmur3, KnownAnswers) {
  const std::tuple<std::uint32_t, std::uint32_t, const char*> kRows[] = {
      {0x00000000, 0x00000000, ""},          {0x6a396f08, 0xfba4c795, ""},       {0x81f16f39, 0xffffffff, ""},
      {0x514e28b7, 0x00000000, "00"},        {0xea3f0b17, 0xfba4c795, "00"},     {0xfd6cf10d, 0x00000000, "ff"},
      {0x16c6b7ab, 0x00000000, "0011"},      {0x8eb51c3d, 0x00000000, "001122"}, {0xb4471bf8, 0x00000000, "00112233"},
      {0xe2301fa8, 0x00000000, "0011223344"}};
  for (const auto& [expected, seed, hex] : kRows) EXPECT_EQ(murmur3(seed, unhex(hex)), expected) << hex;
}

TEST(BloomFilter, KnownFilter) {
  const Bytes known = unhex("99108ad8ed9bb6274d3980bab5a85c048f0950c8");
  const Bytes near_miss = unhex("19108ad8ed9bb6274d3980bab5a85c048f0950c8");
  BloomFilter filter{{Bytes(3), 5, 0, 1}};
  EXPECT_FALSE(filter.contains(known));
  filter.insert(known);
  EXPECT_TRUE(filter.contains(known));
  EXPECT_FALSE(filter.contains(near_miss));
  filter.insert(unhex("b5a2c786d9ef4658287ced5914b37a1b4aa32eee"));
  filter.insert(unhex("b9300670b4c5366e95b2699e8b18bc75e5f729c5"));
  EXPECT_EQ(to_hex(encode(filter.load())), "03614e9b050000000000000001");
  EXPECT_EQ(filter.update_mode(), BloomUpdate::All);
}

TEST(BloomFilter, KnownFilterWithTweak) {
  BloomFilter filter{{Bytes(3), 5, 2147483649u, 1}};
  for (const char* hex : {"99108ad8ed9bb6274d3980bab5a85c048f0950c8", "b5a2c786d9ef4658287ced5914b37a1b4aa32eee",
                          "b9300670b4c5366e95b2699e8b18bc75e5f729c5"}) {
    filter.insert(unhex(hex));
  }
  EXPECT_EQ(to_hex(encode(filter.load())), "03ce4299050000000100008001");
}

TEST(BloomFilter, C134_NothingToDivideBy) {
  for (const FilterLoad& load : {FilterLoad{{}, 1, 0, 0}, FilterLoad{{}, 50, 7, 1}, FilterLoad{{0}, 0, 0, 0},
                                 FilterLoad{{}, 0, 0, 2}, FilterLoad{{0}, 0, 9, 1}}) {
    const auto decoded = decode("filterload", encode(load));
    ASSERT_TRUE(decoded.ok());
    BloomFilter filter{std::get<FilterLoad>(*decoded)};
    for (std::uint32_t i = 0; i < 1000; ++i) {
      const TxPtr tx = sample_transaction(i);
      EXPECT_TRUE(filter.contains(tx->txid.view()));
      EXPECT_TRUE(filter.contains(tx->inputs[0].prevout));
      EXPECT_TRUE(filter.contains(ByteView{}));
      filter.insert(tx->txid.view());
      filter.insert(tx->inputs[0].prevout);
    }
    EXPECT_EQ(filter.load().bits, load.bits);
  }
}

TEST(BloomFilter, NeverMissesAndRarelyErrs) {
  BloomFilter filter{{Bytes(1200), 7, 5, 0}};
  for (std::uint32_t i = 0; i < 1000; ++i) filter.insert(OutPoint{Txid{{9}}, i});
  std::size_t strangers = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_TRUE(filter.contains(OutPoint{Txid{{9}}, i}));
    if (filter.contains(OutPoint{Txid{{8}}, i})) ++strangers;
  }
  EXPECT_LT(strangers, 30u);  // one in a hundred is expected
}

}  // namespace
}  // namespace kepeng::wire::test
