// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/transport_v1.h>

#include "transport_samples.h"

namespace kepeng::net::test {
namespace {

Bytes v1_bytes(std::string_view message, ByteView payload, const NetworkMagic& magic = kMagic) {
  TransportV1 transport{magic};
  transport.send(name(message), payload);
  return transport.take_output();
}

Bytes header_claiming(std::uint32_t length) {
  Bytes header = v1_bytes("block", {});
  store_le(header.data() + 16, length);
  return header;
}

TEST(MessageName, Forms) {
  EXPECT_EQ(name("ping").text(), "ping");
  EXPECT_EQ(name("getcfcheckpt").text(), "getcfcheckpt");
  EXPECT_EQ(MessageName::from_wire(name("getcfcheckpt").wire()), name("getcfcheckpt"));
  for (const std::string_view text : {"", "getcfcheckpts", "pi\x01ng", "p\x7f", "\xc3\xa4"}) {
    EXPECT_FALSE(MessageName::from_text(text).has_value());
  }
}

TEST(TransportV1, KnownBytes) {
  const Bytes verack{0xf9, 0xbe, 0xb4, 0xd9, 'v', 'e', 'r', 'a', 'c',  'k',  0,    0,
                     0,    0,    0,    0,    0,   0,   0,   0,   0x5d, 0xf6, 0xe0, 0xe2};
  EXPECT_EQ(v1_bytes("verack", {}, {0xf9, 0xbe, 0xb4, 0xd9}), verack);
}

TEST(TransportV1, AnySplitGivesTheSameFrames) {
  Prng random{5};
  Bytes stream;
  std::vector<Bytes> payloads;
  for (int i = 0; i < 60; ++i) {
    payloads.emplace_back(random.below(3) == 0 ? 0 : random.below(2000));
    random.fill(payloads.back());
    append(stream, v1_bytes(i % 2 ? "inv" : "getcfcheckpt", payloads.back()));
  }
  for (const std::size_t most : {1u, 3u, 24u, 100u, 5000u, 1'000'000u}) {
    TransportV1 transport{kMagic};
    Heard heard;
    feed_in_pieces(transport, stream, most, random, heard);
    ASSERT_EQ(heard.frames.size(), payloads.size()) << most;
    for (std::size_t i = 0; i < payloads.size(); ++i) EXPECT_EQ(heard.frames[i].payload, payloads[i]);
    EXPECT_TRUE(heard.dropped.empty());
  }
}

TEST(TransportV1, B001_WrongMagicEndsItWithoutAWord) {
  for (std::size_t at = 0; at < 4; ++at) {
    Bytes bytes = v1_bytes("version", Bytes(100));
    bytes[at] ^= 1;
    TransportV1 transport{kMagic};
    EXPECT_EQ(feed_all(transport, ByteView{bytes}.first(at)).error, std::nullopt);
    EXPECT_EQ(feed_all(transport, ByteView{bytes}.subspan(at, 1)).error, TransportError::WrongNetwork);
    EXPECT_FALSE(transport.has_output());
  }
}

TEST(TransportV1, B003_P01_LengthOverTheLimit) {
  for (const std::uint32_t length : {4'000'001u, 0xffffffffu, 0x80000000u}) {
    TransportV1 transport{kMagic};
    EXPECT_EQ(feed_all(transport, header_claiming(length)).error, TransportError::MessageTooLong);
    EXPECT_LT(transport.memory_bytes(), 1000u);
  }
  TransportV1 transport{kMagic};
  const Bytes largest = v1_bytes("block", Bytes(kPayloadBytesMax, 7));
  const Heard heard = feed_all(transport, largest);
  ASSERT_EQ(heard.frames.size(), 1u);
  EXPECT_EQ(heard.frames[0].payload.size(), kPayloadBytesMax);
}

// V-21: 200 peers claim 4 MB each and send nothing.
TEST(TransportV1, P02_MemoryFollowsTheBytesThatArrive) {
  TransportV1 transport{kMagic};
  Heard heard;
  feed(transport, header_claiming(kPayloadBytesMax), heard);
  EXPECT_LT(transport.memory_bytes(), 1000u);
  const Bytes piece(10'000, 3);
  for (std::size_t sent = piece.size(); sent < kPayloadBytesMax; sent += piece.size()) {
    feed(transport, piece, heard);
    ASSERT_LE(transport.memory_bytes(), sent + kAheadBytesMax + 1000) << sent;
  }
  feed(transport, piece, heard);
  EXPECT_EQ(heard.dropped, std::vector{Dropped::WrongChecksum});
  EXPECT_LT(transport.memory_bytes(), 1000u);
}

TEST(TransportV1, B004_WrongChecksumCostsTheMessageOnly) {
  Bytes bytes = v1_bytes("tx", Bytes(50, 1));
  bytes.back() ^= 1;
  append(bytes, v1_bytes("ping", Bytes(8)));
  TransportV1 transport{kMagic};
  const Heard heard = feed_all(transport, bytes);
  EXPECT_EQ(heard.dropped, std::vector{Dropped::WrongChecksum});
  EXPECT_EQ(heard.names(), std::vector<std::string>{"ping"});
}

TEST(TransportV1, B037_NamesThatAreNone) {
  const auto with_name = [](const std::string& wire) {
    Bytes bytes = v1_bytes("ping", Bytes(8));
    std::copy(wire.begin(), wire.end(), bytes.begin() + 4);
    return bytes;
  };
  Bytes bytes;
  for (const std::string& wire : {std::string("ping\0x\0\0\0\0\0\0", 12), std::string("\0ping\0\0\0\0\0\0\0", 12),
                                  std::string("pin\xc3\xa4\0\0\0\0\0\0\0", 12),
                                  std::string("pi\ng\0\0\0\0\0\0\0\0", 12), std::string(12, '\0')}) {
    append(bytes, with_name(wire));
  }
  append(bytes, with_name("unknown12345"));
  TransportV1 transport{kMagic};
  const Heard heard = feed_all(transport, bytes);
  EXPECT_EQ(heard.dropped, std::vector(5, Dropped::BadName));
  EXPECT_EQ(heard.names(), std::vector<std::string>{"unknown12345"});
  EXPECT_FALSE(heard.error);
}

}  // namespace
}  // namespace kepeng::net::test
