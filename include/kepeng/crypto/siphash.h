// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SipHash-2-4: a keyed 64-bit hash that an outsider who does not know the key cannot steer. For hash tables over peer
// data, BIP152 short ids and BIP158 filters.
//
// The hasher is a value used by one thread at a time; the functions are pure. No failure, no allocation.
#pragma once

#include <cstdint>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

struct SipHashKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

class SipHash24 {
 public:
  explicit SipHash24(SipHashKey key);

  SipHash24& write(ByteView bytes);
  // The hash of what was written so far; more may be written afterwards.
  std::uint64_t finalize() const;

 private:
  std::uint64_t v_[4];
  std::uint64_t pending_ = 0;  // the last, incomplete word
  std::uint64_t length_ = 0;
};

std::uint64_t siphash24(SipHashKey key, ByteView bytes);

// The same function with the length known: a hash, and an outpoint as it is serialised (hash, then index in
// little-endian).
std::uint64_t siphash24_hash(SipHashKey key, const Hash32& hash);
std::uint64_t siphash24_outpoint(SipHashKey key, const Hash32& txid, std::uint32_t index);

}  // namespace kepeng::crypto
