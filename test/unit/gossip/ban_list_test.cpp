// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/ban_list.h>

#include <gtest/gtest.h>

#include <string>

namespace kepeng::gossip::test {
namespace {

constexpr UnixTime kNow{1'800'000'000};
constexpr Ban kForAnHour{kNow, {1'800'003'600}};
constexpr Ban kForADay{kNow, {1'800'086'400}};

wire::Subnet subnet(std::string_view text) {
  return *wire::Subnet::from_string(text);
}
wire::NetworkAddress address(std::string_view text) {
  return *wire::NetworkAddress::from_string(text);
}
// Number `i` of many IPv6 addresses.
wire::NetworkAddress offender(std::uint32_t i) {
  wire::NetworkAddress::V1 bytes{0x2a, 0x00};
  store_be(bytes.data() + 4, i);
  return wire::NetworkAddress::from_v1(bytes);
}

TEST(BanList, P20_BansCoverTheirSubnetUntilTheyEnd) {
  BanList list{{1, 2}};
  EXPECT_TRUE(list.ban(subnet("8.8.0.0/16"), kForAnHour));
  EXPECT_TRUE(list.is_banned(address("8.8.255.1"), kNow));
  EXPECT_FALSE(list.is_banned(address("8.9.0.1"), kNow));
  EXPECT_TRUE(list.is_banned(subnet("8.8.0.0/16"), kNow));
  EXPECT_FALSE(list.is_banned(subnet("8.8.0.0/17"), kNow));
  EXPECT_TRUE(list.is_banned(address("8.8.1.1"), kNow + 3599));
  EXPECT_FALSE(list.is_banned(address("8.8.1.1"), kNow + 3600));
  EXPECT_FALSE(list.sweep(kNow + 3599));
  EXPECT_TRUE(list.sweep(kNow + 3600));
  EXPECT_TRUE(list.entries().empty());
}

TEST(BanList, LongerBansWin) {
  BanList list{{1, 2}};
  EXPECT_TRUE(list.ban(subnet("8.8.8.8"), kForAnHour));
  EXPECT_FALSE(list.ban(subnet("8.8.8.8"), kForAnHour));
  EXPECT_TRUE(list.ban(subnet("8.8.8.8"), kForADay));
  EXPECT_FALSE(list.ban(subnet("8.8.8.8/32"), kForAnHour));
  ASSERT_EQ(list.entries().size(), 1u);
  EXPECT_EQ(list.entries()[0].ban, kForADay);
}

TEST(BanList, UnbanTakesJustThatSubnet) {
  BanList list{{1, 2}};
  for (const std::string_view text : {"8.8.0.0/16", "8.8.8.8", "2a00::/16", "::/0", "0.0.0.0/0",
                                      "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"}) {
    EXPECT_TRUE(list.ban(subnet(text), kForADay));
  }
  EXPECT_EQ(list.entries().size(), 6u);
  EXPECT_FALSE(list.unban(subnet("8.8.0.0/17")));
  EXPECT_TRUE(list.unban(subnet("0.0.0.0/0")));
  EXPECT_TRUE(list.unban(subnet("8.8.8.8")));
  EXPECT_FALSE(list.unban(subnet("8.8.8.8")));
  EXPECT_TRUE(list.is_banned(address("8.8.8.8"), kNow)) << "by the wider one";
  EXPECT_TRUE(list.unban(subnet("8.8.0.0/16")));
  EXPECT_FALSE(list.is_banned(address("8.8.8.8"), kNow));
  EXPECT_TRUE(list.is_banned(address("2a01::1"), kNow)) << "by ::/0";
  EXPECT_TRUE(list.is_banned(address("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"), kNow));
  list.clear();
  EXPECT_FALSE(list.is_banned(address("2a01::1"), kNow));
}

// A million offenders: what they cost does not grow.
TEST(BanList, V32_P20_DiscouragingAMillionCostsNoMore) {
  BanList list{{1, 2}};
  for (std::uint32_t i = 0; i < 2 * kDiscouragedRemembered; ++i) list.discourage(offender(i));
  const std::size_t memory = list.discouraged_memory_bytes();
  EXPECT_LE(memory, 64 * kDiscouragedRemembered);
  for (std::uint32_t i = 2 * kDiscouragedRemembered; i < 1'000'000; ++i) list.discourage(offender(i));
  EXPECT_LE(list.discouraged_memory_bytes(), memory);
  for (std::uint32_t i = 1'000'000 - kDiscouragedRemembered; i < 1'000'000; ++i) {
    ASSERT_TRUE(list.is_discouraged(offender(i))) << i;
  }
  int strangers = 0;
  for (std::uint32_t i = 1'000'000; i < 1'100'000; ++i) strangers += list.is_discouraged(offender(i)) ? 1 : 0;
  EXPECT_EQ(strangers, 0);
  EXPECT_TRUE(list.entries().empty());
}

TEST(RecentSet, RemembersTheLast) {
  RecentSet set{100, {3, 4}};
  const auto thing = [](int i) { return std::to_string(i); };
  EXPECT_FALSE(set.contains(as_bytes("0")));
  for (int i = 0; i < 1000; ++i) {
    set.insert(as_bytes(thing(i)));
    set.insert(as_bytes(thing(i)));  // once is enough
    for (int back = 0; back < 100 && back <= i; ++back) ASSERT_TRUE(set.contains(as_bytes(thing(i - back))));
    if (i >= 200) {
      ASSERT_FALSE(set.contains(as_bytes(thing(i - 200))));
    }
  }
  set.clear();
  EXPECT_FALSE(set.contains(as_bytes("999")));
}

}  // namespace
}  // namespace kepeng::gossip::test
