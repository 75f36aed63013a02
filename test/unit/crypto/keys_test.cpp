// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/keys.h>

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/sha256.h>

#include "crypto_vectors.h"

namespace kepeng::crypto::test {
namespace {

using kepeng::test::read_shared_csv;
using kepeng::test::read_shared_json;

constexpr const char* kOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

Signer signer() {
  return Signer{sha256(as_bytes("blinding"))};
}

PrivateKey key_of(const std::string& hex) {
  const auto key = PrivateKey::from_bytes(unhex(hex));
  if (!key) throw std::runtime_error("no private key: " + hex);
  return *key;
}

std::string small(int number) {
  const std::string digits = std::to_string(number);
  return std::string(64 - digits.size(), '0') + digits;
}

TEST(Keys, PrivateKeysAreBetweenZeroAndTheOrder) {
  EXPECT_FALSE(PrivateKey::from_bytes(unhex(small(0))));
  EXPECT_TRUE(PrivateKey::from_bytes(unhex(small(1))));
  EXPECT_FALSE(PrivateKey::from_bytes(unhex(kOrder)));
  EXPECT_TRUE(PrivateKey::from_bytes(unhex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140")));
  EXPECT_FALSE(PrivateKey::from_bytes(Bytes(32, 0xff)));
  EXPECT_FALSE(PrivateKey::from_bytes(Bytes(31, 1)));
  EXPECT_FALSE(PrivateKey::from_bytes(Bytes(33, 1)));
}

TEST(Keys, CompressAndDecompress) {
  const std::string x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  const std::string y = "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
  const CompressedKey generator = signer().public_key(key_of(small(1)));
  EXPECT_EQ(to_hex(generator), "02" + x);
  EXPECT_EQ(to_hex(*decompress_public_key(generator)), "04" + x + y);
  EXPECT_EQ(compress_public_key(unhex("04" + x + y)), generator);
  EXPECT_EQ(compress_public_key(unhex("06" + x + y)), generator);
  EXPECT_FALSE(compress_public_key(unhex("07" + x + y)));
  EXPECT_FALSE(compress_public_key(unhex("02" + std::string(64, 'f')))) << "x is not below the field size";
  EXPECT_FALSE(is_valid_public_key(unhex("02" + small(5)))) << "no point has this x";
  EXPECT_FALSE(is_valid_public_key({}));
  EXPECT_EQ(to_xonly(generator)->parity, Parity::Even);
  EXPECT_EQ(to_hex(to_xonly(unhex("03" + x))->key), x);
  EXPECT_EQ(to_xonly(unhex("03" + x))->parity, Parity::Odd);
}

TEST(Keys, TweaksOfBothHalvesAgree) {
  std::mt19937_64 random{31};
  const Signer sign = signer();
  for (int i = 0; i < 20; ++i) {
    const PrivateKey key = *PrivateKey::from_bytes(random_array<32>(random));
    const Hash32 tweak = random_array<32>(random);
    EXPECT_EQ(tweak_add(sign.public_key(key), tweak), sign.public_key(*tweak_add(key, tweak)));

    const TweakedKey internal = sign.xonly_key(key);
    const TweakedKey output = *taproot_tweak_public_key(internal.key, tweak);
    EXPECT_EQ(sign.xonly_key(*sign.taproot_tweak(key, tweak)), output);
    EXPECT_TRUE(check_taproot_tweak(output, internal.key, tweak));
    TweakedKey wrong = output;
    wrong.parity = output.parity == Parity::Even ? Parity::Odd : Parity::Even;
    EXPECT_FALSE(check_taproot_tweak(wrong, internal.key, tweak));
    wrong = output;
    wrong.key[7] ^= 1;
    EXPECT_FALSE(check_taproot_tweak(wrong, internal.key, tweak));
  }
  const PrivateKey one = key_of(small(1));
  const Hash32 minus_one = unhex_array<32>("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140");
  EXPECT_FALSE(tweak_add(one, minus_one)) << "the sum is zero";
  EXPECT_FALSE(tweak_add(sign.public_key(one), minus_one)) << "the sum is the point at infinity";
  EXPECT_FALSE(tweak_add(one, unhex_array<32>(kOrder))) << "a tweak must be below the order";
  EXPECT_FALSE(taproot_tweak_public_key(sign.xonly_key(one).key, minus_one));
  EXPECT_FALSE(taproot_tweak_public_key(ByteView{}, minus_one));
}

TEST(EcdsaSigning, Rfc6979Vectors) {
  KEPENG_NEED_VECTORS();
  const Signer sign = signer();
  std::size_t count = 0;
  for (const char* file : {"rfc6979core.json", "rfc6979DERcore.json"}) {
    const bool der = std::string{file} == "rfc6979DERcore.json";
    const auto document = read_shared_json(std::string{"vectors/crypto/"} + file);
    for (const auto& row : document.GetArray()) {
      const PrivateKey key = key_of(row[0].GetString());
      const Hash32 hash = sha256(as_bytes(row[1].GetString()));
      const CompactSignature signature = sign.sign_ecdsa_compact(key, hash);
      EXPECT_EQ(der ? to_hex(to_der(signature)) : to_hex(signature), row[2].GetString()) << row[1].GetString();
      EXPECT_EQ(sign.sign_ecdsa(key, hash, RGrinding::Off), to_der(signature));
      ++count;
    }
  }
  EXPECT_EQ(count, 32u);
}

TEST(EcdsaSigning, GrindingKeepsRShort) {
  std::mt19937_64 random{32};
  const Signer sign = signer();
  std::size_t changed = 0;
  for (int i = 0; i < 60; ++i) {
    const PrivateKey key = *PrivateKey::from_bytes(random_array<32>(random));
    const Hash32 hash = random_array<32>(random);
    const Bytes der = sign.sign_ecdsa(key, hash);
    EXPECT_LE(der.size(), 70u);
    EXPECT_TRUE(verify_ecdsa(sign.public_key(key), der, hash));
    EXPECT_TRUE(is_low_s(der));
    changed += der != sign.sign_ecdsa(key, hash, RGrinding::Off) ? 1 : 0;
  }
  EXPECT_GT(changed, 10u);
  EXPECT_LT(changed, 50u);
}

TEST(EcdsaRecovery, Vectors) {
  KEPENG_NEED_VECTORS();
  const Signer sign = signer();
  std::istringstream text{kepeng::test::read_shared_text("vectors/crypto/ecdsa_recid.txt")};
  std::map<std::string, std::string> fields;
  std::size_t count = 0;
  for (std::string line; std::getline(text, line);) {
    const std::size_t equals = line.find(" = ");
    if (equals == std::string::npos) continue;
    fields[line.substr(0, equals)] = line.substr(equals + 3);
    if (line.substr(0, equals) != "recid") continue;
    const PrivateKey key = key_of(fields["privkey"]);
    const Hash32 hash = unhex_array<32>(fields["message"]);
    RecoverableSignature expected;
    expected.signature = unhex_array<64>(fields["sig"].substr(0, 128));
    // The file holds the two numbers as little-endian.
    std::reverse(expected.signature.begin(), expected.signature.begin() + 32);
    std::reverse(expected.signature.begin() + 32, expected.signature.end());
    expected.recovery_id = static_cast<std::uint8_t>(std::stoi(fields["recid"]));
    EXPECT_EQ(to_hex(sign.public_key(key)), fields["pubkey"]);
    const auto recovered = recover_public_key(expected, hash);
    ASSERT_TRUE(recovered) << count;
    EXPECT_EQ(to_hex(*recovered), fields["pubkey"]) << count;
    const RecoverableSignature ours = sign.sign_recoverable(key, hash);
    EXPECT_EQ(recover_public_key(ours, hash), recovered);
    EXPECT_TRUE(verify_ecdsa_compact(*recovered, ours.signature, hash));
    ++count;
  }
  EXPECT_EQ(count, 1000u);
}

TEST(EcdsaRecovery, RefusesImpossibleIds) {
  std::mt19937_64 random{33};
  const Hash32 hash = random_array<32>(random);
  RecoverableSignature signature = signer().sign_recoverable(key_of(small(9)), hash);
  signature.recovery_id = 4;
  EXPECT_FALSE(recover_public_key(signature, hash));
  signature.recovery_id = 0;
  signature.signature.fill(0);
  EXPECT_FALSE(recover_public_key(signature, hash));
}

// Columns: index, secret key, public key, aux_rand, message, signature, result, comment.
TEST(Schnorr, Bip340Vectors) {
  KEPENG_NEED_VECTORS();
  const Signer sign = signer();
  const auto rows = read_shared_csv("vectors/crypto/bip340.csv");
  std::size_t verified = 0, made = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    const Bytes public_key = unhex(row[2]), message = unhex(row[4]), signature = unhex(row[5]);
    EXPECT_EQ(verify_schnorr(public_key, signature, message), row[6] == "TRUE") << row[0] << " " << row[7];
    ++verified;
    if (row[1].empty()) continue;
    const PrivateKey key = key_of(row[1]);
    EXPECT_TRUE(equal(sign.xonly_key(key).key, public_key)) << row[0];
    EXPECT_TRUE(equal(sign.sign_schnorr(key, message, unhex_array<32>(row[3])), signature)) << row[0];
    ++made;
  }
  EXPECT_EQ(verified, 19u);
  EXPECT_EQ(made, 8u);
}

TEST(Schnorr, C131_NumbersOutOfRangeAreRefused) {
  std::mt19937_64 random{34};
  const Signer sign = signer();
  const PrivateKey key = *PrivateKey::from_bytes(random_array<32>(random));
  const Hash32 message = random_array<32>(random);
  const Hash32 public_key = sign.xonly_key(key).key;
  const Hash64 good = sign.sign_schnorr(key, message, Hash32{});
  ASSERT_TRUE(verify_schnorr(public_key, good, message));

  const Bytes order = unhex(kOrder);
  const Bytes field = unhex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
  Hash64 wrong = good;
  std::copy(order.begin(), order.end(), wrong.begin() + 32);
  EXPECT_FALSE(verify_schnorr(public_key, wrong, message)) << "s = n";
  wrong = good;
  std::copy(field.begin(), field.end(), wrong.begin());
  EXPECT_FALSE(verify_schnorr(public_key, wrong, message)) << "r = p";
  std::fill(wrong.begin(), wrong.end(), std::uint8_t{0xff});
  EXPECT_FALSE(verify_schnorr(public_key, wrong, message));
  EXPECT_FALSE(verify_schnorr(field, good, message)) << "key = p";
  EXPECT_FALSE(is_valid_xonly_key(field));
  EXPECT_TRUE(is_valid_xonly_key(public_key));
  for (const std::size_t size : {std::size_t{0}, std::size_t{31}, std::size_t{33}}) {
    EXPECT_FALSE(verify_schnorr(Bytes(size, 2), good, message));
    EXPECT_FALSE(is_valid_xonly_key(Bytes(size, 2)));
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{63}, std::size_t{65}}) {
    EXPECT_FALSE(verify_schnorr(public_key, Bytes(size, 2), message));
  }
}

// The vectors carry SubjectPublicKeyInfo; we read its two canonical forms, and no other need be understood.
std::optional<Bytes> point_of(const Bytes& info) {
  for (const char* head :
       {"3056301006072a8648ce3d020106052b8104000a034200", "3036301006072a8648ce3d020106052b8104000a032200"}) {
    const Bytes prefix = unhex(head);
    const std::size_t point_size = prefix[1] == 0x56 ? 65 : 33;
    if (info.size() != prefix.size() + point_size) continue;
    if (equal(ByteView{info}.first(prefix.size()), prefix))
      return Bytes(info.end() - static_cast<std::ptrdiff_t>(point_size), info.end());
  }
  return std::nullopt;
}

TEST(Ecdh, Wycheproof) {
  KEPENG_NEED_VECTORS();
  const Signer sign = signer();
  const auto document = read_shared_json("vectors/crypto/wycheproof_ecdh_secp256k1.json");
  std::size_t count = 0, shared = 0;
  for (const auto& group : document["testGroups"].GetArray()) {
    for (const auto& row : group["tests"].GetArray()) {
      ++count;
      Bytes secret = unhex(text_of(row, "private"));
      secret.insert(secret.begin(), 32, 0);
      secret.erase(secret.begin(), secret.end() - 32);
      const std::optional<Bytes> point = point_of(unhex(text_of(row, "public")));
      const std::optional<PrivateKey> key = PrivateKey::from_bytes(secret);
      std::optional<Hash32> result;
      if (point && key) result = sign.ecdh_x(*key, *point);
      const std::string verdict = text_of(row, "result");
      EXPECT_TRUE(result || verdict != "valid") << row["tcId"].GetInt();
      EXPECT_TRUE(!result || verdict != "invalid") << row["tcId"].GetInt();
      if (!result) continue;
      EXPECT_EQ(to_hex(*result), text_of(row, "shared")) << row["tcId"].GetInt();
      ++shared;
    }
  }
  EXPECT_EQ(count, 752u);
  EXPECT_GE(shared, 473u);
}

TEST(Ecdh, HashedSecretIsTheSameOnBothSides) {
  std::mt19937_64 random{35};
  const Signer sign = signer();
  const PrivateKey a = *PrivateKey::from_bytes(random_array<32>(random));
  const PrivateKey b = *PrivateKey::from_bytes(random_array<32>(random));
  const auto secret = sign.ecdh(a, sign.public_key(b));
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret, sign.ecdh(b, sign.public_key(a)));
  EXPECT_FALSE(sign.ecdh(a, Bytes(33, 0xff)));
  EXPECT_FALSE(sign.ecdh_x(a, ByteView{}));
}

}  // namespace
}  // namespace kepeng::crypto::test
