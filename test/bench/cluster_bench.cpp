// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The best order of clusters of the shapes that are hard for one method or another, at the full width of 64.
#include <benchmark/benchmark.h>

#include <functional>

#include <kepeng/base/random.h>
#include <kepeng/cluster/linearization.h>

namespace kepeng::cluster {
namespace {

constexpr std::size_t kGraphs = 64;  // of each shape, with other fees

using AddSpends = std::function<void(Graph&, Prng&)>;

Graph make(const AddSpends& add_spends, std::uint64_t seed) {
  Prng random{seed};
  Graph graph;
  for (std::size_t i = 0; i < kMembersMax; ++i) {
    graph.add({static_cast<std::int64_t>(random.below(20'000)), static_cast<std::int64_t>(400 + random.below(6'000))});
  }
  add_spends(graph, random);
  return graph;
}

void chain(Graph& graph, Prng&) {
  for (Member i = 1; i < kMembersMax; ++i) graph.add_spend(static_cast<Member>(i - 1), i);
}
void star_of_children(Graph& graph, Prng&) {
  for (Member i = 1; i < kMembersMax; ++i) graph.add_spend(0, i);
}
void star_of_parents(Graph& graph, Prng&) {
  for (Member i = 0; i + 1 < static_cast<Member>(kMembersMax); ++i) graph.add_spend(i, kMembersMax - 1);
}
void binary_tree(Graph& graph, Prng&) {
  for (Member i = 1; i < kMembersMax; ++i) graph.add_spend(static_cast<Member>((i - 1) / 2), i);
}
// Half of them parents of the other half.
void two_layers(Graph& graph, Prng& random) {
  constexpr Member kHalf = kMembersMax / 2;
  for (Member child = kHalf; child < kMembersMax; ++child) {
    for (Member parent = 0; parent < kHalf; ++parent) {
      if (random.below(4) == 0) graph.add_spend(parent, child);
    }
  }
}
// Each spends any of those before it, with one chance in `of`.
AddSpends random_spends(std::uint64_t of) {
  return [of](Graph& graph, Prng& random) {
    for (Member child = 1; child < kMembersMax; ++child) {
      for (Member parent = 0; parent < child; ++parent) {
        if (random.below(of) == 0) graph.add_spend(parent, child);
      }
    }
  };
}

void linearize_shape(benchmark::State& state, const AddSpends& add_spends) {
  std::vector<Graph> graphs;
  for (std::uint64_t seed = 1; seed <= kGraphs; ++seed) graphs.push_back(make(add_spends, seed));
  std::size_t next = 0;
  std::uint64_t most_work = 0;
  bool is_optimal = true;
  for (auto _ : state) {
    const Linearization made = linearize(graphs[next++ % kGraphs]);
    most_work = std::max(most_work, made.work);
    is_optimal = is_optimal && made.is_optimal;
    benchmark::DoNotOptimize(made.order.data());
  }
  state.counters["most_work"] = static_cast<double>(most_work);
  state.counters["work_max"] = static_cast<double>(kWorkMax);
  state.counters["optimal"] = is_optimal ? 1 : 0;
}

BENCHMARK_CAPTURE(linearize_shape, chain, chain);
BENCHMARK_CAPTURE(linearize_shape, star_of_children, star_of_children);
BENCHMARK_CAPTURE(linearize_shape, star_of_parents, star_of_parents);
BENCHMARK_CAPTURE(linearize_shape, binary_tree, binary_tree);
BENCHMARK_CAPTURE(linearize_shape, two_layers, two_layers);
BENCHMARK_CAPTURE(linearize_shape, random_one_in_2, random_spends(2));
BENCHMARK_CAPTURE(linearize_shape, random_one_in_8, random_spends(8));
BENCHMARK_CAPTURE(linearize_shape, random_one_in_32, random_spends(32));

}  // namespace
}  // namespace kepeng::cluster
