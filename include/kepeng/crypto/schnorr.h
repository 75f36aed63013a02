// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BIP340 Schnorr verification and the BIP341 tweak check.
//
// A key, r or s that is out of range makes the answer false; so does an argument of the wrong size. Pure functions.
#pragma once

#include <cstdint>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

// `public_key` has 32 bytes (x only), `signature` 64, `message` any number.
bool verify_schnorr(ByteView public_key, ByteView signature, ByteView message);

// Whether the 32 bytes are the x coordinate of a point on the curve.
bool is_valid_xonly_key(ByteView public_key);

// Of the y coordinate.
enum class Parity : std::uint8_t { Even = 0, Odd = 1 };

struct TweakedKey {
  Hash32 key{};  // x only
  Parity parity = Parity::Even;
  friend bool operator==(const TweakedKey&, const TweakedKey&) = default;
};

// Whether output = internal_key + tweak * G, with that parity. `internal_key` has 32 bytes (x only).
bool check_taproot_tweak(const TweakedKey& output, ByteView internal_key, const Hash32& tweak);

}  // namespace kepeng::crypto
