// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// RelayPool: what the mempool holds, as relay needs it: by name, and in the order in which it came. Private to gossip.
//
// Places are numbers that only grow, so that a peer's "told up to here" stays true while others come and go.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <deque>

#include <kepeng/gossip/transaction_relay.h>

namespace kepeng::gossip {

class RelayPool {
 public:
  struct Pooled {
    PackedTxPtr tx;
    std::int64_t fee_per_kvb = 0;
    std::uint64_t place = 0;
  };

  RelayPool() = default;
  ~RelayPool();
  RelayPool(const RelayPool&) = delete;
  RelayPool& operator=(const RelayPool&) = delete;

  void add(PackedTxPtr tx, std::int64_t fee_per_kvb);
  // False if it was not here.
  bool remove(const Wtxid& wtxid);
  // As if it had come just now.
  void renew(const Wtxid& wtxid);

  const Pooled* find(const Wtxid& wtxid) const;
  const Pooled* find(const Txid& txid) const;
  std::size_t size() const { return by_wtxid_.size(); }
  // Of whatever came last; everything is at or before it.
  std::uint64_t last_place() const { return next_place_ - 1; }
  // Those behind a place, in order. False stops.
  template <class F>
  void visit_behind(std::uint64_t place, F&& visitor) const {
    for (auto at = behind(place); at != order_.end(); ++at) {
      if (at->pooled != nullptr && !visitor(*at->pooled)) return;
    }
  }
  std::size_t count_behind(std::uint64_t place) const;

 private:
  struct WtxidOf {
    using is_transparent = void;
    std::size_t operator()(const Wtxid& wtxid) const { return load_le<std::uint64_t>(wtxid.bytes.data()); }
    std::size_t operator()(const Pooled* pooled) const { return (*this)(pooled->tx->wtxid); }
    bool operator()(const Pooled* a, const Pooled* b) const { return a->tx->wtxid == b->tx->wtxid; }
    bool operator()(const Wtxid& a, const Pooled* b) const { return a == b->tx->wtxid; }
    bool operator()(const Pooled* a, const Wtxid& b) const { return a->tx->wtxid == b; }
  };
  struct TxidOf {
    using is_transparent = void;
    std::size_t operator()(const Txid& txid) const { return load_le<std::uint64_t>(txid.bytes.data()); }
    std::size_t operator()(const Pooled* pooled) const { return (*this)(pooled->tx->txid); }
    bool operator()(const Pooled* a, const Pooled* b) const { return a->tx->txid == b->tx->txid; }
    bool operator()(const Txid& a, const Pooled* b) const { return a == b->tx->txid; }
    bool operator()(const Pooled* a, const Txid& b) const { return a->tx->txid == b; }
  };
  struct Turn {
    std::uint64_t place = 0;
    Pooled* pooled = nullptr;  // null: it has left
  };
  std::deque<Turn>::const_iterator behind(std::uint64_t place) const;
  void leave(std::uint64_t place);

  boost::unordered_flat_set<Pooled*, WtxidOf, WtxidOf> by_wtxid_;  // owns
  boost::unordered_flat_set<Pooled*, TxidOf, TxidOf> by_txid_;
  std::deque<Turn> order_;
  std::size_t left_ = 0;  // turns of those that have left
  std::uint64_t next_place_ = 1;
};

}  // namespace kepeng::gossip
