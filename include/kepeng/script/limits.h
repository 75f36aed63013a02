// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The limits of script evaluation. Consensus; constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kepeng::script {

inline constexpr std::size_t kScriptSizeMax = 10'000;  // legacy and version 0
inline constexpr std::size_t kElementSizeMax = 520;    // of a push, and of initial witness items
inline constexpr unsigned kOpCountMax = 201;           // legacy and version 0
inline constexpr std::size_t kStackItemsMax = 1'000;   // main and alt stack together
inline constexpr unsigned kMultisigKeysMax = 20;
inline constexpr std::int64_t kSignatureBudgetFree = 50;          // tapscript: on top of the size of the witness
inline constexpr std::int64_t kSignatureBudgetCost = 50;          // tapscript: of each signature that is not empty
inline constexpr std::uint32_t kLockTimeThreshold = 500'000'000;  // below: heights, else: seconds

}  // namespace kepeng::script
