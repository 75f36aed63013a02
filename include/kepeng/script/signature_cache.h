// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SignatureCache: signatures that have verified before. The interpreter asks it and tells it;
// `script_cache` implements it.
//
// The message hash commits to everything that was signed, so key and signature with it are the whole identity. An
// implementation must be bounded, keyed with a secret, and thread-safe: interpreters of several workers share one.
// Only signatures that verified are ever inserted.
#pragma once

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::script {

enum class SignatureKind : std::uint8_t { Ecdsa, Schnorr };

struct SignedMessage {
  SignatureKind kind = SignatureKind::Ecdsa;
  crypto::Hash32 message_hash{};
  ByteView public_key;
  ByteView signature;  // without hash type
};

class SignatureCache {
 public:
  virtual ~SignatureCache() = default;
  virtual bool contains(const SignedMessage& message) = 0;
  virtual void insert(const SignedMessage& message) = 0;
  // The signature did not verify. Nothing to remember; told for those who count.
  virtual void note_invalid(const SignedMessage&) {}
};

}  // namespace kepeng::script
