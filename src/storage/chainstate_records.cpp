// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/storage/chainstate_records.h>

#include <algorithm>

#include <kepeng/storage/varint.h>

namespace kepeng::storage {
namespace {

constexpr std::uint8_t kBestKey[] = {'B'};
constexpr std::uint8_t kHeadsKey[] = {'H'};
constexpr std::size_t kHashBytes = 32;

Fault damaged(const Database& database, const char* what) {
  return {FaultKind::Corruption, "The coin database " + database.path() + " is damaged (" + what +
                                     "). Start with -reindex-chainstate to build it again."};
}

}  // namespace

CoinKey::CoinKey(const OutPoint& outpoint) {
  bytes_[0] = kCoinPrefix;
  std::copy(outpoint.txid.bytes.begin(), outpoint.txid.bytes.end(), bytes_.begin() + 1);
  length_ = 1 + kHashBytes + store_varint(bytes_.data() + 1 + kHashBytes, outpoint.index);
}

std::optional<OutPoint> decode_coin_key(ByteView key) {
  Cursor cursor{key};
  const auto prefix = cursor.read_le<std::uint8_t>();
  const ByteView txid = cursor.read_bytes(kHashBytes);
  const auto index = read_varint<std::uint32_t>(cursor);
  if (!cursor.ok() || cursor.remaining() != 0 || prefix != kCoinPrefix) return std::nullopt;
  return OutPoint{Txid::from_bytes(txid.data()), index};
}

Result<Coin, DecodeError> decode_coin(ByteView value) {
  Cursor cursor{value};
  Coin coin;
  read_coin(cursor, coin);
  if (!cursor.ok()) return Err{cursor.error()};
  if (cursor.remaining() != 0) return Err{DecodeError::TrailingBytes};
  return coin;
}

Result<ChainstateMarker, Fault> read_marker(const Database& database) {
  ChainstateMarker marker;
  Bytes value;
  KP_TRY(const bool has_best, database.get(kBestKey, value));
  if (has_best) {
    if (value.size() != kHashBytes) return Err{damaged(database, "its best block cannot be read")};
    marker.best = BlockHash::from_bytes(value.data());
  }
  KP_TRY(const bool has_heads, database.get(kHeadsKey, value));
  if (has_heads && !value.empty()) {
    Cursor cursor{value};
    const std::uint64_t count = cursor.read_size();
    const ByteView hashes = cursor.read_bytes(2 * kHashBytes);
    if (!cursor.ok() || count != 2 || cursor.remaining() != 0) {
      return Err{damaged(database, "its head blocks cannot be read")};
    }
    marker.heads = {BlockHash::from_bytes(hashes.data()), BlockHash::from_bytes(hashes.data() + kHashBytes)};
  }
  return marker;
}

void put_marker(WriteBatch& batch, const ChainstateMarker& marker) {
  if (marker.best) {
    batch.put(kBestKey, marker.best->view());
  } else {
    batch.erase(kBestKey);
  }
  if (!marker.heads) {
    batch.erase(kHeadsKey);
    return;
  }
  Bytes value;
  append_compact_size(value, 2);
  append(value, marker.heads->to.view());
  append(value, marker.heads->from.view());
  batch.put(kHeadsKey, value);
}

}  // namespace kepeng::storage
