// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// RelayPool: what the mempool holds, as relay needs it: by name, and in the order in which it is told. Private to
// gossip.
//
// Who pays most is told first (P-13): there are classes by the rate at which a miner would take a transaction, with
// what it needs; in a class the order is that in which they came. So nothing is sorted, however much waits. Places are
// numbers that only grow, so that a peer's "told up to here", one for each class, stays true while others come and go.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <deque>

#include <kepeng/gossip/transaction_relay.h>

namespace kepeng::gossip {

class RelayPool {
 public:
  static constexpr std::size_t kClasses = RelayPlaces::kClasses;
  struct Pooled {
    PackedTxPtr tx;
    std::int64_t fee_per_kvb = 0;
    std::size_t rate_class = 0;
    std::uint64_t place = 0;  // 0: before all others, and nobody is told
    std::uint64_t since = 0;  // its first place: who was told up to there may ask for it, however often it is renewed
  };
  // From below 0.1 satoshi a virtual byte on, in steps of one half.
  static std::size_t class_of(std::int64_t fee_per_kvb);

  RelayPool() = default;
  ~RelayPool();
  RelayPool(const RelayPool&) = delete;
  RelayPool& operator=(const RelayPool&) = delete;

  void add(const PooledTransaction& pooled);
  // False if it was not here.
  bool remove(const Wtxid& wtxid);
  // Told as if it had come just now.
  void renew(const Wtxid& wtxid);

  const Pooled* find(const Wtxid& wtxid) const;
  const Pooled* find(const Txid& txid) const;
  std::size_t size() const { return by_wtxid_.size(); }
  // Of whatever came last; everything is at or before it.
  std::uint64_t last_place() const { return next_place_ - 1; }
  // Those behind these places, the best class first. False stops.
  template <class F>
  void visit_behind(const RelayPlaces& places, F&& visitor) const {
    for (std::size_t one = kClasses; one-- > 0;) {
      for (auto at = behind(one, places.of[one]); at != classes_[one].order.end(); ++at) {
        if (at->pooled != nullptr && !visitor(*at->pooled)) return;
      }
    }
  }
  template <class F>
  void visit_all(F&& visitor) const {
    for (const Pooled* pooled : by_wtxid_) visitor(*pooled);
  }
  std::size_t count_behind(const RelayPlaces& places) const;
  static bool was_told(const Pooled& pooled, const RelayPlaces& places) {
    return pooled.since <= places.of[pooled.rate_class];
  }
  static bool is_behind(const Pooled& pooled, const RelayPlaces& places) {
    return pooled.place > places.of[pooled.rate_class];
  }

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
  struct Class {
    std::deque<Turn> order;
    std::size_t left = 0;  // turns of those that have left
  };
  std::deque<Turn>::const_iterator behind(std::size_t rate_class, std::uint64_t place) const;
  void come(Pooled& pooled);
  void leave(const Pooled& pooled);

  boost::unordered_flat_set<Pooled*, WtxidOf, WtxidOf> by_wtxid_;  // owns
  boost::unordered_flat_set<Pooled*, TxidOf, TxidOf> by_txid_;
  std::array<Class, kClasses> classes_;
  std::uint64_t next_place_ = 1;
};

}  // namespace kepeng::gossip
