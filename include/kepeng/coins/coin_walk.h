// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// CoinWalk: all unspent outputs of one moment, transaction by transaction, each one's outputs in the order of their
// index. That is the order that hashes of the set are defined over; rows of chainstate differ from it for indexes of
// 16,512 and more.
//
// An overlay changes what the walk sees, so that the set of an earlier block can be walked without touching the state.
// One thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include <kepeng/crypto/hash_types.h>
#include <kepeng/primitives/transaction.h>
#include <kepeng/storage/coin_codec.h>
#include <kepeng/storage/database.h>

namespace kepeng::coins {

// By transaction and index: the coin that is there instead, or none.
using CoinOverlay = std::map<Txid, std::map<std::uint32_t, std::optional<storage::Coin>>>;

struct IndexedCoin {
  std::uint32_t index = 0;
  storage::Coin coin;
};

struct CoinGroup {
  Txid txid;
  std::vector<IndexedCoin> coins;
};

class CoinWalk {
 public:
  // From the first coin on. `overlay` may be null and outlives the walk.
  CoinWalk(std::shared_ptr<storage::DatabaseIterator> rows, const CoinOverlay* overlay);

  // The unspent outputs of the next transaction that has any; false at the end.
  Result<bool, Fault> next(CoinGroup& group);

 private:
  std::optional<OutPoint> row() const;
  Result<Unit, Fault> take_rows(CoinGroup& group);
  static void apply(const std::map<std::uint32_t, std::optional<storage::Coin>>& changes, CoinGroup& group);

  std::shared_ptr<storage::DatabaseIterator> rows_;
  const CoinOverlay* overlay_;
  CoinOverlay::const_iterator change_;
};

enum class CoinHash : std::uint8_t { None, Serialized, MuHash };

struct CoinTotals {
  std::uint64_t transactions = 0;
  std::uint64_t coins = 0;
  std::uint64_t bogosize = 0;  // a size that does not depend on how coins are stored
  Amount amount;
  crypto::Hash32 hash{};
};

// Called now and then with the share of the walk that is done (0 to 1); false stops it (Interrupted).
using WalkProgress = std::function<bool(double)>;

Result<CoinTotals, Fault> total_coins(CoinWalk walk, CoinHash hash, const WalkProgress& progress);

}  // namespace kepeng::coins
