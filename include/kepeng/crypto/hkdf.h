// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// HKDF with HMAC-SHA256 and 32 bytes of output (RFC 5869), as BIP324 derives its keys.
//
// Extraction happens once, in the constructor; the extracted key is wiped at the end. Immutable after construction.
#pragma once

#include <string_view>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

class HkdfSha256 {
 public:
  HkdfSha256(ByteView input_key, ByteView salt);
  HkdfSha256(const HkdfSha256&) = delete;
  HkdfSha256& operator=(const HkdfSha256&) = delete;
  ~HkdfSha256();

  // At most 128 bytes of `info`.
  Hash32 expand32(ByteView info) const;

 private:
  Hash32 extracted_;
};

}  // namespace kepeng::crypto
