// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "field.h"

#include <kepeng/base/bytes.h>
#include <kepeng/base/uint128.h>

namespace kepeng::crypto {
namespace {

using Wide = Uint128;

constexpr std::uint64_t kAllOnes = ~std::uint64_t{0};
constexpr std::uint64_t kComplement = 0x1000003d1;   // 2^256 - p
constexpr std::uint64_t kLowLimb = 0 - kComplement;  // of p

constexpr std::uint64_t low(Wide wide) {
  return static_cast<std::uint64_t>(wide);
}
constexpr std::uint64_t high(Wide wide) {
  return static_cast<std::uint64_t>(wide >> 64);
}

// number + small, modulo 2^256; gives the carry.
std::uint64_t add_small(std::array<std::uint64_t, 4>& number, Wide small) {
  Wide sum = small;
  for (std::uint64_t& limb : number) {
    const Wide added = Wide{limb} + low(sum);
    limb = low(added);
    sum = (sum >> 64) + high(added);
  }
  return low(sum);
}

}  // namespace

// The value is carry * 2^256 + limbs, below 2 p.
void FieldElement::subtract_modulus_if_needed(std::uint64_t carry) {
  const bool above =
      carry != 0 || (limbs_[3] == kAllOnes && limbs_[2] == kAllOnes && limbs_[1] == kAllOnes && limbs_[0] >= kLowLimb);
  if (above) add_small(limbs_, kComplement);
}

FieldElement FieldElement::from_bytes(const std::uint8_t* bytes) {
  FieldElement element;
  for (std::size_t i = 0; i < 4; ++i) element.limbs_[3 - i] = load_be<std::uint64_t>(bytes + 8 * i);
  element.subtract_modulus_if_needed(0);
  return element;
}

Hash32 FieldElement::to_bytes() const {
  Hash32 bytes;
  for (std::size_t i = 0; i < 4; ++i) store_be(bytes.data() + 8 * i, limbs_[3 - i]);
  return bytes;
}

FieldElement operator+(const FieldElement& a, const FieldElement& b) {
  FieldElement sum;
  Wide carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    carry += Wide{a.limbs_[i]} + b.limbs_[i];
    sum.limbs_[i] = low(carry);
    carry >>= 64;
  }
  sum.subtract_modulus_if_needed(low(carry));
  return sum;
}

FieldElement operator-(const FieldElement& a, const FieldElement& b) {
  FieldElement difference;
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Wide step = Wide{a.limbs_[i]} - b.limbs_[i] - borrow;
    difference.limbs_[i] = low(step);
    borrow = high(step) & 1;
  }
  if (borrow == 0) return difference;
  // Adding p is subtracting its complement, modulo 2^256.
  borrow = kComplement;
  for (std::uint64_t& limb : difference.limbs_) {
    const std::uint64_t before = limb;
    limb -= borrow;
    borrow = before < borrow ? 1 : 0;
  }
  return difference;
}

FieldElement operator*(const FieldElement& a, const FieldElement& b) {
  std::uint64_t product[8] = {};
  for (std::size_t i = 0; i < 4; ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const Wide sum = Wide{a.limbs_[i]} * b.limbs_[j] + product[i + j] + carry;
      product[i + j] = low(sum);
      carry = high(sum);
    }
    product[i + 4] = carry;
  }
  // The upper half counts 2^256, which is the complement; twice, as the first fold carries out some 34 bits.
  FieldElement result;
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Wide sum = Wide{product[i + 4]} * kComplement + product[i] + carry;
    result.limbs_[i] = low(sum);
    carry = high(sum);
  }
  const std::uint64_t over = add_small(result.limbs_, Wide{carry} * kComplement);
  result.subtract_modulus_if_needed(over);
  return result;
}

FieldElement FieldElement::power(const Limbs& exponent) const {
  FieldElement result{1};
  for (std::size_t bit = 256; bit-- > 0;) {
    result = result.square();
    if ((exponent[bit / 64] >> (bit % 64)) & 1) result = result * *this;
  }
  return result;
}

FieldElement FieldElement::inverse() const {
  return power({kLowLimb - 2, kAllOnes, kAllOnes, kAllOnes});
}  // p - 2

FieldElement FieldElement::half() const {
  constexpr Limbs kHalf{0xffffffff7ffffe18, kAllOnes, kAllOnes, kAllOnes >> 1};  // 1/2 = (p + 1) / 2
  FieldElement inverse_of_two;
  inverse_of_two.limbs_ = kHalf;
  return *this * inverse_of_two;
}

std::optional<FieldElement> FieldElement::sqrt() const {
  // p is 3 modulo 4, so a square's root is its power (p + 1) / 4.
  const FieldElement root = power({0xffffffffbfffff0c, kAllOnes, kAllOnes, kAllOnes >> 2});
  if (root.square() != *this) return std::nullopt;
  return root;
}

FieldElement FieldElement::minus_three_sqrt() {
  static const FieldElement root = *(-FieldElement{3}).sqrt();
  return root;
}

}  // namespace kepeng::crypto
