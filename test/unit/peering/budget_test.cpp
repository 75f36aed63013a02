// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "budget.h"

#include <gtest/gtest.h>

namespace kepeng::peering {
namespace {

using gossip::Direction;

TEST(Budget, P02_TheOneThatGetsNowhereForTheLongestHasToGo) {
  Budget budget{1'000};
  budget.set(1, 400, Direction::Inbound, {10});
  budget.set(2, 300, Direction::Inbound, {20});
  budget.set(3, 300, Direction::Inbound, {30});
  EXPECT_FALSE(budget.take_overdrawn());
  budget.set(1, 350, Direction::Inbound, {40});  // has given something back
  budget.set(2, 340, Direction::Inbound, {45});
  budget.set(3, 340, Direction::Inbound, {50});
  EXPECT_EQ(budget.take_overdrawn(), 2u);
  EXPECT_FALSE(budget.take_overdrawn());
  EXPECT_EQ(budget.held(), 690u);
}

TEST(Budget, P02_WhoHoldsNoMoreThanItsShareStays) {
  Budget budget{1'000};
  for (net::ConnectionId id = 0; id < 9; ++id) budget.set(id, 50, Direction::Inbound, {1});
  budget.set(100, 551, Direction::Inbound, {1'000});
  EXPECT_EQ(budget.take_overdrawn(), 100u);
  EXPECT_EQ(budget.held(), 450u);
}

TEST(Budget, P02_ThoseThatWeChoseGoLast) {
  Budget budget{1'000};
  budget.set(1, 600, Direction::Outbound, {1});
  budget.set(2, 600, Direction::Inbound, {2});
  budget.set(3, 600, Direction::Manual, {3});
  EXPECT_EQ(budget.take_overdrawn(), 2u);
  EXPECT_EQ(budget.take_overdrawn(), 1u);
  EXPECT_FALSE(budget.take_overdrawn());
}

TEST(Budget, P02_SomebodyIsAlwaysFound) {
  Budget budget{1'000};
  for (net::ConnectionId id = 0; id < 200; ++id) {
    budget.set(id, 10 + id % 3, Direction::Inbound, {static_cast<std::int64_t>(id)});
    while (budget.held() > 1'000) ASSERT_TRUE(budget.take_overdrawn());
  }
  EXPECT_LE(budget.held(), 1'000u);
}

TEST(Budget, ForgettingGivesItsBytesBack) {
  Budget budget{1'000};
  budget.set(1, 600, Direction::Inbound, {1});
  budget.set(2, 500, Direction::Inbound, {1});
  budget.forget(1);
  budget.forget(1);
  EXPECT_EQ(budget.held(), 500u);
  EXPECT_EQ(budget.held(1), 0u);
  EXPECT_FALSE(budget.take_overdrawn());
}

}  // namespace
}  // namespace kepeng::peering
