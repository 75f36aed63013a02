// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/muhash.h>

#include <cstring>

#include <kepeng/crypto/chacha20.h>
#include <kepeng/crypto/sha256.h>

#include "number3072.h"

namespace kepeng::crypto {
namespace {

using number3072::Limbs;

constexpr Limbs kOne{1};

Limbs number_of(ByteView element) {
  Limbs number;
  chacha20_keystream(sha256(element), reinterpret_cast<std::uint8_t*>(number.data()), sizeof number / 64);
  return number;
}

bool is_multiple_of_modulus(Limbs number) {
  number3072::reduce(number);
  return number == Limbs{};
}

}  // namespace

MuHash::MuHash() : numerator_{kOne}, denominator_{kOne} {}

void MuHash::insert(ByteView element) {
  number3072::multiply(numerator_, number_of(element));
}

void MuHash::remove(ByteView element) {
  number3072::multiply(denominator_, number_of(element));
}

void MuHash::combine(const MuHash& other) {
  const MuHash copy = other;  // it may be this one
  number3072::multiply(numerator_, copy.numerator_);
  number3072::multiply(denominator_, copy.denominator_);
}

void MuHash::subtract(const MuHash& other) {
  const MuHash copy = other;
  number3072::multiply(numerator_, copy.denominator_);
  number3072::multiply(denominator_, copy.numerator_);
}

Hash32 MuHash::finalize() const {
  Limbs quotient = numerator_;
  // Zero has no inverse and nobody can find an element that gives it; a state from outside may hold it all the same.
  if (is_multiple_of_modulus(denominator_)) {
    quotient = Limbs{};
  } else if (denominator_ != kOne) {
    number3072::multiply(quotient, number3072::inverse(denominator_));
  }
  number3072::reduce(quotient);
  return sha256({reinterpret_cast<const std::uint8_t*>(quotient.data()), sizeof quotient});
}

MuHash::State MuHash::serialize() const {
  Limbs numbers[2] = {numerator_, denominator_};
  State state;
  for (std::size_t i = 0; i < 2; ++i) {
    number3072::reduce(numbers[i]);
    std::memcpy(state.data() + i * kNumberSize, numbers[i].data(), kNumberSize);
  }
  return state;
}

MuHash MuHash::deserialize(std::span<const std::uint8_t, kStateSize> state) {
  MuHash hash;
  std::memcpy(hash.numerator_.data(), state.data(), kNumberSize);
  std::memcpy(hash.denominator_.data(), state.data() + kNumberSize, kNumberSize);
  return hash;
}

}  // namespace kepeng::crypto
