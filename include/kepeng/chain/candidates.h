// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Candidates: which block the chain should end in.
//
// A candidate is a block whose data, and that of all its ancestors, is here, that is not known to be invalid, and that
// has at least as much work as the tip. The best has the most work; among equals the one whose data arrived first
// (C-090). Chain thread.
#pragma once

#include <set>
#include <unordered_map>
#include <vector>

#include <kepeng/chain/entry.h>

namespace kepeng::chain {

// True if `a` is the worse choice.
bool is_worse(const Entry* a, const Entry* b);

class Candidates {
 public:
  // The data of `entry` is here. Gives it (and descendants that only waited for it) a place in the order of arrival and
  // their transaction counts. Returns the entries that became connectable, parents first.
  std::vector<const Entry*> receive(const Entry* entry, std::uint32_t transactions);

  // The coins of `entry` are here though its blocks are not: it counts as connected, and what waited for it too.
  void vouch(const Entry* entry, std::uint64_t chain_transactions);

  void insert(const Entry* entry) { ordered_.insert(entry); }
  void erase(const Entry* entry) { ordered_.erase(entry); }
  const Entry* best() const { return ordered_.empty() ? nullptr : *ordered_.rbegin(); }
  // Forgets those that are worse than the tip.
  void prune(const Entry* tip);
  // Puts `entry` before all others of equal work (preciousblock).
  void prefer(const Entry* entry);
  void clear() { ordered_.clear(); }
  bool empty() const { return ordered_.empty(); }
  // For entries restored at start: data is here, but the parent's is not.
  void wait_for_parent(const Entry* entry) { waiting_.emplace(entry->parent, entry); }
  void forget_waiting(const Entry* entry);
  std::int32_t next_sequence() { return next_sequence_++; }

 private:
  void connect_children(std::vector<const Entry*>& connectable);

  struct Worse {
    bool operator()(const Entry* a, const Entry* b) const { return is_worse(a, b); }
  };

  std::set<const Entry*, Worse> ordered_;
  std::unordered_multimap<const Entry*, const Entry*> waiting_;  // by parent
  std::int32_t next_sequence_ = 2;                               // 0 and 1 are for blocks found at start
  std::int32_t next_precious_ = -1;
  Work precious_work_{};
};

}  // namespace kepeng::chain
