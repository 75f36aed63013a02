// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// HMAC with SHA-256 and SHA-512 (RFC 2104). Pure functions; the streaming form is a value that one thread uses at a
// time and that is cheap to copy once keyed. No failure.
#pragma once

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>
#include <kepeng/crypto/sha256.h>

namespace kepeng::crypto {

class HmacSha256 {
 public:
  explicit HmacSha256(ByteView key);

  HmacSha256& write(ByteView bytes) {
    inner_.write(bytes);
    return *this;
  }
  // The code is spent afterwards.
  Hash32 finalize();

 private:
  Sha256 inner_;
  Sha256 outer_;
};

Hash32 hmac_sha256(ByteView key, ByteView message);
Hash64 hmac_sha512(ByteView key, ByteView message);

}  // namespace kepeng::crypto
