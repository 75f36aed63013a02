// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Arithmetic modulo 2^3072 - 1103717, least significant limb first.
//
// Numbers in use are below 2^3072 and need not be below the modulus; `reduce` makes them canonical. Variable time:
// nothing here is secret.
#pragma once

#include <array>
#include <cstdint>

namespace kepeng::crypto::number3072 {

constexpr std::size_t kLimbs = 48;
using Limbs = std::array<std::uint64_t, kLimbs>;

// 2^3072 minus the modulus.
constexpr std::uint64_t kComplement = 1103717;

void multiply(Limbs& to, const Limbs& factor);
void reduce(Limbs& number);
// `number` has an inverse: it is not a multiple of the modulus.
Limbs inverse(const Limbs& number);

// r[0..47] += factor * b[0..47]; gives the limb that is carried out. The second is for processors with ADX and BMI2.
std::uint64_t add_row(std::uint64_t* r, std::uint64_t factor, const std::uint64_t* b);
#if defined(__x86_64__)
std::uint64_t add_row_adx(std::uint64_t* r, std::uint64_t factor, const std::uint64_t* b);
bool has_adx();
#endif

}  // namespace kepeng::crypto::number3072
