// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// CoinStore: the coins on disk, as the cache and the flusher use them. Private to validation; thread-safe.
#pragma once

#include <atomic>
#include <functional>

#include <kepeng/coins/coin_cache.h>
#include <kepeng/storage/chainstate_records.h>
#include <kepeng/storage/database.h>

namespace kepeng::validation {

class CoinStore final : public coins::CoinSource {
 public:
  explicit CoinStore(std::unique_ptr<storage::Database> database) : database_{std::move(database)} {}

  Result<bool, Fault> read(const OutPoint& outpoint, storage::Coin& coin) const override;
  Result<bool, Fault> exists(const OutPoint& outpoint) const override;

  storage::Database& database() const { return *database_; }
  Result<Unit, Fault> set_marker(const storage::ChainstateMarker& marker) const;

  struct Written {
    std::uint64_t coins = 0;
    std::uint64_t erased = 0;
    std::uint64_t bytes = 0;
  };
  // Writes what the cache handed out, in the order of keys; every batch is durable before the next begins. `progress`
  // is told the rows written so far, and how many there are.
  using WriteProgress = std::function<void(double, double)>;
  Result<Written, Fault> write(const coins::FrozenCoins& frozen, const WriteProgress& progress) const;

 private:
  std::unique_ptr<storage::Database> database_;
};

}  // namespace kepeng::validation
