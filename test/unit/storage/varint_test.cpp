// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/base/random.h>
#include <kepeng/storage/varint.h>

#include "support/vectors.h"

namespace kepeng::storage {
namespace {

using test::unhex;

TEST(Varint, KnownEncodings) {
  const std::vector<std::pair<std::uint64_t, std::string>> cases{
      {0, "00"},          {1, "01"},
      {127, "7f"},        {128, "8000"},
      {255, "807f"},      {256, "8100"},
      {16383, "fe7f"},    {16384, "ff00"},
      {16511, "ff7f"},    {16512, "808000"},
      {65535, "82fe7f"},  {0x100000000, "8efefeff00"},
      {259900, "8eed3c"}, {UINT64_MAX, "80fefefefefefefefe7f"},
  };
  for (const auto& [number, hex] : cases) {
    Bytes bytes;
    append_varint(bytes, number);
    EXPECT_EQ(to_hex(bytes), hex) << number;
    EXPECT_EQ(varint_length(number), bytes.size());
    Cursor cursor{bytes};
    EXPECT_EQ(read_varint(cursor), number);
    EXPECT_TRUE(cursor.ok());
    EXPECT_EQ(cursor.remaining(), 0u);
  }
}

TEST(Varint, RandomRoundTrips) {
  Prng chance{1};
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t number = chance.next() >> chance.below(64);
    Bytes bytes;
    append_varint(bytes, number);
    EXPECT_EQ(varint_length(number), bytes.size());
    Cursor cursor{bytes};
    ASSERT_EQ(read_varint(cursor), number);
  }
}

TEST(Varint, RefusesWhatDoesNotFitOrEnds) {
  const auto fails = [](const std::string& hex, auto type) {
    const Bytes bytes = unhex(hex);
    Cursor cursor{bytes};
    static_cast<void>(read_varint<decltype(type)>(cursor));
    return !cursor.ok();
  };
  EXPECT_TRUE(fails("", std::uint64_t{}));
  EXPECT_TRUE(fails("80", std::uint64_t{}));
  EXPECT_FALSE(fails("8efefefe7f", std::uint32_t{}));  // 2^32 - 1
  EXPECT_TRUE(fails("8efefeff00", std::uint32_t{}));   // 2^32
  EXPECT_FALSE(fails("86fefefe7f", std::int32_t{}));   // 2^31 - 1
  EXPECT_TRUE(fails("86fefeff00", std::int32_t{}));
  EXPECT_FALSE(fails("80fefefefefefefefe7f", std::uint64_t{}));
  EXPECT_TRUE(fails("80fefefefefefefeff00", std::uint64_t{}));
  EXPECT_TRUE(fails("ffffffffffffffffffffffff7f", std::uint64_t{}));
}

}  // namespace
}  // namespace kepeng::storage
