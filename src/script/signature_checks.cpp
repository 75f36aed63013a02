// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "signature_checks.h"

#include <kepeng/crypto/ecdsa.h>
#include <kepeng/crypto/schnorr.h>

namespace kepeng::script {
namespace {

bool is_valid(const ScriptSpend& spend, const SignedMessage& message) {
  return spend.cache != nullptr ? spend.cache->check(message) : verify_signature(message);
}

}  // namespace

bool verify_signature(const SignedMessage& message) {
  if (message.kind == SignatureKind::Ecdsa) {
    return crypto::verify_ecdsa(message.public_key, message.signature, message.message_hash);
  }
  return crypto::verify_schnorr(message.public_key, message.signature, message.message_hash);
}

bool verify_ecdsa_signature(const ScriptSpend& spend, const KeyedSignature& signed_by, const crypto::Hash32& hash) {
  if (signed_by.signature.empty()) return false;
  const ByteView der = signed_by.signature.first(signed_by.signature.size() - 1);
  return is_valid(spend, {SignatureKind::Ecdsa, hash, signed_by.public_key, der});
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
  if (!is_valid(spend, {SignatureKind::Schnorr, *hash, signed_by.public_key, signature})) {
    return Err{ScriptError::SchnorrSig};
  }
  return Unit{};
}

}  // namespace kepeng::script
