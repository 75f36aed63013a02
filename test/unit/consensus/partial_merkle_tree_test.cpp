// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/consensus/partial_merkle_tree.h>

#include <gtest/gtest.h>

#include <kepeng/consensus/merkle.h>
#include <kepeng/primitives/block_header.h>

#include "support/vectors.h"

namespace kepeng::consensus {
namespace {

using crypto::Hash32;

std::vector<Hash32> leaves(std::size_t count) {
  std::vector<Hash32> result(count);
  for (std::size_t i = 0; i < count; ++i) store_le(result[i].data(), static_cast<std::uint64_t>(i + 1));
  return result;
}

Bytes encoded(const PartialMerkleTree& tree) {
  Bytes bytes;
  tree.append_to(bytes);
  return bytes;
}

std::optional<PartialMerkleTree> decoded(ByteView bytes) {
  Cursor cursor{bytes};
  auto tree = PartialMerkleTree::read(cursor);
  if (!cursor.ok() || cursor.remaining() != 0) return std::nullopt;
  return tree;
}

// Every size up to a few levels, with many subsets: what was asked for is proven, at its place, under the right root.
TEST(PartialMerkleTree, ProvesExactlyWhatWasWanted) {
  unsigned cases = 0;
  for (std::size_t count = 1; count <= 33; ++count) {
    for (std::uint64_t pattern : {0ull, 1ull, ~0ull, 0x5555555555ull, 1ull << (count - 1), 0x123456789ull}) {
      std::vector<bool> wanted(count);
      for (std::size_t i = 0; i < count; ++i) wanted[i] = (pattern >> i & 1) != 0;
      const auto tree = decoded(encoded(PartialMerkleTree::make(leaves(count), wanted)));
      ASSERT_TRUE(tree.has_value());
      const auto proven = tree->prove();
      ASSERT_TRUE(proven.has_value()) << count;
      EXPECT_EQ(proven->root, merkle_root(leaves(count)).root);
      std::vector<std::uint32_t> positions;
      for (std::size_t i = 0; i < count; ++i) {
        if (wanted[i]) positions.push_back(static_cast<std::uint32_t>(i));
      }
      EXPECT_EQ(proven->positions, positions);
      for (std::size_t i = 0; i < positions.size(); ++i) EXPECT_EQ(proven->txids[i], leaves(count)[positions[i]]);
      ++cases;
    }
  }
  EXPECT_EQ(cases, 33u * 6);
}

TEST(PartialMerkleTree, AnyChangedBitIsNoticed) {
  std::vector<bool> wanted(11);
  wanted[3] = wanted[10] = true;
  const Bytes good = encoded(PartialMerkleTree::make(leaves(11), wanted));
  const Hash32 root = merkle_root(leaves(11)).root;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes changed = good;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1u << (bit % 8));
    const auto tree = decoded(changed);
    if (!tree) continue;
    const auto proven = tree->prove();
    // Padding bits of the last byte mean nothing; everything else changes the root, the set or the count.
    const bool is_padding = bit >= (good.size() - 1) * 8 + 5;
    const bool same = proven && proven->root == root && proven->positions == std::vector<std::uint32_t>{3, 10} &&
                      tree->transactions() == 11;
    EXPECT_TRUE(!same || is_padding) << bit;
  }
}

TEST(PartialMerkleTree, C100_EqualSiblingsAreRefused) {
  auto doubled = leaves(6);
  doubled.push_back(doubled[4]);
  doubled.push_back(doubled[5]);
  std::vector<bool> wanted(8);
  wanted[7] = true;
  EXPECT_FALSE(PartialMerkleTree::make(doubled, wanted).prove().has_value());
}

TEST(PartialMerkleTree, CountsThatNoBlockHasAreRefused) {
  Bytes none;
  append_le(none, std::uint32_t{0});
  none.insert(none.end(), {0, 0});
  EXPECT_FALSE(decoded(none)->prove().has_value());
  Bytes many = encoded(PartialMerkleTree::make(leaves(1), {true}));
  store_le(many.data(), std::uint32_t{16'667});
  EXPECT_FALSE(decoded(many)->prove().has_value());
  Bytes claims = none;
  claims[4] = 200;  // hashes that are not there
  EXPECT_FALSE(decoded(claims).has_value());
}

TEST(PartialMerkleTree, RealMerkleblockOfBlock300025) {
  KEPENG_NEED_VECTORS();
  const Bytes message = test::read_shared("vectors/p2p/bip37/merkle300025.raw");
  const BlockHeader header = BlockHeader::decode(message.data());
  const auto tree = decoded(ByteView{message}.subspan(BlockHeader::kSize));
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(tree->transactions(), 461u);
  const auto proven = tree->prove();
  ASSERT_TRUE(proven.has_value());
  EXPECT_EQ(proven->root, header.merkle_root.bytes);
  EXPECT_EQ(proven->positions, (std::vector<std::uint32_t>{396, 397}));
  EXPECT_TRUE(equal(encoded(*tree), ByteView{message}.subspan(BlockHeader::kSize)));
}

}  // namespace
}  // namespace kepeng::consensus
