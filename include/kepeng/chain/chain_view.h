// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ChainView: the active chain as it was at one moment.
//
// Immutable and cheap to make from its predecessor: blocks are in shared pages, and a step forward copies one page. Any
// thread keeps one for as long as it likes; entries outlive every view (they live with the tree).
#pragma once

#include <array>
#include <memory>
#include <vector>

#include <kepeng/chain/entry.h>

namespace kepeng::chain {

class ChainView {
 public:
  // The chain that ends in `tip`, sharing what it can with `before` (which may be null).
  static std::shared_ptr<const ChainView> make(const Entry* tip, const std::shared_ptr<const ChainView>& before);

  const Entry* tip() const { return tip_; }
  Height height() const { return tip_->height; }
  // Null outside 0..height().
  const Entry* at(Height height) const;
  bool contains(const Entry* entry) const { return entry != nullptr && at(entry->height) == entry; }
  // The block after `entry` on this chain, or null.
  const Entry* next(const Entry* entry) const { return contains(entry) ? at(entry->height + 1) : nullptr; }
  // The last block of this chain that is `entry` or an ancestor of it.
  const Entry* fork_with(const Entry* entry) const;

 private:
  static constexpr Height kPageSize = 1024;
  using Page = std::array<const Entry*, kPageSize>;

  const Entry* tip_ = nullptr;
  std::vector<std::shared_ptr<const Page>> pages_;
};

}  // namespace kepeng::chain
