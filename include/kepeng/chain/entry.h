// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Entry: one header in the tree, with what the node knows about its block.
//
// The upper part never changes after the entry was placed; the lower part is written by the chain thread alone and may
// be read by any thread (each field is atomic by itself; readers that need several to agree ask the chain thread).
// Entries live as long as their tree and never move.
#pragma once

#include <atomic>

#include <kepeng/consensus/ancestry.h>
#include <kepeng/primitives/block_header.h>

namespace kepeng::chain {

// What is known about a block, as the block index stores it (doc/storage.md).
enum class Validity : std::uint32_t { Unknown = 0, Header = 1, Tree = 2, Transactions = 3, Chain = 4, Scripts = 5 };

struct Entry {
  BlockHash hash;
  BlockHeader header;
  Height height = 0;
  const Entry* parent = nullptr;
  const Entry* skip = nullptr;  // an ancestor further back, for logarithmic search
  Work chain_work;              // of this header and all before it

  mutable std::atomic<Validity> validity{Validity::Tree};
  mutable std::atomic<bool> has_data{false};
  mutable std::atomic<bool> has_undo{false};
  mutable std::atomic<bool> is_failed{false};                // breaks a rule itself
  mutable std::atomic<bool> has_failed_parent{false};        // descends from one that does
  mutable std::atomic<std::uint32_t> transactions{0};        // 0 until the block was received
  mutable std::atomic<std::uint64_t> chain_transactions{0};  // of it and all before; 0 while any block is missing
  mutable std::atomic<std::int32_t> file{0};
  mutable std::atomic<std::uint32_t> data_offset{0};
  mutable std::atomic<std::uint32_t> undo_offset{0};
  mutable std::atomic<std::int32_t> sequence{0};  // order of arrival: lower wins among equal work

  bool is_invalid() const { return is_failed || has_failed_parent; }

  // The ancestor (or the entry itself) at `at`; null when `at` is above the entry or negative.
  const Entry* ancestor(Height at) const;
  bool descends_from(const Entry& other) const { return ancestor(other.height) == &other; }
  UnixTime median_time_past() const;
};

// The last common ancestor of two entries of one tree.
const Entry* fork_point(const Entry* a, const Entry* b);

// The line of headers that ends in an entry. Remembers where it looked last, so walking back is cheap; one thread.
class EntryAncestry final : public consensus::Ancestry {
 public:
  explicit EntryAncestry(const Entry* tip) : tip_{tip}, last_{tip} {}

  Height height() const override { return tip_ == nullptr ? -1 : tip_->height; }
  consensus::HeaderFacts at(Height height) const override;

 private:
  const Entry* tip_;
  mutable const Entry* last_;
};

}  // namespace kepeng::chain
