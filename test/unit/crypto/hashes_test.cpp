// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// RIPEMD-160, SHA-1, SHA-512, SHA3-256 and SipHash against their vectors.
#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/ripemd160.h>
#include <kepeng/crypto/sha1.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/crypto/sha3.h>
#include <kepeng/crypto/sha512.h>
#include <kepeng/crypto/siphash.h>

#include "crypto_vectors.h"

namespace kepeng::crypto::test {
namespace {

using kepeng::test::read_shared_json;

template <class Function>
std::size_t check_primitive(const char* algorithm, Function hash) {
  const auto document = read_shared_json("vectors/crypto/primitives.json");
  std::size_t count = 0;
  for (const auto& row : document[algorithm].GetArray()) {
    EXPECT_EQ(to_hex(hash(primitive_message(row))), text_of(row, "digest")) << algorithm << " " << count;
    ++count;
  }
  return count;
}

template <class Function>
std::size_t check_nist(const char* file, Function hash) {
  std::size_t count = 0;
  for (const NistCase& row : read_nist(file)) {
    EXPECT_EQ(to_hex(hash(row.message)), row.digest) << file << " " << count;
    ++count;
  }
  return count;
}

TEST(Hashes, PrimitiveVectors) {
  KEPENG_NEED_VECTORS();
  EXPECT_EQ(check_primitive("RIPEMD160", [](ByteView bytes) { return ripemd160(bytes); }), 9u);
  EXPECT_EQ(check_primitive("SHA1", [](ByteView bytes) { return sha1(bytes); }), 9u);
  EXPECT_EQ(check_primitive("SHA512", [](ByteView bytes) { return sha512(bytes); }), 10u);
  EXPECT_EQ(check_primitive("SHA3_256", [](ByteView bytes) { return sha3_256(bytes); }), 55u);
}

TEST(Hashes, NistMessages) {
  KEPENG_NEED_VECTORS();
  EXPECT_EQ(check_nist("SHA1ShortMsg.rsp", [](ByteView bytes) { return sha1(bytes); }), 65u);
  EXPECT_EQ(check_nist("SHA512ShortMsg.rsp", [](ByteView bytes) { return sha512(bytes); }), 129u);
  EXPECT_EQ(check_nist("SHA3_256ShortMsg.rsp", [](ByteView bytes) { return sha3_256(bytes); }), 137u);
}

TEST(Hashes, Hash160IsRipemdOfSha) {
  EXPECT_EQ(hash160(as_bytes("abc")), ripemd160(sha256(as_bytes("abc"))));
  // The public key of private key 1.
  EXPECT_EQ(to_hex(hash160(unhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"))),
            "751e76e8199196d454941c45d1b3a323f1433bd6");
}

TEST(SipHash, Vectors) {
  KEPENG_NEED_VECTORS();
  const auto document = read_shared_json("vectors/crypto/siphash.json");
  std::size_t count = 0;
  for (const auto& row : document.GetArray()) {
    const SipHashKey key{std::stoull(row["key"][0].GetString(), nullptr, 16),
                         std::stoull(row["key"][1].GetString(), nullptr, 16)};
    SipHash24 hasher{key};
    Bytes whole;
    for (const auto& chunk : row["input"].GetArray()) {
      const Bytes bytes = unhex(chunk.GetString());
      hasher.write(bytes);
      append(whole, bytes);
    }
    const std::uint64_t expected = std::stoull(text_of(row["expected"], "siphash24"), nullptr, 16);
    EXPECT_EQ(hasher.finalize(), expected) << count;
    EXPECT_EQ(siphash24(key, whole), expected) << count;
    ++count;
  }
  EXPECT_EQ(count, 146u);
}

TEST(SipHash, FixedLengthsAgreeWithStreaming) {
  std::mt19937_64 random{11};
  for (int i = 0; i < 200; ++i) {
    const SipHashKey key{random(), random()};
    const Hash32 hash = random_array<32>(random);
    const auto index = static_cast<std::uint32_t>(random());
    EXPECT_EQ(siphash24_hash(key, hash), siphash24(key, hash));
    Bytes outpoint(hash.begin(), hash.end());
    append_le(outpoint, index);
    EXPECT_EQ(siphash24_outpoint(key, hash, index), siphash24(key, outpoint));
  }
}

}  // namespace
}  // namespace kepeng::crypto::test
