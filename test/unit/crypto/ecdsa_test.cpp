// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/ecdsa.h>

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/keys.h>
#include <kepeng/crypto/sha256.h>

#include "crypto_vectors.h"

namespace kepeng::crypto::test {
namespace {

using kepeng::test::read_shared_json;

constexpr const char* kOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
constexpr const char* kHalfOrder = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
constexpr const char* kHalfOrderPlusOne = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1";

bool is_strict(ByteView der) {
  const auto parsed = parse_der_lax(der);
  return parsed && equal(to_der(*parsed), der);
}

std::string lax(const std::string& hex) {
  const auto parsed = parse_der_lax(unhex(hex));
  return parsed ? to_hex(*parsed) : "unreadable";
}

std::string number(const std::string& digits) {
  return std::string(64 - digits.size(), '0') + digits;
}

struct Signed {
  CompressedKey public_key;
  Hash32 hash;
  CompactSignature signature;
};

Signed some_signature(std::mt19937_64& random) {
  const Signer signer{random_array<32>(random)};
  const PrivateKey key = *PrivateKey::from_bytes(random_array<32>(random));
  const Hash32 hash = random_array<32>(random);
  return {signer.public_key(key), hash, signer.sign_ecdsa_compact(key, hash)};
}

// n - s.
CompactSignature with_negated_s(CompactSignature signature) {
  const Bytes order = unhex(kOrder);
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int difference = order[i] - signature[32 + i] - borrow;
    signature[32 + i] = static_cast<std::uint8_t>(difference);
    borrow = difference < 0 ? 1 : 0;
  }
  return signature;
}

TEST(Ecdsa, WycheproofBitcoin) {
  KEPENG_NEED_VECTORS();
  const auto document = read_shared_json("vectors/crypto/wycheproof_ecdsa_secp256k1_sha256_bitcoin.json");
  std::size_t count = 0;
  for (const auto& group : document["testGroups"].GetArray()) {
    const Bytes key = unhex(text_of(group["publicKey"], "uncompressed"));
    for (const auto& row : group["tests"].GetArray()) {
      const Bytes signature = unhex(text_of(row, "sig"));
      const Hash32 hash = sha256(unhex(text_of(row, "msg")));
      const bool accepted = is_strict(signature) && is_low_s(signature) && verify_ecdsa(key, signature, hash);
      EXPECT_EQ(accepted, text_of(row, "result") == "valid") << row["tcId"].GetInt() << text_of(row, "comment");
      ++count;
    }
  }
  EXPECT_EQ(count, 463u);
}

TEST(Ecdsa, HighSVerifiesAndIsNotLow) {
  std::mt19937_64 random{21};
  const Signed row = some_signature(random);
  const CompactSignature high = with_negated_s(row.signature);
  EXPECT_TRUE(verify_ecdsa(row.public_key, to_der(row.signature), row.hash));
  EXPECT_TRUE(verify_ecdsa(row.public_key, to_der(high), row.hash));
  EXPECT_TRUE(is_low_s(to_der(row.signature)));
  EXPECT_FALSE(is_low_s(to_der(high)));
  EXPECT_TRUE(verify_ecdsa_compact(row.public_key, row.signature, row.hash));
  EXPECT_FALSE(verify_ecdsa_compact(row.public_key, high, row.hash));
}

TEST(Ecdsa, LowSEndsAtHalfTheOrder) {
  const auto with_s = [](const std::string& s) { return to_der(unhex_array<64>(number("1") + s)); };
  EXPECT_TRUE(is_low_s(with_s(kHalfOrder)));
  EXPECT_FALSE(is_low_s(with_s(kHalfOrderPlusOne)));
  EXPECT_TRUE(is_low_s(with_s(kOrder))) << "does not fit, reads as zero";
  EXPECT_FALSE(is_low_s(unhex("3006"))) << "unreadable";
}

TEST(Ecdsa, EveryEncodingOfThePublicKeyVerifies) {
  std::mt19937_64 random{22};
  for (int i = 0; i < 20; ++i) {
    const Signed row = some_signature(random);
    const Bytes der = to_der(row.signature);
    const UncompressedKey full = *decompress_public_key(row.public_key);
    EXPECT_TRUE(verify_ecdsa(full, der, row.hash));
    const std::uint8_t parity = full.back() & 1;
    UncompressedKey hybrid = full;
    hybrid[0] = static_cast<std::uint8_t>(6 + parity);
    EXPECT_TRUE(verify_ecdsa(hybrid, der, row.hash));
    hybrid[0] = static_cast<std::uint8_t>(7 - parity);
    EXPECT_FALSE(verify_ecdsa(hybrid, der, row.hash)) << "a hybrid key of the wrong parity is no key";
    for (const int prefix : {0, 1, 2, 3, 5, 8, 255}) {
      hybrid[0] = static_cast<std::uint8_t>(prefix);
      EXPECT_FALSE(verify_ecdsa(hybrid, der, row.hash)) << prefix;
    }
    for (std::size_t size = 0; size < full.size(); ++size) {
      EXPECT_FALSE(verify_ecdsa(ByteView{full}.first(size), der, row.hash)) << size;
    }
    Hash32 other = row.hash;
    other[31] ^= 1;
    EXPECT_FALSE(verify_ecdsa(full, der, other));
  }
}

TEST(DerLax, AcceptsWhatHistoryAccepted) {
  const std::string one_two = number("1") + number("2");
  EXPECT_EQ(lax("3006020101020102"), one_two);
  EXPECT_EQ(lax("3006020101020102ffff"), one_two) << "bytes after the numbers";
  EXPECT_EQ(lax("3000020101020102"), one_two) << "wrong length of the sequence";
  EXPECT_EQ(lax("30ff" + std::string(254, 'a') + "020101020102"), one_two) << "127 octets of length, not looked at";
  EXPECT_EQ(lax("30820006020101020102"), one_two) << "long form";
  EXPECT_EQ(lax("300602810101028200010002"), number("1") + number("0")) << "long form of the numbers, then trailing";
  EXPECT_EQ(lax("3080020101020102"), one_two) << "no octets of length";
  EXPECT_EQ(lax("300602850000000001010285000000000102"), one_two) << "zeros before a length";
  EXPECT_EQ(lax("30060203000001020102"), one_two) << "zeros before a number";
  EXPECT_EQ(lax("30060201ff020102"), number("ff") + number("2")) << "a negative number is read as positive";
  EXPECT_EQ(lax("300402000200"), number("0") + number("0")) << "numbers without digits";
  EXPECT_EQ(lax("30060280020102"), number("0") + number("2")) << "a number of length zero in long form";
}

TEST(DerLax, RefusesWhatHistoryRefused) {
  for (const char* hex :
       {"", "30", "31", "3006", "300602", "30060201", "3006020101", "300602010102", "30060201010201",
        "3106020101020102", "3006030101020102", "3006020101030102", "3006020201020102", "30810602", "30ff020101020102",
        "30060284010000010102", "3006028500010000010102", "300602ff01", "30060283ffffff0102"}) {
    EXPECT_EQ(lax(hex), "unreadable") << hex;
  }
}

TEST(DerLax, NumbersThatDoNotFitReadAsZeroAndNeverVerify) {
  const std::string zero = number("0") + number("0");
  const std::string order = std::string("0221") + "00" + kOrder;
  EXPECT_EQ(lax("3026" + order + "020101"), zero);
  EXPECT_EQ(lax("3026020101" + order), zero);
  EXPECT_EQ(lax("3026"
                "0221"
                "01" +
                number("0") + "020101"),
            zero)
      << "33 digits";
  std::mt19937_64 random{23};
  const Signed row = some_signature(random);
  EXPECT_FALSE(verify_ecdsa(row.public_key, unhex("3026020101" + order), row.hash));
  EXPECT_FALSE(verify_ecdsa(row.public_key, unhex("3006020100020100"), row.hash));
}

// No length and no content may make the parser read outside its input (the sanitizers watch) or invent a value: what
// it reads must be found again in the canonical encoding of the same numbers.
TEST(DerLax, V64_EveryLengthUpTo100WithRandomContent) {
  std::mt19937_64 random{24};
  std::size_t readable = 0;
  for (std::size_t size = 0; size <= 100; ++size) {
    for (int i = 0; i < 400; ++i) {
      // Exactly sized memory, so that one byte too far is outside of it.
      Bytes bytes = random_bytes(random, size);
      if (i % 4 != 0) {
        const std::uint8_t frame[] = {0x30, static_cast<std::uint8_t>(i % 3 == 0 ? 0x81 : size), 0x02};
        std::copy_n(frame, std::min<std::size_t>(size, sizeof frame), bytes.begin());
        if (size > 4) bytes[3] = static_cast<std::uint8_t>(random() % (size - 3));
        if (size > 6 && std::size_t{4} + bytes[3] + 2 < size) bytes[std::size_t{4} + bytes[3]] = 0x02;
      }
      bytes.shrink_to_fit();
      const auto parsed = parse_der_lax(bytes);
      static_cast<void>(is_low_s(bytes));
      if (!parsed) continue;
      ++readable;
      EXPECT_EQ(parse_der_lax(to_der(*parsed)), parsed);
    }
  }
  EXPECT_GT(readable, 500u);
}

TEST(DerLax, V64_EveryCutAndEveryByteOfASignature) {
  std::mt19937_64 random{25};
  const Signed row = some_signature(random);
  const Bytes der = to_der(row.signature);
  for (std::size_t size = 0; size < der.size(); ++size) {
    const Bytes cut(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(parse_der_lax(cut)) << size;
    EXPECT_FALSE(verify_ecdsa(row.public_key, cut, row.hash)) << size;
  }
  for (std::size_t at = 0; at < der.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      Bytes changed = der;
      changed[at] = static_cast<std::uint8_t>(value);
      // Only the ignored length of the sequence may change and leave the signature valid.
      const bool may_hold = value == der[at] || (at == 1 && value <= 0x80);
      EXPECT_EQ(verify_ecdsa(row.public_key, changed, row.hash), may_hold) << at << " " << value;
    }
  }
}

}  // namespace
}  // namespace kepeng::crypto::test
