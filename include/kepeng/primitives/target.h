// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Difficulty targets in their compact form (`nBits`), and the work that a target stands for.
//
// The compact form is a floating-point number with base 256: exponent byte, sign bit, 23-bit mantissa. Pure functions.
#pragma once

#include <kepeng/primitives/hash.h>
#include <kepeng/primitives/uint256.h>

namespace kepeng {

struct CompactTarget {
  std::uint32_t bits = 0;
  friend bool operator==(CompactTarget, CompactTarget) = default;
};

// Total expected number of hashes.
using Work = Uint256;

struct ExpandedTarget {
  Uint256 value;
  bool is_negative = false;
  bool is_overflow = false;  // the number does not fit 256 bits; `value` is then of no use
};

ExpandedTarget expand(CompactTarget compact);

// The compact form, rounded down; never negative.
CompactTarget compress(const Uint256& target);

// floor(2^256 / (target + 1)); zero for targets that are no targets (negative, zero, overflow).
Work work_of(CompactTarget compact);

// Is `hash`, read as a little-endian number, at most the target? False for targets above `limit` or that are none.
bool meets_target(const BlockHash& hash, CompactTarget compact, const Uint256& limit);

// The ratio to the easiest target of the main network, as RPC shows it.
double difficulty_of(CompactTarget compact);

}  // namespace kepeng
