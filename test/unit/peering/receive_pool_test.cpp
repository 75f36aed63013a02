// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "receive_pool.h"

#include <gtest/gtest.h>

namespace kepeng::peering {
namespace {

using Reading = ReceivePool::Reading;
using Resumed = std::vector<net::ConnectionId>;

constexpr std::size_t kPiece = 1000 - ReceivePool::kPieceCost;  // counts as 1,000

ReceivePool::Limits small_limits() {
  return {.peer_max = 10'000, .peer_low = 2'000, .all_max = 40'000, .share_min = 1'000};
}

void add(ReceivePool& pool, net::ConnectionId id, int pieces) {
  for (int i = 0; i < pieces; ++i) EXPECT_EQ(pool.add(id, kPiece), Reading::GoesOn) << id << " " << i;
}
void take(ReceivePool& pool, net::ConnectionId id, int pieces) {
  for (int i = 0; i < pieces; ++i) EXPECT_EQ(pool.take(id, kPiece), Resumed{}) << id << " " << i;
}

TEST(ReceivePool, P02_OnePeerIsPausedAndReadAgainWellBelow) {
  ReceivePool pool{small_limits()};
  add(pool, 1, 10);
  EXPECT_EQ(pool.add(1, kPiece), Reading::Pauses);
  EXPECT_EQ(pool.add(1, kPiece), Reading::GoesOn);  // was on its way; it is told once
  add(pool, 2, 1);                                  // nobody else suffers
  take(pool, 1, 9);
  EXPECT_EQ(pool.take(1, kPiece), Resumed{1});
  EXPECT_EQ(pool.take(1, kPiece), Resumed{});
  EXPECT_EQ(pool.held(1), 1'000u);
}

TEST(ReceivePool, P02_AllTogetherAreBoundedByEqualShares) {
  ReceivePool pool{small_limits()};
  for (net::ConnectionId id = 0; id < 8; ++id) add(pool, id, 5);
  EXPECT_EQ(pool.held(), 40'000u);
  // The next one is over the limit and over its share; a newcomer is not.
  EXPECT_EQ(pool.add(3, kPiece), Reading::Pauses);
  EXPECT_EQ(pool.add(100, kPiece), Reading::GoesOn);
  std::size_t paused = 1;
  for (net::ConnectionId id = 0; id < 8; ++id) paused += pool.add(id, kPiece) == Reading::Pauses ? 1 : 0;
  EXPECT_EQ(paused, 8u);
}

TEST(ReceivePool, P02_WhoeverIsPausedIsReadAgain) {
  ReceivePool pool{small_limits()};
  std::map<net::ConnectionId, int> pieces;
  std::set<net::ConnectionId> paused;
  for (int round = 0; round < 20; ++round) {
    for (net::ConnectionId id = 0; id < 20; ++id) {
      if (paused.contains(id)) continue;
      ++pieces[id];
      if (pool.add(id, kPiece) == Reading::Pauses) paused.insert(id);
    }
  }
  EXPECT_EQ(paused.size(), 20u);
  EXPECT_LE(pool.held(), 40'000u + 20 * 1'000u);
  // Each in its turn, in any order: at the end nobody is left out, and nothing is held.
  for (net::ConnectionId id = 20; id-- > 0;) {
    for (; pieces[id] > 0; --pieces[id]) {
      for (const auto one : pool.take(id, kPiece)) EXPECT_EQ(paused.erase(one), 1u);
    }
  }
  EXPECT_TRUE(paused.empty());
  EXPECT_EQ(pool.held(), 0u);
}

TEST(ReceivePool, P02_ManySmallPiecesAreNotCheap) {
  ReceivePool pool{small_limits()};
  int pieces = 0;
  while (pool.add(1, 1) == Reading::GoesOn) ++pieces;
  EXPECT_LT(pieces, 10'000 / static_cast<int>(ReceivePool::kPieceCost) + 1);
}

TEST(ReceivePool, P02_WhatIsGoneCountsUntilItIsTaken) {
  ReceivePool pool{small_limits()};
  add(pool, 1, 5);
  pool.forget(1);
  EXPECT_EQ(pool.held(), 5'000u);
  take(pool, 1, 5);
  EXPECT_EQ(pool.held(), 0u);
  take(pool, 1, 1);  // too much of it
  EXPECT_EQ(pool.held(), 0u);
  add(pool, 2, 11 - 1);
  EXPECT_EQ(pool.add(2, kPiece), Reading::Pauses);
  pool.forget(2);
  take(pool, 2, 11);  // and nobody is named who is gone
  pool.forget(3);
}

}  // namespace
}  // namespace kepeng::peering
