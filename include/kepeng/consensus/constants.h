// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The numbers of the consensus rules. BIP141 for weight; the rest are as old as the rules themselves.
#pragma once

#include <cstdint>

namespace kepeng::consensus {

inline constexpr std::uint64_t kMaxBlockWeight = 4'000'000;
inline constexpr std::uint64_t kWitnessScale = 4;
inline constexpr std::uint64_t kMaxBlockSigopsCost = 80'000;
inline constexpr int kCoinbaseMaturity = 100;
inline constexpr std::uint32_t kLockTimeThreshold = 500'000'000;  // below: a height; from here on: a time
inline constexpr std::int64_t kMaxFutureBlockSeconds = 2 * 60 * 60;
inline constexpr std::int64_t kMaxTimewarpSeconds = 600;  // BIP94
inline constexpr std::int64_t kBip54TimewarpSeconds = 7'200;
inline constexpr std::uint64_t kBip54LegacySigopsMax = 2'500;  // of one transaction, that its inputs may execute
inline constexpr std::uint32_t kInnerNodeSize = 64;            // two hashes: an inner node of a merkle tree
inline constexpr int kMedianTimeSpan = 11;

// BIP68.
inline constexpr std::uint32_t kSequenceDisableFlag = 1u << 31;
inline constexpr std::uint32_t kSequenceTypeFlag = 1u << 22;
inline constexpr std::uint32_t kSequenceMask = 0x0000ffff;
inline constexpr int kSequenceGranularity = 9;
inline constexpr std::uint32_t kSequenceFinal = 0xffffffff;

}  // namespace kepeng::consensus
