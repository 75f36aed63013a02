// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The ChaCha20 stream cipher (RFC 8439). Our own, with vectors: MuHash takes 384 bytes of key stream for every coin,
// which is less than it costs to set a library's cipher up.
//
// Constant time. A stream is used by one thread at a time; it wipes its key at the end. No failure. After 2^32 blocks
// under one nonce the stream goes on with the next nonce (its first word counts up).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

using CipherKey = std::array<std::uint8_t, 32>;
using Nonce96 = std::array<std::uint8_t, 12>;

class ChaCha20 {
 public:
  // Starts at block 0 of the nonce that is all zeros.
  explicit ChaCha20(const CipherKey& key);
  ChaCha20(const ChaCha20&) = default;
  ChaCha20& operator=(const ChaCha20&) = default;
  ~ChaCha20();

  void set_key(const CipherKey& key);
  void seek(const Nonce96& nonce, std::uint32_t block);

  void keystream(ByteSpan out);
  // Key stream XOR `in`; `out` has the size of `in` and may be the same memory.
  void crypt(ByteView in, ByteSpan out);

 private:
  static constexpr std::size_t kBuffered = 256;
  void fill();

  std::array<std::uint32_t, 16> state_;
  std::array<std::uint8_t, kBuffered> buffer_;
  std::size_t used_ = kBuffered;
};

// `blocks` times 64 bytes of key stream from block 0 of the zero nonce.
void chacha20_keystream(const CipherKey& key, std::uint8_t* out, std::size_t blocks);

}  // namespace kepeng::crypto
