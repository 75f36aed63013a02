// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/chain/candidates.h>

#include <algorithm>

namespace kepeng::chain {

bool is_worse(const Entry* a, const Entry* b) {
  if (a->chain_work != b->chain_work) return a->chain_work < b->chain_work;
  const std::int32_t a_sequence = a->sequence;
  const std::int32_t b_sequence = b->sequence;
  if (a_sequence != b_sequence) return a_sequence > b_sequence;
  // Only blocks found at start share a number; any fixed order serves.
  return a->hash > b->hash;
}

std::vector<const Entry*> Candidates::receive(const Entry* entry, std::uint32_t transactions) {
  entry->transactions = transactions;
  // Known before (vouched for, or pruned since): its place in the order stays.
  if (entry->chain_transactions != 0) return {entry};
  entry->sequence = next_sequence();  // of arrival; replaced when the last missing block of the line is here
  std::vector<const Entry*> connectable;
  if (entry->parent != nullptr && entry->parent->chain_transactions == 0) {
    wait_for_parent(entry);
    return connectable;
  }
  connectable.push_back(entry);
  connect_children(connectable);
  return connectable;
}

void Candidates::vouch(const Entry* entry, std::uint64_t chain_transactions) {
  forget_waiting(entry);
  entry->chain_transactions = chain_transactions;
  std::vector<const Entry*> connectable{entry};
  connect_children(connectable);
}

// Gives the entries their place in the order of arrival and their counts, and appends those that waited for them.
void Candidates::connect_children(std::vector<const Entry*>& connectable) {
  for (std::size_t i = 0; i < connectable.size(); ++i) {
    const Entry* ready = connectable[i];
    const std::uint64_t before = ready->parent == nullptr ? 0 : ready->parent->chain_transactions.load();
    if (ready->chain_transactions == 0) ready->chain_transactions = before + ready->transactions;
    ready->sequence = next_sequence();
    const auto [first, last] = waiting_.equal_range(ready);
    std::vector<const Entry*> children;
    for (auto child = first; child != last; ++child) children.push_back(child->second);
    waiting_.erase(first, last);
    // In the order in which their data came.
    std::sort(children.begin(), children.end(),
              [](const Entry* a, const Entry* b) { return a->sequence < b->sequence; });
    connectable.insert(connectable.end(), children.begin(), children.end());
  }
}

void Candidates::prune(const Entry* tip) {
  while (!ordered_.empty() && is_worse(*ordered_.begin(), tip)) ordered_.erase(ordered_.begin());
}

void Candidates::prefer(const Entry* entry) {
  // A later call outranks an earlier one as long as nothing with more work came between.
  if (entry->chain_work > precious_work_) next_precious_ = -1;
  precious_work_ = entry->chain_work;
  const bool was_candidate = ordered_.erase(entry) != 0;
  entry->sequence = next_precious_;
  if (next_precious_ > INT32_MIN) --next_precious_;
  if (was_candidate) ordered_.insert(entry);
}

void Candidates::forget_waiting(const Entry* entry) {
  const auto [first, last] = waiting_.equal_range(entry->parent);
  for (auto child = first; child != last; ++child) {
    if (child->second != entry) continue;
    waiting_.erase(child);
    return;
  }
}

}  // namespace kepeng::chain
