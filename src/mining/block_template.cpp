// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mining/block_template.h>

#include <kepeng/policy/standard.h>

namespace kepeng::mining {
namespace {

constexpr std::uint64_t kSigopsCostMax = 80'000;
// Once so many in a row did not fit and the block is nearly full, looking on is of little use.
constexpr std::size_t kMissesMax = 1'000;
constexpr std::int64_t kNearlyFull = 4'000;

struct Need {
  std::int64_t weight = 0;
  std::uint64_t sigops_cost = 0;
};
Need need_of(const mempool::ChunkView& chunk) {
  Need need;
  for (const mempool::Entry* entry : chunk.entries) {
    need.weight += static_cast<std::int64_t>(entry->tx->weight());
    need.sigops_cost += entry->sigops_cost;
  }
  return need;
}

}  // namespace

Choice choose_transactions(const mempool::Pool& pool, const TemplateLimits& limits) {
  Choice choice;
  choice.weight = limits.reserved_weight;
  std::uint64_t sigops_cost = limits.reserved_sigops;
  std::size_t misses = 0;
  // A chunk that did not fit: what follows it in its cluster may need it.
  std::vector<const mempool::Cluster*> passed_over;
  pool.visit_chunks([&](const mempool::ChunkView& chunk) {
    const Amount wanted = limits.least.fee_for(policy::virtual_size(chunk.worth.size));
    if (chunk.worth.fee < wanted.sats) return false;
    const mempool::Cluster* cluster = chunk.entries.front()->cluster;
    const Need need = need_of(chunk);
    const bool fits = choice.weight + need.weight <= limits.weight_max &&
                      sigops_cost + need.sigops_cost <= kSigopsCostMax &&
                      std::find(passed_over.begin(), passed_over.end(), cluster) == passed_over.end();
    if (!fits) {
      passed_over.push_back(cluster);
      return ++misses <= kMissesMax || choice.weight + kNearlyFull <= limits.weight_max;
    }
    misses = 0;
    choice.weight += need.weight;
    sigops_cost += need.sigops_cost;
    for (const mempool::Entry* entry : chunk.entries) {
      choice.transactions.push_back({entry->tx, entry->fee, entry->sigops_cost});
      choice.fees.sats += entry->fee.sats;
    }
    return true;
  });
  return choice;
}

}  // namespace kepeng::mining
