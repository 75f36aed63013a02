// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/secret.h>

#include <openssl/crypto.h>

namespace kepeng::crypto {

void wipe_secret(ByteSpan secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
}

}  // namespace kepeng::crypto
