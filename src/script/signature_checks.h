// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Signatures against the transaction: the cache first, then the curve. Private to the module.
#pragma once

#include <kepeng/script/interpreter.h>

namespace kepeng::script {

struct KeyedSignature {
  ByteView public_key;
  ByteView signature;  // with its hash type
};

// An empty signature does not verify. `hash` is of this signature's hash type.
bool verify_ecdsa_signature(const ScriptSpend& spend, const KeyedSignature& signed_by, const crypto::Hash32& hash);

// BIP341: 64 bytes, or 65 with a hash type that is not zero. The hash type of `message` is filled in here.
Verdict check_schnorr_signature(const ScriptSpend& spend, const KeyedSignature& signed_by, TaprootMessage message);

}  // namespace kepeng::script
