// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What Pool and Plan hold. Private to mempool.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "cluster.h"

namespace kepeng::mempool {

struct TxidOf {
  using is_transparent = void;
  std::size_t operator()(const Txid& txid) const { return load_le<std::uint64_t>(txid.bytes.data()); }
  std::size_t operator()(const Entry* entry) const { return (*this)(entry->txid()); }
  bool operator()(const Entry* a, const Entry* b) const { return a->txid() == b->txid(); }
  bool operator()(const Txid& a, const Entry* b) const { return a == b->txid(); }
  bool operator()(const Entry* a, const Txid& b) const { return a->txid() == b; }
};
struct WtxidOf {
  using is_transparent = void;
  std::size_t operator()(const Wtxid& wtxid) const { return load_le<std::uint64_t>(wtxid.bytes.data()); }
  std::size_t operator()(const Entry* entry) const { return (*this)(entry->wtxid()); }
  bool operator()(const Entry* a, const Entry* b) const { return a->wtxid() == b->wtxid(); }
  bool operator()(const Wtxid& a, const Entry* b) const { return a == b->wtxid(); }
  bool operator()(const Entry* a, const Wtxid& b) const { return a->wtxid() == b; }
};

// An input of an entry: what is spent is looked up in the transaction.
struct Spending {
  Entry* by = nullptr;
  std::uint32_t place = 0;  // of the prevout in its bytes

  OutPoint outpoint() const { return by->tx->prevout_at(place); }
};
struct OutPointOf {
  using is_transparent = void;
  std::size_t operator()(const OutPoint& outpoint) const {
    return load_le<std::uint64_t>(outpoint.txid.bytes.data() + 8) + outpoint.index * 0x9e3779b97f4a7c15ull;
  }
  std::size_t operator()(const Spending& one) const { return (*this)(one.outpoint()); }
  bool operator()(const Spending& a, const Spending& b) const { return a.outpoint() == b.outpoint(); }
  bool operator()(const OutPoint& a, const Spending& b) const { return a == b.outpoint(); }
  bool operator()(const Spending& a, const OutPoint& b) const { return a.outpoint() == b; }
};

struct PlanState {
  // A cluster to be: its members are entries of the pool, or newcomers.
  struct Member {
    Entry* entry = nullptr;
    std::size_t added = SIZE_MAX;  // place in Change::add, if it is none of the pool's yet
  };
  struct Planned {
    std::vector<Member> order;
    std::vector<cluster::Chunk> chunks;
    bool is_optimal = true;
  };
  Change change;
  std::vector<Cluster*> before;
  std::vector<Planned> after;
  bool exceeds_limits = false;
  std::uint64_t sequence = 0;  // of the pool when it was made
  mutable std::optional<std::vector<cluster::FeeSize>> diagram_before;
  mutable std::optional<std::vector<cluster::FeeSize>> diagram_after;
};

struct PoolState {
  ClusterLimits limits;
  boost::unordered_flat_set<Entry*, TxidOf, TxidOf> by_txid;  // owns
  boost::unordered_flat_set<Entry*, WtxidOf, WtxidOf> by_wtxid;
  boost::unordered_flat_set<Spending, OutPointOf, OutPointOf> spent;
  Ranking ranking;
  std::size_t clusters = 0;
  std::size_t clusters_not_optimal = 0;
  std::uint64_t clusters_made = 0;
  std::int64_t total_size = 0;
  Amount total_fee{};
  std::size_t entry_bytes = 0;  // of transactions and entries
  std::uint64_t sequence = 1;

  Entry* find(const Txid& txid) const {
    const auto found = by_txid.find(txid);
    return found == by_txid.end() ? nullptr : *found;
  }
  Entry* spender_of(const OutPoint& outpoint) const {
    const auto found = spent.find(outpoint);
    return found == spent.end() ? nullptr : found->by;
  }
  void insert(Entry* entry);
  void erase(Entry* entry);
  void dissolve(Cluster* cluster);
  void form(const PlanState::Planned& planned, std::span<Entry* const> added);
};

}  // namespace kepeng::mempool
