// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "conflicts.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <kepeng/primitives/saturating.h>

namespace kepeng::mempool {

std::optional<std::string> too_many_clusters(const Txid& newcomer, std::span<const Entry* const> conflicts) {
  boost::unordered_flat_set<const Cluster*> clusters;
  for (const Entry* conflict : conflicts) clusters.insert(conflict->cluster);
  if (clusters.size() <= kConflictingClustersMax) return std::nullopt;
  return "rejecting replacement " + newcomer.to_string() + "; too many conflicting clusters (" +
         std::to_string(clusters.size()) + " > " + std::to_string(kConflictingClustersMax) + ")";
}

Amount modified_fees(std::span<const Entry* const> entries) {
  Amount sum{};
  for (const Entry* entry : entries) sum = saturating_add(sum, entry->modified_fee);
  return sum;
}

}  // namespace kepeng::mempool
