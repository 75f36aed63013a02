// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What signatures and public keys look like, apart from whether they verify.
//
// Signatures here carry their hash type as last byte. Pure functions.
#pragma once

#include <kepeng/base/bytes.h>
#include <kepeng/script/flags.h>
#include <kepeng/script/script_error.h>

namespace kepeng::script {

// BIP66: strict DER of two positive numbers, followed by one hash type byte.
bool is_strict_der(ByteView signature);
// ALL, NONE or SINGLE, each with or without ANYONECANPAY.
bool has_defined_hash_type(ByteView signature);

// 33 bytes starting 02 or 03.
bool is_compressed_key(ByteView public_key);
// That, or 65 bytes starting 04.
bool is_compressed_or_uncompressed_key(ByteView public_key);
// The length fits the first byte: compressed, uncompressed or hybrid.
bool has_key_length(ByteView public_key);

enum class SigVersion : std::uint8_t { Base, WitnessV0, Tapscript };

// The empty signature passes.
Verdict check_signature_encoding(ByteView signature, Flags flags);
Verdict check_key_encoding(ByteView public_key, Flags flags, SigVersion version);

}  // namespace kepeng::script
