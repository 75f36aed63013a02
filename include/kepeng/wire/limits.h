// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What a single message may hold. A peer that exceeds one of these is not one of ours, so decoding stops there, before
// memory is reserved. Constants only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kepeng::wire {

// Every message, on both transports.
inline constexpr std::size_t kPayloadBytesMax = 4'000'000;
// Messages of a fixed, small form: what they need, and room for what a later version may add.
inline constexpr std::size_t kSmallPayloadBytesMax = 1024;

inline constexpr std::uint64_t kUserAgentBytesMax = 256;
inline constexpr std::uint64_t kFeatureIdBytesMin = 4;  // BIP434
inline constexpr std::uint64_t kFeatureIdBytesMax = 80;
inline constexpr std::uint64_t kFeatureDataBytesMax = 512;

inline constexpr std::uint64_t kAddressesMax = 1000;
inline constexpr std::uint64_t kAddressBytesMax = 512;  // BIP155, of networks that are yet to come

inline constexpr std::uint64_t kInventoryMax = 50'000;
inline constexpr std::uint64_t kLocatorHashesMax = 101;
inline constexpr std::uint64_t kHeadersMax = 2000;

// The differential indexes of BIP152 have 16 bits.
inline constexpr std::uint64_t kCompactTransactionsMax = 65'535;

// BIP37.
inline constexpr std::uint64_t kBloomFilterBytesMax = 36'000;
inline constexpr std::uint32_t kBloomFunctionsMax = 50;
inline constexpr std::uint64_t kBloomElementBytesMax = 520;

// BIP157.
inline constexpr std::uint64_t kFilterHeadersMax = 2000;

// Of text that nobody sends any more (reject).
inline constexpr std::uint64_t kRejectTextBytesMax = 256;

}  // namespace kepeng::wire
