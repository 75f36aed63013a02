// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/net/endpoint.h>

namespace kepeng::net {
namespace {

TEST(Endpoint, TextAndBack) {
  const auto parsed = [](std::string_view text) { return Endpoint::parse(text, 8333).value_or(Endpoint{}); };
  EXPECT_EQ(parsed("1.2.3.4"), (Endpoint{"1.2.3.4", 8333}));
  EXPECT_EQ(parsed("1.2.3.4:18444"), (Endpoint{"1.2.3.4", 18444}));
  EXPECT_EQ(parsed("::1"), (Endpoint{"::1", 8333}));
  EXPECT_EQ(parsed("[::1]"), (Endpoint{"::1", 8333}));
  EXPECT_EQ(parsed("[::1]:1"), (Endpoint{"::1", 1}));
  EXPECT_EQ(parsed("peer.example:65535"), (Endpoint{"peer.example", 65535}));
  EXPECT_EQ(parsed("name.b32.i2p"), (Endpoint{"name.b32.i2p", 0}));
  for (const char* text : {"1.2.3.4:18444", "[::1]:1", "name.onion:80", "name.b32.i2p:0"})
    EXPECT_EQ(parsed(text).to_string(), text);
}

TEST(Endpoint, Paths) {
  EXPECT_EQ(Endpoint::at_path("/run/tor/socks")->to_string(), "unix:/run/tor/socks");
  EXPECT_TRUE(Endpoint::at_path("/run/tor/socks")->is_path());
  EXPECT_FALSE((Endpoint{"1.2.3.4", 1}.is_path()));
  EXPECT_TRUE(Endpoint::at_path("/" + std::string(106, 'a')));
  for (const std::string& path :
       {std::string{""}, std::string{"a/b"}, "/" + std::string(107, 'a'), std::string("/a\0b", 4)}) {
    EXPECT_FALSE(Endpoint::at_path(path));
  }
}

TEST(Endpoint, B109_WhatIsNoneIsRefused) {
  for (const char* text : {"", ":1", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:+1", "1.2.3.4:1x", "[::1",
                           "[::1]1", "[]:1", "a b:1", "a/b", "a.b32.i2p:8333"}) {
    EXPECT_FALSE(Endpoint::parse(text, 8333)) << text;
  }
  EXPECT_FALSE(Endpoint::parse(std::string(256, 'a'), 8333));
  EXPECT_TRUE(Endpoint::parse(std::string(255, 'a'), 8333));
}

}  // namespace
}  // namespace kepeng::net
