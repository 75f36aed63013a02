// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/arrival_limit.h>

#include <gtest/gtest.h>

namespace kepeng::gossip {
namespace {

using wire::NetworkAddress;

NetworkAddress at(const std::string& text) {
  return NetworkAddress::from_string(text).value();
}

TEST(ArrivalLimit, P36_TenAMinuteFromOneNetwork) {
  ArrivalLimit limit;
  for (int i = 0; i < 100; ++i) {
    const bool is_admitted = limit.admit(at("2a01:4f8:1:2::" + std::to_string(i)), {1'000 + i});
    EXPECT_EQ(is_admitted, i < 10) << i;
  }
  EXPECT_TRUE(limit.admit(at("2a01:4f8:1:3::1"), {1'200}));  // the neighbour
  EXPECT_EQ(limit.size(), 2u);
  // One more after six seconds, all ten after a minute; who keeps asking waits no longer for that.
  EXPECT_TRUE(limit.admit(at("2a01:4f8:1:2::1"), {8'000}));
  EXPECT_FALSE(limit.admit(at("2a01:4f8:1:2::1"), {8'000}));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(limit.admit(at("2a01:4f8:1:2::1"), {80'000}), i < 10) << i;
}

TEST(ArrivalLimit, P36_OthersPass) {
  ArrivalLimit limit;
  for (const char* text :
       {"1.2.3.4", "::1", "fe80::1", "fd00::1", "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"}) {
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(limit.admit(at(text), {1})) << text;
  }
  EXPECT_EQ(limit.size(), 0u);
}

TEST(ArrivalLimit, P36_ManyNetworksCostNoMore) {
  ArrivalLimit limit;
  const auto network = [](unsigned number) {
    NetworkAddress::V1 bytes{0x2a,
                             0x01,
                             0x04,
                             0xf8,
                             0,
                             static_cast<std::uint8_t>(number >> 16),
                             static_cast<std::uint8_t>(number >> 8),
                             static_cast<std::uint8_t>(number)};
    bytes[15] = 1;
    return NetworkAddress::from_v1(bytes);
  };
  for (unsigned i = 0; i < 3 * ArrivalLimit::kNetworksMax; ++i) {
    EXPECT_TRUE(limit.admit(network(i), {static_cast<std::int64_t>(i)}));
    ASSERT_LE(limit.size(), ArrivalLimit::kNetworksMax);
  }
  // A network that stays busy is remembered through all that.
  ArrivalLimit other;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(other.admit(network(0), {1}));
  for (unsigned i = 1; i < 2 * ArrivalLimit::kNetworksMax; ++i) {
    other.admit(network(i), {2});
    EXPECT_TRUE(i % 100 != 0 || !other.admit(network(0), {3}));
  }
  other.admit(network(1'000'000), {100'000});
  EXPECT_EQ(other.size(), 1u);
}

}  // namespace
}  // namespace kepeng::gossip
