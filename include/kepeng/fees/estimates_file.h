// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What an Estimator has learnt, as bytes in the format of fee_estimates.dat that bitcoind writes (309900).
//
// Version, an unused word, the highest block, the first and last block counted, the bounds of the buckets, and the
// counts of the medium, short and long horizon, in this order: decay, scale, sums of rates and counts by bucket, and by
// period and bucket those mined in time and those gone. Numbers with fractions are IEEE 754 doubles. A file with other
// buckets, horizons or sizes than ours, or with a number that cannot be, is refused as a whole. Pure functions.
#pragma once

#include <string>

#include <kepeng/base/result.h>
#include <kepeng/fees/estimator.h>

namespace kepeng::fees {

inline constexpr std::int32_t kFileVersion = 309'900;
// 237 buckets in 3 horizons make 316 kB.
inline constexpr std::uint64_t kFileBytesMax = 1'000'000;

Bytes write_estimates(const Kept& kept);
// The error is the middle of a sentence: what is wrong with the file.
Result<Kept, std::string> read_estimates(ByteView bytes);

}  // namespace kepeng::fees
