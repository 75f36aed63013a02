// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// CoinWalk: all unspent outputs of one moment, transaction by transaction, each one's outputs in the order of their
// index. That is the order that hashes of the set are defined over; rows of chainstate differ from it for indexes of
// 16,512 and more.
//
// An overlay changes what the walk sees, so that the set of an earlier block can be walked without touching the state.
// It lives in a database of its own, since what an earlier block differs in may be more than fits in memory.
// One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <kepeng/crypto/hash_types.h>
#include <kepeng/primitives/transaction.h>
#include <kepeng/storage/coin_codec.h>
#include <kepeng/storage/database.h>

namespace kepeng::coins {

class CoinOverlay {
 public:
  // Makes the directory, which goes away with the overlay; one that is left from before is replaced.
  static Result<std::unique_ptr<CoinOverlay>, Fault> create(Env& env, const std::string& directory);
  ~CoinOverlay();

  // What is there instead, or nothing; the last word counts.
  Result<Unit, Fault> set(const OutPoint& outpoint, const storage::CoinView& coin);
  Result<Unit, Fault> set_none(const OutPoint& outpoint);
  // Everything that was said so far, in the order of keys; an empty value says that there is no coin.
  Result<storage::DatabaseIterator, Fault> changes();

 private:
  CoinOverlay(Env& env, std::unique_ptr<storage::Database> database);
  Result<Unit, Fault> pass_on(std::size_t above);

  Env& env_;
  std::unique_ptr<storage::Database> database_;
  storage::WriteBatch batch_;
};

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
  // From the first coin on. `changes` are those of an overlay, which outlives the walk, or null.
  CoinWalk(std::shared_ptr<storage::DatabaseIterator> rows, std::shared_ptr<storage::DatabaseIterator> changes);

  // The unspent outputs of the next transaction that has any; false at the end.
  Result<bool, Fault> next(CoinGroup& group);

 private:
  Result<Unit, Fault> take_rows(CoinGroup& group);
  Result<Unit, Fault> take_changes(CoinGroup& group);

  std::shared_ptr<storage::DatabaseIterator> rows_;
  std::shared_ptr<storage::DatabaseIterator> changes_;
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
