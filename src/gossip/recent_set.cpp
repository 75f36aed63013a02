// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/recent_set.h>

#include <algorithm>
#include <utility>

namespace kepeng::gossip {

std::uint64_t RecentSet::hash_of(ByteView thing) const {
  return std::max<std::uint64_t>(crypto::siphash24(key_, thing), 1);
}

void RecentSet::insert(ByteView thing) {
  const std::uint64_t hash = hash_of(thing);
  if (younger_.contains(hash)) return;
  if (younger_.size == remembers_) {
    older_ = std::move(younger_);
    younger_ = {};
  }
  younger_.insert(hash);
}

bool RecentSet::contains(ByteView thing) const {
  const std::uint64_t hash = hash_of(thing);
  return younger_.contains(hash) || older_.contains(hash);
}

void RecentSet::clear() {
  younger_ = {};
  older_ = {};
}

std::size_t RecentSet::Generation::position(std::uint64_t hash) const {
  std::size_t at = hash & (slots.size() - 1);
  while (slots[at] != 0 && slots[at] != hash) at = (at + 1) & (slots.size() - 1);
  return at;
}

bool RecentSet::Generation::contains(std::uint64_t hash) const {
  return !slots.empty() && slots[position(hash)] == hash;
}

void RecentSet::Generation::insert(std::uint64_t hash) {
  if (2 * (size + 1) > slots.size()) grow();
  slots[position(hash)] = hash;
  ++size;
}

void RecentSet::Generation::grow() {
  constexpr std::size_t kSlotsMin = 16;  // a power of two
  std::vector<std::uint64_t> before(std::max(kSlotsMin, slots.size() * 2));
  before.swap(slots);
  for (const std::uint64_t hash : before) {
    if (hash != 0) slots[position(hash)] = hash;
  }
}

}  // namespace kepeng::gossip
