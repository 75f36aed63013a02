// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Sums of amounts that may be anything, such as what an operator adds to fees: what does not fit in 64 bits ends at the
// last number that does. Pure functions.
#pragma once

#include <kepeng/primitives/amount.h>

namespace kepeng {

constexpr Amount saturating_add(Amount a, Amount b) {
  Amount sum;
  if (__builtin_add_overflow(a.sats, b.sats, &sum.sats)) sum.sats = b.sats < 0 ? INT64_MIN : INT64_MAX;
  return sum;
}

constexpr Amount saturating_subtract(Amount a, Amount b) {
  Amount difference;
  if (__builtin_sub_overflow(a.sats, b.sats, &difference.sats)) difference.sats = b.sats > 0 ? INT64_MIN : INT64_MAX;
  return difference;
}

}  // namespace kepeng
