// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <cmath>

#include <kepeng/base/progress.h>

namespace kepeng {
namespace {

TEST(Progress, DurationsInWords) {
  EXPECT_EQ(duration_text(0.4), "0 s");
  EXPECT_EQ(duration_text(59), "59 s");
  EXPECT_EQ(duration_text(61), "1 min");
  EXPECT_EQ(duration_text(3 * 3600 + 12 * 60), "3 h 12 min");
  for (const double odd : {-1.0, std::nan(""), static_cast<double>(INFINITY), 1e9}) {
    EXPECT_EQ(duration_text(odd), "unknown");
  }
}

TEST(Progress, ShortWorkIsQuiet) {
  Logger logger;
  ProgressLog quiet{logger, "Working", "rows"};
  EXPECT_FALSE(quiet.note(1, 2));
  ProgressLog every{logger, "Working", "rows", 0};
  EXPECT_TRUE(every.note(1, 2));
  EXPECT_TRUE(every.note(0, 0));  // no division trouble in the line
}

}  // namespace
}  // namespace kepeng
