// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/cluster/graph.h>

namespace kepeng::cluster {

Member Graph::add(const FeeSize& worth) {
  KP_ASSERT(nodes_.size() < kMembersMax);
  const auto number = static_cast<Member>(nodes_.size());
  const Members itself = Members::only(number);
  nodes_.push_back({worth, {}, {}, itself, itself});
  return number;
}

void Graph::add_spend(Member parent, Member child) {
  KP_ASSERT(!nodes_[parent].ancestors.has(child));
  nodes_[parent].children |= Members::only(child);
  nodes_[child].parents |= Members::only(parent);
  const Members above = nodes_[parent].ancestors;
  const Members below = nodes_[child].descendants;
  above.for_each([&](Member one) { nodes_[one].descendants |= below; });
  below.for_each([&](Member one) { nodes_[one].ancestors |= above; });
}

FeeSize Graph::worth(Members some) const {
  FeeSize sum;
  some.for_each([&](Member one) { sum += nodes_[one].worth; });
  return sum;
}

Members Graph::component(Members within) const {
  if (within.is_empty()) return {};
  Members found = Members::only(within.lowest());
  for (Members fresh = found; !fresh.is_empty();) {
    Members next;
    fresh.for_each([&](Member one) { next |= nodes_[one].parents | nodes_[one].children; });
    fresh = (next & within) - found;
    found |= fresh;
  }
  return found;
}

}  // namespace kepeng::cluster
