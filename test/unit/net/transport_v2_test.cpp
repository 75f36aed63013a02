// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BIP324, both sides, by its vectors, against itself, and against a peer that breaks the rules.
#include <kepeng/net/transport_v2.h>

#include <kepeng/base/hex.h>

#include "short_ids.h"
#include "support/vectors.h"
#include "transport_samples.h"

namespace kepeng::net::test {
namespace {

using crypto::V2Cipher;
using crypto::V2Keys;
using crypto::V2Packet;
using crypto::V2Role;
using kepeng::test::read_shared_csv;
using kepeng::test::unhex;

constexpr NetworkMagic kMainnet{0xf9, 0xbe, 0xb4, 0xd9};

template <std::size_t N>
std::array<std::uint8_t, N> unhex_array(const std::string& text) {
  std::array<std::uint8_t, N> bytes{};
  const Bytes all = unhex(text);
  EXPECT_EQ(all.size(), N);
  std::copy(all.begin(), all.end(), bytes.begin());
  return bytes;
}

V2Role other(V2Role role) {
  return role == V2Role::Initiator ? V2Role::Responder : V2Role::Initiator;
}

// The other end of a connection, made of the cipher alone, so that it may break any rule.
class RawPeer {
 public:
  RawPeer(Prng& random, V2Role role) : role_{role}, who_{identity(random, 0)} {}

  const crypto::EllSwiftKey& key() const { return who_.public_key; }
  void agree(const crypto::EllSwiftKey& theirs) {
    const auto secret = crypto::v2_ecdh(signer(), who_.key, {who_.public_key, theirs, role_});
    cipher_.emplace(crypto::derive_v2_keys(secret, kMagic), role_);
  }
  V2Cipher& cipher() { return *cipher_; }
  Bytes packet(ByteView contents, ByteView associated = {}, V2Packet kind = V2Packet::Genuine) {
    Bytes bytes;
    cipher_->encrypt(bytes, contents, associated, kind);
    return bytes;
  }
  // Terminator and version packet.
  Bytes greeting(ByteView garbage = {}) {
    Bytes bytes{garbage.begin(), garbage.end()};
    append(bytes, cipher_->send_terminator());
    append(bytes, packet({}, garbage));
    return bytes;
  }

 private:
  V2Role role_;
  V2Identity who_;
  std::optional<V2Cipher> cipher_;
};

// A responder that has heard the initiator's key, and that initiator.
struct Met {
  explicit Met(std::uint64_t seed = 1)
      : random{seed}, peer{random, V2Role::Initiator}, transport{transport_v2(V2Role::Responder, identity(random, 0))} {
    heard = feed_all(transport, peer.key());
    EXPECT_FALSE(heard.error);
    const Bytes output = transport.take_output();
    crypto::EllSwiftKey theirs;
    std::copy_n(output.begin(), theirs.size(), theirs.begin());
    peer.agree(theirs);
  }
  void tell(ByteView bytes) { feed(transport, bytes, heard); }

  Prng random;
  RawPeer peer;
  TransportV2 transport;
  Heard heard;
};

TEST(TransportV2, P31_Bip324Vectors) {
  KEPENG_NEED_VECTORS();
  const auto rows = read_shared_csv("vectors/p2p/bip324/packet_encoding_test_vectors.csv");
  for (std::size_t i = 1; i < rows.size(); ++i) {
    std::map<std::string, std::string> row;
    for (std::size_t j = 0; j < rows[0].size(); ++j) row[rows[0][j]] = j < rows[i].size() ? rows[i][j] : "";
    const int index = std::stoi(row["in_idx"]);
    SCOPED_TRACE("packet " + row["in_idx"]);
    const V2Role role = row["in_initiating"] == "1" ? V2Role::Initiator : V2Role::Responder;
    const bool is_decoy = row["in_ignore"] == "1";
    Bytes contents;
    for (int times = std::stoi(row["in_multiply"]); times > 0; --times) append(contents, unhex(row["in_contents"]));
    // Packet 0 is the version packet, which authenticates our garbage; later ones have nothing to authenticate.
    const Bytes garbage = unhex(row["in_aad"]);
    ASSERT_TRUE(index == 0 || garbage.empty());
    ASSERT_TRUE(index != 0 || !is_decoy);

    const auto theirs = unhex_array<64>(row["in_ellswift_theirs"]);
    TransportV2 transport =
        transport_v2(role,
                     {*crypto::PrivateKey::from_bytes(unhex(row["in_priv_ours"])),
                      unhex_array<64>(row["in_ellswift_ours"]), garbage, index == 0 ? contents : Bytes{}},
                     kMainnet);
    EXPECT_FALSE(transport.is_ready());
    EXPECT_FALSE(feed_all(transport, theirs).error);
    ASSERT_TRUE(transport.is_ready());
    Bytes output = transport.take_output();
    const std::size_t terminator_at = 64 + garbage.size();
    EXPECT_EQ(to_hex(ByteView{output}.first(64)), row["in_ellswift_ours"]);
    EXPECT_EQ(to_hex(ByteView{output}.subspan(terminator_at, 16)), row["mid_send_garbage_terminator"]);
    Bytes packet{output.begin() + static_cast<std::ptrdiff_t>(terminator_at + 16), output.end()};
    for (int sent = 1; sent <= index; ++sent) {
      if (sent == index) {
        transport.send_packet(contents, is_decoy ? V2Packet::Decoy : V2Packet::Genuine);
      } else {
        transport.send_packet({}, V2Packet::Genuine);
      }
      packet = transport.take_output();
    }
    if (!row["out_ciphertext"].empty()) {
      EXPECT_EQ(to_hex(packet), row["out_ciphertext"]);
    }
    EXPECT_TRUE(to_hex(packet).ends_with(row["out_ciphertext_endswith"]));

    // The other side's first packet shows that both have the same session.
    V2Cipher peer{crypto::derive_v2_keys(unhex_array<32>(row["mid_shared_secret"]), kMainnet), other(role)};
    EXPECT_EQ(to_hex(peer.send_terminator()), row["mid_recv_garbage_terminator"]);
    Bytes reply{peer.send_terminator().begin(), peer.send_terminator().end()};
    peer.encrypt(reply, {}, {});
    EXPECT_FALSE(transport.session_id().has_value());
    EXPECT_FALSE(feed_all(transport, reply).error);
    ASSERT_TRUE(transport.session_id().has_value());
    EXPECT_EQ(to_hex(*transport.session_id()), row["out_session_id"]);
  }
  EXPECT_EQ(rows.size(), 8u);
}

// What each side says, in order; every piece of the stream is cut anew.
TEST(TransportV2, P31_AnySplitGivesTheSameFrames) {
  for (const std::size_t most : {1u, 2u, 7u, 64u, 1000u, 100'000u}) {
    Prng random{most};
    for (const std::size_t garbage : {0u, 1u, 15u, 16u, 700u, 4095u}) {
      TransportV2 sides[2] = {transport_v2(V2Role::Initiator, identity(random, garbage)),
                              transport_v2(V2Role::Responder, identity(random, 4095 - garbage))};
      Heard heard[2];
      std::vector<Bytes> said[2];
      const auto talk = [&] {
        for (int idle = 0; idle < 2;) {
          ++idle;
          for (int from = 0; from < 2; ++from) {
            const Bytes output = sides[from].take_output();
            if (output.empty()) continue;
            idle = 0;
            feed_in_pieces(sides[1 - from], output, most, random, heard[1 - from]);
          }
        }
      };
      talk();
      ASSERT_TRUE(sides[0].is_ready() && sides[1].is_ready());
      // Past two changes of keys.
      for (int i = 0; i < 500; ++i) {
        const auto from = random.below(2);
        Bytes payload(random.below(4) == 0 ? random.below(3000) : random.below(40));
        random.fill(payload);
        if (random.below(5) == 0) sides[from].send_packet(payload, V2Packet::Decoy);
        sides[from].send(name(i % 3 == 0 ? "sendaddrv2" : "tx"), payload);
        said[from].push_back(std::move(payload));
        if (i % 16 == 0) talk();
      }
      talk();
      for (int side = 0; side < 2; ++side) {
        EXPECT_FALSE(heard[side].error);
        ASSERT_EQ(heard[side].frames.size(), said[1 - side].size());
        for (std::size_t i = 0; i < said[1 - side].size(); ++i)
          EXPECT_EQ(heard[side].frames[i].payload, said[1 - side][i]);
        EXPECT_EQ(sides[side].kind(), TransportKind::V2);
      }
      EXPECT_EQ(sides[0].session_id(), sides[1].session_id());
    }
  }
}

TEST(TransportV2, ShortIdsAreThoseOfBip324) {
  EXPECT_EQ(name_of_short_id(1), name("addr"));
  EXPECT_EQ(name_of_short_id(2), name("block"));
  EXPECT_EQ(name_of_short_id(14), name("inv"));
  EXPECT_EQ(name_of_short_id(18), name("ping"));
  EXPECT_EQ(name_of_short_id(21), name("tx"));
  EXPECT_EQ(name_of_short_id(28), name("addrv2"));
  EXPECT_EQ(name_of_short_id(37), name("feature"));
  EXPECT_FALSE(short_id_of(name("feature")).has_value());
  EXPECT_FALSE(short_id_of(name("version")).has_value());
  for (unsigned id = 0; id < 256; ++id) {
    const auto known = name_of_short_id(static_cast<std::uint8_t>(id));
    EXPECT_EQ(known.has_value(), (id >= 1 && id <= 28) || id == 37) << id;
    if (known && id != 37) {
      EXPECT_EQ(short_id_of(*known), id);
    }
  }
}

TEST(TransportV2, LargestMessageByBothNames) {
  Prng random{3};
  TransportV2 a = transport_v2(V2Role::Initiator, identity(random, 3));
  TransportV2 b = transport_v2(V2Role::Responder, identity(random, 5));
  Heard heard_a, heard_b;
  feed(b, a.take_output(), heard_b);
  feed(a, b.take_output(), heard_a);
  for (const std::string_view message : {"block", "not-yet-known"}) {
    a.send(name(message.substr(0, 12)), Bytes(kPayloadBytesMax, 9));
    feed(b, a.take_output(), heard_b);
  }
  ASSERT_EQ(heard_b.names(), (std::vector<std::string>{"block", "not-yet-know"}));
  EXPECT_EQ(heard_b.frames[1].payload, Bytes(kPayloadBytesMax, 9));
}

TEST(TransportV2, P31_V1PeerIsRecognised) {
  TransportV1 old{kMagic};
  old.send(name("version"), Bytes(100, 5));
  old.send(name("verack"), {});
  const Bytes stream = old.take_output();
  for (const std::size_t most : {1u, 5u, 16u, 17u, 500u}) {
    Prng random{most};
    TransportV2 transport = transport_v2(V2Role::Responder, identity(random, 10));
    Heard heard;
    feed_in_pieces(transport, stream, most, random, heard);
    EXPECT_EQ(heard.names(), (std::vector<std::string>{"version", "verack"}));
    EXPECT_EQ(transport.kind(), TransportKind::V1);
    EXPECT_FALSE(transport.session_id().has_value());
    ASSERT_TRUE(transport.is_ready());
    EXPECT_FALSE(transport.has_output());
    transport.send(name("verack"), {});
    TransportV1 again{kMagic};
    EXPECT_EQ(feed_all(again, transport.take_output()).names(), std::vector<std::string>{"verack"});
  }
}

TEST(TransportV2, P31_OneByteThatIsNotVersion1BeginsVersion2) {
  TransportV1 old{kMagic};
  old.send(name("version"), {});
  const Bytes start = old.take_output();
  for (std::size_t at = 0; at < 16; ++at) {
    Prng random{at};
    TransportV2 transport = transport_v2(V2Role::Responder, identity(random, 10));
    Heard heard = feed_all(transport, ByteView{start}.first(at));
    EXPECT_FALSE(transport.has_output());
    const std::array<std::uint8_t, 1> different{static_cast<std::uint8_t>(start[at] ^ 0x80)};
    feed(transport, different, heard);
    EXPECT_EQ(transport.take_output().size(), 64u + 10u) << at;
    EXPECT_FALSE(heard.error);
  }
}

TEST(TransportV2, B001_Version1OfAnotherNetwork) {
  Prng random{1};
  TransportV1 old{{1, 2, 3, 4}};
  old.send(name("version"), Bytes(100));
  const Bytes stream = old.take_output();
  for (const std::size_t most : {1u, 3u, 8u, 1000u}) {
    TransportV2 transport = transport_v2(V2Role::Responder, identity(random, 10));
    Heard heard;
    feed_in_pieces(transport, ByteView{stream}.first(16), most, random, heard);
    EXPECT_EQ(heard.error, TransportError::WrongNetwork) << most;
  }
}

TEST(TransportV2, P31_InitiatorKnowsWhenThePeerMayBeOld) {
  Prng random{1};
  TransportV2 initiator = transport_v2(V2Role::Initiator, identity(random, 10));
  EXPECT_EQ(initiator.take_output().size(), 74u);
  EXPECT_TRUE(initiator.may_speak_v1());
  EXPECT_FALSE(feed_all(initiator, Bytes{7}).error);
  EXPECT_FALSE(initiator.may_speak_v1());
  TransportV2 responder = transport_v2(V2Role::Responder, identity(random, 10));
  EXPECT_FALSE(responder.may_speak_v1());
}

// bcoin says `reject` to everything that it cannot read.
TEST(TransportV2, P31_InitiatorKnowsAnAnswerInVersion1) {
  TransportV1 old{kMagic};
  old.send(name("reject"), Bytes(20));
  const Bytes stream = old.take_output();
  for (const std::size_t most : {1u, 3u, 1000u}) {
    Prng random{most};
    TransportV2 initiator = transport_v2(V2Role::Initiator, identity(random, 10));
    Heard heard;
    feed_in_pieces(initiator, stream, most, random, heard);
    EXPECT_EQ(heard.error, TransportError::Unencrypted) << most;
    EXPECT_TRUE(initiator.may_speak_v1());
  }
}

TEST(TransportV2, B040_MostGarbage) {
  for (const std::size_t garbage_bytes : {4095u, 4096u}) {
    Met met;
    const Bytes garbage(garbage_bytes, 0x5a);
    met.tell(met.peer.greeting(garbage));
    met.tell(met.peer.packet(Bytes{18, 1, 2, 3, 4, 5, 6, 7, 8}));
    if (garbage_bytes == 4095) {
      EXPECT_FALSE(met.heard.error);
      EXPECT_EQ(met.heard.names(), std::vector<std::string>{"ping"});
    } else {
      EXPECT_EQ(met.heard.error, TransportError::GarbageTooLong);
    }
    EXPECT_LT(met.transport.memory_bytes(), 10'000u);
  }
}

TEST(TransportV2, B041_AnyFlippedBitEndsIt) {
  for (std::size_t at = 0; at < 3 + 1 + 9 + 16; ++at) {
    Met met;
    met.tell(met.peer.greeting());
    Bytes packet = met.peer.packet(Bytes(9, 18));
    packet[at] ^= 0x10;
    met.tell(packet);
    // A longer length is only found out when so many bytes have come.
    if (!met.heard.error) met.tell(Bytes(kPayloadBytesMax + 100));
    EXPECT_TRUE(met.heard.error.has_value()) << at;
    EXPECT_TRUE(met.heard.frames.empty());
  }
}

TEST(TransportV2, B041_GarbageIsAuthenticated) {
  Met met;
  Bytes greeting = met.peer.greeting(Bytes(100, 1));
  greeting[50] ^= 1;
  met.tell(greeting);
  EXPECT_EQ(met.heard.error, TransportError::Forged);
  // Also when the first packet is a decoy, and only then.
  Met other;
  Bytes with_decoy(100, 1);
  append(with_decoy, other.peer.cipher().send_terminator());
  append(with_decoy, other.peer.packet(Bytes(30), Bytes(100, 1), V2Packet::Decoy));
  append(with_decoy, other.peer.packet({}));
  other.tell(with_decoy);
  EXPECT_FALSE(other.heard.error);
  EXPECT_EQ(other.transport.kind(), TransportKind::V2);
}

TEST(TransportV2, B041_ReplayAndReorder) {
  Met replay;
  replay.tell(replay.peer.greeting());
  const Bytes packet = replay.peer.packet(Bytes(9, 18));
  replay.tell(packet);
  EXPECT_EQ(replay.heard.names().size(), 1u);
  replay.tell(packet);
  if (!replay.heard.error) replay.tell(Bytes(kPayloadBytesMax + 100));
  EXPECT_TRUE(replay.heard.error.has_value());

  Met reorder;
  reorder.tell(reorder.peer.greeting());
  const Bytes first = reorder.peer.packet(Bytes(9, 18));
  reorder.tell(reorder.peer.packet(Bytes(9, 19)));
  reorder.tell(first);
  if (!reorder.heard.error) reorder.tell(Bytes(kPayloadBytesMax + 100));
  EXPECT_TRUE(reorder.heard.error.has_value());
  EXPECT_TRUE(reorder.heard.frames.empty());
}

TEST(TransportV2, B041_DecoysLeaveNothingBehind) {
  Met met;
  met.tell(met.peer.greeting());
  for (int i = 0; i < 20'000; ++i)
    met.tell(met.peer.packet(Bytes(static_cast<std::size_t>(i % 50)), {}, V2Packet::Decoy));
  met.tell(met.peer.packet(Bytes(3'000'000), {}, V2Packet::Decoy));
  EXPECT_FALSE(met.heard.error);
  EXPECT_TRUE(met.heard.frames.empty() && met.heard.dropped.empty());
  EXPECT_LT(met.transport.memory_bytes(), 1000u);
}

TEST(TransportV2, C128_B042_ShortContents) {
  for (std::size_t length = 0; length <= 13; ++length) {
    Met met;
    met.tell(met.peer.greeting());
    Bytes contents(length);
    if (length > 1) contents[1] = 'x';
    met.tell(met.peer.packet(contents));
    if (length == 13) {
      EXPECT_FALSE(met.heard.error);
      EXPECT_EQ(met.heard.names(), std::vector<std::string>{"x"});
    } else {
      EXPECT_EQ(met.heard.error, TransportError::MalformedPacket) << length;
    }
  }
}

TEST(TransportV2, B042_B037_NamesThatNobodyKnows) {
  Met met;
  met.tell(met.peer.greeting());
  for (const unsigned id : {29u, 36u, 38u, 127u, 128u, 255u}) {
    met.tell(met.peer.packet(Bytes{static_cast<std::uint8_t>(id), 1, 2}));
  }
  EXPECT_EQ(met.heard.dropped, std::vector(6, Dropped::UnknownShortId));
  met.tell(met.peer.packet(Bytes(13)));
  met.tell(met.peer.packet(Bytes{0, 'p', 0, 'x', 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(met.heard.dropped.back(), Dropped::BadName);
  EXPECT_EQ(met.heard.dropped.size(), 8u);
  met.tell(met.peer.packet(Bytes{37, 4}));
  EXPECT_EQ(met.heard.names(), std::vector<std::string>{"feature"});
  EXPECT_FALSE(met.heard.error);
}

TEST(TransportV2, P01_P02_LengthsAreBoundedBeforeMemoryIsReserved) {
  Met over;
  over.tell(over.peer.greeting());
  const Bytes too_long = over.peer.packet(Bytes(TransportV2::kContentsBytesMax + 1));
  over.tell(ByteView{too_long}.first(3));
  EXPECT_EQ(over.heard.error, TransportError::MessageTooLong);

  Met met;
  met.tell(met.peer.greeting());
  const Bytes longest = met.peer.packet(Bytes(TransportV2::kContentsBytesMax, 2));
  met.tell(ByteView{longest}.first(3));
  EXPECT_LT(met.transport.memory_bytes(), 1000u);
  for (std::size_t sent = 3; sent < longest.size();) {
    const std::size_t count = std::min<std::size_t>(longest.size() - sent, 50'000);
    met.tell(ByteView{longest}.subspan(sent, count));
    sent += count;
    ASSERT_LE(met.transport.memory_bytes(), sent + kAheadBytesMax + 1000);
  }
  EXPECT_EQ(met.heard.names(), std::vector<std::string>{"block"});
  EXPECT_LT(met.transport.memory_bytes(), 1000u);
}

// The version packet may carry anything, now or later.
TEST(TransportV2, VersionPacketIsNotRead) {
  Met met;
  Bytes greeting{met.peer.cipher().send_terminator().begin(), met.peer.cipher().send_terminator().end()};
  append(greeting, met.peer.packet(Bytes(13, 0xff)));
  met.tell(greeting);
  EXPECT_FALSE(met.heard.error);
  EXPECT_TRUE(met.heard.frames.empty() && met.heard.dropped.empty());
}

// What goes over the wire first looks like noise: 255 degrees of freedom, and nothing near the edges.
TEST(TransportV2, P31_FirstBytesLookRandom) {
  std::array<double, 256> seen{};
  double total = 0;
  for (int i = 0; i < 200; ++i) {
    TransportV2 transport = transport_v2(V2Role::Initiator, V2Identity::fresh(signer(), TransportV2::kGarbageBytesMax));
    const Bytes output = transport.take_output();
    ASSERT_GE(output.size(), 64u);
    ASSERT_LE(output.size(), 64u + 4095u);
    for (const std::uint8_t byte : ByteView{output}.first(64)) ++seen[byte];
    total += 64;
  }
  double chi_square = 0;
  for (const double count : seen) chi_square += (count - total / 256) * (count - total / 256) / (total / 256);
  EXPECT_GT(chi_square, 130);  // less than one in 10^10 by chance, each way
  EXPECT_LT(chi_square, 430);
}

}  // namespace
}  // namespace kepeng::net::test
