// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// HMAC, HKDF, ChaCha20, Poly1305, the AEAD, the BIP324 ciphers and AES against their vectors.
#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/aes.h>
#include <kepeng/crypto/fschacha20.h>
#include <kepeng/crypto/hkdf.h>
#include <kepeng/crypto/hmac.h>
#include <kepeng/crypto/poly1305.h>

#include "crypto_vectors.h"

namespace kepeng::crypto::test {
namespace {

using kepeng::test::read_shared_json;

// Calls `check` for each row of one algorithm and gives their number.
template <class Check>
std::size_t for_each_row(const char* algorithm, Check check) {
  const auto document = read_shared_json("vectors/crypto/primitives.json");
  std::size_t count = 0;
  for (const auto& row : document[algorithm].GetArray()) {
    SCOPED_TRACE(std::string{algorithm} + " " + std::to_string(count));
    check(row);
    ++count;
  }
  return count;
}

Bytes hex_of(const rapidjson::Value& row, const char* name) {
  return unhex(text_of(row, name));
}

CipherKey key_of(const rapidjson::Value& row) {
  return unhex_array<32>(text_of(row, "key"));
}

Nonce96 nonce_of(const rapidjson::Value& row) {
  return unhex_array<12>(text_of(row["nonce96"], "bytes"));
}

TEST(Macs, Vectors) {
  KEPENG_NEED_VECTORS();
  EXPECT_EQ(for_each_row("HMACSHA256",
                         [](const auto& row) {
                           const Bytes key = hex_of(row, "key_hex"), data = hex_of(row, "data_hex");
                           EXPECT_EQ(to_hex(hmac_sha256(key, data)), text_of(row, "mac"));
                           HmacSha256 code{key};
                           for (const std::uint8_t byte : data) code.write({&byte, 1});
                           EXPECT_EQ(to_hex(code.finalize()), text_of(row, "mac"));
                         }),
            9u);
  EXPECT_EQ(for_each_row("HMACSHA512",
                         [](const auto& row) {
                           EXPECT_EQ(to_hex(hmac_sha512(hex_of(row, "key_hex"), hex_of(row, "data_hex"))),
                                     text_of(row, "mac"));
                         }),
            9u);
  EXPECT_EQ(for_each_row("Poly1305",
                         [](const auto& row) {
                           EXPECT_EQ(to_hex(poly1305(key_of(row), hex_of(row, "message"))), text_of(row, "tag"));
                         }),
            15u);
  EXPECT_EQ(for_each_row("HKDF_SHA256_32",
                         [](const auto& row) {
                           const HkdfSha256 hkdf{hex_of(row, "ikm"), hex_of(row, "salt")};
                           EXPECT_EQ(to_hex(hkdf.expand32(hex_of(row, "info"))), text_of(row, "okm"));
                         }),
            3u);
}

TEST(Macs, EmptyKeys) {
  EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(to_hex(hmac_sha512({}, {})).substr(0, 16), "b936cee86c9f87aa");
}

TEST(Ciphers, ChaCha20Vectors) {
  KEPENG_NEED_VECTORS();
  std::mt19937_64 random{41};
  const auto check = [&](const auto& row) {
    const Bytes message = hex_of(row, "message"), expected = hex_of(row, "output");
    Bytes input = message;
    input.resize(expected.size());
    // At once, then in random pieces, then as key stream.
    for (int variant = 0; variant < 6; ++variant) {
      ChaCha20 stream{key_of(row)};
      stream.seek(nonce_of(row), row["seek_block"].GetUint());
      Bytes out(input.size());
      for (std::size_t at = 0; at < out.size();) {
        const std::size_t size = variant == 0 ? out.size() : std::min<std::size_t>(random() % 150, out.size() - at);
        const ByteSpan piece = ByteSpan{out}.subspan(at, size);
        variant % 2 == 0 ? stream.crypt(ByteView{input}.subspan(at, size), piece) : stream.keystream(piece);
        at += size;
      }
      if (variant % 2 == 1) {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= input[i];
      }
      EXPECT_EQ(out, expected);
    }
  };
  EXPECT_EQ(for_each_row("ChaCha20", check), 21u);
}

TEST(Ciphers, ChaCha20PiecesOfAnySizeAgree) {
  std::mt19937_64 random{42};
  const CipherKey key = random_array<32>(random);
  ChaCha20 byte_by_byte{key};
  Bytes expected(5000);
  for (std::uint8_t& byte : expected) byte_by_byte.keystream({&byte, 1});
  for (std::size_t size = 0; size < expected.size(); size += 61) {
    ChaCha20 stream{key};
    Bytes out(size);
    stream.keystream(out);
    EXPECT_TRUE(equal(out, ByteView{expected}.first(size))) << size;
    const std::size_t blocks = size / 64;
    chacha20_keystream(key, out.data(), blocks);
    EXPECT_TRUE(equal(ByteView{out}.first(64 * blocks), ByteView{expected}.first(64 * blocks))) << blocks;
  }
}

TEST(Ciphers, AeadVectors) {
  KEPENG_NEED_VECTORS();
  const auto check = [](const auto& row) {
    const Bytes plaintext = hex_of(row, "plaintext"), aad = hex_of(row, "aad"), expected = hex_of(row, "ciphertext");
    ChaCha20Poly1305 cipher{key_of(row)};
    const AeadContext context{aad, nonce_of(row)};
    Bytes sealed(plaintext.size() + ChaCha20Poly1305::kTagSize);
    cipher.encrypt(plaintext, context, sealed);
    EXPECT_EQ(sealed, expected);
    Bytes opened(plaintext.size());
    ASSERT_TRUE(cipher.decrypt(sealed, context, opened));
    EXPECT_EQ(opened, plaintext);
    for (const std::size_t at : {std::size_t{0}, sealed.size() / 2, sealed.size() - 1}) {
      Bytes forged = sealed;
      forged[at] ^= 1;
      EXPECT_FALSE(cipher.decrypt(forged, context, opened));
    }
    Bytes other_aad = aad;
    other_aad.push_back(0);
    EXPECT_FALSE(cipher.decrypt(sealed, {other_aad, context.nonce}, opened));
    // In place.
    Bytes memory = plaintext;
    memory.resize(sealed.size());
    cipher.encrypt(ByteView{memory}.first(plaintext.size()), context, memory);
    EXPECT_EQ(memory, expected);
    ASSERT_TRUE(cipher.decrypt(memory, context, ByteSpan{memory}.first(plaintext.size())));
    EXPECT_TRUE(equal(ByteView{memory}.first(plaintext.size()), plaintext));
  };
  EXPECT_EQ(for_each_row("ChaCha20Poly1305", check), 4u);
}

TEST(Ciphers, ForwardSecureVectors) {
  KEPENG_NEED_VECTORS();
  const auto stream = [](const auto& row) {
    const Bytes message = hex_of(row, "message");
    const unsigned interval = row["rekey_interval"].GetUint();
    FSChaCha20 cipher{key_of(row), interval};
    Bytes out(message.size());
    for (unsigned i = 0; i <= interval; ++i) cipher.crypt(message, out);
    EXPECT_EQ(to_hex(out), text_of(row, "ciphertext_after_rotation"));
  };
  EXPECT_EQ(for_each_row("FSChaCha20", stream), 3u);

  const auto aead = [](const auto& row) {
    const Bytes plaintext = hex_of(row, "plaintext"), aad = hex_of(row, "aad");
    const unsigned index = row["message_index"].GetUint();
    FSChaCha20Poly1305 sender{key_of(row), 224}, receiver{key_of(row), 224};
    std::array<std::uint8_t, ChaCha20Poly1305::kTagSize> empty;
    for (unsigned i = 0; i < index; ++i) {
      sender.encrypt({}, {}, empty);
      ASSERT_TRUE(receiver.decrypt(empty, {}, {}));
    }
    Bytes sealed(plaintext.size() + ChaCha20Poly1305::kTagSize), opened(plaintext.size());
    sender.encrypt(plaintext, aad, sealed);
    EXPECT_EQ(to_hex(sealed), text_of(row, "ciphertext"));
    ASSERT_TRUE(receiver.decrypt(sealed, aad, opened));
    EXPECT_EQ(opened, plaintext);
  };
  EXPECT_EQ(for_each_row("FSChaCha20Poly1305", aead), 2u);
}

TEST(Ciphers, AesVectors) {
  KEPENG_NEED_VECTORS();
  const auto block = [](const auto& row) {
    const AesBlock plaintext = unhex_array<16>(text_of(row, "plaintext"));
    const AesBlock ciphertext = unhex_array<16>(text_of(row, "ciphertext"));
    EXPECT_EQ(aes256_encrypt_block(key_of(row), plaintext), ciphertext);
    EXPECT_EQ(aes256_decrypt_block(key_of(row), ciphertext), plaintext);
  };
  EXPECT_EQ(for_each_row("AES256", block), 5u);

  const auto cbc = [](const auto& row) {
    const AesPadding padding = row["pad"].GetBool() ? AesPadding::Pkcs7 : AesPadding::None;
    const AesCbc how{key_of(row), unhex_array<16>(text_of(row, "iv")), padding};
    const Bytes plaintext = hex_of(row, "plaintext"), ciphertext = hex_of(row, "ciphertext");
    EXPECT_EQ(aes256_cbc_encrypt(how, plaintext), ciphertext);
    EXPECT_EQ(aes256_cbc_decrypt(how, ciphertext), plaintext);
  };
  EXPECT_EQ(for_each_row("AES256CBC", cbc), 8u);
}

TEST(Ciphers, AesCbcRefusesBadLengthsAndPadding) {
  const AesCbc padded{};
  AesCbc plain{};
  plain.padding = AesPadding::None;
  EXPECT_FALSE(aes256_cbc_encrypt(plain, Bytes(15)));
  EXPECT_FALSE(aes256_cbc_decrypt(plain, Bytes(17)));
  EXPECT_FALSE(aes256_cbc_decrypt(padded, Bytes(17)));
  EXPECT_FALSE(aes256_cbc_decrypt(padded, *aes256_cbc_encrypt(plain, Bytes(16, 0)))) << "padding of zero bytes";
  EXPECT_EQ(aes256_cbc_encrypt(padded, Bytes{})->size(), 16u);
}

}  // namespace
}  // namespace kepeng::crypto::test
