// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Compact block filters: which scripts a block may concern, in about 20 bits a script (BIP158), and the chain of their
// headers (BIP157).
//
// A filter is a Golomb-coded set of SipHash values, keyed by the block's hash: it never misses a script of the block,
// and finds one that is not there once in 784,931 questions. Only the basic filter exists: the block's output scripts
// and the scripts of the outputs it spends, without empty ones and without outputs that begin with OP_RETURN. Decoding
// checks the whole filter, so a BlockFilter is always well-formed; the claimed number of elements is never trusted with
// memory. Immutable values.
#pragma once

#include <cstdint>
#include <span>

#include <kepeng/primitives/block.h>

namespace kepeng {

using FilterHash = Hash256<struct FilterHashTag>;
using FilterHeader = Hash256<struct FilterHeaderTag>;

inline constexpr std::uint32_t kFilterRemainderBits = 19;          // P
inline constexpr std::uint32_t kFilterFalsePositiveRate = 784931;  // M: one in so many

class BlockFilter {
 public:
  // `spent_scripts`: the script of every output that the block's inputs spend, the coinbase's aside; any order.
  static BlockFilter basic(const Block& block, std::span<const ByteView> spent_scripts);

  // As cfilter messages and the filter index hold it. Fails unless the bytes are just the encoding of a set.
  static Result<BlockFilter, DecodeError> decode(Bytes encoded, const BlockHash& block);

  // The number of elements, in its CompactSize, then the coded set.
  ByteView encoded() const { return encoded_; }
  const BlockHash& block() const { return block_; }
  std::uint32_t size() const { return size_; }

  bool matches(ByteView script) const { return matches_any({&script, 1}); }
  // Whether the block may concern at least one of the scripts: one pass over the filter for all of them.
  bool matches_any(std::span<const ByteView> scripts) const;

  FilterHash hash() const;
  // The header of this filter on top of that of the block before (null in front of the genesis block).
  FilterHeader header(const FilterHeader& previous) const;

  friend bool operator==(const BlockFilter&, const BlockFilter&) = default;

 private:
  BlockFilter(Bytes encoded, const BlockHash& block, std::uint32_t size)
      : encoded_{std::move(encoded)}, block_{block}, size_{size} {}

  Bytes encoded_;
  BlockHash block_;
  std::uint32_t size_;
};

// What getcfheaders and the filter index chain: double SHA-256 of the filter's hash and the header before.
FilterHeader filter_header(const FilterHash& filter, const FilterHeader& previous);

}  // namespace kepeng
