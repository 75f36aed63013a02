// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/base32.h>

#include <gtest/gtest.h>

#include <kepeng/base/random.h>

namespace kepeng {
namespace {

TEST(Base32, Rfc4648) {
  constexpr std::pair<std::string_view, std::string_view> kRows[] = {{"", ""},
                                                                     {"f", "my"},
                                                                     {"fo", "mzxq"},
                                                                     {"foo", "mzxw6"},
                                                                     {"foob", "mzxw6yq"},
                                                                     {"fooba", "mzxw6ytb"},
                                                                     {"foobar", "mzxw6ytboi"}};
  for (const auto& [plain, text] : kRows) {
    EXPECT_EQ(to_base32(as_bytes(plain)), text);
    const auto bytes = from_base32(text);
    ASSERT_TRUE(bytes.has_value()) << text;
    EXPECT_EQ(as_text(*bytes), plain);
  }
  EXPECT_EQ(from_base32("MZXW6"), from_base32("mzxw6"));
}

TEST(Base32, EveryLengthThereAndBack) {
  Prng random{32};
  for (std::size_t length = 0; length < 100; ++length) {
    Bytes bytes(length);
    random.fill(bytes);
    EXPECT_EQ(from_base32(to_base32(bytes)), bytes);
  }
}

TEST(Base32, RefusesWhatItDoesNotWrite) {
  for (const std::string_view text :
       {"m", "mzx", "mzxw6y", "mz", "mzxw6=", "mzx 6", "mzxw0", "mzxw1", "mzxw8", "mz\xc3\xa4"}) {
    EXPECT_FALSE(from_base32(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace kepeng
