// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Properties of linearizations, for any graph (rapidcheck). RC_PARAMS="seed=..." plays a failure again.

#include <kepeng/cluster/linearization.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kepeng::cluster {
namespace {

constexpr std::size_t kSmall = 8;  // all 256 subsets can be looked at

// Members in the order of their numbers; a member spends those before it whose bit is set.
struct Shape {
  std::vector<std::int64_t> fees;
  std::vector<std::int64_t> sizes;
  std::vector<std::uint64_t> spends;

  Graph graph() const {
    Graph graph;
    for (std::size_t i = 0; i < fees.size(); ++i) {
      const Member one = graph.add({fees[i], sizes[i]});
      for (Member parent = 0; parent < one; ++parent) {
        if ((spends[i] >> parent & 1) != 0) graph.add_spend(parent, one);
      }
    }
    return graph;
  }
};

Shape any_shape(std::size_t members_max) {
  Shape shape;
  const auto members = *rc::gen::inRange<std::size_t>(1, members_max + 1);
  const auto fee_max = *rc::gen::element<std::int64_t>(3, 20, 5'000);
  for (std::size_t i = 0; i < members; ++i) {
    shape.fees.push_back(*rc::gen::inRange<std::int64_t>(-2, fee_max));
    shape.sizes.push_back(*rc::gen::inRange<std::int64_t>(1, 12));
    shape.spends.push_back(*rc::gen::arbitrary<std::uint64_t>() & *rc::gen::arbitrary<std::uint64_t>());
  }
  return shape;
}

std::vector<FeeSize> diagram_of(const std::vector<Chunk>& chunks) {
  return merge_diagrams(std::span{&chunks, 1});
}

void check_valid(const Graph& graph, const Linearization& made) {
  Members placed;
  for (const Member one : made.order) {
    RC_ASSERT(placed.contains(graph.parents(one)));
    placed |= Members::only(one);
  }
  RC_ASSERT(placed == graph.all());
  RC_ASSERT(made.order.size() == graph.size());
  // Whether equal rates are one chunk or two is all the same.
  RC_ASSERT(std::is_eq(compare_diagrams(diagram_of(made.chunks), diagram_of(chunks_of(graph, made.order)))));
  std::size_t at = 0;
  for (const Chunk& chunk : made.chunks) {
    Members some;
    for (std::size_t n = 0; n < chunk.count; ++n) some |= Members::only(made.order[at++]);
    RC_ASSERT(graph.worth(some) == chunk.worth);
  }
  RC_ASSERT(at == graph.size());
  for (std::size_t i = 1; i < made.chunks.size(); ++i) {
    RC_ASSERT(compare_rates(made.chunks[i].worth, made.chunks[i - 1].worth) != std::weak_ordering::greater);
  }
}

// The definition: of all that could be taken next, whatever pays the best rate; again and again. Of equal rates the
// smallest, so that nothing is put together that need not be.
std::vector<FeeSize> best_diagram(const Graph& graph) {
  std::vector<FeeSize> chunks;
  Members taken;
  while (taken != graph.all()) {
    Members best;
    FeeSize best_worth;
    for (std::uint64_t bits = 1; bits < (1ull << graph.size()); ++bits) {
      Members some;
      for (Member one = 0; one < graph.size(); ++one) {
        if ((bits >> one & 1) != 0) some |= Members::only(one);
      }
      bool is_next = (some - taken) == some;
      some.for_each([&](Member one) { is_next = is_next && (taken | some).contains(graph.parents(one)); });
      if (!is_next) continue;
      const FeeSize worth = graph.worth(some);
      if (best_worth.size != 0) {
        const auto rates = compare_rates(worth, best_worth);
        if (rates == std::weak_ordering::less) continue;
        if (rates == std::weak_ordering::equivalent && worth.size >= best_worth.size) continue;
      }
      best = some;
      best_worth = worth;
    }
    taken |= best;
    chunks.push_back(best_worth);
  }
  return chunks;
}

RC_GTEST_PROP(LinearizationProperties, OfEightIsWhatTheDefinitionSays, ()) {
  const Graph graph = any_shape(kSmall).graph();
  const Linearization made = linearize(graph);
  check_valid(graph, made);
  RC_ASSERT(made.is_optimal);
  RC_ASSERT(std::is_eq(compare_diagrams(diagram_of(made.chunks), best_diagram(graph))));
  RC_CLASSIFY(made.chunks.size() == 1, "one chunk");
  RC_CLASSIFY(made.chunks.size() > 4, "many chunks");
}

RC_GTEST_PROP(LinearizationProperties, OfAnySizeIsValidAndNoOrderBeatsIt, ()) {
  const Graph graph = any_shape(64).graph();
  const Linearization made = linearize(graph);
  check_valid(graph, made);
  if (!made.is_optimal) return;
  // By number is an order, too; so is whatever a search without time for it finds.
  std::vector<Member> by_number;
  for (Member one = 0; one < graph.size(); ++one) by_number.push_back(one);
  const Linearization hasty = linearize(graph, 0);
  check_valid(graph, hasty);
  const auto best = diagram_of(made.chunks);
  RC_ASSERT(std::is_gteq(compare_diagrams(best, diagram_of(chunks_of(graph, by_number)))));
  RC_ASSERT(std::is_gteq(compare_diagrams(best, diagram_of(hasty.chunks))));
}

}  // namespace
}  // namespace kepeng::cluster
