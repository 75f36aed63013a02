// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/hkdf.h>

#include <array>

#include <kepeng/base/assert.h>
#include <kepeng/crypto/hmac.h>

#include "wipe.h"

namespace kepeng::crypto {

HkdfSha256::HkdfSha256(ByteView input_key, ByteView salt) : extracted_{hmac_sha256(salt, input_key)} {}

HkdfSha256::~HkdfSha256() {
  wipe(extracted_);
}

Hash32 HkdfSha256::expand32(ByteView info) const {
  KP_ASSERT(info.size() <= 128);
  // One block of output: its number, and nothing before it.
  static constexpr std::array<std::uint8_t, 1> kFirst{1};
  return HmacSha256{extracted_}.write(info).write(kFirst).finalize();
}

}  // namespace kepeng::crypto
