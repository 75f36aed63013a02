// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// MuHash3072: one hash of a set. Elements go in and out in any order, and hashes of disjoint sets combine, at the price
// of one multiplication each.
//
// An element becomes a number modulo 2^3072 - 1103717 (SHA-256, then 384 bytes of ChaCha20); the set is the product of
// what was inserted over the product of what was removed. Nothing checks that a removed element was there. Division
// happens once, in `finalize`, and costs about a thousand insertions. A value, one thread at a time; split work over
// threads by giving each its own MuHash and combining them. No failure.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

class MuHash {
 public:
  static constexpr std::size_t kNumberSize = 384;
  static constexpr std::size_t kStateSize = 2 * kNumberSize;
  // Numerator, then denominator, both little-endian.
  using State = std::array<std::uint8_t, kStateSize>;

  // The empty set.
  MuHash();

  void insert(ByteView element);
  void remove(ByteView element);

  // The union with a disjoint set, and the difference from a subset.
  void combine(const MuHash& other);
  void subtract(const MuHash& other);

  // SHA-256 of the quotient. The set may go on changing afterwards.
  Hash32 finalize() const;

  State serialize() const;
  // Any state is accepted: numbers above the modulus mean their remainder.
  static MuHash deserialize(std::span<const std::uint8_t, kStateSize> state);

 private:
  using Limbs = std::array<std::uint64_t, kNumberSize / 8>;
  Limbs numerator_;
  Limbs denominator_;
};

}  // namespace kepeng::crypto
