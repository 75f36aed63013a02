// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>

namespace kepeng {
namespace {

TEST(Hex, WritesLowerCaseAndReadsBoth) {
  EXPECT_EQ(to_hex(Bytes{0x00, 0xab, 0xff}), "00abff");
  EXPECT_EQ(to_hex_reversed(Bytes{0x00, 0xab, 0xff}), "ffab00");
  EXPECT_EQ(from_hex("00ABff"), (Bytes{0x00, 0xab, 0xff}));
  EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Hex, B109_RefusesWhatIsNotWholePairsOfDigits) {
  for (const char* text : {"0", "0g", "0x00", " 00", "00 ", "abc"}) EXPECT_FALSE(from_hex(text)) << text;
}

}  // namespace
}  // namespace kepeng
