// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <vector>

#include <kepeng/base/serial_worker.h>

namespace kepeng {
namespace {

TEST(SerialWorker, RunsEverythingInOrderBeforeItEnds) {
  std::vector<int> seen;
  {
    SerialWorker worker{"a name longer than the system allows"};
    for (int i = 0; i < 1000; ++i) worker.post([&seen, i] { seen.push_back(i); });
    worker.post([&] { worker.post([&seen] { seen.push_back(1000); }); });
  }
  ASSERT_EQ(seen.size(), 1001u);
  for (int i = 0; i <= 1000; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace kepeng
