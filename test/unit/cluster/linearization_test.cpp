// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/cluster/linearization.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include <kepeng/base/random.h>

namespace kepeng::cluster {
namespace {

Graph random_graph(Prng& random, std::size_t members, std::uint64_t density_percent, std::uint64_t fees) {
  Graph graph;
  for (std::size_t i = 0; i < members; ++i) {
    const auto one =
        graph.add({static_cast<std::int64_t>(random.below(fees)) - 3, 1 + static_cast<std::int64_t>(random.below(9))});
    for (Member parent = 0; parent < one; ++parent) {
      if (random.below(100) < density_percent) graph.add_spend(parent, one);
    }
  }
  return graph;
}

std::vector<FeeSize> diagram_of(const std::vector<Chunk>& chunks) {
  return merge_diagrams(std::span{&chunks, 1});
}

void expect_valid(const Graph& graph, const Linearization& made) {
  Members placed;
  for (const Member one : made.order) {
    EXPECT_TRUE(placed.contains(graph.parents(one)));
    placed |= Members::only(one);
  }
  EXPECT_EQ(placed, graph.all());
  EXPECT_EQ(made.order.size(), graph.size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < made.chunks.size(); ++i) {
    Members chunk;
    for (std::size_t n = 0; n < made.chunks[i].count; ++n) chunk |= Members::only(made.order[at++]);
    EXPECT_EQ(made.chunks[i].worth, graph.worth(chunk));
    if (i == 0) continue;
    EXPECT_NE(compare_rates(made.chunks[i].worth, made.chunks[i - 1].worth), std::weak_ordering::greater);
  }
  EXPECT_EQ(at, graph.size());
}

// Every order in which nobody comes before what it spends.
void for_each_order(const Graph& graph, const std::function<void(const std::vector<Member>&)>& visit) {
  std::vector<Member> order;
  const std::function<void(Members)> extend = [&](Members placed) {
    if (order.size() == graph.size()) return visit(order);
    (graph.all() - placed).for_each([&](Member one) {
      if (!placed.contains(graph.parents(one))) return;
      order.push_back(one);
      extend(placed | Members::only(one));
      order.pop_back();
    });
  };
  extend({});
}

TEST(Linearization, IsTheBestOfAllOrders) {
  Prng random{7};
  for (int round = 0; round < 400; ++round) {
    const Graph graph = random_graph(random, 1 + random.below(7), 15 + random.below(60), 12);
    const auto made = linearize(graph);
    expect_valid(graph, made);
    EXPECT_TRUE(made.is_optimal);
    const auto best = diagram_of(made.chunks);
    for_each_order(graph, [&](const std::vector<Member>& order) {
      ASSERT_TRUE(std::is_gteq(compare_diagrams(best, diagram_of(chunks_of(graph, order))))) << "round " << round;
    });
  }
}

TEST(Linearization, OfEightIsTheBestOfAllOrders) {
  Prng random{8};
  for (int round = 0; round < 12; ++round) {
    const Graph graph = random_graph(random, 8, 25, 30);
    const auto best = diagram_of(linearize(graph).chunks);
    for_each_order(graph, [&](const std::vector<Member>& order) {
      ASSERT_TRUE(std::is_gteq(compare_diagrams(best, diagram_of(chunks_of(graph, order)))));
    });
  }
}

// A child that pays for a parent takes it along; what pays alike but hangs together in nothing stays apart.
TEST(Linearization, ChildPaysForParent) {
  Graph graph;
  const Member poor = graph.add({0, 100});
  const Member rich = graph.add({500, 100});
  const Member other = graph.add({100, 100});
  graph.add_spend(poor, rich);
  const auto made = linearize(graph);
  EXPECT_EQ(made.order, (std::vector<Member>{poor, rich, other}));
  EXPECT_EQ(made.chunks, (std::vector<Chunk>{{{500, 200}, 2}, {{100, 100}, 1}}));

  Graph equal;
  for (int i = 0; i < 3; ++i) equal.add({10, 10});
  EXPECT_EQ(linearize(equal).chunks.size(), 3u);
}

TEST(Linearization, LargeShapesStayWithinTheWork) {
  Prng random{9};
  std::uint64_t most = 0;
  for (int round = 0; round < 300; ++round) {
    const Graph graph = random_graph(random, 64, 1 + random.below(round % 3 == 0 ? 60 : 10), 1'000'000);
    const auto made = linearize(graph);
    expect_valid(graph, made);
    EXPECT_TRUE(made.is_optimal);
    most = std::max(most, made.work);
  }
  // Half of them spend the other half.
  for (int round = 0; round < 100; ++round) {
    Graph graph;
    for (int i = 0; i < 64; ++i) graph.add({static_cast<std::int64_t>(random.below(i < 32 ? 100 : 10'000)), 100});
    for (Member child = 32; child < 64; ++child) {
      for (Member parent = 0; parent < 32; ++parent) {
        if (random.below(100) < 30) graph.add_spend(parent, child);
      }
    }
    const auto made = linearize(graph);
    EXPECT_TRUE(made.is_optimal);
    most = std::max(most, made.work);
  }
  EXPECT_LT(most, kWorkMax / 4);
  RecordProperty("most_work", std::to_string(most));
}

TEST(Linearization, WithoutWorkToDoItIsStillValid) {
  Prng random{10};
  for (int round = 0; round < 100; ++round) {
    const Graph graph = random_graph(random, 40, 10, 1'000);
    const auto best = linearize(graph);
    const auto quick = linearize(graph, 10);
    expect_valid(graph, quick);
    EXPECT_TRUE(std::is_gteq(compare_diagrams(diagram_of(best.chunks), diagram_of(quick.chunks))));
  }
}

TEST(Linearization, OfChainsNeedsNoSearch) {
  Prng random{11};
  Graph graph;
  for (int i = 0; i < 64; ++i) {
    const Member one =
        graph.add({static_cast<std::int64_t>(random.below(1000)), 1 + static_cast<std::int64_t>(random.below(50))});
    if (i > 0) graph.add_spend(static_cast<Member>(one - 1), one);
  }
  const auto made = linearize(graph, 0);
  expect_valid(graph, made);
  EXPECT_TRUE(made.is_optimal);
  EXPECT_EQ(made.work, 0u);
}

TEST(Diagrams, AreComparedEverywhere) {
  using Line = std::vector<FeeSize>;
  const auto compare = [](const Line& a, const Line& b) { return compare_diagrams(a, b); };
  EXPECT_EQ(compare({}, {}), std::partial_ordering::equivalent);
  EXPECT_EQ(compare({{10, 10}}, {}), std::partial_ordering::greater);
  EXPECT_EQ(compare({{-1, 10}}, {}), std::partial_ordering::less);
  EXPECT_EQ(compare({{10, 10}}, {{5, 5}, {5, 5}}), std::partial_ordering::equivalent);
  EXPECT_EQ(compare({{10, 10}}, {{6, 5}, {4, 5}}), std::partial_ordering::less);
  EXPECT_EQ(compare({{10, 10}}, {{6, 5}, {3, 5}}), std::partial_ordering::unordered);
  EXPECT_EQ(compare({{10, 20}}, {{10, 10}}), std::partial_ordering::less);
  EXPECT_EQ(compare({{20, 20}}, {{10, 10}}), std::partial_ordering::greater);
  EXPECT_EQ(compare({{12, 20}}, {{10, 10}}), std::partial_ordering::unordered);
  constexpr std::int64_t kMuch = 2'100'000'000'000'000;
  EXPECT_EQ(compare({{kMuch, 400'000}}, {{kMuch - 1, 400'000}}), std::partial_ordering::greater);
}

TEST(FeeSize, RatesAreComparedExactly) {
  constexpr std::int64_t kMuch = 2'100'000'000'000'000;
  EXPECT_EQ(compare_rates({1, 3}, {2, 6}), std::weak_ordering::equivalent);
  EXPECT_EQ(compare_rates({kMuch, 399'999}, {kMuch, 400'000}), std::weak_ordering::greater);
  EXPECT_EQ(compare_rates({-1, 10}, {0, 1}), std::weak_ordering::less);
  EXPECT_EQ(compare_rates({-1, 10}, {-1, 5}), std::weak_ordering::greater);
}

TEST(Graph, KnowsFamilies) {
  Graph graph;
  for (int i = 0; i < 6; ++i) graph.add({1, 1});
  graph.add_spend(3, 4);
  graph.add_spend(0, 1);
  graph.add_spend(1, 3);  // joins what is above with what is below
  graph.add_spend(2, 4);
  EXPECT_EQ(graph.ancestors(4).count(), 5u);
  EXPECT_EQ(graph.descendants(0).count(), 4u);
  EXPECT_EQ(graph.component(graph.all()).count(), 5u);
  EXPECT_EQ(graph.component(graph.all() - Members::only(4)).count(), 3u);
  EXPECT_EQ(graph.component(Members::only(5)).count(), 1u);
}

}  // namespace
}  // namespace kepeng::cluster
