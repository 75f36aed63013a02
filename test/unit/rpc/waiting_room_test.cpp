// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "waiting_room.h"

#include <gtest/gtest.h>

#include <future>

namespace kepeng::rpc {
namespace {

TEST(WaitingRoomTest, B126_SeatsAreBoundedAndComeBack) {
  WaitingRoom room{3};
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  std::atomic<int> inside{0};
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(room.run([&] {
      ++inside;
      ended.wait();
      --inside;
    }));
  }
  EXPECT_FALSE(room.run([&] { ++inside; }));
  end.set_value();
  room.close();
  EXPECT_EQ(inside, 0);  // the refused one never ran
  for (int i = 0; i < 1'000; ++i) {
    // A seat may be given away a moment after its call has ended.
    while (!room.run([&] { ++inside; })) std::this_thread::yield();
  }
  room.close();
  EXPECT_EQ(inside, 1'000);
}

TEST(WaitingRoomTest, B126_WhatACallHoldsGoesWithIt) {
  WaitingRoom room{1};
  auto held = std::make_shared<int>(7);
  const std::weak_ptr<int> watch = held;
  EXPECT_TRUE(room.run([held] { EXPECT_EQ(*held, 7); }));
  held.reset();
  while (!room.run([] {})) std::this_thread::yield();
  EXPECT_TRUE(watch.expired());
  EXPECT_FALSE(WaitingRoom{0}.run([] {}));
}

}  // namespace
}  // namespace kepeng::rpc
