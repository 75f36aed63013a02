// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Cluster: entries that hang together, in their best order, with their chunks in the order of all chunks. Private to
// mempool.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/intrusive/set.hpp>

#include <kepeng/mempool/pool.h>

namespace kepeng::mempool {

// A chunk's place among all.
struct RankedChunk : boost::intrusive::set_base_hook<boost::intrusive::optimize_size<true>> {
  const Cluster* cluster = nullptr;
  std::uint32_t first = 0;  // of the cluster's order
  std::uint32_t count = 0;
  cluster::FeeSize worth;

  cluster::Chunk chunk() const { return {worth, count}; }
};

class Cluster {
 public:
  explicit Cluster(std::uint64_t number) : number_{number} {}

  std::uint64_t number() const { return number_; }

  // One of its own each, in most clusters.
  boost::container::small_vector<Entry*, 1> order;
  boost::container::small_vector<RankedChunk, 1> ranked;
  bool is_optimal = true;  // no better order exists

 private:
  std::uint64_t number_;
};

// Who pays most comes first; in one cluster the order stays.
struct PaysMore {
  bool operator()(const RankedChunk& a, const RankedChunk& b) const {
    const auto rates = cluster::compare_rates(a.worth, b.worth);
    if (rates != std::weak_ordering::equivalent) return rates == std::weak_ordering::greater;
    if (a.cluster != b.cluster) return a.cluster->number() < b.cluster->number();
    return a.first < b.first;
  }
};
using Ranking = boost::intrusive::set<RankedChunk, boost::intrusive::compare<PaysMore>>;

}  // namespace kepeng::mempool
