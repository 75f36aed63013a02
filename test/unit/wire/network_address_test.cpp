// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/network_address.h>

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>

#include "support/vectors.h"
#include "wire_samples.h"

namespace kepeng::wire::test {
namespace {

using kepeng::test::read_shared_json;
using kepeng::test::unhex;

NetworkAddress address(std::string_view text) {
  const auto parsed = NetworkAddress::from_string(text, NetworkAddress::Fc00::Ipv6);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(NetworkAddress{});
}

// An addrv2 message with one entry, whose address is `bip155` (id, length, bytes).
Bytes addrv2_of(ByteView bip155) {
  Bytes payload{1, 1, 0, 0, 0, 0x09};
  append(payload, bip155);
  append(payload, Bytes{0x20, 0x8d});
  return payload;
}

TEST(NetworkAddress, Bip155Serialize) {
  KEPENG_NEED_VECTORS();
  const auto document = read_shared_json("vectors/p2p/bip155_addresses.json");
  int rows = 0;
  for (const auto& row : document["serialize"].GetArray()) {
    const std::string text = row["address"].GetString();
    const auto parsed = NetworkAddress::from_string(text);
    ++rows;
    ASSERT_EQ(parsed.has_value(), !row.HasMember("unparsable")) << text;
    if (!parsed) continue;
    EXPECT_EQ(parsed->to_string(), text);
    if (row.HasMember("v1")) {
      EXPECT_EQ(to_hex(parsed->to_v1()), row["v1"].GetString());
      if (parsed->has_v1_form()) {
        EXPECT_EQ(NetworkAddress::from_v1(parsed->to_v1()), *parsed);
      }
    }
    if (row.HasMember("v2")) {
      const Bytes payload = addrv2_of(unhex(row["v2"].GetString()));
      EXPECT_EQ(encode(AddrV2{{{1, 9, {*parsed, 0x208d}}}}), payload);
    }
  }
  EXPECT_EQ(rows, 6);
}

TEST(NetworkAddress, C127_Bip155Deserialize) {
  KEPENG_NEED_VECTORS();
  const auto document = read_shared_json("vectors/p2p/bip155_addresses.json");
  int rows = 0;
  for (const auto& row : document["deserialize_v2"].GetArray()) {
    const std::string hex = row["hex"].GetString();
    SCOPED_TRACE(hex);
    ++rows;
    Bytes payload = addrv2_of(unhex(hex));
    if (row.HasMember("error")) {
      // A vector that ends early is looked at without what an addrv2 message would have behind it.
      if (std::string{row["error"].GetString()} == "end of data") payload.erase(payload.end() - 2, payload.end());
      EXPECT_TRUE(error_of("addrv2", payload).has_value());
      continue;
    }
    const auto message = decode("addrv2", payload);
    ASSERT_TRUE(message.ok());
    const auto& entries = std::get<AddrV2>(*message).entries;
    if (row.HasMember("valid") && !row["valid"].GetBool()) {
      EXPECT_TRUE(entries.empty());
      continue;
    }
    ASSERT_EQ(entries.size(), 1u);
    const NetworkAddress& found = entries[0].endpoint.address;
    EXPECT_EQ(encode(*message), payload);
    if (std::string{row["network"].GetString()} == "internal") {
      EXPECT_FALSE(found.is_valid());
      EXPECT_FALSE(found.is_routable());
      continue;
    }
    EXPECT_EQ(name_of(found.network()), row["network"].GetString());
    EXPECT_EQ(found.to_string(), row["address"].GetString());
    EXPECT_EQ(found.is_valid(), row["valid"].GetBool());
    EXPECT_EQ(found.has_v1_form(), row["v1_compatible"].GetBool());
  }
  EXPECT_EQ(rows, 20);
}

TEST(NetworkAddress, C127_Routable) {
  for (const std::string_view text :
       {"8.8.8.8", "1.2.3.4", "100.128.0.1", "172.32.0.1", "2001:4860:4860::8888", "2001:db7::1", "64:ff9b::102:304",
        "::ffff:0:102:304", "2002:102:304::1", "2001::9d38:953c:1052:1b31", "fe80:0:0:1::1",
        "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion",
        "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p"}) {
    EXPECT_TRUE(address(text).is_routable()) << text;
  }
  for (const std::string_view text : {"0.0.0.0",
                                      "255.255.255.255",
                                      "127.0.0.1",
                                      "0.1.2.3",
                                      "10.1.2.3",
                                      "192.168.1.1",
                                      "172.16.0.1",
                                      "172.31.255.255",
                                      "169.254.3.4",
                                      "100.64.0.1",
                                      "198.18.0.1",
                                      "198.19.255.255",
                                      "192.0.2.1",
                                      "198.51.100.2",
                                      "203.0.113.3",
                                      "::",
                                      "::1",
                                      "::2",
                                      "::1.2.3.4",
                                      "0:1::1",
                                      "2001:db8::1",
                                      "fc00::1",
                                      "fd00::1",
                                      "fe80::1",
                                      "2001:10::1",
                                      "2001:1f::1",
                                      "2001:20::1",
                                      "2001:2f::1",
                                      "fd87:d87e:eb43::1",
                                      "fd6b:88c0:8724::1"}) {
    EXPECT_FALSE(address(text).is_routable()) << text;
  }
  EXPECT_TRUE(NetworkAddress::from_string("fc00::1", NetworkAddress::Fc00::Cjdns)->is_routable());
  EXPECT_EQ(NetworkAddress::from_string("fd00::1", NetworkAddress::Fc00::Cjdns)->network(), AddressNetwork::Ipv6);
  EXPECT_TRUE(address("127.3.2.1").is_local());
  EXPECT_TRUE(address("10.3.2.1").is_private());
}

TEST(NetworkAddress, Text) {
  constexpr std::pair<std::string_view, std::string_view> kRows[] = {{"::ffff:1.2.3.4", "1.2.3.4"},
                                                                     {"0:0:0:0:0:0:0:1", "::1"},
                                                                     {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
                                                                     {"1:0:0:2:0:0:3:4", "1::2:0:0:3:4"},
                                                                     {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
                                                                     {"ABCD:EF01::", "abcd:ef01::"},
                                                                     {"::1.2.3.4", "::102:304"},
                                                                     {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"}};
  for (const auto& [text, canonical] : kRows) EXPECT_EQ(address(text).to_string(), canonical);
  for (const std::string_view text : {"",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "256.1.1.1",
                                      "01.2.3.4",
                                      " 1.2.3.4",
                                      "1.2.3.4 ",
                                      ":::",
                                      "1::2::3",
                                      "12345::",
                                      "g::",
                                      "[::1]",
                                      "example.org",
                                      ".onion",
                                      "a.onion",
                                      "6hzph5hv6337r6p2.onion",
                                      ".b32.i2p",
                                      "ab.b32.i2p",
                                      "qg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion",
                                      "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq=.b32.i2p"}) {
    EXPECT_FALSE(NetworkAddress::from_string(text).has_value()) << text;
  }
  EXPECT_FALSE(NetworkAddress::from_string(std::string_view{"1.2.3.4\0x", 9}).has_value());
  EXPECT_TRUE(NetworkAddress::from_string("PG6MMJIYJMCRSSLVYKFWNNTLARU7P5SVN6Y2YMMJU6NUBXNDF4PSCRYD.ONION"));
}

TEST(NetworkAddress, LinkedIpv4) {
  const std::array<std::uint8_t, 4> kExpected{1, 2, 3, 4};
  for (const std::string_view text : {"1.2.3.4", "64:ff9b::102:304", "::ffff:0:102:304",
                                      "2002:102:304:9999:9999::", "2001:0:9999:9999:9999:9999:fefd:fcfb"}) {
    EXPECT_EQ(address(text).linked_ipv4(), kExpected) << text;
  }
  EXPECT_FALSE(address("2001:4860::1").linked_ipv4().has_value());
}

TEST(Endpoint, Text) {
  constexpr std::pair<std::string_view, std::string_view> kRows[] = {{"1.2.3.4", "1.2.3.4:8333"},
                                                                     {"1.2.3.4:0", "1.2.3.4:0"},
                                                                     {"1.2.3.4:65535", "1.2.3.4:65535"},
                                                                     {"::1", "[::1]:8333"},
                                                                     {"[::1]", "[::1]:8333"},
                                                                     {"[::1]:18444", "[::1]:18444"},
                                                                     {"2001:db8::1:2", "[2001:db8::1:2]:8333"}};
  for (const auto& [text, canonical] : kRows) {
    const auto endpoint = parse_endpoint(text, 8333);
    ASSERT_TRUE(endpoint.has_value()) << text;
    EXPECT_EQ(endpoint->to_string(), canonical);
  }
  for (const std::string_view text :
       {"", ":", "[", "[]", "]:1", "[:1", "[::1", "[::1]x", "[::1]:", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1",
        "1.2.3.4:+1", "1.2.3.4: 1", "1.2.3.4:1x", "1.2.3.4:000001", "[1.2.3.4:1]", ":8333"}) {
    EXPECT_FALSE(parse_endpoint(text, 8333).has_value()) << text;
  }
}

TEST(Addr, OldNamesKeepTheirBytes) {
  for (const std::string_view hex :
       {"00000000000000000000000000000000", "fd87d87eeb430102030405060708090a", "fd6b88c0872401020304050607080900",
        "00000000000000000000ffff00000000", "fc000001000200030004000500060007"}) {
    Bytes payload{1, 9, 8, 7, 6, 1, 0, 0, 0, 0, 0, 0, 0};
    append(payload, unhex(std::string{hex}));
    append(payload, Bytes{0x20, 0x8d});
    const auto message = decode("addr", payload);
    ASSERT_TRUE(message.ok());
    EXPECT_EQ(encode(*message), payload);
    EXPECT_FALSE(std::get<Addr>(*message).entries[0].endpoint.address.is_routable());
  }
}

}  // namespace
}  // namespace kepeng::wire::test
