// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/fschacha20.h>

#include <array>

#include <kepeng/base/assert.h>

#include "wipe.h"

namespace kepeng::crypto {
namespace {

// BIP324: a 32-bit number inside the period, then the 64-bit number of the period.
Nonce96 period_nonce(std::uint32_t inside, std::uint64_t period) {
  Nonce96 nonce;
  store_le(nonce.data(), inside);
  store_le(nonce.data() + 4, period);
  return nonce;
}

}  // namespace

FSChaCha20::FSChaCha20(const CipherKey& key, std::uint32_t rekey_interval)
    : stream_{key}, rekey_interval_{rekey_interval} {
  KP_ASSERT(rekey_interval > 0);
}

void FSChaCha20::crypt(ByteView in, ByteSpan out) {
  stream_.crypt(in, out);
  if (++chunks_ < rekey_interval_) return;
  CipherKey next;
  stream_.keystream(next);
  stream_.set_key(next);
  wipe(next);
  stream_.seek(period_nonce(0, ++rekeys_), 0);
  chunks_ = 0;
}

FSChaCha20Poly1305::FSChaCha20Poly1305(const CipherKey& key, std::uint32_t rekey_interval)
    : cipher_{key}, rekey_interval_{rekey_interval} {
  KP_ASSERT(rekey_interval > 0);
}

Nonce96 FSChaCha20Poly1305::nonce(std::uint32_t counter) const {
  return period_nonce(counter, rekeys_);
}

void FSChaCha20Poly1305::next_packet() {
  if (++packets_ < rekey_interval_) return;
  // The next key is the key stream of the cipher under a counter that no packet has.
  static constexpr CipherKey kZeros{};
  std::array<std::uint8_t, sizeof(CipherKey) + ChaCha20Poly1305::kTagSize> stream;
  cipher_.encrypt(kZeros, {{}, nonce(0xffffffff)}, stream);
  CipherKey next;
  std::copy(stream.begin(), stream.begin() + next.size(), next.begin());
  cipher_.set_key(next);
  wipe(stream);
  wipe(next);
  packets_ = 0;
  ++rekeys_;
}

void FSChaCha20Poly1305::encrypt(ByteView plaintext, ByteView associated_data, ByteSpan out) {
  cipher_.encrypt(plaintext, {associated_data, nonce(packets_)}, out);
  next_packet();
}

bool FSChaCha20Poly1305::decrypt(ByteView ciphertext, ByteView associated_data, ByteSpan out) {
  const bool authentic = cipher_.decrypt(ciphertext, {associated_data, nonce(packets_)}, out);
  next_packet();
  return authentic;
}

}  // namespace kepeng::crypto
