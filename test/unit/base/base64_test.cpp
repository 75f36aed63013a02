// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/base64.h>

#include <gtest/gtest.h>

#include <kepeng/base/random.h>

namespace kepeng {
namespace {

TEST(Base64, Rfc4648) {
  constexpr std::pair<std::string_view, std::string_view> kRows[] = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : kRows) {
    EXPECT_EQ(to_base64(as_bytes(plain)), text);
    const auto bytes = from_base64(text);
    ASSERT_TRUE(bytes.has_value()) << text;
    EXPECT_EQ(as_text(*bytes), plain);
  }
}

TEST(Base64, EveryLengthThereAndBack) {
  Prng random{64};
  for (std::size_t size = 0; size < 200; ++size) {
    Bytes bytes(size);
    random.fill(bytes);
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
  }
}

TEST(Base64, ReadsOnlyWhatItWrites) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "====", "=", "Zm9v=", "Zm9vYg", "Z=g=", "Zh==", "Zm9=", "Zm9v\n",
                           " Zm9", "Zm-_", "Zm9vZg==Zm9v", "Zm9\x80"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace kepeng
