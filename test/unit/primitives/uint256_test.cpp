// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include <kepeng/primitives/uint256.h>

namespace kepeng {
namespace {

// The model: 32 digits of base 256, least significant first, with schoolbook arithmetic.
using Digits = std::array<std::uint8_t, 32>;

Digits model_add(const Digits& a, const Digits& b) {
  Digits sum{};
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(a[i]) + b[i];
    sum[i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  return sum;
}

Digits model_sub(const Digits& a, const Digits& b) {
  Digits difference{};
  int borrow = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const int digit = static_cast<int>(a[i]) - b[i] - borrow;
    borrow = digit < 0 ? 1 : 0;
    difference[i] = static_cast<std::uint8_t>(digit & 0xff);
  }
  return difference;
}

Digits model_shift_left(const Digits& a, unsigned bits) {
  Digits shifted{};
  for (unsigned to = bits; to < 256; ++to) {
    const unsigned from = to - bits;
    if (a[from / 8] >> (from % 8) & 1) shifted[to / 8] |= static_cast<std::uint8_t>(1u << (to % 8));
  }
  return shifted;
}

Digits model_shift_right(const Digits& a, unsigned bits) {
  Digits shifted{};
  for (unsigned from = bits; from < 256; ++from) {
    const unsigned to = from - bits;
    if (a[from / 8] >> (from % 8) & 1) shifted[to / 8] |= static_cast<std::uint8_t>(1u << (to % 8));
  }
  return shifted;
}

bool model_less(const Digits& a, const Digits& b) {
  return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

class Numbers {
 public:
  // Of every length, so that carries and borrows run over different limbs; often all ones.
  Digits next() {
    Digits digits{};
    const std::size_t length = random_() % 33;
    const bool ones = random_() % 4 == 0;
    for (std::size_t i = 0; i < length; ++i) digits[i] = ones ? 0xff : static_cast<std::uint8_t>(random_());
    return digits;
  }
  std::uint64_t word() { return random_(); }

 private:
  std::mt19937_64 random_{7};
};

TEST(Uint256, AddsSubtractsAndComparesLikeTheModel) {
  Numbers numbers;
  for (int i = 0; i < 20'000; ++i) {
    const Digits a = numbers.next();
    const Digits b = numbers.next();
    const Uint256 x = Uint256::from_le_bytes(a);
    const Uint256 y = Uint256::from_le_bytes(b);
    ASSERT_EQ((x + y).to_le_bytes(), model_add(a, b));
    ASSERT_EQ((x - y).to_le_bytes(), model_sub(a, b));
    ASSERT_EQ(x < y, model_less(a, b));
    ASSERT_EQ(x == y, a == b);
    ASSERT_EQ((~x + Uint256{1}).to_le_bytes(), model_sub(Digits{}, a));
  }
}

TEST(Uint256, ShiftsByEveryDistance) {
  Numbers numbers;
  for (unsigned bits = 0; bits <= 300; ++bits) {
    for (int i = 0; i < 5; ++i) {
      const Digits a = numbers.next();
      const Uint256 x = Uint256::from_le_bytes(a);
      ASSERT_EQ((x << bits).to_le_bytes(), model_shift_left(a, bits)) << bits;
      ASSERT_EQ((x >> bits).to_le_bytes(), model_shift_right(a, bits)) << bits;
    }
  }
}

TEST(Uint256, DividesSoThatQuotientAndRestGiveTheDividend) {
  Numbers numbers;
  for (int i = 0; i < 3'000; ++i) {
    const Uint256 dividend = Uint256::from_le_bytes(numbers.next());
    Uint256 divisor = Uint256::from_le_bytes(numbers.next());
    if (divisor == Uint256{}) divisor = Uint256{1};
    const Uint256 quotient = dividend / divisor;
    // quotient * divisor by repeated doubling, which must not pass the dividend.
    Uint256 product;
    for (unsigned bit = 256; bit-- > 0;) {
      product <<= 1;
      if (((quotient >> bit).low64() & 1) != 0) product += divisor;
    }
    ASSERT_LE(product, dividend);
    ASSERT_LT(dividend - product, divisor);
  }
}

TEST(Uint256, MultipliesByAWordLikeRepeatedAddition) {
  Numbers numbers;
  for (int i = 0; i < 2'000; ++i) {
    const Uint256 x = Uint256::from_le_bytes(numbers.next());
    const std::uint64_t factor = numbers.word() >> (numbers.word() % 64);
    Uint256 product;
    for (unsigned bit = 64; bit-- > 0;) {
      product <<= 1;
      if (((factor >> bit) & 1) != 0) product += x;
    }
    ASSERT_EQ(x * factor, product);
  }
}

TEST(Uint256, CountsBitsAndReadsAndWritesText) {
  EXPECT_EQ(Uint256{}.bit_length(), 0u);
  for (unsigned bit = 0; bit < 256; ++bit) {
    const Uint256 power = Uint256{1} << bit;
    EXPECT_EQ(power.bit_length(), bit + 1);
    EXPECT_EQ((power - Uint256{1}).bit_length(), bit);
    EXPECT_EQ(Uint256::from_string(power.to_string()), power);
    EXPECT_DOUBLE_EQ(power.to_double(), std::ldexp(1.0, static_cast<int>(bit)));
  }
  EXPECT_EQ(Uint256::from_string("ff")->low64(), 255u);
  EXPECT_EQ(Uint256::from_string("0F0"), Uint256{240});
  EXPECT_FALSE(Uint256::from_string(""));
  EXPECT_FALSE(Uint256::from_string("0x1"));
  EXPECT_FALSE(Uint256::from_string(std::string(65, '0')));
  EXPECT_EQ((~Uint256{}).to_string(), std::string(64, 'f'));
}

}  // namespace
}  // namespace kepeng
