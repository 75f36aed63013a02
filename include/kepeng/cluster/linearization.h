// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Linearization: the order in which a miner would take the transactions of a cluster, and the chunks in which they pay.
//
// An order is valid when nobody comes before what it spends. Its chunks are the groups that a miner takes at once: each
// pays a higher rate for each byte than the next. The best order is found exactly: the part of a set that pays more
// than the set's average, with all it spends, is a minimum cut, and cutting again and again on both sides ends in the
// chunks. That is at most 127 cuts of a graph of 66 nodes; `work_max` bounds it all the same, and beyond it the rest
// is ordered by what each transaction pays with its ancestors. Pure functions.
#pragma once

#include <span>

#include <kepeng/cluster/graph.h>

namespace kepeng::cluster {

struct Chunk {
  FeeSize worth;
  std::size_t count = 0;  // of members, following those of the chunks before

  friend bool operator==(const Chunk&, const Chunk&) = default;
};

struct Linearization {
  std::vector<Member> order;
  std::vector<Chunk> chunks;  // rates fall
  bool is_optimal = true;
  std::uint64_t work = 0;  // steps along edges
};

inline constexpr std::uint64_t kWorkMax = 100'000;  // about a millisecond

Linearization linearize(const Graph& graph, std::uint64_t work_max = kWorkMax);

// The chunks of a given order.
std::vector<Chunk> chunks_of(const Graph& graph, std::span<const Member> order);

// How what is paid grows with the space used, chunk by chunk, best first: compare two ways to fill the same space.
// `chunks` have falling rates; those of several clusters are merged by `merge_diagrams`.
std::vector<FeeSize> merge_diagrams(std::span<const std::vector<Chunk>> clusters);
// At every size at least as good / as bad; neither where the lines cross.
std::partial_ordering compare_diagrams(std::span<const FeeSize> a, std::span<const FeeSize> b);

}  // namespace kepeng::cluster
