// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The shape of the skip list over headers; private to chain.
#pragma once

#include <kepeng/primitives/amount.h>

namespace kepeng::chain {

// How far back the skip pointer of a block at `height` goes: clear the lowest set bit, and for odd heights one more,
// so that any ancestor is reached in logarithmically many steps.
constexpr Height skip_height(Height height) {
  if (height < 2) return 0;
  const auto clear_lowest = [](Height n) { return n & (n - 1); };
  return (height & 1) != 0 ? clear_lowest(clear_lowest(height - 1)) + 1 : clear_lowest(height);
}

}  // namespace kepeng::chain
