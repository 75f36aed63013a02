// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/asmap.h>

#include <gtest/gtest.h>

#include <kepeng/base/random.h>

#include "support/vectors.h"

namespace kepeng::gossip {
namespace {

using wire::NetworkAddress;

// Writes a map bit by bit, from the text of its bits.
Bytes program_of(std::string_view bits) {
  Bytes program;
  std::size_t at = 0;
  for (const char bit : bits) {
    if (bit == ' ') continue;
    if (at % 8 == 0) program.push_back(0);
    if (bit == '1') program.back() = static_cast<std::uint8_t>(program.back() | 1u << (at % 8));
    ++at;
  }
  return program;
}

std::uint32_t as_number(const Asmap& map, std::string_view address) {
  return map.as_number(NetworkAddress::from_string(address).value());
}

// RETURN of AS 1 and of AS 2: opcode 0, class bit 0, fifteen bits of the number less one.
constexpr std::string_view kReturn1 = "0 0 000000000000000";
constexpr std::string_view kReturn2 = "0 0 000000000000001";
// JUMP over `kReturn1`, which is the shortest one: opcode 10, class bit 0, five bits of 17 - 17.
constexpr std::string_view kJumpOverOne = "10 0 00000";
constexpr std::string_view kDefault3 = "111 0 000000000000010";
// MATCH of one zero bit (binary 10): opcode 110, class bit 0, one bit of 2 - 2.
constexpr std::string_view kMatchZero = "110 0 0";

template <class... Part>
Bytes program(Part... part) {
  return program_of((std::string{part} + ...));
}

TEST(Asmap, Lookups) {
  KEPENG_NEED_VECTORS();
  const auto document = kepeng::test::read_shared_json("vectors/asmap/lookups.json");
  std::size_t looked_up = 0, mapped = 0;
  for (const char* file : {"ip_asn.dat", "asmap_small.raw"}) {
    const auto map = Asmap::parse(kepeng::test::read_shared(std::string{"vectors/asmap/"} + file));
    ASSERT_TRUE(map.ok()) << file << ": " << map.error();
    for (const auto& row : document[file].GetArray()) {
      const std::string ip = row["ip"].GetString();
      const auto address = NetworkAddress::from_string(ip);
      ASSERT_TRUE(address.has_value()) << ip;
      EXPECT_EQ(map->lookup(address->to_v1()), row["asn"].GetUint()) << file << " " << ip;
      ++looked_up;
      mapped += row["asn"].GetUint() != 0;
    }
  }
  EXPECT_EQ(looked_up, 608u);
  EXPECT_GT(mapped, 300u);
}

TEST(Asmap, OneInstructionOfEach) {
  const auto by_first_bit = Asmap::parse(program(kJumpOverOne, kReturn1, kReturn2));
  ASSERT_TRUE(by_first_bit.ok()) << by_first_bit.error();
  EXPECT_EQ(as_number(*by_first_bit, "2a00::1"), 1u);
  EXPECT_EQ(as_number(*by_first_bit, "8000::1"), 2u);

  const auto by_match = Asmap::parse(program(kDefault3, kMatchZero, kReturn1));
  ASSERT_TRUE(by_match.ok()) << by_match.error();
  EXPECT_EQ(as_number(*by_match, "2a00::1"), 1u);
  EXPECT_EQ(as_number(*by_match, "8000::1"), 3u);
}

TEST(Asmap, TransitionFormatsAreLookedUpAsTheirIpv4Address) {
  KEPENG_NEED_VECTORS();
  const auto map = Asmap::parse(kepeng::test::read_shared("vectors/asmap/ip_asn.dat"));
  ASSERT_TRUE(map.ok());
  EXPECT_EQ(as_number(*map, "135.1.206.147"), 8075u);
  EXPECT_EQ(as_number(*map, "2002:8701:ce93::1"), 8075u);
  EXPECT_EQ(as_number(*map, "64:ff9b::8701:ce93"), 8075u);
  EXPECT_EQ(as_number(*map, "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"), 0u);
  EXPECT_EQ(map->as_number(NetworkAddress::from_string("fc00::1", NetworkAddress::Fc00::Cjdns).value()), 0u);
}

TEST(Asmap, DamageIsNamed) {
  struct Row {
    Bytes bytes;
    std::string_view wrong;
  };
  const std::string sixteen_full_matches = [] {
    std::string text;
    for (int i = 0; i < 16; ++i) text += "110 1111111 00000000";  // eight zero bits: 256
    return text;
  }();
  const Row rows[] = {
      {{}, "it ends inside the program"},
      {program("0 0 0000"), "it ends inside the program"},
      {program("111"), "it ends inside the program"},
      {program(kReturn1, "0000000 00000000"), "bytes behind the program"},
      {program(kReturn1, "1"), "padding that is not zero"},
      {program(kDefault3, kReturn1), "a default that is returned at once"},
      {program(kDefault3, kDefault3, kMatchZero, kReturn1), "two defaults in a row"},
      {program(kMatchZero, kMatchZero, kReturn1), "matches that should be one"},
      {program("10 0 11111", kReturn1), "a jump past the end"},
      {program("10 0 00001", kReturn1, kReturn2), "code that nothing reaches"},
      {program("10 0 00001", kReturn1, "0", kReturn2), "code that nothing reaches"},
      {program("10 0 00100", kDefault3, kMatchZero, kReturn1), "a jump into the middle of an instruction"},
      {program("10 0 10000", "10 0 11111", kReturn1, kReturn1, kReturn1), "jumps that cross each other"},
      {program(sixteen_full_matches, kMatchZero, kReturn1), "a match of more bits than an address has"},
      {program(sixteen_full_matches, kJumpOverOne, kReturn1, kReturn2), "a jump when the address is used up"},
  };
  EXPECT_TRUE(Asmap::parse(program(sixteen_full_matches, kReturn1)).ok());
  for (const Row& row : rows) {
    const auto map = Asmap::parse(row.bytes);
    ASSERT_FALSE(map.ok()) << row.wrong;
    EXPECT_NE(map.error().find(row.wrong), std::string::npos) << map.error() << " / " << row.wrong;
  }
  EXPECT_FALSE(Asmap::parse(Bytes(kAsmapBytesMax + 1)).ok());
}

TEST(Asmap, AnyCutIsRefused) {
  KEPENG_NEED_VECTORS();
  const Bytes whole = kepeng::test::read_shared("vectors/asmap/asmap_small.raw");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Asmap::parse(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))).ok()) << size;
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(Asmap::parse(longer).ok());
}

// Whatever bit is flipped: refused, or a map that answers.
TEST(Asmap, FlippedBitsNeverMisleadTheInterpreter) {
  KEPENG_NEED_VECTORS();
  const Bytes whole = kepeng::test::read_shared("vectors/asmap/asmap_small.raw");
  Prng random{7};
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ 1u << (bit % 8));
    const auto map = Asmap::parse(damaged);
    refused += !map.ok();
    for (int i = 0; map.ok() && i < 100; ++i) {
      NetworkAddress::V1 ip;
      random.fill(ip);
      map->lookup(ip);
    }
  }
  EXPECT_GT(refused, whole.size());
}

}  // namespace
}  // namespace kepeng::gossip
