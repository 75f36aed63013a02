// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <algorithm>

#include <kepeng/reach/interfaces.h>

namespace kepeng::reach {
namespace {

TEST(Interfaces, RoutesOfTheKernel) {
  const auto four = parse_ipv4_routes(
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
      "eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
      "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
  ASSERT_TRUE(four);
  EXPECT_EQ(four->address.to_string(), "192.168.1.1");
  EXPECT_EQ(four->interface, "eth0");
  const auto six = parse_ipv6_routes(
      "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 "
      "ffffffff 00000001 00000000 00200200       lo\n"
      "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 "
      "00000400 00000001 00000000 00450003     eth0\n");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->address.to_string(), "fe80::1");
  EXPECT_EQ(six->interface, "eth0");
}

TEST(Interfaces, DamageIsNoRoute) {
  for (const char* text : {"", "\n\n", "eth0", "eth0 0 0 0", "eth0 00000000 xyz 0003", "eth0 00000000 0101A8C0 0001",
                           "eth0 00000000 0101A8C0123456789 0003", "eth0 00000001 0101A8C0 0003"}) {
    EXPECT_FALSE(parse_ipv4_routes(text)) << text;
    EXPECT_FALSE(parse_ipv6_routes(text)) << text;
  }
}

TEST(Interfaces, OwnAddressesAreNotLoopback) {
  const auto addresses = interface_addresses(wire::NetworkAddress::Fc00::Ipv6);
  EXPECT_TRUE(std::ranges::none_of(addresses, [](const auto& one) { return one.is_local(); }));
}

}  // namespace
}  // namespace kepeng::reach
