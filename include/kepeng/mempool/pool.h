// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Pool: the unconfirmed transactions that could be mined now, in clusters that spend each other.
//
// Every cluster is kept in the best order, so that the order in which a miner would take everything, what is to be
// dropped first, and whether a replacement pays more are known at any time. A change (some out, some in) is planned
// first, without touching anything: the plan says which clusters there would be and how both states pay; applying it
// then costs no further search. No rules here: what may get in is `admission.h`'s to say. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <kepeng/cluster/linearization.h>
#include <kepeng/mempool/entry.h>

namespace kepeng::mempool {

struct ClusterLimits {
  std::size_t count = 64;                           // transactions, at most cluster::kMembersMax
  std::int64_t weight = 404'000;                    // of 101,000 virtual bytes
  std::uint64_t ordering_work = cluster::kWorkMax;  // beyond it, a good order does
};

// A cluster as it lies in the pool: the best order and its chunks.
struct ClusterView {
  std::span<Entry* const> order;
  std::vector<cluster::Chunk> chunks;
};

// Some that a miner takes at once.
struct ChunkView {
  std::span<Entry* const> entries;
  cluster::FeeSize worth;
};

struct Change {
  std::vector<const Entry*> remove{};
  std::vector<Entry> add{};             // nobody before what it spends
  std::vector<const Entry*> reorder{};  // stay, but their clusters are put in order anew
};

struct PlanState;
struct PoolState;

class Plan {
 public:
  Plan();
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;
  ~Plan();

  // Would a cluster be larger than the limits? Such a plan cannot be applied.
  bool exceeds_limits() const;
  // How the clusters concerned pay now, and how those in their place would.
  const std::vector<cluster::FeeSize>& diagram_before() const;
  const std::vector<cluster::FeeSize>& diagram_after() const;
  // Clusters that the change touches.
  std::size_t clusters_before() const;
  const std::vector<const Entry*>& removed() const;
  // What the newcomers of the change pay with the chunk that each would be in, in the order of `Change::add`.
  std::vector<cluster::FeeSize> chunk_of_added() const;

 private:
  friend class Pool;
  std::unique_ptr<PlanState> state_;
};

class Pool {
 public:
  explicit Pool(const ClusterLimits& limits = {});
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // --- looking
  const Entry* find(const Txid& txid) const;
  const Entry* find(const Wtxid& wtxid) const;
  // Who spends this output, or null.
  const Entry* spender_of(const OutPoint& outpoint) const;
  std::size_t count() const;
  std::int64_t total_size() const;  // virtual bytes
  Amount total_fee() const;         // not modified
  std::size_t memory_bytes() const;
  std::uint64_t sequence() const;  // grows with every change
  const ClusterLimits& limits() const;

  // Direct ones; nobody twice.
  std::vector<const Entry*> parents(const Transaction& tx) const;
  std::vector<const Entry*> parents(const Entry& entry) const;
  std::vector<const Entry*> children(const Entry& entry) const;
  // Of all of these, themselves included, nobody before what it spends.
  std::vector<const Entry*> ancestors(std::span<const Entry* const> of) const;
  std::vector<const Entry*> descendants(std::span<const Entry* const> of) const;
  ClusterView cluster_of(const Entry& entry) const;
  ChunkView chunk_of(const Entry& entry) const;
  std::size_t cluster_count() const;
  // Is every cluster in the best order there is? One that is hard to order may only be in a good one.
  bool is_optimal() const;

  // All, in no order. False stops.
  void visit(const std::function<bool(const Entry&)>& visitor) const;
  // The chunks of all clusters, those that pay most first. False stops.
  void visit_chunks(const std::function<bool(const ChunkView&)>& visitor) const;
  // What pays least; nothing from an empty pool.
  std::optional<ChunkView> worst_chunk() const;

  // --- changing
  // What is removed takes nobody along: name the descendants as well, unless they stay valid (their inputs confirmed).
  Plan plan(Change change) const;
  // Soon after `plan`, nothing in between. The newcomers, in the order of `Change::add`.
  std::vector<const Entry*> apply(Plan plan);
  // Sets what the operator adds to the fee, and orders the cluster anew.
  void set_modified_fee(const Entry& entry, Amount fee);

  // Stops the process when sums, indexes and clusters do not agree with the entries; for tests.
  void check() const;

 private:
  std::unique_ptr<PoolState> state_;
};

}  // namespace kepeng::mempool
