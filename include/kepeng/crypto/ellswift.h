// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ElligatorSwift (BIP324): public keys as 64 bytes that look like random ones, and the key agreement over them.
//
// What is constant time: everything that depends on a private key alone (its public key, the shared point) is done by
// libsecp256k1 in constant time. What is not: the field arithmetic of encoding and decoding, which sees x coordinates
// and random numbers that end up on the wire. Pure functions; decoding cannot fail, every 64 bytes are a key.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>
#include <kepeng/crypto/keys.h>

namespace kepeng::crypto {

using EllSwiftKey = std::array<std::uint8_t, 64>;

// The x coordinate that the 64 bytes stand for.
Hash32 ellswift_decode(const EllSwiftKey& encoded);

// One of the many encodings of the key's public x coordinate, chosen by `randomness` (32 fresh random bytes).
EllSwiftKey ellswift_create(const Signer& signer, const PrivateKey& key, const Hash32& randomness);

// The inverse of decoding: the second half t for which (u, t) stands for x, if the case (0..7) has one. Different cases
// with a solution give different t.
std::optional<Hash32> xswiftec_inverse(const Hash32& x, const Hash32& u, unsigned which);

enum class V2Role : std::uint8_t { Initiator, Responder };

struct EllSwiftExchange {
  EllSwiftKey ours{};
  EllSwiftKey theirs{};
  V2Role role = V2Role::Initiator;
};

// The shared secret of BIP324, equal on both sides. `key` belongs to `exchange.ours`.
Hash32 v2_ecdh(const Signer& signer, const PrivateKey& key, const EllSwiftExchange& exchange);

// The x coordinate of the shared point, before it is hashed with both keys.
Hash32 ellswift_ecdh_x(const Signer& signer, const PrivateKey& key, const EllSwiftKey& theirs);

}  // namespace kepeng::crypto
