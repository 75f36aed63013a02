// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mempool/pool.h>

#include <algorithm>

#include <kepeng/base/assert.h>

#include "pool_state.h"

namespace kepeng::mempool {
namespace {

// What an entry takes besides its transaction: places in three tables, a cluster of its own in most cases.
constexpr std::size_t kSlotBytes = 8 * 8 / 7 * 2 + 2;
constexpr std::size_t kSpendingBytes = sizeof(Spending) * 8 / 7 + 2;
constexpr std::size_t kAllocationBytes = 16;

std::size_t bytes_of(const Entry& entry) {
  return entry.tx->memory_bytes() + sizeof(Entry) + sizeof(Cluster) + 3 * kAllocationBytes + kSlotBytes +
         entry.tx->input_count() * kSpendingBytes;
}

ChunkView view_of(const RankedChunk& ranked) {
  const auto& order = ranked.cluster->order;
  return {std::span{order.data() + ranked.first, ranked.count}, ranked.worth};
}

}  // namespace

Pool::Pool(const ClusterLimits& limits) : state_{std::make_unique<PoolState>()} {
  state_->limits = limits;
  state_->limits.count = std::min(limits.count, cluster::kMembersMax);
}

Pool::~Pool() {
  state_->ranking.clear();
  boost::unordered_flat_set<Cluster*> clusters;
  for (Entry* entry : state_->by_txid) {
    clusters.insert(entry->cluster);
    delete entry;
  }
  for (Cluster* one : clusters) delete one;
}

// --- looking

const Entry* Pool::find(const Txid& txid) const {
  return state_->find(txid);
}
const Entry* Pool::find(const Wtxid& wtxid) const {
  const auto found = state_->by_wtxid.find(wtxid);
  return found == state_->by_wtxid.end() ? nullptr : *found;
}
const Entry* Pool::spender_of(const OutPoint& outpoint) const {
  return state_->spender_of(outpoint);
}
std::size_t Pool::count() const {
  return state_->by_txid.size();
}
std::int64_t Pool::total_size() const {
  return state_->total_size;
}
Amount Pool::total_fee() const {
  return state_->total_fee;
}
std::size_t Pool::memory_bytes() const {
  return state_->entry_bytes;
}
std::uint64_t Pool::sequence() const {
  return state_->sequence;
}
const ClusterLimits& Pool::limits() const {
  return state_->limits;
}
std::size_t Pool::cluster_count() const {
  return state_->clusters;
}
bool Pool::is_optimal() const {
  return state_->clusters_not_optimal == 0;
}

std::vector<const Entry*> Pool::parents(const Transaction& tx) const {
  std::vector<const Entry*> found;
  for (const TxIn& input : tx.inputs) {
    const Entry* parent = state_->find(input.prevout.txid);
    if (parent != nullptr && std::find(found.begin(), found.end(), parent) == found.end()) found.push_back(parent);
  }
  return found;
}

std::vector<const Entry*> Pool::parents(const Entry& entry) const {
  std::vector<const Entry*> found;
  for (const OutPoint& prevout : entry.tx->prevouts()) {
    const Entry* parent = state_->find(prevout.txid);
    if (parent != nullptr && std::find(found.begin(), found.end(), parent) == found.end()) found.push_back(parent);
  }
  return found;
}

std::vector<const Entry*> Pool::children(const Entry& entry) const {
  std::vector<const Entry*> found;
  for (std::uint32_t i = 0; i < entry.tx->output_count(); ++i) {
    const Entry* child = state_->spender_of({entry.txid(), i});
    if (child != nullptr && std::find(found.begin(), found.end(), child) == found.end()) found.push_back(child);
  }
  return found;
}

namespace {

// Everything that `next` leads to, then in the order of the clusters, which never puts a child first.
template <class Next>
std::vector<const Entry*> closure(std::span<const Entry* const> of, Next&& next) {
  boost::unordered_flat_set<const Entry*> seen{of.begin(), of.end()};
  std::vector<const Entry*> found{seen.begin(), seen.end()};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const Entry* one : next(*found[i])) {
      if (seen.insert(one).second) found.push_back(one);
    }
  }
  boost::unordered_flat_set<const Cluster*> clusters;
  std::vector<const Entry*> ordered;
  for (const Entry* entry : found) {
    if (!clusters.insert(entry->cluster).second) continue;
    for (const Entry* member : entry->cluster->order) {
      if (seen.contains(member)) ordered.push_back(member);
    }
  }
  return ordered;
}

}  // namespace

std::vector<const Entry*> Pool::ancestors(std::span<const Entry* const> of) const {
  return closure(of, [&](const Entry& entry) { return parents(entry); });
}
std::vector<const Entry*> Pool::descendants(std::span<const Entry* const> of) const {
  return closure(of, [&](const Entry& entry) { return children(entry); });
}

ClusterView Pool::cluster_of(const Entry& entry) const {
  ClusterView view{std::span{entry.cluster->order.data(), entry.cluster->order.size()}, {}};
  for (const RankedChunk& ranked : entry.cluster->ranked) view.chunks.push_back(ranked.chunk());
  return view;
}

ChunkView Pool::chunk_of(const Entry& entry) const {
  const auto& order = entry.cluster->order;
  const auto place = static_cast<std::uint32_t>(std::find(order.begin(), order.end(), &entry) - order.begin());
  for (const RankedChunk& ranked : entry.cluster->ranked) {
    if (place < ranked.first + ranked.count) return view_of(ranked);
  }
  KP_ASSERT(false);
  return {};
}

void Pool::visit(const std::function<bool(const Entry&)>& visitor) const {
  for (const Entry* entry : state_->by_txid) {
    if (!visitor(*entry)) return;
  }
}

void Pool::visit_chunks(const std::function<bool(const ChunkView&)>& visitor) const {
  for (const RankedChunk& ranked : state_->ranking) {
    if (!visitor(view_of(ranked))) return;
  }
}

std::optional<ChunkView> Pool::worst_chunk() const {
  if (state_->ranking.empty()) return std::nullopt;
  return view_of(*state_->ranking.rbegin());
}

// --- changing

void PoolState::insert(Entry* entry) {
  by_txid.insert(entry);
  by_wtxid.insert(entry);
  const auto prevouts = entry->tx->prevouts();
  for (auto at = prevouts.begin(); at != prevouts.end(); ++at) {
    const bool is_new = spent.insert({entry, at.place()}).second;
    KP_ASSERT(is_new);
  }
  total_size += entry->size;
  total_fee.sats += entry->fee.sats;
  entry_bytes += bytes_of(*entry);
  entry->sequence = sequence++;
}

void PoolState::erase(Entry* entry) {
  by_txid.erase(entry);
  by_wtxid.erase(entry);
  for (const OutPoint& prevout : entry->tx->prevouts()) spent.erase(spent.find(prevout));
  total_size -= entry->size;
  total_fee.sats -= entry->fee.sats;
  entry_bytes -= bytes_of(*entry);
  ++sequence;
  delete entry;
}

void PoolState::dissolve(Cluster* cluster) {
  for (RankedChunk& ranked : cluster->ranked) ranking.erase(ranking.iterator_to(ranked));
  --clusters;
  if (!cluster->is_optimal) --clusters_not_optimal;
  delete cluster;
}

void PoolState::form(const PlanState::Planned& planned, std::span<Entry* const> added) {
  auto* cluster = new Cluster{++clusters_made};
  ++clusters;
  cluster->is_optimal = planned.is_optimal;
  if (!cluster->is_optimal) ++clusters_not_optimal;
  for (const auto& member : planned.order) {
    Entry* entry = member.entry != nullptr ? member.entry : added[member.added];
    entry->cluster = cluster;
    cluster->order.push_back(entry);
  }
  cluster->ranked.resize(planned.chunks.size());
  std::uint32_t first = 0;
  for (std::size_t i = 0; i < planned.chunks.size(); ++i) {
    RankedChunk& ranked = cluster->ranked[i];
    ranked.cluster = cluster;
    ranked.first = first;
    ranked.worth = planned.chunks[i].worth;
    ranked.count = static_cast<std::uint32_t>(planned.chunks[i].count);
    first += ranked.count;
    ranking.insert(ranked);
  }
}

std::vector<const Entry*> Pool::apply(Plan plan) {
  PlanState& planned = *plan.state_;
  KP_ASSERT(!planned.exceeds_limits && planned.sequence == state_->sequence);
  for (Cluster* before : planned.before) state_->dissolve(before);
  for (const Entry* entry : planned.change.remove) state_->erase(state_->find(entry->txid()));
  std::vector<Entry*> added;
  for (Entry& entry : planned.change.add) {
    added.push_back(new Entry{std::move(entry)});
    state_->insert(added.back());
  }
  for (const auto& one : planned.after) state_->form(one, added);
  ++state_->sequence;
  return {added.begin(), added.end()};
}

void Pool::set_modified_fee(const Entry& entry, Amount fee) {
  Entry* mine = state_->find(entry.txid());
  KP_ASSERT(mine == &entry);
  mine->modified_fee = fee;
  apply(plan({.reorder = {mine}}));
}

void Pool::check() const {
  std::int64_t size = 0;
  Amount fee{};
  std::size_t inputs = 0;
  boost::unordered_flat_set<const Cluster*> clusters;
  for (const Entry* entry : state_->by_txid) {
    size += entry->size;
    fee.sats += entry->fee.sats;
    inputs += entry->tx->input_count();
    clusters.insert(entry->cluster);
    for (const OutPoint& prevout : entry->tx->prevouts()) {
      KP_ASSERT(state_->spender_of(prevout) == entry);
      const Entry* parent = state_->find(prevout.txid);
      KP_ASSERT(parent == nullptr || parent->cluster == entry->cluster);
    }
  }
  KP_ASSERT(size == state_->total_size && fee == state_->total_fee && inputs == state_->spent.size());
  KP_ASSERT(state_->by_wtxid.size() == state_->by_txid.size() && clusters.size() == state_->clusters);
  std::size_t members = 0;
  std::size_t not_optimal = 0;
  for (const Cluster* one : clusters) {
    members += one->order.size();
    not_optimal += one->is_optimal ? 0 : 1;
    KP_ASSERT(one->order.size() <= state_->limits.count);
    for (const Entry* entry : one->order) KP_ASSERT(entry->cluster == one);
  }
  KP_ASSERT(members == state_->by_txid.size() && not_optimal == state_->clusters_not_optimal);
  const RankedChunk* before = nullptr;
  for (const RankedChunk& ranked : state_->ranking) {
    KP_ASSERT(before == nullptr || PaysMore{}(*before, ranked));
    before = &ranked;
  }
}

}  // namespace kepeng::mempool
