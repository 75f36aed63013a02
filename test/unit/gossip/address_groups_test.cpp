// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/address_groups.h>

#include <gtest/gtest.h>

#include "support/vectors.h"

namespace kepeng::gossip::test {
namespace {

using kepeng::test::read_shared;

wire::NetworkAddress address(const std::string& text) {
  const auto parsed = wire::NetworkAddress::from_string(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(wire::NetworkAddress{});
}

TEST(AddressGroups, WithoutAsmap) {
  const AddressGroups groups;
  const auto same = [&](const std::string& a, const std::string& b) {
    return groups.group_of(address(a)) == groups.group_of(address(b));
  };
  EXPECT_TRUE(same("8.8.1.1", "8.8.255.255"));
  EXPECT_FALSE(same("8.8.1.1", "8.9.1.1"));
  EXPECT_TRUE(same("8.8.1.1", "64:ff9b::808:203"));
  EXPECT_TRUE(same("2a00:1450:1::1", "2a00:1450:ffff::2"));
  EXPECT_FALSE(same("2a00:1450::1", "2a00:1451::1"));
  EXPECT_TRUE(same("2001:470:0fff::1", "2001:470:0001::1"));
  EXPECT_FALSE(same("2001:470:1000::1", "2001:470:0001::1"));
  EXPECT_TRUE(same("127.0.0.1", "::1"));
  EXPECT_TRUE(same("10.0.0.1", "192.168.1.1"));
  EXPECT_FALSE(same("10.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(same("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion",
                    "kpgvmscirrdqpekbqjsvw5teanhatztpp2gl6eee4zkowvwfxwenqaid.onion"));
}

TEST(AddressGroups, WithAsmap) {
  KEPENG_NEED_VECTORS();
  const AddressGroups groups{std::make_shared<const Asmap>(*Asmap::parse(read_shared("vectors/asmap/ip_asn.dat")))};
  const Asn asn = groups.asn_of(address("135.1.206.147"));
  EXPECT_EQ(asn, 8075u);
  EXPECT_EQ(groups.asn_of(address("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p")), 0u);
  AddressGroup expected{{0xfd}};
  store_le(expected.bytes.data() + 1, asn);
  EXPECT_EQ(groups.group_of(address("135.1.206.147")), expected);
}

}  // namespace
}  // namespace kepeng::gossip::test
