// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The plain byte arrays that hashes and keys are made of. `primitives` gives them meaning (Txid, BlockHash).
// Immutable values.
#pragma once

#include <array>
#include <cstdint>

namespace kepeng::crypto {

using Hash20 = std::array<std::uint8_t, 20>;
using Hash32 = std::array<std::uint8_t, 32>;
using Hash64 = std::array<std::uint8_t, 64>;

}  // namespace kepeng::crypto
