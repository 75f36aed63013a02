// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SignatureCache: who the interpreter asks whether a signature is valid; `script_cache` implements one that remembers.
//
// The message hash commits to everything that was signed, so key and signature with it are the whole identity. An
// implementation that remembers must be bounded, keyed with a secret, and thread-safe: interpreters of several workers
// share one. It remembers only signatures that verified.
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

// By the curve, with nothing remembered.
bool verify_signature(const SignedMessage& message);

class SignatureCache {
 public:
  virtual ~SignatureCache() = default;
  // What verify_signature says, now or before.
  virtual bool check(const SignedMessage& message) = 0;
};

}  // namespace kepeng::script
