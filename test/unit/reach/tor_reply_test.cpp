// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/reach/tor_reply.h>

namespace kepeng::reach {
namespace {

// The reply that these lines end with, or nothing.
std::optional<TorReply> read(std::initializer_list<std::string> lines) {
  TorReplyReader reader;
  std::optional<TorReply> last;
  for (const std::string& line : lines) {
    auto taken = reader.take(line);
    if (!taken) return std::nullopt;
    last = *taken;
  }
  return last;
}

TEST(TorReply, LinesDataAndEnd) {
  const auto reply = read({"250-ServiceID=abc", "250+data=", "..dot", "250 no end", ".", "250 OK"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, 250);
  EXPECT_EQ(reply->lines, (std::vector<std::string>{"ServiceID=abc", "data=", ".dot", "250 no end", "OK"}));
  EXPECT_EQ(reply->value("ServiceID"), "abc");
  EXPECT_FALSE(reply->value("Service"));
  EXPECT_TRUE(read({"650 STATUS"})->is_event());
  EXPECT_FALSE(read({"250-OK"}));
  EXPECT_EQ(read({"250-AUTH METHODS=NULL", "250 OK"})->find("AUTH"), "METHODS=NULL");
}

TEST(TorReply, DamageIsNoReply) {
  for (const std::string line : {"", "250", "25x OK", "250=OK", "+50 OK", "-50 OK", "HTTP/1.1 400 Bad Request"}) {
    TorReplyReader reader;
    EXPECT_FALSE(reader.take(line)) << line;
  }
  TorReplyReader mixed;
  EXPECT_TRUE(mixed.take("250-a"));
  EXPECT_FALSE(mixed.take("251 b"));
}

TEST(TorReply, WhatNeverEndsIsBounded) {
  const auto lines_taken = [](const std::string& line) {
    TorReplyReader reader;
    std::size_t taken = 0;
    while (taken < 1'000'000 && reader.take(line)) ++taken;
    return taken;
  };
  EXPECT_EQ(lines_taken("250-x"), TorReplyReader::kLinesMax);
  EXPECT_EQ(lines_taken("250-" + std::string(16'000, 'x')), 4u);
}

TEST(TorReply, FieldsAndQuotes) {
  const auto fields = parse_tor_fields(R"(METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/a \"b\"\\\101\n" BARE  LAST=1)");
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->at("METHODS"), "COOKIE,SAFECOOKIE");
  EXPECT_EQ(fields->at("COOKIEFILE"), "/a \"b\"\\A\n");
  EXPECT_EQ(fields->at("BARE"), "");
  EXPECT_EQ(fields->at("LAST"), "1");
  EXPECT_FALSE(parse_tor_fields("A=\"open"));
  std::string many;
  for (int i = 0; i < 65; ++i) many += "F" + std::to_string(i) + " ";
  EXPECT_FALSE(parse_tor_fields(many));
  EXPECT_FALSE(parse_tor_fields("A=\"open\\\""));
  EXPECT_EQ(quote_for_tor("a\"b\\c\r\nd"), "\"a\\\"b\\\\c\\r\\nd\"");
}

}  // namespace
}  // namespace kepeng::reach
