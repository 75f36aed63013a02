// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include <kepeng/primitives/target.h>

namespace kepeng {
namespace {

const Uint256 kMainLimit = *Uint256::from_string("00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff");

// The compact form in plain words: mantissa * 256^(exponent - 3), written into bytes, with what does not fit noted.
struct Plain {
  std::array<std::uint8_t, 32> bytes{};
  bool is_negative = false;
  bool is_overflow = false;
};

Plain expand_plainly(std::uint32_t bits) {
  Plain plain;
  const int exponent = static_cast<int>(bits >> 24);
  bool any_digit = false;
  for (int digit = 0; digit < 3; ++digit) {
    auto value = static_cast<std::uint8_t>(bits >> (8 * digit));
    if (digit == 2) value &= 0x7f;
    const int position = exponent - 3 + digit;
    if (position < 0 || value == 0) continue;
    any_digit = true;
    if (position >= 32) {
      plain.is_overflow = true;
    } else {
      plain.bytes[static_cast<std::size_t>(position)] = value;
    }
  }
  plain.is_negative = any_digit && (bits & 0x00800000) != 0;
  return plain;
}

constexpr std::uint32_t kMantissas[] = {0x000000, 0x000001, 0x00007f, 0x000080, 0x0000ff, 0x000100, 0x007fff,
                                        0x008000, 0x00ffff, 0x010000, 0x123456, 0x7f0000, 0x7fffff, 0x800000,
                                        0x800001, 0x8000ff, 0x80ffff, 0x810000, 0x923456, 0xffffff};

TEST(CompactTarget, C081_EveryExponentWithEdgeMantissas) {
  int cases = 0;
  for (std::uint32_t exponent = 0; exponent < 256; ++exponent) {
    for (const std::uint32_t mantissa : kMantissas) {
      const std::uint32_t bits = exponent << 24 | mantissa;
      const Plain plain = expand_plainly(bits);
      const ExpandedTarget target = expand({bits});
      ASSERT_EQ(target.is_negative, plain.is_negative) << std::hex << bits;
      ASSERT_EQ(target.is_overflow, plain.is_overflow) << std::hex << bits;
      if (!plain.is_overflow) {
        ASSERT_EQ(target.value.to_le_bytes(), plain.bytes) << std::hex << bits;
      }
      ++cases;
    }
  }
  EXPECT_EQ(cases, 5120);
}

TEST(CompactTarget, C081_OnlyTargetsFromOneToTheLimitCanBeMet) {
  const BlockHash easiest{};  // the number zero: meets whatever is a target
  for (std::uint32_t exponent = 0; exponent < 256; ++exponent) {
    for (const std::uint32_t mantissa : kMantissas) {
      const std::uint32_t bits = exponent << 24 | mantissa;
      const Plain plain = expand_plainly(bits);
      const Uint256 value = Uint256::from_le_bytes(plain.bytes);
      const bool is_target = !plain.is_negative && !plain.is_overflow && value != Uint256{} && value <= kMainLimit;
      ASSERT_EQ(meets_target(easiest, {bits}, kMainLimit), is_target) << std::hex << bits;
    }
  }
}

TEST(CompactTarget, C079_TheHashIsALittleEndianNumberAndMayEqualTheTarget) {
  const CompactTarget compact{0x1b0404cb};
  const Uint256 target = expand(compact).value;
  EXPECT_EQ(target.to_string(), "00000000000404cb000000000000000000000000000000000000000000000000");
  EXPECT_TRUE(meets_target({target.to_le_bytes()}, compact, kMainLimit));
  EXPECT_FALSE(meets_target({(target + Uint256{1}).to_le_bytes()}, compact, kMainLimit));
  EXPECT_TRUE(meets_target({(target - Uint256{1}).to_le_bytes()}, compact, kMainLimit));
}

TEST(CompactTarget, C081_CompressRoundsDownAndNeverSetsTheSign) {
  std::mt19937_64 random{3};
  for (int i = 0; i < 20'000; ++i) {
    std::array<std::uint8_t, 32> bytes{};
    const std::size_t length = random() % 33;
    for (std::size_t k = 0; k < length; ++k) bytes[k] = static_cast<std::uint8_t>(random());
    const Uint256 number = Uint256::from_le_bytes(bytes);
    const CompactTarget compact = compress(number);
    const ExpandedTarget back = expand(compact);
    ASSERT_FALSE(back.is_negative);
    ASSERT_FALSE(back.is_overflow);
    ASSERT_LE(back.value, number);
    // What is lost is below the last of at least 15 leading bits, and a second time nothing is lost.
    ASSERT_LE(number - back.value, number >> 15);
    ASSERT_EQ(compress(back.value), compact);
  }
  EXPECT_EQ(compress(Uint256{}).bits, 0u);
  EXPECT_EQ(compress(Uint256{0x80}).bits, 0x02008000u);
  EXPECT_EQ(compress(Uint256{0x1234560000}).bits, 0x05123456u);
  EXPECT_EQ(compress(kMainLimit).bits, 0x1d00ffffu);
}

TEST(Work, C089_IsTwoToThe256OverTargetPlusOne) {
  // From 2^256 / (t + 1) by long division in another number system; see also the chain work of real headers.
  const auto work_by_long_division = [](const Uint256& target) {
    const Uint256 divisor = target + Uint256{1};
    Uint256 quotient;
    Uint256 rest{1};  // of the 257-bit number 1 0...0, bit by bit
    for (int bit = 0; bit < 256; ++bit) {
      const bool carries = rest.bit_length() == 256;
      rest <<= 1;
      quotient <<= 1;
      if (carries || rest >= divisor) {
        rest -= divisor;
        quotient += Uint256{1};
      }
    }
    return quotient;
  };
  for (const std::uint32_t bits : {0x01010000u, 0x03000001u, 0x03000002u, 0x04123456u, 0x1d00ffffu, 0x1b0404cbu,
                                   0x170b8c8bu, 0x207fffffu, 0x2100ffffu, 0x20400000u, 0x1e0377aeu}) {
    EXPECT_EQ(work_of({bits}), work_by_long_division(expand({bits}).value)) << std::hex << bits;
  }
  EXPECT_EQ(work_of({0x1d00ffff}), Uint256{0x100010001});
  EXPECT_EQ(work_of({0x207fffff}), Uint256{2});
  EXPECT_EQ(work_of({0x01010000}), Uint256{1} << 255);
}

TEST(Work, C089_OfWhatIsNoTargetIsZero) {
  EXPECT_EQ(work_of({0x00000000}), Work{});
  EXPECT_EQ(work_of({0x01800001}), Work{});
  EXPECT_EQ(work_of({0x1d80ffff}), Work{});
  EXPECT_EQ(work_of({0x23000100}), Work{});
  EXPECT_EQ(work_of({0xff7fffff}), Work{});
}

TEST(Difficulty, IsTheRatioToTheEasiestMainTarget) {
  EXPECT_DOUBLE_EQ(difficulty_of({0x1d00ffff}), 1.0);
  EXPECT_NEAR(difficulty_of({0x1b0404cb}), 16307.420938523983, 1e-9);
  EXPECT_NEAR(difficulty_of({0x207fffff}), 4.6565423739069247e-10, 1e-24);
}

}  // namespace
}  // namespace kepeng
