// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "signature_checks.h"

#include <kepeng/crypto/ecdsa.h>
#include <kepeng/crypto/schnorr.h>

namespace kepeng::script {
namespace {

bool is_cached(const ScriptSpend& spend, const SignedMessage& message) {
  return spend.cache != nullptr && spend.cache->contains(message);
}

// Tells the cache how verification ended, and passes it on.
bool remember(const ScriptSpend& spend, const SignedMessage& message, bool is_valid) {
  if (spend.cache == nullptr) return is_valid;
  if (is_valid) {
    spend.cache->insert(message);
  } else {
    spend.cache->note_invalid(message);
  }
  return is_valid;
}

}  // namespace

bool verify_ecdsa_signature(const ScriptSpend& spend, const KeyedSignature& signed_by, const crypto::Hash32& hash) {
  if (signed_by.signature.empty()) return false;
  const ByteView der = signed_by.signature.first(signed_by.signature.size() - 1);
  const SignedMessage message{SignatureKind::Ecdsa, hash, signed_by.public_key, der};
  if (is_cached(spend, message)) return true;
  return remember(spend, message, crypto::verify_ecdsa(signed_by.public_key, der, hash));
}

Verdict check_schnorr_signature(const ScriptSpend& spend, const KeyedSignature& signed_by, TaprootMessage message) {
  ByteView signature = signed_by.signature;
  if (signature.size() != 64 && signature.size() != 65) return Err{ScriptError::SchnorrSigSize};
  message.hash_type = kSighashDefault;
  if (signature.size() == 65) {
    message.hash_type = signature.back();
    signature = signature.first(64);
    if (message.hash_type == kSighashDefault) return Err{ScriptError::SchnorrSigHashtype};
  }
  if (spend.spent.size() != spend.tx.inputs.size()) return Err{ScriptError::SpentOutputsMissing};
  const auto hash = taproot_sighash(spend.tx, message, {spend.spent, spend.hashes});
  if (!hash) return Err{ScriptError::SchnorrSigHashtype};
  const SignedMessage signed_message{SignatureKind::Schnorr, *hash, signed_by.public_key, signature};
  if (is_cached(spend, signed_message)) return Unit{};
  const bool is_valid = crypto::verify_schnorr(signed_by.public_key, signature, *hash);
  if (!remember(spend, signed_message, is_valid)) return Err{ScriptError::SchnorrSig};
  return Unit{};
}

}  // namespace kepeng::script
