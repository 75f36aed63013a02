// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Block headers: 80 bytes, hashed whole. Value type; encoding cannot fail.
#pragma once

#include <array>

#include <kepeng/base/time.h>
#include <kepeng/primitives/hash.h>
#include <kepeng/primitives/target.h>

namespace kepeng {

struct BlockHeader {
  static constexpr std::size_t kSize = 80;

  std::int32_t version = 0;
  BlockHash previous;
  MerkleRoot merkle_root;
  std::uint32_t time = 0;  // seconds since 1970; widen before arithmetic
  CompactTarget target;
  std::uint32_t nonce = 0;

  friend bool operator==(const BlockHeader&, const BlockHeader&) = default;

  UnixTime unix_time() const { return {static_cast<std::int64_t>(time)}; }
  std::array<std::uint8_t, kSize> encode() const;
  // `at` has 80 bytes.
  static BlockHeader decode(const std::uint8_t* at);
  // Double SHA-256 of the encoding.
  BlockHash hash() const;
};

}  // namespace kepeng
