// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Descriptor text that is deep or long: refused with a reason, in time that grows no faster than the text.

#include <gtest/gtest.h>

#include <chrono>

#include <kepeng/base/hex.h>
#include <kepeng/descriptor/descriptor.h>

namespace kepeng::descriptor {
namespace {

const params::NetworkParams& main_network() {
  static const params::NetworkParams kNetwork = params::make_network({.network = params::Network::Main}).value();
  return kNetwork;
}

std::string repeated(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

// Nested `count` times, with or without the closing brackets.
std::vector<std::string> nests(std::size_t count) {
  std::vector<std::string> texts;
  for (const char* open :
       {"sh(", "wsh(", "tr(", "addr(", "raw(", "and_v(", "thresh(1,", "(", "[", "{", "wsh(a:", "a:"}) {
    texts.push_back(repeated(open, count));
    texts.push_back(repeated(open, count) + "0" + std::string(count, ')'));
  }
  const std::string key = "0260b2003c386519fc9eadf2b5cf124dd8eea4c4e68d5e154050a9346ea98ce600";
  texts.push_back("tr(" + key + "," + repeated("{pk(" + key + "),", count));
  texts.push_back("tr(" + key + "," + repeated("{", count) + repeated("}", count) + ")");
  texts.push_back("wsh(" + repeated("v", count) + ":pk(" + key + "))");
  texts.push_back("pk(" + repeated("[deadbeef/0]", count) + key + ")");
  texts.push_back("pk(" + key + repeated("/0", count) + ")");
  texts.push_back("multi(1," + repeated(key + ",", count) + key + ")");
  return texts;
}

TEST(DescriptorText, C133_NestedTenThousandDeepIsRefusedQuickly) {
  const auto begin = std::chrono::steady_clock::now();
  unsigned refused = 0;
  for (const std::string& text : nests(10'000)) {
    const auto parsed = parse_descriptor(text, main_network(), ChecksumNeed::Optional);
    ASSERT_FALSE(parsed.ok()) << text.substr(0, 20);
    EXPECT_FALSE(parsed.error().empty());
    ++refused;
  }
  EXPECT_EQ(refused, 30u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{5});
}

TEST(DescriptorText, C133_LongTextIsRefusedQuickly) {
  const auto begin = std::chrono::steady_clock::now();
  for (const char* part : {"a", "(", ")", "#", ",", "/", " ", "[", "{", "\xff"}) {
    const std::string text = repeated(part, 5'000'000);
    EXPECT_FALSE(parse_descriptor(text, main_network(), ChecksumNeed::Optional).ok());
    EXPECT_FALSE(parse_descriptor("addr(" + text + ")", main_network(), ChecksumNeed::Optional).ok());
    EXPECT_FALSE(parse_descriptor(text + "#00000000", main_network(), ChecksumNeed::Required).ok());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{10});
}

}  // namespace
}  // namespace kepeng::descriptor
