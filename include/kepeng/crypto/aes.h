// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// AES-256, one block at a time and in CBC mode (wallet encryption), by OpenSSL. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/chacha20.h>

namespace kepeng::crypto {

using AesBlock = std::array<std::uint8_t, 16>;

AesBlock aes256_encrypt_block(const CipherKey& key, const AesBlock& plaintext);
AesBlock aes256_decrypt_block(const CipherKey& key, const AesBlock& ciphertext);

enum class AesPadding : std::uint8_t { None, Pkcs7 };

struct AesCbc {
  CipherKey key{};
  AesBlock iv{};
  AesPadding padding = AesPadding::Pkcs7;
};

// nullopt for a length that is no multiple of 16 (encryption: only without padding), and for wrong padding.
std::optional<Bytes> aes256_cbc_encrypt(const AesCbc& how, ByteView plaintext);
std::optional<Bytes> aes256_cbc_decrypt(const AesCbc& how, ByteView ciphertext);

}  // namespace kepeng::crypto
