// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Planning a change: which clusters it touches, and which there would be in their place.

#include <algorithm>
#include <numeric>

#include "pool_state.h"

namespace kepeng::mempool {
namespace {

using Planned = PlanState::Planned;
using Member = PlanState::Member;

class Planner {
 public:
  Planner(const PoolState& pool, PlanState& plan) : pool_{pool}, plan_{plan} {}

  void run() {
    for (const Entry* entry : plan_.change.remove) {
      removed_.insert(entry);
      touch(entry->cluster);
    }
    for (const Entry* entry : plan_.change.reorder) touch(entry->cluster);
    if (is_one_alone()) return form_alone();
    for (std::size_t i = 0; i < plan_.change.add.size(); ++i) take_in(i);
    for (std::size_t i = 0; i < touched_.size(); ++i) {
      for (Entry* entry : touched_[i]->order) {
        if (!removed_.contains(entry)) number({entry});
      }
    }
    link();
    group();
    plan_.before = std::move(touched_);
  }

 private:
  // A single newcomer that neither spends the pool nor is spent by it: most are.
  bool is_one_alone() const {
    if (plan_.change.add.size() != 1 || !touched_.empty()) return false;
    const PackedTransaction& tx = *plan_.change.add.front().tx;
    for (const OutPoint& prevout : tx.prevouts()) {
      if (pool_.find(prevout.txid) != nullptr) return false;
    }
    for (std::uint32_t i = 0; i < tx.output_count(); ++i) {
      if (pool_.spender_of({tx.txid, i}) != nullptr) return false;
    }
    return true;
  }
  void form_alone() {
    const cluster::FeeSize worth = plan_.change.add.front().worth();
    plan_.exceeds_limits = pool_.limits.count == 0 || worth.size > pool_.limits.weight;
    if (!plan_.exceeds_limits) plan_.after.push_back({{Member{nullptr, 0}}, {cluster::Chunk{worth, 1}}});
  }

  const PackedTransaction& tx_of(const Member& member) const {
    return member.entry != nullptr ? *member.entry->tx : *plan_.change.add[member.added].tx;
  }
  cluster::FeeSize worth_of(const Member& member) const {
    return member.entry != nullptr ? member.entry->worth() : plan_.change.add[member.added].worth();
  }
  void touch(Cluster* one) {
    if (one != nullptr && seen_.insert(one).second) touched_.push_back(one);
  }
  // A newcomer, with the clusters of what it spends and of what spends it.
  void take_in(std::size_t place) {
    const Entry& newcomer = plan_.change.add[place];
    for (const OutPoint& prevout : newcomer.tx->prevouts()) {
      if (const Entry* parent = pool_.find(prevout.txid)) touch(parent->cluster);
    }
    for (std::uint32_t i = 0; i < newcomer.tx->output_count(); ++i) {
      if (const Entry* child = pool_.spender_of({newcomer.txid(), i})) touch(child->cluster);
    }
    number({nullptr, place});
  }
  void number(const Member& member) {
    numbers_.emplace(tx_of(member).txid, members_.size());
    members_.push_back(member);
  }

  // Who spends whom among the members; those that hang together come under one root.
  void link() {
    roots_.resize(members_.size());
    std::iota(roots_.begin(), roots_.end(), std::size_t{0});
    parents_.resize(members_.size());
    for (std::size_t child = 0; child < members_.size(); ++child) {
      for (const OutPoint& prevout : tx_of(members_[child]).prevouts()) {
        const auto parent = numbers_.find(prevout.txid);
        if (parent == numbers_.end()) continue;
        auto& known = parents_[child];
        if (std::find(known.begin(), known.end(), parent->second) == known.end()) known.push_back(parent->second);
        roots_[root_of(child)] = root_of(parent->second);
      }
    }
  }
  std::size_t root_of(std::size_t one) {
    while (roots_[one] != one) one = roots_[one] = roots_[roots_[one]];
    return one;
  }
  void group() {
    boost::unordered_flat_map<std::size_t, std::vector<std::size_t>> groups;
    std::vector<std::size_t> roots;  // in the order of their first members, so that runs are alike
    for (std::size_t one = 0; one < members_.size(); ++one) {
      auto& group = groups[root_of(one)];
      if (group.empty()) roots.push_back(root_of(one));
      group.push_back(one);
    }
    for (const std::size_t root : roots) form(groups[root]);
  }
  void form(const std::vector<std::size_t>& group) {
    std::int64_t weight = 0;
    for (const std::size_t one : group) weight += worth_of(members_[one]).size;
    if (group.size() > pool_.limits.count || weight > pool_.limits.weight) {
      plan_.exceeds_limits = true;
      return;
    }
    cluster::Graph graph;
    boost::unordered_flat_map<std::size_t, cluster::Member> places;
    for (const std::size_t one : group) places[one] = graph.add(worth_of(members_[one]));
    for (const std::size_t one : group) {
      for (const std::size_t parent : parents_[one]) graph.add_spend(places[parent], places[one]);
    }
    auto made = cluster::linearize(graph, pool_.limits.ordering_work);
    Planned& planned = plan_.after.emplace_back();
    for (const cluster::Member place : made.order) planned.order.push_back(members_[group[place]]);
    planned.chunks = std::move(made.chunks);
    planned.is_optimal = made.is_optimal;
  }

  const PoolState& pool_;
  PlanState& plan_;
  boost::unordered_flat_set<const Entry*> removed_;
  boost::unordered_flat_set<const Cluster*> seen_;
  std::vector<Cluster*> touched_;
  std::vector<Member> members_;
  boost::unordered_flat_map<Txid, std::size_t, TxidOf, std::equal_to<>> numbers_;
  std::vector<std::size_t> roots_;
  std::vector<std::vector<std::size_t>> parents_;
};

}  // namespace

Plan::Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

bool Plan::exceeds_limits() const {
  return state_->exceeds_limits;
}

std::size_t Plan::clusters_before() const {
  return state_->before.size();
}

const std::vector<const Entry*>& Plan::removed() const {
  return state_->change.remove;
}

const std::vector<cluster::FeeSize>& Plan::diagram_before() const {
  if (!state_->diagram_before) {
    std::vector<std::vector<cluster::Chunk>> chunks;
    for (const Cluster* one : state_->before) {
      auto& list = chunks.emplace_back();
      for (const RankedChunk& ranked : one->ranked) list.push_back(ranked.chunk());
    }
    state_->diagram_before = cluster::merge_diagrams(chunks);
  }
  return *state_->diagram_before;
}

const std::vector<cluster::FeeSize>& Plan::diagram_after() const {
  if (!state_->diagram_after) {
    std::vector<std::vector<cluster::Chunk>> chunks;
    for (const auto& planned : state_->after) chunks.push_back(planned.chunks);
    state_->diagram_after = cluster::merge_diagrams(chunks);
  }
  return *state_->diagram_after;
}

std::vector<cluster::FeeSize> Plan::chunk_of_added() const {
  std::vector<cluster::FeeSize> worths(state_->change.add.size());
  for (const auto& planned : state_->after) {
    std::size_t at = 0;
    for (const cluster::Chunk& chunk : planned.chunks) {
      for (std::size_t n = 0; n < chunk.count; ++n, ++at) {
        if (planned.order[at].entry == nullptr) worths[planned.order[at].added] = chunk.worth;
      }
    }
  }
  return worths;
}

Plan Pool::plan(Change change) const {
  Plan plan;
  plan.state_ = std::make_unique<PlanState>();
  plan.state_->change = std::move(change);
  plan.state_->sequence = state_->sequence;
  Planner{*state_, *plan.state_}.run();
  return plan;
}

}  // namespace kepeng::mempool
