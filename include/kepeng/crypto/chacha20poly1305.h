// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ChaCha20-Poly1305 authenticated encryption (RFC 8439), by OpenSSL.
//
// The object holds the keyed cipher, so that packets do not set it up anew; one thread uses it at a time. A nonce must
// not repeat under one key: that is the caller's duty. Decryption fails only for a forged or damaged message.
#pragma once

#include <memory>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/chacha20.h>

namespace kepeng::crypto {

// What is authenticated with the message, and which number of use this is.
struct AeadContext {
  ByteView associated_data;
  Nonce96 nonce{};
};

class ChaCha20Poly1305 {
 public:
  static constexpr std::size_t kTagSize = 16;

  explicit ChaCha20Poly1305(const CipherKey& key);
  ChaCha20Poly1305(ChaCha20Poly1305&&) noexcept;
  ChaCha20Poly1305& operator=(ChaCha20Poly1305&&) noexcept;
  ~ChaCha20Poly1305();

  void set_key(const CipherKey& key);

  // `out` has kTagSize bytes more than `plaintext`, and may begin at the same place.
  void encrypt(ByteView plaintext, const AeadContext& context, ByteSpan out);

  // `out` has kTagSize bytes less than `ciphertext`, which has at least that many, and may begin at the same place.
  // Where the answer is false, what is in `out` must not be used.
  [[nodiscard]] bool decrypt(ByteView ciphertext, const AeadContext& context, ByteSpan out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kepeng::crypto
