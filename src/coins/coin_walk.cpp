// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/coins/coin_walk.h>

#include <algorithm>
#include <optional>

#include <kepeng/crypto/muhash.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/storage/chainstate_records.h>

namespace kepeng::coins {
namespace {

constexpr std::uint64_t kProgressEvery = 4096;  // transactions
// Outpoint, height and coinbase flag, amount, length of the script.
constexpr std::uint64_t kBogosizeOverhead = 32 + 4 + 4 + 8 + 2;

// One coin as the hashes of the set take it in.
void serialize(Bytes& to, const Txid& txid, const IndexedCoin& item) {
  to.clear();
  append(to, txid.view());
  append_le(to, item.index);
  append_le(to, static_cast<std::uint32_t>(item.coin.height * 2 + (item.coin.is_coinbase ? 1 : 0)));
  append_le(to, item.coin.value.sats);
  append_var_bytes(to, item.coin.script_pubkey);
}

class SetHasher {
 public:
  explicit SetHasher(CoinHash kind) : kind_{kind} {}

  void add(const Txid& txid, const IndexedCoin& item) {
    if (kind_ == CoinHash::None) return;
    serialize(buffer_, txid, item);
    if (kind_ == CoinHash::Serialized) {
      sha_.write(buffer_);
    } else {
      muhash_.insert(buffer_);
    }
  }
  crypto::Hash32 finish() {
    switch (kind_) {
      case CoinHash::None:
        break;
      case CoinHash::Serialized:
        return sha_.finalize_double();
      case CoinHash::MuHash:
        return muhash_.finalize();
    }
    return {};
  }

 private:
  CoinHash kind_;
  Bytes buffer_;
  crypto::Sha256 sha_;
  crypto::MuHash muhash_;
};

constexpr std::size_t kOverlayBatchBytes = 4u << 20;

std::optional<OutPoint> outpoint_at(const storage::DatabaseIterator* rows) {
  if (rows == nullptr || !rows->valid()) return std::nullopt;
  return storage::decode_coin_key(rows->key());
}

Fault damaged_row() {
  return {FaultKind::Corruption, "A row of the chainstate does not decode. Restart with -reindex-chainstate."};
}

}  // namespace

CoinOverlay::CoinOverlay(Env& env, std::unique_ptr<storage::Database> database)
    : env_{env}, database_{std::move(database)} {}

CoinOverlay::~CoinOverlay() {
  const std::string directory = database_->path();
  database_.reset();
  static_cast<void>(storage::Database::destroy(env_, directory));  // what is left is replaced the next time
}

Result<std::unique_ptr<CoinOverlay>, Fault> CoinOverlay::create(Env& env, const std::string& directory) {
  KP_TRY_VOID(storage::Database::destroy(env, directory));
  KP_TRY(auto database, storage::Database::open(env, directory, {}));
  return std::unique_ptr<CoinOverlay>{new CoinOverlay{env, std::move(database)}};
}

Result<Unit, Fault> CoinOverlay::set(const OutPoint& outpoint, const storage::CoinView& coin) {
  Bytes value;
  storage::append_coin(value, coin);
  batch_.put(storage::CoinKey{outpoint}.view(), value);
  return pass_on(kOverlayBatchBytes);
}

Result<Unit, Fault> CoinOverlay::set_none(const OutPoint& outpoint) {
  batch_.put(storage::CoinKey{outpoint}.view(), {});
  return pass_on(kOverlayBatchBytes);
}

Result<storage::DatabaseIterator, Fault> CoinOverlay::changes() {
  KP_TRY_VOID(pass_on(0));
  return database_->iterate();
}

Result<Unit, Fault> CoinOverlay::pass_on(std::size_t above) {
  if (batch_.empty() || batch_.size_bytes() <= above) return Unit{};
  KP_TRY_VOID(database_->write(batch_, storage::Durability::Unsynced));
  batch_.clear();
  return Unit{};
}

CoinWalk::CoinWalk(std::shared_ptr<storage::DatabaseIterator> rows, std::shared_ptr<storage::DatabaseIterator> changes)
    : rows_{std::move(rows)}, changes_{std::move(changes)} {
  const Bytes first{storage::kCoinPrefix};
  rows_->seek(first);
  if (changes_ != nullptr) changes_->seek(first);
}

Result<bool, Fault> CoinWalk::next(CoinGroup& group) {
  while (true) {
    const auto row = outpoint_at(rows_.get());
    const auto change = outpoint_at(changes_.get());
    if (!row && !change) {
      KP_TRY_VOID(rows_->check());
      if (changes_ != nullptr) KP_TRY_VOID(changes_->check());
      return false;
    }
    group.coins.clear();
    group.txid = row && (!change || row->txid <= change->txid) ? row->txid : change->txid;
    KP_TRY_VOID(take_rows(group));
    KP_TRY_VOID(take_changes(group));
    if (group.coins.empty()) continue;
    std::sort(group.coins.begin(), group.coins.end(),
              [](const IndexedCoin& a, const IndexedCoin& b) { return a.index < b.index; });
    return true;
  }
}

Result<Unit, Fault> CoinWalk::take_rows(CoinGroup& group) {
  for (auto at = outpoint_at(rows_.get()); at && at->txid == group.txid; at = outpoint_at(rows_.get())) {
    auto coin = storage::decode_coin(rows_->value());
    if (!coin) return Err{damaged_row()};
    group.coins.push_back({at->index, std::move(coin).value()});
    rows_->next();
  }
  return Unit{};
}

Result<Unit, Fault> CoinWalk::take_changes(CoinGroup& group) {
  for (auto at = outpoint_at(changes_.get()); at && at->txid == group.txid; at = outpoint_at(changes_.get())) {
    std::erase_if(group.coins, [&](const IndexedCoin& item) { return item.index == at->index; });
    if (!changes_->value().empty()) {
      auto coin = storage::decode_coin(changes_->value());
      if (!coin) return Err{damaged_row()};
      group.coins.push_back({at->index, std::move(coin).value()});
    }
    changes_->next();
  }
  return Unit{};
}

Result<CoinTotals, Fault> total_coins(CoinWalk walk, CoinHash hash, const WalkProgress& progress) {
  CoinTotals totals;
  SetHasher hasher{hash};
  CoinGroup group;
  while (true) {
    KP_TRY(const bool more, walk.next(group));
    if (!more) break;
    for (const IndexedCoin& item : group.coins) {
      hasher.add(group.txid, item);
      totals.bogosize += kBogosizeOverhead + item.coin.script_pubkey.size();
      totals.amount.sats += item.coin.value.sats;
    }
    totals.coins += group.coins.size();
    if (++totals.transactions % kProgressEvery != 0 || !progress) continue;
    // Txids are spread evenly, so the one at hand says how far we are.
    const double share = static_cast<double>(load_be<std::uint32_t>(group.txid.bytes.data())) / 4294967296.0;
    if (!progress(share)) return Err{Fault{FaultKind::Interrupted, "The walk over the coins was interrupted."}};
  }
  totals.hash = hasher.finish();
  return totals;
}

}  // namespace kepeng::coins
