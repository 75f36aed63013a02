// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "coin_store.h"

#include <algorithm>

namespace kepeng::validation {
namespace {

constexpr std::size_t kBatchBytes = 16u << 20;

bool key_order(const std::uint8_t* a, const std::uint8_t* b) {
  const OutPoint left = coins::frozen_outpoint(a);
  const OutPoint right = coins::frozen_outpoint(b);
  return left < right;
}

}  // namespace

Result<bool, Fault> CoinStore::read(const OutPoint& outpoint, storage::Coin& coin) const {
  Bytes value;
  KP_TRY(const bool found, database_->get(storage::CoinKey{outpoint}.view(), value));
  if (!found) return false;
  auto decoded = storage::decode_coin(value);
  // An amount that no rule lets into the table: left to the rules, it would condemn the block that spends it.
  if (!decoded || !decoded->value.in_money_range()) {
    return Err{Fault{FaultKind::Corruption, "The coin record of " + outpoint.txid.to_string() + " in " +
                                                database_->path() +
                                                " is damaged. Restart with -reindex-chainstate to build it again."}};
  }
  coin = std::move(decoded).value();
  return true;
}

Result<bool, Fault> CoinStore::exists(const OutPoint& outpoint) const {
  return database_->exists(storage::CoinKey{outpoint}.view());
}

Result<Unit, Fault> CoinStore::set_marker(const storage::ChainstateMarker& marker) const {
  storage::WriteBatch batch;
  storage::put_marker(batch, marker);
  return database_->write(batch, storage::Durability::Synced);
}

Result<CoinStore::Written, Fault> CoinStore::write(const coins::FrozenCoins& frozen,
                                                   const WriteProgress& progress) const {
  // LevelDB takes sorted keys faster, and neighbours end in the same table.
  std::vector<const std::uint8_t*> writes = frozen.writes;
  std::vector<const std::uint8_t*> erases = frozen.erases;
  std::sort(writes.begin(), writes.end(), key_order);
  std::sort(erases.begin(), erases.end(), key_order);

  Written written{writes.size(), erases.size(), 0};
  storage::WriteBatch batch;
  std::size_t done = 0;
  const auto pass_on = [&](std::size_t above) -> Result<Unit, Fault> {
    if (batch.size_bytes() <= above || batch.empty()) return Unit{};
    written.bytes += batch.size_bytes();
    KP_TRY_VOID(database_->write(batch, storage::Durability::Synced));
    batch.clear();
    progress(static_cast<double>(done), static_cast<double>(writes.size() + erases.size()));
    return Unit{};
  };
  Bytes script;
  Bytes value;
  for (const std::uint8_t* record : writes) {
    const coins::FrozenRecord decoded = coins::decode_frozen(record, script);
    value.clear();
    storage::append_coin(value, decoded.coin);
    batch.put(storage::CoinKey{decoded.outpoint}.view(), value);
    ++done;
    KP_TRY_VOID(pass_on(kBatchBytes));
  }
  for (const std::uint8_t* record : erases) {
    batch.erase(storage::CoinKey{coins::frozen_outpoint(record)}.view());
    ++done;
    KP_TRY_VOID(pass_on(kBatchBytes));
  }
  KP_TRY_VOID(pass_on(0));
  return written;
}

}  // namespace kepeng::validation
