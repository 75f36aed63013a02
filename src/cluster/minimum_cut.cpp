// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "minimum_cut.h"

#include <algorithm>
#include <array>

namespace kepeng::cluster {
namespace {

// A flow from those that pay above the average, through what they spend, to those that pay below it: what can flow is
// what the ones have to pay for the others. Links from a child to its parents hold any amount. Dinic's method.
class Flow {
 public:
  Flow(const Graph& graph, Members within, std::uint64_t& work, std::uint64_t work_max)
      : graph_{graph}, within_{within}, work_{work}, work_max_{work_max} {
    const FeeSize all = graph.worth(within);
    within.for_each([&](Member one) {
      const FeeSize& worth = graph.worth(one);
      const Uint128 surplus = to_wide(worth.fee) * to_wide(all.size) - to_wide(all.fee) * to_wide(worth.size);
      if (is_negative(surplus)) {
        lacks_[one] = Uint128{0} - surplus;
      } else {
        gives_[one] = surplus;
      }
    });
  }

  // False when the work was too much.
  bool run() {
    while (find_levels()) {
      next_.fill(0);
      bool is_blocked = false;
      while (!is_blocked) {
        is_blocked = true;
        sources().for_each([&](Member one) {
          if (work_ > work_max_) return;
          const Uint128 pushed = push(one, gives_[one]);
          gives_[one] -= pushed;
          if (pushed != Uint128{0}) is_blocked = false;
        });
        if (work_ > work_max_) return false;
      }
    }
    return work_ <= work_max_;
  }
  // What still has something to give, and all that this could flow to.
  Members source_side() const {
    Members side = sources();
    for (Members fresh = side; !fresh.is_empty();) {
      Members next;
      fresh.for_each([&](Member one) { next |= reachable_from(one); });
      fresh = next - side;
      side |= fresh;
    }
    return side;
  }

 private:
  Members sources() const {
    Members found;
    within_.for_each([&](Member one) {
      if (gives_[one] != Uint128{0}) found |= Members::only(one);
    });
    return found;
  }
  // Down to its parents without limit, and back along what has flown.
  Members reachable_from(Member one) const { return (graph_.parents(one) & within_) | flows_back_[one]; }

  bool find_levels() {
    level_.fill(kFar);
    Members front = sources();
    front.for_each([&](Member one) { level_[one] = 0; });
    bool reaches_end = false;
    Members seen = front;
    for (std::uint8_t depth = 1; !front.is_empty() && !reaches_end; ++depth) {
      Members next;
      front.for_each([&](Member one) {
        reaches_end = reaches_end || lacks_[one] != Uint128{0};
        next |= reachable_from(one);
        work_ += 4;
      });
      front = next - seen;
      front.for_each([&](Member one) { level_[one] = depth; });
      seen |= front;
    }
    return reaches_end;
  }

  Uint128 push(Member from, Uint128 amount) {
    ++work_;
    if (amount == Uint128{0} || work_ > work_max_) return Uint128{0};
    Uint128 left = amount;
    const Uint128 taken = std::min(left, lacks_[from]);
    lacks_[from] -= taken;
    left -= taken;
    // From where the last visit of this member in this phase ended: what is behind it is exhausted.
    for (; next_[from] < kMembersMax && left != Uint128{0}; ++next_[from]) {
      const auto to = static_cast<Member>(next_[from]);
      if (level_[to] != level_[from] + 1 || !reachable_from(from).has(to)) continue;
      const bool is_forward = graph_.parents(from).has(to) && within_.has(to);
      const Uint128 most = is_forward ? left : std::min(left, flown_[to][from]);
      const Uint128 pushed = push(to, most);
      record(from, to, pushed, is_forward);
      left -= pushed;
      if (left == Uint128{0}) break;  // there may be more behind this one
    }
    return amount - left;
  }
  void record(Member from, Member to, Uint128 pushed, bool is_forward) {
    if (pushed == Uint128{0}) return;
    if (is_forward) {
      flown_[from][to] += pushed;
      flows_back_[to] |= Members::only(from);
      return;
    }
    flown_[to][from] -= pushed;
    if (flown_[to][from] == Uint128{0}) flows_back_[from] -= Members::only(to);
  }

  static constexpr std::uint8_t kFar = 255;

  const Graph& graph_;
  Members within_;
  std::uint64_t& work_;
  std::uint64_t work_max_;
  std::array<Uint128, kMembersMax> gives_{};
  std::array<Uint128, kMembersMax> lacks_{};
  std::array<std::array<Uint128, kMembersMax>, kMembersMax> flown_{};  // from child to parent
  std::array<Members, kMembersMax> flows_back_{};                      // of each parent: children that sent something
  std::array<std::uint8_t, kMembersMax> level_{};
  std::array<std::uint8_t, kMembersMax> next_{};
};

}  // namespace

std::optional<Members> best_part(const Graph& graph, Members within, std::uint64_t& work, std::uint64_t work_max) {
  Flow flow{graph, within, work, work_max};
  if (!flow.run()) return std::nullopt;
  return flow.source_side();
}

}  // namespace kepeng::cluster
