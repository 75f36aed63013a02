// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Numbers modulo p = 2^256 - 2^32 - 977, the field of secp256k1, for the encodings of ElligatorSwift.
//
// Always fully reduced. Variable time: only for numbers that are or will be public. Values; no failure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

class FieldElement {
 public:
  constexpr FieldElement() = default;
  constexpr explicit FieldElement(std::uint64_t small) : limbs_{small, 0, 0, 0} {}

  // Big-endian; numbers from p on mean their remainder.
  static FieldElement from_bytes(const std::uint8_t* bytes);
  static FieldElement minus_three_sqrt();
  Hash32 to_bytes() const;

  bool is_zero() const { return limbs_ == Limbs{}; }
  friend bool operator==(const FieldElement&, const FieldElement&) = default;

  friend FieldElement operator+(const FieldElement& a, const FieldElement& b);
  friend FieldElement operator-(const FieldElement& a, const FieldElement& b);
  friend FieldElement operator*(const FieldElement& a, const FieldElement& b);
  FieldElement operator-() const { return FieldElement{} - *this; }

  FieldElement square() const { return *this * *this; }
  // Zero for zero.
  FieldElement inverse() const;
  FieldElement half() const;
  // The root that is itself a square, if there is one.
  std::optional<FieldElement> sqrt() const;

 private:
  using Limbs = std::array<std::uint64_t, 4>;  // least significant first
  FieldElement power(const Limbs& exponent) const;
  void subtract_modulus_if_needed(std::uint64_t carry);

  Limbs limbs_{};
};

inline FieldElement operator/(const FieldElement& a, const FieldElement& b) {
  return a * b.inverse();
}

}  // namespace kepeng::crypto
