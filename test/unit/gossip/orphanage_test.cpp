// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/orphanage.h>

#include <gtest/gtest.h>

#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::gossip {
namespace {

OutPoint outpoint(std::uint64_t number) {
  Txid txid;
  store_le(txid.bytes.data(), number);
  return {txid, 0};
}
TxPtr spend(const OutPoint& input, std::size_t bytes = 10, std::size_t inputs = 1) {
  MutableTransaction tx;
  for (std::size_t i = 0; i < inputs; ++i) {
    OutPoint more = input;
    more.index += static_cast<std::uint32_t>(i);
    tx.inputs.push_back({more, {}, 0, {}});
  }
  tx.outputs.push_back({Amount{1}, Bytes(bytes, 0x51)});
  return tx.freeze();
}
constexpr PeerId kA{1}, kB{2};

TEST(Orphanage, FindsChildrenAndForgetsThem) {
  Orphanage orphans;
  const TxPtr parent = spend(outpoint(1));
  const TxPtr child = spend({parent->txid, 0});
  EXPECT_TRUE(orphans.add(child, kA));
  EXPECT_FALSE(orphans.add(child, kA));
  EXPECT_FALSE(orphans.add(child, kB));
  EXPECT_EQ(orphans.announcers(child->wtxid), (std::set{kA, kB}));
  EXPECT_EQ(orphans.children_of(*parent), std::vector{child});
  EXPECT_TRUE(orphans.children_of(*child).empty());
  orphans.remove_peer(kA);
  EXPECT_TRUE(orphans.contains(child->wtxid));
  EXPECT_EQ(orphans.weight_of(kA), 0u);
  EXPECT_EQ(orphans.weight_of(kB), child->weight());
  orphans.remove(child->wtxid);
  EXPECT_EQ(orphans.size(), 0u);
  EXPECT_EQ(orphans.find(child->wtxid), nullptr);
}

TEST(Orphanage, WhatABlockSpendsIsNoOrphanAnyMore) {
  Orphanage orphans;
  const TxPtr one = spend(outpoint(1));
  const TxPtr rival = spend(outpoint(1), 99);
  const TxPtr other = spend(outpoint(2));
  orphans.add(one, kA);
  orphans.add(other, kA);
  orphans.remove_confirmed(std::span{rival.get(), 1});
  EXPECT_FALSE(orphans.contains(one->wtxid));
  EXPECT_TRUE(orphans.contains(other->wtxid));
}

// Who floods loses what it brought itself, the oldest first; the others keep theirs.
TEST(Orphanage, P14_AFloodHarmsNobodyElse) {
  Orphanage orphans;
  std::vector<TxPtr> honest;
  for (std::uint64_t i = 0; i < 20; ++i) {
    honest.push_back(spend(outpoint(i), 1'000));
    orphans.add(honest.back(), kA);
  }
  TxPtr last;
  for (std::uint64_t i = 1'000; i < 9'000; ++i) {
    last = spend(outpoint(i), 50);
    orphans.add(last, kB);
  }
  for (const TxPtr& tx : honest) EXPECT_TRUE(orphans.contains(tx->wtxid));
  EXPECT_TRUE(orphans.contains(last->wtxid));
  EXPECT_LE(orphans.size(), 3'000u);
  EXPECT_LE(orphans.weight_of(kB), 2 * 404'000 - orphans.weight_of(kA));
  // Many inputs count more, since going through them takes longer.
  Orphanage slow{{.weight_per_peer = 1'000'000'000, .score_max = 3'000}};
  for (std::uint64_t i = 0; i < 1'000; ++i) slow.add(spend(outpoint(i), 10, 100), kB);
  EXPECT_LE(slow.size(), 273u);
}

// What both have announced stays while one of them has room.
TEST(Orphanage, P14_SharedOrphansSurviveTheGreedyOwner) {
  Orphanage orphans{{.weight_per_peer = 4'000, .score_max = 1'000}};
  const TxPtr shared = spend(outpoint(1), 100);
  orphans.add(shared, kA);
  orphans.add_announcer(shared->wtxid, kB);
  for (std::uint64_t i = 10; i < 100; ++i) orphans.add(spend(outpoint(i), 100), kB);
  EXPECT_TRUE(orphans.contains(shared->wtxid));
  EXPECT_EQ(orphans.announcers(shared->wtxid), std::set{kA});
}

}  // namespace
}  // namespace kepeng::gossip
