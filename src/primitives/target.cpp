// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/target.h>

namespace kepeng {
namespace {

constexpr std::uint32_t kMantissaMask = 0x007fffff;
constexpr std::uint32_t kSignBit = 0x00800000;

}  // namespace

ExpandedTarget expand(CompactTarget compact) {
  const unsigned exponent = compact.bits >> 24;
  const std::uint32_t mantissa = compact.bits & kMantissaMask;
  ExpandedTarget target;
  if (exponent <= 3) {
    target.value = Uint256{mantissa >> (8 * (3 - exponent))};
    // The sign counts only where something is left of the mantissa.
    target.is_negative = (mantissa >> (8 * (3 - exponent))) != 0 && (compact.bits & kSignBit) != 0;
    return target;
  }
  target.value = Uint256{mantissa} << (8 * (exponent - 3));
  target.is_negative = mantissa != 0 && (compact.bits & kSignBit) != 0;
  target.is_overflow =
      mantissa != 0 && (exponent > 34 || (mantissa > 0xff && exponent > 33) || (mantissa > 0xffff && exponent > 32));
  return target;
}

CompactTarget compress(const Uint256& target) {
  unsigned size = (target.bit_length() + 7) / 8;
  std::uint32_t mantissa = 0;
  if (size <= 3) {
    mantissa = static_cast<std::uint32_t>(target.low64() << (8 * (3 - size)));
  } else {
    mantissa = static_cast<std::uint32_t>((target >> (8 * (size - 3))).low64());
  }
  // The mantissa's highest bit is the sign: move one byte over to keep it clear.
  if (mantissa & kSignBit) {
    mantissa >>= 8;
    ++size;
  }
  return {mantissa | size << 24};
}

Work work_of(CompactTarget compact) {
  const ExpandedTarget target = expand(compact);
  if (target.is_negative || target.is_overflow || target.value == Uint256{}) return {};
  // 2^256 / (t+1) does not fit the dividend; ~t / (t+1) + 1 is the same number.
  return (~target.value / (target.value + Uint256{1})) + Uint256{1};
}

bool meets_target(const BlockHash& hash, CompactTarget compact, const Uint256& limit) {
  const ExpandedTarget target = expand(compact);
  if (target.is_negative || target.is_overflow || target.value == Uint256{} || target.value > limit) return false;
  return Uint256::from_le_bytes(hash.bytes) <= target.value;
}

double difficulty_of(CompactTarget compact) {
  int shift = static_cast<int>((compact.bits >> 24) & 0xff);
  double difficulty = static_cast<double>(0x0000ffff) / static_cast<double>(compact.bits & 0x00ffffff);
  for (; shift < 29; ++shift) difficulty *= 256.0;
  for (; shift > 29; --shift) difficulty /= 256.0;
  return difficulty;
}

}  // namespace kepeng
