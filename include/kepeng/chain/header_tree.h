// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// HeaderTree: every header that has a place, from genesis on.
//
// `place` judges a header against its parent and adds it; the chain thread calls it. `find` may be called from any
// thread. Nothing is ever removed. A verdict about a header is a BlockRejection; there is no I/O here.
#pragma once

#include <atomic>
#include <deque>
#include <unordered_map>
#include <vector>

#include <kepeng/base/guarded.h>
#include <kepeng/base/result.h>
#include <kepeng/chain/entry.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/params/network.h>

namespace kepeng::chain {

class HeaderTree {
 public:
  // Holds the genesis header from the start. `network` outlives the tree.
  explicit HeaderTree(const params::NetworkParams& network);

  const Entry* genesis() const { return genesis_; }
  // Null if it is not known.
  const Entry* find(const BlockHash& hash) const;
  std::size_t size() const;

  // The entry of a header that obeys the rules, new or known. Known-invalid headers and children of invalid ones are
  // refused. A header known already is not judged again.
  Result<const Entry*, consensus::BlockRejection> place(const BlockHeader& header, UnixTime now);

  // A header from our own index, judged when it was first placed. Null if its parent is not here yet.
  const Entry* restore(const BlockHeader& header, const BlockHash& hash);

  // The valid header with the most work (the first seen among equals); any thread.
  const Entry* best_header() const { return best_header_; }
  void reconsider_best_header();

  // Calls `use` with every entry, in no order; chain thread.
  template <class F>
  void for_each(F&& use) const {
    for (const Entry& entry : entries_) use(entry);
  }

 private:
  const Entry* add(const BlockHeader& header, const BlockHash& hash, const Entry* parent);

  const params::NetworkParams& network_;
  std::deque<Entry> entries_;  // never moves
  SharedGuarded<std::unordered_map<BlockHash, const Entry*, BlockHashHasher>> by_hash_;
  const Entry* genesis_ = nullptr;
  std::atomic<const Entry*> best_header_{nullptr};
};

}  // namespace kepeng::chain
