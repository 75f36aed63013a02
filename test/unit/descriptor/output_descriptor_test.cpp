// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/output_descriptor.h>

#include <gtest/gtest.h>

#include <chrono>

#include "support/vectors.h"

namespace kepeng::descriptor {
namespace {

const params::NetworkParams& main_network() {
  static const params::NetworkParams kNetwork = params::make_network({.network = params::Network::Main}).value();
  return kNetwork;
}
const crypto::Signer& signer() {
  static const crypto::Signer kSigner{crypto::Hash32{}};
  return kSigner;
}

Result<OutputDescriptor, std::string> parse(std::string_view text, ChecksumNeed need = ChecksumNeed::Optional) {
  return OutputDescriptor::parse(text, main_network(), need, signer());
}
std::string error_of(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? "" : parsed.error();
}

TEST(KeyExpressions, C133_Bip380Vectors) {
  KEPENG_NEED_VECTORS();
  const auto vectors = test::read_shared_json("vectors/descriptors/bip380_389_390.json");
  unsigned cases = 0;
  for (const auto& row : vectors["key_expressions"].GetArray()) {
    const auto parsed = KeyExpression::parse(row["key"].GetString(), KeyForms::All, main_network(), signer());
    EXPECT_EQ(parsed.ok(), row["valid"].GetBool()) << row["key"].GetString() << ' ' << row["note"].GetString();
    ++cases;
  }
  EXPECT_EQ(cases, 37u);
}

// Those of BIP381 to BIP387; musig() and multipath are not read.
TEST(OutputDescriptors, C133_Bip381ToBip387Vectors) {
  KEPENG_NEED_VECTORS();
  const auto vectors = test::read_shared_json("vectors/descriptors/bip380_389_390.json");
  unsigned valid = 0;
  unsigned invalid = 0;
  std::size_t compared = 0;
  for (const auto& row : vectors["descriptors"].GetArray()) {
    if (row["bip"].GetInt() >= 389) continue;
    const std::string text = row["descriptor"].GetString();
    const auto parsed = parse(text);
    ASSERT_EQ(parsed.ok(), row["valid"].GetBool()) << text << ' ' << (parsed ? "" : parsed.error());
    if (!parsed) {
      ++invalid;
      continue;
    }
    std::vector<Bytes> found;
    const unsigned indexes = parsed->is_ranged() ? 3 : 1;
    bool needs_private_keys = false;
    for (unsigned index = 0; index < indexes; ++index) {
      const auto scripts = parsed->scripts_at(index, signer());
      needs_private_keys = needs_private_keys || !scripts;
      if (scripts) found.insert(found.end(), scripts->begin(), scripts->end());
    }
    std::vector<Bytes> expected;
    for (const auto& script : row["scripts"].GetArray()) expected.push_back(test::unhex(script.GetString()));
    if (needs_private_keys) {
      EXPECT_TRUE(expected.empty()) << text;
    } else {
      // Some rows say nothing, or stop before the third index.
      found.resize(std::min(found.size(), expected.size()));
      EXPECT_EQ(found, expected) << text;
      compared += expected.size();
    }
    // The public form is a descriptor of the same scripts, unless hardened steps hide them.
    const auto again = parse(with_checksum(parsed->public_text()), ChecksumNeed::Required);
    ASSERT_TRUE(again.ok()) << parsed->public_text() << ' ' << again.error();
    EXPECT_FALSE(again->has_private_keys());
    const auto scripts = again->scripts_at(0, signer());
    EXPECT_TRUE(!scripts || scripts == parsed->scripts_at(0, signer())) << text;
    ++valid;
  }
  EXPECT_EQ(valid, 58u);
  EXPECT_EQ(invalid, 39u);
  EXPECT_EQ(compared, 87u);
}

TEST(OutputDescriptors, C133_WhereFunctionsMayStand) {
  const std::string key = "03a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd";
  EXPECT_EQ(error_of("wsh(wsh(pk(" + key + ")))"), "Can only have wsh() at top level or inside sh()");
  EXPECT_EQ(error_of("sh(sh(pk(" + key + ")))"), "Can only have sh() at top level");
  EXPECT_EQ(error_of("wsh(wpkh(" + key + "))"), "Can only have wpkh() at top level or inside sh()");
  EXPECT_EQ(error_of("tr(" + key + ",multi(1," + key + "))"),
            "Can only have multi() at top level, in sh(), or in wsh()");
  EXPECT_EQ(error_of("nope(" + key + ")"), "'nope' is not a valid descriptor function");
  EXPECT_EQ(error_of("pk(" + key + ")"), "");
  for (const char* tail : {"", "x)", "))", ",1)", ")x"}) EXPECT_NE(error_of("pk(" + key + tail), "") << tail;
}

TEST(OutputDescriptors, C133_DeepTextIsRefusedQuicklyAndTheLimitIs128) {
  const std::string key = "a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd";
  const auto nested = [&](std::size_t depth) {
    std::string text = "tr(" + key + ",";
    for (std::size_t i = 0; i < depth; ++i) text += "{pk(" + key + "),";
    return text + "pk(" + key + ")" + std::string(depth, '}') + ")";
  };
  EXPECT_EQ(error_of(nested(128)), "");
  EXPECT_TRUE(parse(nested(128))->scripts_at(0, signer()).has_value());
  EXPECT_EQ(error_of(nested(129)), "tr() supports at most 128 nesting levels");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(error_of(nested(10'000)), "tr() supports at most 128 nesting levels");
  EXPECT_EQ(error_of("tr(" + key + "," + std::string(10'000'000, '{')), "tr() supports at most 128 nesting levels");
  for (const char* part : {"sh(", "wsh(", "tr(", "pk(", "[", "(", "a:", "{"}) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += part;
    EXPECT_NE(error_of(text), "") << part;
  }
  std::string steps =
      "pk(xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFd"
      "p6W1EGMcet8";
  for (int i = 0; i < 10'000; ++i) steps += "/0";
  EXPECT_EQ(error_of(steps + ")"), "A key path is too long");
  std::string keys = "tr(" + key + ",multi_a(1";
  for (int i = 0; i < 10'000; ++i) keys += "," + key;
  EXPECT_EQ(error_of(keys + "))"), "Cannot have more than 999 keys in multisig");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{5});
}

}  // namespace
}  // namespace kepeng::descriptor
