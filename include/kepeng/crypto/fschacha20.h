// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The ciphers of BIP324 with forward secrecy: after every `rekey_interval` messages the key is replaced by one derived
// from it, and the old one is gone.
//
// Both sides must handle the same messages in the same order. One thread at a time.
#pragma once

#include <cstdint>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/chacha20.h>
#include <kepeng/crypto/chacha20poly1305.h>

namespace kepeng::crypto {

// For the lengths of packets: a stream that goes on from chunk to chunk.
class FSChaCha20 {
 public:
  FSChaCha20(const CipherKey& key, std::uint32_t rekey_interval);

  // Encrypts or decrypts the next chunk. `out` has the size of `in`.
  void crypt(ByteView in, ByteSpan out);

 private:
  ChaCha20 stream_;
  const std::uint32_t rekey_interval_;
  std::uint32_t chunks_ = 0;
  std::uint64_t rekeys_ = 0;
};

// For their contents.
class FSChaCha20Poly1305 {
 public:
  FSChaCha20Poly1305(const CipherKey& key, std::uint32_t rekey_interval);

  // Sizes as in ChaCha20Poly1305. Each call counts as one message, a failed decryption too.
  void encrypt(ByteView plaintext, ByteView associated_data, ByteSpan out);
  [[nodiscard]] bool decrypt(ByteView ciphertext, ByteView associated_data, ByteSpan out);

 private:
  Nonce96 nonce(std::uint32_t counter) const;
  void next_packet();

  ChaCha20Poly1305 cipher_;
  const std::uint32_t rekey_interval_;
  std::uint32_t packets_ = 0;
  std::uint64_t rekeys_ = 0;
};

}  // namespace kepeng::crypto
