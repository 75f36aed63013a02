// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/subnet.h>

#include <gtest/gtest.h>

namespace kepeng::wire::test {
namespace {

Subnet subnet(std::string_view text) {
  const auto parsed = Subnet::from_string(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(Subnet{NetworkAddress{}});
}

NetworkAddress address(std::string_view text) {
  return NetworkAddress::from_string(text).value_or(NetworkAddress{});
}

TEST(Subnet, Text) {
  constexpr std::pair<std::string_view, std::string_view> kRows[] = {
      {"1.2.3.4", "1.2.3.4/32"},
      {"1.2.3.4/24", "1.2.3.0/24"},
      {"1.2.3.4/255.255.254.0", "1.2.2.0/23"},
      {"1.2.3.4/255.255.255.255", "1.2.3.4/32"},
      {"1.2.3.4/0.0.0.0", "0.0.0.0/0"},
      {"255.255.255.255/1", "128.0.0.0/1"},
      {"::ffff:1.2.3.4", "1.2.3.4/32"},
      {"2001:db8::1", "2001:db8::1/128"},
      {"2001:db8:ffff::1/33", "2001:db8:8000::/33"},
      {"1:2:3:4:5:6:7:8/ffff:ffff:ffff:fffe::", "1:2:3:4::/63"},
      {"::/0", "::/0"},
      {"pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion",
       "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"}};
  for (const auto& [text, canonical] : kRows) {
    EXPECT_EQ(subnet(text).to_string(), canonical);
    EXPECT_EQ(subnet(canonical), subnet(text));
  }
}

TEST(Subnet, WhatIsNone) {
  for (const std::string_view text :
       {"", "/", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/+8", "1.2.3.4/8x", "1.2.3.4/0008", "1.2.3.4/8/8",
        "1.2.3.4/255.0.255.0", "1.2.3.4/0.255.0.0", "1.2.3.4/ffff::", "::/129", "::/255.0.0.0", "::/ffff::1", "x/8",
        "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion/8"}) {
    EXPECT_FALSE(Subnet::from_string(text).has_value()) << text;
  }
}

TEST(Subnet, Contains) {
  EXPECT_TRUE(subnet("1.2.3.0/25").contains(address("1.2.3.127")));
  EXPECT_FALSE(subnet("1.2.3.0/25").contains(address("1.2.3.128")));
  EXPECT_TRUE(subnet("0.0.0.0/0").contains(address("255.1.2.3")));
  EXPECT_FALSE(subnet("0.0.0.0/0").contains(address("::1")));
  EXPECT_FALSE(subnet("::/0").contains(address("1.2.3.4")));
  EXPECT_TRUE(subnet("2001:db8::/32").contains(address("2001:db8:ffff::1")));
  EXPECT_FALSE(subnet("2001:db8::/32").contains(address("2001:db9::1")));
  EXPECT_FALSE(subnet("fc00::/7").contains(*NetworkAddress::from_string("fc00::1", NetworkAddress::Fc00::Cjdns)));
}

}  // namespace
}  // namespace kepeng::wire::test
