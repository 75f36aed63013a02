// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/hmac.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include <kepeng/base/assert.h>

#include "wipe.h"

namespace kepeng::crypto {

HmacSha256::HmacSha256(ByteView key) {
  std::array<std::uint8_t, 64> block{};
  if (key.size() > block.size()) {
    const Hash32 digest = sha256(key);
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  for (std::uint8_t& byte : block) byte ^= 0x36;
  inner_.write(block);
  for (std::uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
  outer_.write(block);
  wipe(block);
}

Hash32 HmacSha256::finalize() {
  return outer_.write(inner_.finalize()).finalize();
}

Hash32 hmac_sha256(ByteView key, ByteView message) {
  return HmacSha256{key}.write(message).finalize();
}

Hash64 hmac_sha512(ByteView key, ByteView message) {
  Hash64 code;
  unsigned size = 0;
  // A null key would mean "the key of last time" to OpenSSL.
  static constexpr std::uint8_t kNoKey = 0;
  const void* key_at = key.empty() ? &kNoKey : key.data();
  KP_ASSERT(HMAC(EVP_sha512(), key_at, static_cast<int>(key.size()), message.data(), message.size(), code.data(),
                 &size) != nullptr);
  KP_ASSERT(size == code.size());
  return code;
}

}  // namespace kepeng::crypto
