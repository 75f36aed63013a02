// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// 256-bit hashes with a type for each use, so that a transaction id cannot be passed where a block hash belongs.
//
// `bytes` is the order of the wire and of hashing; people read and write the bytes reversed (`to_string`,
// `from_string`). Value types.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kepeng/base/bytes.h>

namespace kepeng {

std::optional<std::array<std::uint8_t, 32>> parse_display_hash(std::string_view text);
std::string display_hash(const std::array<std::uint8_t, 32>& bytes);

template <class Tag>
struct Hash256 {
  std::array<std::uint8_t, 32> bytes{};

  friend auto operator<=>(const Hash256&, const Hash256&) = default;

  bool is_null() const { return *this == Hash256{}; }
  ByteView view() const { return bytes; }
  std::string to_string() const { return display_hash(bytes); }

  // Exactly 64 digits, else nullopt.
  static std::optional<Hash256> from_string(std::string_view text) {
    const auto parsed = parse_display_hash(text);
    if (!parsed) return std::nullopt;
    return Hash256{*parsed};
  }
  // `view` has at least 32 bytes.
  static Hash256 from_bytes(const std::uint8_t* at) {
    Hash256 hash;
    std::memcpy(hash.bytes.data(), at, 32);
    return hash;
  }
};

using Txid = Hash256<struct TxidTag>;
using Wtxid = Hash256<struct WtxidTag>;
using BlockHash = Hash256<struct BlockHashTag>;
using MerkleRoot = Hash256<struct MerkleRootTag>;

// For hash maps keyed by hashes that cost work to choose (block hashes). Not for txids: those need a salted hash.
struct BlockHashHasher {
  std::size_t operator()(const BlockHash& hash) const { return load_le<std::uint64_t>(hash.bytes.data()); }
};

}  // namespace kepeng
