// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/chain/entry.h>

#include <algorithm>

#include "skip.h"

namespace kepeng::chain {
const Entry* Entry::ancestor(Height at) const {
  if (at < 0 || at > height) return nullptr;
  const Entry* walk = this;
  while (walk->height > at) {
    const Height skip_to = skip_height(walk->height);
    const Height skip_of_parent = skip_height(walk->height - 1);
    // Take the skip unless the parent's own skip comes closer without passing the goal.
    const bool skips = walk->skip != nullptr &&
                       (skip_to == at || (skip_to > at && !(skip_of_parent < skip_to - 2 && skip_of_parent >= at)));
    walk = skips ? walk->skip : walk->parent;
  }
  return walk;
}

UnixTime Entry::median_time_past() const {
  const EntryAncestry line{this};
  return consensus::median_time_past(line, height);
}

const Entry* fork_point(const Entry* a, const Entry* b) {
  if (a == nullptr || b == nullptr) return nullptr;
  const Height common = std::min(a->height, b->height);
  a = a->ancestor(common);
  b = b->ancestor(common);
  while (a != b) {
    // Equal heights have equal skip distances, so both skips land on one height.
    if (a->skip != nullptr && a->skip != b->skip) {
      a = a->skip;
      b = b->skip;
    } else {
      a = a->parent;
      b = b->parent;
    }
  }
  return a;
}

consensus::HeaderFacts EntryAncestry::at(Height height) const {
  if (last_->height < height) last_ = tip_;
  last_ = last_->height == height + 1 ? last_->parent : last_->ancestor(height);
  return {last_->hash, last_->header.version, last_->header.time, last_->header.target};
}

}  // namespace kepeng::chain
