// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The records of chainstate: one row per unspent output, and the marker that says which block they belong to.
//
//   'C' txid VARINT(index)  ->  coin (coin_codec.h)
//   'B'                     ->  hash of the block whose coins these are; absent while they are between two blocks
//   'H'                     ->  both of those blocks, the new one first
// Coin rows sort by txid bytes, then by index. Pure functions.
#pragma once

#include <array>
#include <optional>

#include <kepeng/base/bytes.h>
#include <kepeng/primitives/encoding.h>
#include <kepeng/primitives/hash.h>
#include <kepeng/primitives/transaction.h>
#include <kepeng/storage/coin_codec.h>
#include <kepeng/storage/database.h>

namespace kepeng::storage {

inline constexpr std::uint8_t kCoinPrefix = 'C';

// A coin's key without allocation: 'C', txid, at most five bytes of index.
class CoinKey {
 public:
  explicit CoinKey(const OutPoint& outpoint);
  ByteView view() const { return {bytes_.data(), length_}; }

 private:
  std::array<std::uint8_t, 43> bytes_;
  std::size_t length_;
};

// nullopt when the bytes are no coin key.
std::optional<OutPoint> decode_coin_key(ByteView key);

Result<Coin, DecodeError> decode_coin(ByteView value);

// Which blocks the rows belong to.
struct ChainstateMarker {
  std::optional<BlockHash> best;  // all rows are those of this block
  struct Heads {
    BlockHash to;    // rows may be those of this block
    BlockHash from;  // or still those of this one; null if there was none
    friend bool operator==(const Heads&, const Heads&) = default;
  };
  std::optional<Heads> heads;

  friend bool operator==(const ChainstateMarker&, const ChainstateMarker&) = default;
};

// Both absent in a new database. Corruption when a marker does not decode.
Result<ChainstateMarker, Fault> read_marker(const Database& database);
// What a batch must contain to leave exactly this marker.
void put_marker(WriteBatch& batch, const ChainstateMarker& marker);

}  // namespace kepeng::storage
