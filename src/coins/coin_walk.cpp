// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/coins/coin_walk.h>

#include <algorithm>

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

Fault damaged_row() {
  return {FaultKind::Corruption, "A row of the chainstate does not decode. Restart with -reindex-chainstate."};
}

}  // namespace

CoinWalk::CoinWalk(std::shared_ptr<storage::DatabaseIterator> rows, const CoinOverlay* overlay)
    : rows_{std::move(rows)}, overlay_{overlay} {
  rows_->seek(Bytes{storage::kCoinPrefix});
  if (overlay_ != nullptr) change_ = overlay_->begin();
}

std::optional<OutPoint> CoinWalk::row() const {
  if (!rows_->valid()) return std::nullopt;
  return storage::decode_coin_key(rows_->key());
}

Result<bool, Fault> CoinWalk::next(CoinGroup& group) {
  while (true) {
    const auto at = row();
    const bool has_change = overlay_ != nullptr && change_ != overlay_->end();
    if (!at && !has_change) {
      KP_TRY_VOID(rows_->check());
      return false;
    }
    group.coins.clear();
    group.txid = at && (!has_change || at->txid <= change_->first) ? at->txid : change_->first;
    if (at && at->txid == group.txid) KP_TRY_VOID(take_rows(group));
    if (has_change && change_->first == group.txid) {
      apply(change_->second, group);
      ++change_;
    }
    if (group.coins.empty()) continue;
    std::sort(group.coins.begin(), group.coins.end(),
              [](const IndexedCoin& a, const IndexedCoin& b) { return a.index < b.index; });
    return true;
  }
}

Result<Unit, Fault> CoinWalk::take_rows(CoinGroup& group) {
  for (auto at = row(); at && at->txid == group.txid; at = row()) {
    auto coin = storage::decode_coin(rows_->value());
    if (!coin) return Err{damaged_row()};
    group.coins.push_back({at->index, std::move(coin).value()});
    rows_->next();
  }
  return Unit{};
}

void CoinWalk::apply(const std::map<std::uint32_t, std::optional<storage::Coin>>& changes, CoinGroup& group) {
  std::erase_if(group.coins, [&](const IndexedCoin& item) { return changes.contains(item.index); });
  for (const auto& [index, coin] : changes) {
    if (coin) group.coins.push_back({index, *coin});
  }
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
