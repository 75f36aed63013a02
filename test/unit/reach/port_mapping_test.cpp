// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/reach/port_mapping.h>

namespace kepeng::reach {
namespace {

const MappingNonce kNonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

MappingWish wish() {
  return {.client = wire::NetworkAddress::ipv4({192, 168, 1, 9}).to_v1(), .port = 8333, .lifetime_seconds = 7200};
}

Bytes hex(std::string_view text) {
  std::string digits{text};
  std::erase(digits, ' ');
  return *from_hex(digits);
}

// RFC 6887, 11.1: the answer to `wish`, with a result code.
Bytes pcp_answer(std::uint8_t code = 0) {
  Bytes datagram =
      hex("02 81 00 00 00000e10 00000064 000000000000000000000000"
          "0102030405060708090a0b0c 06 000000 208d 2090 00000000000000000000ffff 5db8d822");
  datagram[3] = code;
  return datagram;
}

TEST(PcpMap, TheQuestionByteByByte) {
  EXPECT_EQ(encode_pcp_map(wish(), kNonce),
            hex("02 01 0000 00001c20 00000000000000000000ffffc0a80109"
                "0102030405060708090a0b0c 06 000000 208d 208d 00000000000000000000ffff00000000"));
  MappingWish six = wish();
  six.client = wire::NetworkAddress::from_string("2001:db8::9")->to_v1();
  EXPECT_EQ(encode_pcp_map(six, kNonce), hex("02 01 0000 00001c20 20010db8000000000000000000000009"
                                             "0102030405060708090a0b0c 06 000000 208d 208d "
                                             "00000000000000000000000000000000"));
}

TEST(PcpMap, TheAnswer) {
  const auto mapping = decode_pcp_map(pcp_answer(), wish(), kNonce);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->external.to_string(), "93.184.216.34:8336");
  EXPECT_EQ(mapping->lifetime_seconds, 3600u);
  EXPECT_EQ(decode_pcp_map(pcp_answer(2), wish(), kNonce).error().problem, MappingProblem::Refused);
  EXPECT_EQ(decode_pcp_map(pcp_answer(2), wish(), kNonce).error().code, 2);
  EXPECT_EQ(decode_pcp_map(pcp_answer(1), wish(), kNonce).error().problem, MappingProblem::UnsupportedVersion);
  // A router of the older protocol, and one of a later version.
  EXPECT_EQ(decode_pcp_map(hex("00 81 0001 00000064"), wish(), kNonce).error().problem,
            MappingProblem::UnsupportedVersion);
  Bytes later = pcp_answer(1);
  later[0] = 3;
  EXPECT_EQ(decode_pcp_map(later, wish(), kNonce).error().problem, MappingProblem::UnsupportedVersion);
}

// Whatever is cut off or changed: no mapping, and no byte beyond the end is read.
TEST(PcpMap, DamageIsNoAnswer) {
  const Bytes whole = pcp_answer();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_pcp_map(ByteView{whole}.first(size), wish(), kNonce)) << size;
  }
  for (const std::size_t at : {0, 1, 24, 35, 36, 40, 41}) {
    Bytes changed = whole;
    changed[at] ^= 0x40;
    const auto decoded = decode_pcp_map(changed, wish(), kNonce);
    ASSERT_FALSE(decoded) << at;
    EXPECT_EQ(decoded.error().problem, MappingProblem::NotAnAnswer) << at;
  }
  Bytes no_time = whole;
  std::fill_n(no_time.begin() + 4, 4, 0);
  EXPECT_FALSE(decode_pcp_map(no_time, wish(), kNonce));
  Bytes long_one = whole;
  long_one.resize(kMappingDatagramMax + 1);
  EXPECT_FALSE(decode_pcp_map(long_one, wish(), kNonce));
}

TEST(NatPmp, ByteByByte) {
  EXPECT_EQ(encode_nat_pmp_address(), hex("00 00"));
  EXPECT_EQ(encode_nat_pmp_map(wish()), hex("00 02 0000 208d 208d 00001c20"));
  EXPECT_EQ(decode_nat_pmp_address(hex("00 80 0000 00000064 5db8d822"))->to_string(), "93.184.216.34");
  EXPECT_EQ(decode_nat_pmp_address(hex("00 80 0003 00000064 00000000")).error().code, 3);
  const auto given = decode_nat_pmp_map(hex("00 82 0000 00000064 208d 2090 00000e10"), wish());
  ASSERT_TRUE(given);
  EXPECT_EQ(given->external_port, 0x2090);
  EXPECT_EQ(given->lifetime_seconds, 3600u);
  EXPECT_EQ(decode_nat_pmp_map(hex("00 82 0002 00000064"), wish()).error().problem, MappingProblem::Refused);
  for (const char* bad : {"", "00", "00 82 0000 00000064", "00 82 0000 00000064 208e 2090 00000e10",
                          "00 82 0000 00000064 208d 0000 00000e10", "00 82 0000 00000064 208d 2090 00000000",
                          "00 82 0000 00000064 208d 2090 00000e10 00", "00 02 0000 00000064 208d 2090 00000e10",
                          "02 82 0000 00000064 208d 2090 00000e10"}) {
    EXPECT_EQ(decode_nat_pmp_map(hex(bad), wish()).error().problem, MappingProblem::NotAnAnswer) << bad;
  }
}

TEST(MappingTalk, ByPcp) {
  MappingTalk talk{wish(), kNonce};
  const auto first = talk.begin();
  EXPECT_EQ(first.send, encode_pcp_map(wish(), kNonce));
  EXPECT_EQ(first.wait_ms, 250);
  EXPECT_TRUE(talk.on_datagram(hex("0000")).send.empty());
  EXPECT_EQ(talk.on_time_out().wait_ms, 500);
  const auto done = talk.on_datagram(pcp_answer());
  ASSERT_TRUE(done.mapping);
  EXPECT_EQ(done.mapping->external.port, 8336);
}

TEST(MappingTalk, SilenceAndOldRoutersAreAskedByNatPmp) {
  MappingTalk silent{wish(), kNonce};
  MappingTalk old{wish(), kNonce};
  silent.begin();
  for (int i = 1; i < MappingTalk::kTriesMax; ++i) EXPECT_EQ(silent.on_time_out().send.size(), 60u);
  EXPECT_EQ(silent.on_time_out().send, encode_nat_pmp_address());
  old.begin();
  EXPECT_EQ(old.on_datagram(hex("00 81 0001 00000064")).send, encode_nat_pmp_address());
  EXPECT_TRUE(old.on_datagram(pcp_answer()).send.empty());  // too late
  const auto port = old.on_datagram(hex("00 80 0000 00000064 5db8d822"));
  EXPECT_EQ(port.send, encode_nat_pmp_map(wish()));
  EXPECT_EQ(port.wait_ms, 250);
  const auto done = old.on_datagram(hex("00 82 0000 00000064 208d 2090 00000e10"));
  ASSERT_TRUE(done.mapping);
  EXPECT_EQ(done.mapping->external.to_string(), "93.184.216.34:8336");
  for (int i = 1; i < MappingTalk::kTriesMax; ++i) EXPECT_FALSE(silent.on_time_out().problem);
  EXPECT_EQ(silent.on_time_out().problem, "The router does not answer.");
}

TEST(MappingTalk, RefusalsAndIpv6) {
  MappingTalk refused{wish(), kNonce};
  refused.begin();
  EXPECT_EQ(refused.on_datagram(pcp_answer(2)).problem, "The router refuses the mapping (code 2).");
  MappingWish six = wish();
  six.client = wire::NetworkAddress::from_string("2001:db8::9")->to_v1();
  MappingTalk only_pcp{six, kNonce};
  only_pcp.begin();
  for (int i = 1; i < MappingTalk::kTriesMax; ++i) EXPECT_FALSE(only_pcp.on_time_out().problem);
  EXPECT_TRUE(only_pcp.on_time_out().problem);
  MappingTalk unknown{six, kNonce};
  unknown.begin();
  EXPECT_TRUE(unknown.on_datagram(pcp_answer(1)).problem);
}

}  // namespace
}  // namespace kepeng::reach
