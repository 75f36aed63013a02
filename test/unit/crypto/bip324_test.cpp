// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ElligatorSwift and the BIP324 packet cipher against the vectors of the BIP.
#include <kepeng/crypto/bip324_cipher.h>
#include <kepeng/crypto/ellswift.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include <kepeng/base/hex.h>

#include "crypto_vectors.h"
#include "field.h"

namespace kepeng::crypto::test {
namespace {

using kepeng::test::read_shared_csv;

constexpr NetworkMagic kMainnet{0xf9, 0xbe, 0xb4, 0xd9};

Signer signer() {
  return Signer{Hash32{1, 2, 3}};
}

// Rows by column name.
std::vector<std::map<std::string, std::string>> read_table(const std::string& name) {
  const auto rows = read_shared_csv("vectors/p2p/bip324/" + name);
  std::vector<std::map<std::string, std::string>> table;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    std::map<std::string, std::string> row;
    for (std::size_t j = 0; j < rows[0].size() && j < rows[i].size(); ++j) row[rows[0][j]] = rows[i][j];
    table.push_back(std::move(row));
  }
  return table;
}

TEST(EllSwift, DecodeVectors) {
  KEPENG_NEED_VECTORS();
  const auto table = read_table("ellswift_decode_test_vectors.csv");
  for (auto row : table)
    EXPECT_EQ(to_hex(ellswift_decode(unhex_array<64>(row["ellswift"]))), row["x"]) << row["comment"];
  EXPECT_EQ(table.size(), 76u);
}

TEST(EllSwift, InverseVectors) {
  KEPENG_NEED_VECTORS();
  const auto table = read_table("xswiftec_inv_test_vectors.csv");
  for (auto row : table) {
    for (unsigned which = 0; which < 8; ++which) {
      const auto t = xswiftec_inverse(unhex_array<32>(row["x"]), unhex_array<32>(row["u"]), which);
      EXPECT_EQ(t ? to_hex(*t) : "", row["case" + std::to_string(which) + "_t"]) << row["comment"] << " " << which;
    }
  }
  EXPECT_EQ(table.size(), 32u);
}

TEST(EllSwift, EncodingsDecodeToTheKeyAndDiffer) {
  std::mt19937_64 random{61};
  const Signer sign = signer();
  std::set<EllSwiftKey> seen;
  const PrivateKey key = *PrivateKey::from_bytes(random_array<32>(random));
  for (int i = 0; i < 40; ++i) {
    const EllSwiftKey encoded = ellswift_create(sign, key, random_array<32>(random));
    EXPECT_EQ(ellswift_decode(encoded), sign.xonly_key(key).key);
    EXPECT_TRUE(seen.insert(encoded).second);
  }
}

TEST(EllSwift, BothSidesAgree) {
  std::mt19937_64 random{62};
  const Signer sign = signer();
  for (int i = 0; i < 20; ++i) {
    const PrivateKey a = *PrivateKey::from_bytes(random_array<32>(random));
    const PrivateKey b = *PrivateKey::from_bytes(random_array<32>(random));
    const EllSwiftKey key_a = ellswift_create(sign, a, random_array<32>(random));
    const EllSwiftKey key_b = ellswift_create(sign, b, random_array<32>(random));
    const Hash32 secret = v2_ecdh(sign, a, {key_a, key_b, V2Role::Initiator});
    EXPECT_EQ(secret, v2_ecdh(sign, b, {key_b, key_a, V2Role::Responder}));
    EXPECT_NE(secret, v2_ecdh(sign, b, {key_b, key_a, V2Role::Initiator}));
  }
}

TEST(EllSwift, AnySixtyFourBytesAreAKey) {
  std::mt19937_64 random{63};
  for (int i = 0; i < 300; ++i) {
    EllSwiftKey key = random_array<64>(random);
    if (i % 3 == 0) std::fill_n(key.begin() + (i % 2) * 32, 32, i % 4 == 0 ? 0 : 0xff);
    EXPECT_TRUE(is_valid_xonly_key(ellswift_decode(key)));
  }
}

TEST(Field, LawsHoldAtTheEdges) {
  const Hash32 highest = unhex_array<32>("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2e");
  const FieldElement minus_one = FieldElement::from_bytes(highest.data());
  EXPECT_EQ(minus_one, -FieldElement{1});
  EXPECT_EQ(minus_one * minus_one, FieldElement{1});
  EXPECT_TRUE((minus_one + FieldElement{1}).is_zero());
  EXPECT_TRUE((-FieldElement{}).is_zero());
  const Hash32 all_ones = unhex_array<32>(std::string(64, 'f'));
  EXPECT_EQ(FieldElement::from_bytes(all_ones.data()), FieldElement{0x1000003d0});
  EXPECT_EQ(minus_one.half() + minus_one.half(), minus_one);
  EXPECT_FALSE(minus_one.sqrt());
  EXPECT_EQ(FieldElement::minus_three_sqrt().square(), -FieldElement{3});
  std::mt19937_64 random{64};
  for (int i = 0; i < 200; ++i) {
    const Hash32 bytes[3] = {random_array<32>(random), i % 2 ? highest : random_array<32>(random),
                             random_array<32>(random)};
    const FieldElement a = FieldElement::from_bytes(bytes[0].data()), b = FieldElement::from_bytes(bytes[1].data());
    const FieldElement c = FieldElement::from_bytes(bytes[2].data());
    EXPECT_EQ((a + b) * c, a * c + b * c);
    EXPECT_EQ((a - b) + b, a);
    EXPECT_EQ(a * a.inverse(), FieldElement{1});
    EXPECT_EQ(a.square().sqrt()->square(), a.square());
  }
}

Bytes repeated(const std::string& hex, const std::string& times) {
  const Bytes once = unhex(hex);
  Bytes out;
  for (int i = 0; i < std::stoi(times); ++i) append(out, once);
  return out;
}

TEST(V2Cipher, PacketVectors) {
  KEPENG_NEED_VECTORS();
  const Signer sign = signer();
  const auto table = read_table("packet_encoding_test_vectors.csv");
  for (auto row : table) {
    SCOPED_TRACE("packet " + row["in_idx"]);
    const PrivateKey key = *PrivateKey::from_bytes(unhex(row["in_priv_ours"]));
    const bool initiating = row["in_initiating"] == "1";
    const V2Role role = initiating ? V2Role::Initiator : V2Role::Responder;
    const EllSwiftExchange exchange{unhex_array<64>(row["in_ellswift_ours"]),
                                    unhex_array<64>(row["in_ellswift_theirs"]), role};
    EXPECT_EQ(to_hex(ellswift_decode(exchange.ours)), row["mid_x_ours"]);
    EXPECT_EQ(to_hex(sign.xonly_key(key).key), row["mid_x_ours"]);
    EXPECT_EQ(to_hex(ellswift_decode(exchange.theirs)), row["mid_x_theirs"]);
    EXPECT_EQ(to_hex(ellswift_ecdh_x(sign, key, exchange.theirs)), row["mid_x_shared"]);
    const Hash32 secret = v2_ecdh(sign, key, exchange);
    EXPECT_EQ(to_hex(secret), row["mid_shared_secret"]);

    const V2Keys keys = derive_v2_keys(secret, kMainnet);
    EXPECT_EQ(to_hex(keys.initiator_length), row["mid_initiator_l"]);
    EXPECT_EQ(to_hex(keys.initiator_packet), row["mid_initiator_p"]);
    EXPECT_EQ(to_hex(keys.responder_length), row["mid_responder_l"]);
    EXPECT_EQ(to_hex(keys.responder_packet), row["mid_responder_p"]);

    V2Cipher ours{keys, role}, theirs{keys, initiating ? V2Role::Responder : V2Role::Initiator};
    EXPECT_EQ(to_hex(ours.send_terminator()), row["mid_send_garbage_terminator"]);
    EXPECT_EQ(to_hex(ours.receive_terminator()), row["mid_recv_garbage_terminator"]);
    EXPECT_EQ(theirs.send_terminator(), ours.receive_terminator());
    EXPECT_EQ(to_hex(ours.session_id()), row["out_session_id"]);

    for (int i = 0; i < std::stoi(row["in_idx"]); ++i) {
      Bytes empty;
      ours.encrypt(empty, {}, {});
      ASSERT_EQ(empty.size(), V2Cipher::kExpansion);
      ASSERT_EQ(theirs.decrypt_length(std::span<const std::uint8_t, 3>{empty.data(), 3}), 0u);
      ASSERT_TRUE(theirs.decrypt(ByteSpan{empty}.subspan(3), {}));
    }
    const Bytes contents = repeated(row["in_contents"], row["in_multiply"]), aad = unhex(row["in_aad"]);
    const V2Packet kind = row["in_ignore"] == "1" ? V2Packet::Decoy : V2Packet::Genuine;
    Bytes packet;
    ours.encrypt(packet, contents, aad, kind);
    if (!row["out_ciphertext"].empty()) {
      EXPECT_EQ(to_hex(packet), row["out_ciphertext"]);
    }
    const std::string end = row["out_ciphertext_endswith"];
    EXPECT_TRUE(to_hex(packet).ends_with(end));
    EXPECT_NE(row["out_ciphertext"].empty(), end.empty());

    ASSERT_EQ(theirs.decrypt_length(std::span<const std::uint8_t, 3>{packet.data(), 3}), contents.size());
    const auto opened = theirs.decrypt(ByteSpan{packet}.subspan(3), aad);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->kind, kind);
    EXPECT_TRUE(equal(opened->contents, contents));
  }
  EXPECT_EQ(table.size(), 7u);
}

// doc/network-key.md; the numbers are HKDF-SHA256 by RFC 5869, as any library computes it.
TEST(V2Cipher, BindingToANetwork) {
  Hash32 secret, key;
  for (std::size_t i = 0; i < 32; ++i) {
    secret[i] = static_cast<std::uint8_t>(i);
    key[i] = static_cast<std::uint8_t>(0x80 + i);
  }
  EXPECT_EQ(to_hex(bind_to_network(secret, NetworkKey{key})),
            "9426318ab008953e0aed42ec85fed1d845ad9020f3c838ae510a6f416c42e021");
  Hash32 other = key;
  other[31] ^= 1;
  EXPECT_NE(bind_to_network(secret, NetworkKey{key}), bind_to_network(secret, NetworkKey{other}));
  EXPECT_NE(bind_to_network(secret, NetworkKey{key}), bind_to_network(other, NetworkKey{key}));
}

TEST(V2Cipher, ForgedPacketsAreRefused) {
  const V2Keys keys = derive_v2_keys(Hash32{7}, kMainnet);
  for (std::size_t at = 3; at < 3 + 1 + 5 + 16; ++at) {
    V2Cipher sender{keys, V2Role::Initiator}, receiver{keys, V2Role::Responder};
    Bytes packet;
    sender.encrypt(packet, as_bytes("hello"), as_bytes("garbage"));
    packet[at] ^= 0x40;
    ASSERT_EQ(receiver.decrypt_length(std::span<const std::uint8_t, 3>{packet.data(), 3}), 5u);
    EXPECT_FALSE(receiver.decrypt(ByteSpan{packet}.subspan(3), as_bytes("garbage")));
  }
}

}  // namespace
}  // namespace kepeng::crypto::test
