// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ECDSA verification as the consensus rules need it.
//
// Signatures are read with the tolerant rules of the OpenSSL versions that once defined consensus (sloppy lengths,
// padding, missing signs); a high S counts like its low twin; a number that does not fit makes the signature invalid.
// Stricter demands (BIP66, low S) are script rules and are asked separately. Pure functions: false is the only failure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

// r and s, 32 big-endian bytes each.
using CompactSignature = std::array<std::uint8_t, 64>;

// `public_key` is 33 bytes compressed, 65 uncompressed, or 65 hybrid (06, 07) whose parity must be right.
// `der_signature` comes without its hash type byte.
bool verify_ecdsa(ByteView public_key, ByteView der_signature, const Hash32& message_hash);

// Same question for r and s as they are; a high S does not verify.
bool verify_ecdsa_compact(ByteView public_key, const CompactSignature& signature, const Hash32& message_hash);

// Whether S is at most half the group order. True for S = 0 too, and for numbers that do not fit (which read as 0);
// false if the signature cannot be read at all.
bool is_low_s(ByteView der_signature);

// The tolerant parser by itself. nullopt where no two numbers can be found; zero for both where one of them is not
// below the group order.
std::optional<CompactSignature> parse_der_lax(ByteView der_signature);

// Strict DER of r and s.
Bytes to_der(const CompactSignature& signature);

}  // namespace kepeng::crypto
