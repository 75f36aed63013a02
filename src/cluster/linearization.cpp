// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/cluster/linearization.h>

#include <algorithm>

#include "minimum_cut.h"

namespace kepeng::cluster {
namespace {

bool pays_more(const FeeSize& a, const FeeSize& b) {
  return compare_rates(a, b) == std::weak_ordering::greater;
}

class Builder {
 public:
  Builder(const Graph& graph, std::uint64_t work_max) : graph_{graph}, work_max_{work_max} {}

  Linearization take() && { return std::move(made_); }

  // `some` hold together with all that they spend that is not placed yet.
  void place(Members some) {
    if (some.is_empty()) return;
    if (some.count() == 1) return place_chunk(some);
    if (is_chain(some)) return place_chain(some);
    const auto best = best_part(graph_, some, made_.work, work_max_);
    if (!best) return place_by_ancestors(some);
    if (best->is_empty()) return place_equal(some);
    place(*best);
    place(some - *best);
  }

 private:
  // One after the other: chunks follow without a search.
  bool is_chain(Members some) const {
    std::size_t first = 0;
    std::size_t last = 0;
    bool is_straight = true;
    some.for_each([&](Member one) {
      const std::size_t above = (graph_.parents(one) & some).count();
      const std::size_t below = (graph_.children(one) & some).count();
      is_straight = is_straight && above <= 1 && below <= 1;
      first += above == 0 ? 1 : 0;
      last += below == 0 ? 1 : 0;
    });
    return is_straight && first == 1 && last == 1;
  }
  std::vector<Member> by_depth(Members some) const {
    std::vector<Member> order;
    some.for_each([&](Member one) { order.push_back(one); });
    std::sort(order.begin(), order.end(), [&](Member a, Member b) {
      const std::size_t above_a = (graph_.ancestors(a) & some).count();
      const std::size_t above_b = (graph_.ancestors(b) & some).count();
      if (above_a != above_b) return above_a < above_b;
      const auto rates = compare_rates(graph_.worth(a), graph_.worth(b));
      return rates != std::weak_ordering::equivalent ? rates == std::weak_ordering::greater : a < b;
    });
    return order;
  }
  void place_chunk(Members some) {
    const auto order = by_depth(some);
    made_.order.insert(made_.order.end(), order.begin(), order.end());
    made_.chunks.push_back({graph_.worth(some), some.count()});
  }
  // No part pays above the average: what does not hang together is better taken one by one.
  void place_equal(Members some) {
    while (!some.is_empty()) {
      const Members part = graph_.component(some);
      place_chunk(part);
      some -= part;
    }
  }
  void append(const std::vector<Member>& order) {
    const auto chunks = chunks_of(graph_, order);
    made_.order.insert(made_.order.end(), order.begin(), order.end());
    made_.chunks.insert(made_.chunks.end(), chunks.begin(), chunks.end());
  }
  void place_chain(Members some) { append(by_depth(some)); }
  // Good, not perfect: again and again the one that pays most together with what it needs.
  void place_by_ancestors(Members some) {
    made_.is_optimal = false;
    std::vector<Member> order;
    while (!some.is_empty()) {
      Members best;
      some.for_each([&](Member one) {
        const Members with = graph_.ancestors(one) & some;
        if (best.is_empty() || pays_more(graph_.worth(with), graph_.worth(best))) best = with;
      });
      const auto part = by_depth(best);
      order.insert(order.end(), part.begin(), part.end());
      some -= best;
    }
    append(order);
  }

  const Graph& graph_;
  std::uint64_t work_max_;
  Linearization made_;
};

}  // namespace

Linearization linearize(const Graph& graph, std::uint64_t work_max) {
  Builder builder{graph, work_max};
  builder.place(graph.all());
  return std::move(builder).take();
}

std::vector<Chunk> chunks_of(const Graph& graph, std::span<const Member> order) {
  std::vector<Chunk> chunks;
  for (const Member one : order) {
    Chunk chunk{graph.worth(one), 1};
    // Who pays more than those before pulls them along.
    while (!chunks.empty() && pays_more(chunk.worth, chunks.back().worth)) {
      chunk.worth += chunks.back().worth;
      chunk.count += chunks.back().count;
      chunks.pop_back();
    }
    chunks.push_back(chunk);
  }
  return chunks;
}

std::vector<FeeSize> merge_diagrams(std::span<const std::vector<Chunk>> clusters) {
  std::vector<FeeSize> merged;
  for (const auto& chunks : clusters) {
    for (const Chunk& chunk : chunks) merged.push_back(chunk.worth);
  }
  std::stable_sort(merged.begin(), merged.end(), pays_more);
  return merged;
}

namespace {

// Walks along both lines at once, from corner to corner; at each the difference in fees decides.
class Walk {
 public:
  Walk(std::span<const FeeSize> a, std::span<const FeeSize> b) : a_{a}, b_{b} {}

  std::partial_ordering compare() {
    while (at_a_ < a_.size() || at_b_ < b_.size()) step();
    if (a_is_better_ && b_is_better_) return std::partial_ordering::unordered;
    if (a_is_better_) return std::partial_ordering::greater;
    return b_is_better_ ? std::partial_ordering::less : std::partial_ordering::equivalent;
  }

 private:
  // The corner that comes first, of one line, against the other line there. Beyond its end a line is flat.
  void step() {
    const bool is_of_a =
        at_b_ == b_.size() || (at_a_ < a_.size() && sum_a_.size + a_[at_a_].size <= sum_b_.size + b_[at_b_].size);
    FeeSize& sum = is_of_a ? sum_a_ : sum_b_;
    const FeeSize& other = is_of_a ? sum_b_ : sum_a_;
    sum += is_of_a ? a_[at_a_++] : b_[at_b_++];
    const bool has_slope = is_of_a ? at_b_ < b_.size() : at_a_ < a_.size();
    const FeeSize slope = !has_slope ? FeeSize{0, 1} : is_of_a ? b_[at_b_] : a_[at_a_];
    const FeeSize lead = sum - other;
    // Is the corner above the line from `other` on, with this slope?
    const Uint128 height = to_wide(lead.fee) * to_wide(slope.size) - to_wide(slope.fee) * to_wide(lead.size);
    if (height == Uint128{0}) return;
    const bool corner_is_below = is_negative(height);
    (corner_is_below == is_of_a ? b_is_better_ : a_is_better_) = true;
  }

  std::span<const FeeSize> a_;
  std::span<const FeeSize> b_;
  std::size_t at_a_ = 0;
  std::size_t at_b_ = 0;
  FeeSize sum_a_;
  FeeSize sum_b_;
  bool a_is_better_ = false;
  bool b_is_better_ = false;
};

}  // namespace

std::partial_ordering compare_diagrams(std::span<const FeeSize> a, std::span<const FeeSize> b) {
  return Walk{a, b}.compare();
}

}  // namespace kepeng::cluster
