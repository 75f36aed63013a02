// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "number3072.h"

#include <openssl/bn.h>

#include <algorithm>
#include <memory>

#include <kepeng/base/assert.h>
#include <kepeng/base/uint128.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace kepeng::crypto::number3072 {
namespace {

using Wide = Uint128;

using Row = std::uint64_t (*)(std::uint64_t*, std::uint64_t, const std::uint64_t*);

Row best_row() {
#if defined(__x86_64__)
  static const Row best = has_adx() ? add_row_adx : add_row;
  return best;
#else
  return add_row;
#endif
}

// Gives the carry out of the highest limb.
std::uint64_t add_small(std::uint64_t* to, std::uint64_t small) {
  for (std::size_t i = 0; i < kLimbs && small != 0; ++i) {
    to[i] += small;
    small = to[i] < small ? 1 : 0;
  }
  return small;
}

bool is_above_modulus(const Limbs& number) {
  return number[0] >= ~std::uint64_t{0} - (kComplement - 1) &&
         std::all_of(number.begin() + 1, number.end(), [](std::uint64_t limb) { return limb == ~std::uint64_t{0}; });
}

struct BigDeleter {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Big = std::unique_ptr<BIGNUM, BigDeleter>;

Big to_big(const Limbs& number) {
  Big big{BN_lebin2bn(reinterpret_cast<const unsigned char*>(number.data()), sizeof number, nullptr)};
  KP_ASSERT(big != nullptr);
  return big;
}

}  // namespace

std::uint64_t add_row(std::uint64_t* r, std::uint64_t factor, const std::uint64_t* b) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < kLimbs; ++i) {
    const Wide sum = Wide{factor} * b[i] + r[i] + carry;
    r[i] = static_cast<std::uint64_t>(sum);
    carry = static_cast<std::uint64_t>(sum >> 64);
  }
  return carry;
}

#if defined(__x86_64__)
bool has_adx() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_ADX) != 0 && (b & bit_BMI2) != 0;
}

// Two limbs: the low half of a product takes the old limb through one carry chain (CF) and the high half of the product
// before it through the other (OF), so that neither chain waits for the other. Compilers do not keep two chains apart,
// hence assembly.
#define KEPENG_TWO_LIMBS(at, next)   \
  "mulx " #at                        \
  "(%[b]), %[low], %[high_odd]\n\t"  \
  "adcx " #at                        \
  "(%[r]), %[low]\n\t"               \
  "adox %[high_even], %[low]\n\t"    \
  "movq %[low], " #at                \
  "(%[r])\n\t"                       \
  "mulx " #next                      \
  "(%[b]), %[low], %[high_even]\n\t" \
  "adcx " #next                      \
  "(%[r]), %[low]\n\t"               \
  "adox %[high_odd], %[low]\n\t"     \
  "movq %[low], " #next "(%[r])\n\t"

std::uint64_t add_row_adx(std::uint64_t* r, std::uint64_t factor, const std::uint64_t* b) {
  std::uint64_t low, high_odd, high_even;
  asm volatile(
      "xorl %k[high_even], %k[high_even]\n\t"  // and both carries
      KEPENG_TWO_LIMBS(0, 8) KEPENG_TWO_LIMBS(16, 24) KEPENG_TWO_LIMBS(32, 40) KEPENG_TWO_LIMBS(48, 56)
      KEPENG_TWO_LIMBS(64, 72) KEPENG_TWO_LIMBS(80, 88) KEPENG_TWO_LIMBS(96, 104) KEPENG_TWO_LIMBS(112, 120)
      KEPENG_TWO_LIMBS(128, 136) KEPENG_TWO_LIMBS(144, 152) KEPENG_TWO_LIMBS(160, 168) KEPENG_TWO_LIMBS(176, 184)
      KEPENG_TWO_LIMBS(192, 200) KEPENG_TWO_LIMBS(208, 216) KEPENG_TWO_LIMBS(224, 232) KEPENG_TWO_LIMBS(240, 248)
      KEPENG_TWO_LIMBS(256, 264) KEPENG_TWO_LIMBS(272, 280) KEPENG_TWO_LIMBS(288, 296) KEPENG_TWO_LIMBS(304, 312)
      KEPENG_TWO_LIMBS(320, 328) KEPENG_TWO_LIMBS(336, 344) KEPENG_TWO_LIMBS(352, 360) KEPENG_TWO_LIMBS(368, 376)
      "movl $0, %k[low]\n\t"
      "adcx %[low], %[high_even]\n\t"
      "adox %[low], %[high_even]\n\t"
      : [low] "=&r"(low), [high_odd] "=&r"(high_odd), [high_even] "=&r"(high_even)
      : [r] "r"(r), [b] "r"(b), "d"(factor)
      : "cc", "memory");
  return high_even;
}
#endif

void multiply(Limbs& to, const Limbs& factor) {
  const Row row = best_row();
  std::uint64_t product[2 * kLimbs] = {};
  for (std::size_t i = 0; i < kLimbs; ++i) product[i + kLimbs] = row(product + i, to[i], factor.data());

  // The upper half counts 2^3072, which is kComplement modulo the modulus; what that carries out counts it again.
  const std::uint64_t carried = row(product, kComplement, product + kLimbs);
  if (add_small(product, carried * kComplement) != 0) add_small(product, kComplement);
  std::copy_n(product, kLimbs, to.begin());
}

void reduce(Limbs& number) {
  // Adding the complement carries out exactly when the number is at least the modulus.
  if (is_above_modulus(number)) add_small(number.data(), kComplement);
}

Limbs inverse(const Limbs& number) {
  Limbs modulus_limbs;
  modulus_limbs.fill(~std::uint64_t{0});
  modulus_limbs[0] -= kComplement - 1;
  const Big modulus = to_big(modulus_limbs), big = to_big(number);
  const std::unique_ptr<BN_CTX, BigDeleter> context{BN_CTX_new()};
  KP_ASSERT(context != nullptr);
  const Big inverted{BN_mod_inverse(nullptr, big.get(), modulus.get(), context.get())};
  KP_ASSERT(inverted != nullptr);
  Limbs result;
  KP_ASSERT(BN_bn2lebinpad(inverted.get(), reinterpret_cast<unsigned char*>(result.data()), sizeof result) ==
            static_cast<int>(sizeof result));
  return result;
}

}  // namespace kepeng::crypto::number3072
