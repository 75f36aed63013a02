// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/cluster/linearization.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using namespace cluster;

constexpr std::size_t kTriedOut = 9;  // so many members have 512 subsets

Seeds linearization_seeds() {
  const auto chain = [](std::uint8_t members, std::uint8_t thinning) {
    Bytes input{members, thinning};
    for (std::uint8_t i = 0; i < members; ++i) {
      append_le(input, std::int32_t{i % 3 == 0 ? 10 : 1'000});
      append_le(input, static_cast<std::uint16_t>(100 + i));
      append_le(input, i == 0 ? std::uint64_t{0} : std::uint64_t{1} << (i - 1));
    }
    return input;
  };
  return {chain(5, 0), chain(9, 1), chain(64, 2), {3, 0, 0xff, 0xff, 0xff, 0xff}};
}

// Everybody's parents come before him.
Graph graph_from(Input& fields) {
  const std::size_t members = fields.take() % (kMembersMax + 1);
  const int thinning = fields.take() % 4;
  Graph graph;
  for (std::size_t i = 0; i < members; ++i) {
    const auto fee = fields.take<std::int32_t>();
    const auto size = static_cast<std::int64_t>(fields.take<std::uint16_t>()) + 1;
    std::uint64_t parents = fields.take<std::uint64_t>();
    for (int times = 0; times < thinning; ++times) parents &= parents >> (7 * times + 5) | parents << (11 * times + 3);
    const Member child = graph.add({fee, size});
    for (Member parent = 0; parent < child; ++parent) {
      if ((parents >> parent & 1) != 0) graph.add_spend(parent, child);
    }
  }
  return graph;
}

void check_form(const Graph& graph, const Linearization& made) {
  KP_ASSERT(made.order.size() == graph.size());
  Members before;
  for (const Member one : made.order) {
    KP_ASSERT(!before.has(one));
    before |= Members::only(one);
    KP_ASSERT(before.contains(graph.ancestors(one)));
  }
  KP_ASSERT(before == graph.all());
  FeeSize sum;
  std::size_t count = 0;
  for (const Chunk& chunk : made.chunks) {
    KP_ASSERT(chunk.count != 0);
    sum += chunk.worth;
    count += chunk.count;
  }
  KP_ASSERT(count == graph.size() && sum == graph.worth(graph.all()));
  for (std::size_t i = 1; i < made.chunks.size(); ++i) {
    KP_ASSERT(!std::is_gt(compare_rates(made.chunks[i].worth, made.chunks[i - 1].worth)));
  }
}

// The best diagram, by looking at every set: again and again the part that pays most.
std::vector<Chunk> best_chunks(const Graph& graph) {
  std::vector<Chunk> chunks;
  Members done;
  while (done != graph.all()) {
    FeeSize best;
    Members taken;
    for (std::uint64_t bits = 1; bits < std::uint64_t{1} << graph.size(); ++bits) {
      Members some;
      bool is_closed = true;
      for (Member one = 0; one < graph.size(); ++one) {
        if ((bits >> one & 1) != 0) some |= Members::only(one);
      }
      if (some.meets(done)) continue;
      some.for_each([&](Member one) { is_closed = is_closed && (some | done).contains(graph.ancestors(one)); });
      if (!is_closed) continue;
      const FeeSize worth = graph.worth(some);
      if (!taken.is_empty() && !std::is_gt(compare_rates(worth, best))) continue;
      best = worth;
      taken = some;
    }
    chunks.push_back({best, taken.count()});
    done |= taken;
  }
  return chunks;
}

std::vector<FeeSize> diagram_of(const std::vector<Chunk>& chunks) {
  return merge_diagrams(std::span{&chunks, 1});
}

FUZZ_TARGET(linearization, linearization_seeds) {
  Input fields{input};
  const Graph graph = graph_from(fields);
  const Linearization made = linearize(graph, std::uint64_t{1} << 40);
  check_form(graph, made);
  KP_ASSERT(made.is_optimal);
  const auto diagram = diagram_of(made.chunks);
  KP_ASSERT(std::is_eq(compare_diagrams(diagram, diagram)));
  if (graph.size() <= kTriedOut) KP_ASSERT(std::is_eq(compare_diagrams(diagram, diagram_of(best_chunks(graph)))));

  // With a budget it may be worse, never wrong and never better.
  const Linearization hurried = linearize(graph, fields.take<std::uint16_t>());
  check_form(graph, hurried);
  const auto order = compare_diagrams(diagram_of(hurried.chunks), diagram);
  KP_ASSERT(std::is_lteq(order) && (!hurried.is_optimal || std::is_eq(order)));
  // Any other order, too: as they came.
  std::vector<Member> as_they_came;
  for (Member one = 0; one < graph.size(); ++one) as_they_came.push_back(one);
  KP_ASSERT(std::is_lteq(compare_diagrams(diagram_of(chunks_of(graph, as_they_came)), diagram)));
}

}  // namespace
}  // namespace kepeng::fuzz
