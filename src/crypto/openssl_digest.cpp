// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// OpenSSL's digests behind two functions. Its algorithms are fetched once: a fetch by name costs more than a hash.
#include <openssl/evp.h>

#include <kepeng/base/assert.h>
#include <kepeng/crypto/sha3.h>
#include <kepeng/crypto/sha512.h>

namespace kepeng::crypto {
namespace {

template <class Digest>
Digest digest_of(const EVP_MD* algorithm, ByteView bytes) {
  Digest digest;
  unsigned size = 0;
  // Fails only where memory does.
  KP_ASSERT(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, algorithm, nullptr) == 1);
  KP_ASSERT(size == digest.size());
  return digest;
}

// Kept until the process ends, so that hashing stays possible in destructors.
const EVP_MD* fetch(const char* name) {
  const EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
  KP_ASSERT(algorithm != nullptr);
  return algorithm;
}

}  // namespace

Hash64 sha512(ByteView bytes) {
  static const EVP_MD* const algorithm = fetch("SHA2-512");
  return digest_of<Hash64>(algorithm, bytes);
}

Hash32 sha3_256(ByteView bytes) {
  static const EVP_MD* const algorithm = fetch("SHA3-256");
  return digest_of<Hash32>(algorithm, bytes);
}

}  // namespace kepeng::crypto
