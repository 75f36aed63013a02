// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "shares.h"

#include <gtest/gtest.h>

namespace kepeng::peering {
namespace {

constexpr std::int64_t kMs = 1'000'000;

TEST(Shares, WhoTakesTenTimesAsMuchAsTheMiddleIsHeavy) {
  Shares shares;
  for (net::ConnectionId id = 1; id <= 5; ++id) shares.add(id);
  const auto second = [&](std::int64_t of_first) {
    shares.note(1, of_first * kMs);
    for (net::ConnectionId id = 2; id <= 5; ++id) shares.note(id, 20 * kMs);
    shares.weigh();
  };
  second(190);
  EXPECT_FALSE(shares.is_heavy(1));  // less than ten times as much
  second(900);
  EXPECT_TRUE(shares.is_heavy(1));
  EXPECT_FALSE(shares.is_heavy(2));
  // It is quiet for a while, and that is forgotten.
  second(20);
  EXPECT_TRUE(shares.is_heavy(1));
  for (int i = 0; i < 3; ++i) second(20);
  EXPECT_FALSE(shares.is_heavy(1));
}

TEST(Shares, WhereThereIsEnoughNobodyIsHeavy) {
  Shares shares;
  for (net::ConnectionId id = 1; id <= 5; ++id) shares.add(id);
  for (int i = 0; i < 20; ++i) {
    shares.note(1, 49 * kMs);  // a thousand times as much as the others, and still little
    shares.weigh();
  }
  EXPECT_FALSE(shares.is_heavy(1));
  shares.note(1, 200 * kMs);
  shares.weigh();
  EXPECT_TRUE(shares.is_heavy(1));
}

TEST(Shares, OneAloneIsInNobodysWay) {
  Shares shares;
  shares.weigh();
  shares.add(1);
  shares.note(1, 1'000 * kMs);
  shares.weigh();
  EXPECT_FALSE(shares.is_heavy(1));
  // Beside one that wants nothing it is.
  shares.add(2);
  shares.note(1, 1'000 * kMs);
  shares.weigh();
  EXPECT_TRUE(shares.is_heavy(1));
  // Who has gone takes nothing along.
  shares.remove(1);
  EXPECT_FALSE(shares.is_heavy(1));
  shares.note(1, kMs);
  shares.weigh();
}

}  // namespace
}  // namespace kepeng::peering
