// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/consensus/partial_merkle_tree.h>

#include <algorithm>
#include <array>

#include <kepeng/base/assert.h>
#include <kepeng/consensus/constants.h>
#include <kepeng/crypto/sha256.h>

namespace kepeng::consensus {
namespace {

using crypto::Hash32;

// The smallest transaction has 60 bytes.
constexpr std::uint64_t kTransactionsMax = kMaxBlockWeight / (kWitnessScale * 60);

Hash32 parent_of(const Hash32& left, const Hash32& right) {
  std::array<std::uint8_t, 64> pair;
  std::copy(left.begin(), left.end(), pair.begin());
  std::copy(right.begin(), right.end(), pair.begin() + 32);
  Hash32 parent;
  crypto::sha256d64(parent.data(), pair.data(), 1);
  return parent;
}

// Nodes at `level` above the leaves.
std::uint32_t width_at(std::uint32_t leaves, unsigned level) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(leaves) + (1ull << level) - 1) >> level);
}

unsigned root_level(std::uint32_t leaves) {
  unsigned level = 0;
  while (width_at(leaves, level) > 1) ++level;
  return level;
}

// All levels of a tree, leaves first; what a node knows is whether anything wanted is below it.
struct Level {
  std::vector<Hash32> hashes;
  std::vector<bool> wanted;
};

std::vector<Level> build_levels(Level leaves) {
  std::vector<Level> levels{std::move(leaves)};
  while (levels.back().hashes.size() > 1) {
    const Level& below = levels.back();
    Level level;
    for (std::size_t i = 0; i < below.hashes.size(); i += 2) {
      const std::size_t right = std::min(i + 1, below.hashes.size() - 1);
      level.hashes.push_back(parent_of(below.hashes[i], below.hashes[right]));
      level.wanted.push_back(below.wanted[i] || below.wanted[right]);
    }
    levels.push_back(std::move(level));
  }
  return levels;
}

}  // namespace

PartialMerkleTree PartialMerkleTree::make(std::vector<Hash32> txids, const std::vector<bool>& wanted) {
  KP_ASSERT(!txids.empty() && txids.size() == wanted.size());
  PartialMerkleTree tree;
  tree.transactions_ = static_cast<std::uint32_t>(txids.size());
  const std::vector<Level> levels = build_levels({std::move(txids), wanted});
  struct Node {
    std::size_t level;
    std::size_t position;
  };
  std::vector<Node> ahead{{levels.size() - 1, 0}};  // the next one last
  while (!ahead.empty()) {
    const Node node = ahead.back();
    ahead.pop_back();
    const Level& level = levels[node.level];
    const bool has_wanted = level.wanted[node.position];
    tree.bits_.push_back(has_wanted);
    if (node.level == 0 || !has_wanted) {
      tree.hashes_.push_back(level.hashes[node.position]);
      continue;
    }
    const std::size_t left = node.position * 2;
    if (left + 1 < levels[node.level - 1].hashes.size()) ahead.push_back({node.level - 1, left + 1});
    ahead.push_back({node.level - 1, left});
  }
  return tree;
}

PartialMerkleTree PartialMerkleTree::read(Cursor& from) {
  PartialMerkleTree tree;
  tree.transactions_ = from.read_le<std::uint32_t>();
  const std::uint64_t hashes = from.read_size();
  for (std::uint64_t i = 0; i < hashes && from.ok(); ++i) {
    const ByteView bytes = from.read_bytes(32);
    if (!from.ok()) break;
    std::copy(bytes.begin(), bytes.end(), tree.hashes_.emplace_back().begin());
  }
  for (const std::uint8_t byte : from.read_var_bytes()) {
    for (unsigned bit = 0; bit < 8; ++bit) tree.bits_.push_back((byte >> bit & 1) != 0);
  }
  return tree;
}

void PartialMerkleTree::append_to(Bytes& bytes) const {
  append_le(bytes, transactions_);
  append_compact_size(bytes, hashes_.size());
  for (const Hash32& hash : hashes_) append(bytes, hash);
  Bytes packed((bits_.size() + 7) / 8);
  for (std::size_t i = 0; i < bits_.size(); ++i) {
    if (bits_[i]) packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | 1u << (i % 8));
  }
  append_var_bytes(bytes, packed);
}

// The walk of a checker: takes bits and hashes in order, as deep as the tree is high.
struct PartialMerkleTree::Walk {
  const PartialMerkleTree& tree;
  Proven proven{};
  std::size_t bits_used = 0;
  std::size_t hashes_used = 0;
  bool is_bad = false;

  Hash32 visit(unsigned level, std::uint32_t position) {
    if (is_bad || bits_used == tree.bits_.size()) return bad();
    const bool has_wanted = tree.bits_[bits_used++];
    if (level == 0 || !has_wanted) return take_hash(has_wanted, position);
    const Hash32 left = visit(level - 1, position * 2);
    if (position * 2 + 1 >= width_at(tree.transactions_, level - 1)) return parent_of(left, left);
    const Hash32 right = visit(level - 1, position * 2 + 1);
    if (left == right) return bad();
    return parent_of(left, right);
  }

 private:
  Hash32 take_hash(bool is_wanted_leaf, std::uint32_t position) {
    if (hashes_used == tree.hashes_.size()) return bad();
    const Hash32& hash = tree.hashes_[hashes_used++];
    if (is_wanted_leaf) {
      proven.txids.push_back(hash);
      proven.positions.push_back(position);
    }
    return hash;
  }
  Hash32 bad() {
    is_bad = true;
    return {};
  }
};

std::optional<PartialMerkleTree::Proven> PartialMerkleTree::prove() const {
  if (transactions_ == 0 || transactions_ > kTransactionsMax) return std::nullopt;
  if (hashes_.size() > transactions_ || bits_.size() < hashes_.size()) return std::nullopt;
  Walk walk{*this};
  walk.proven.root = walk.visit(root_level(transactions_), 0);
  const bool is_used_up = (walk.bits_used + 7) / 8 == (bits_.size() + 7) / 8 && walk.hashes_used == hashes_.size();
  if (walk.is_bad || !is_used_up) return std::nullopt;
  return std::move(walk.proven);
}

}  // namespace kepeng::consensus
