// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/process/descriptors.h>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace kepeng::process {
namespace {

rlim_t soft_limit() {
  rlimit limit{};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  return limit.rlim_cur;
}

// Raises only: the hard limit is the same for whatever runs next in this process.
TEST(Descriptors, P35_TheLimitIsRaisedAsFarAsItMayBe) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_GE(before.rlim_max, 200u);
  const rlimit low{100, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_descriptor_limit(50), 100u);  // enough as it is
  EXPECT_EQ(soft_limit(), 100u);
  EXPECT_EQ(raise_descriptor_limit(150), 150u);
  EXPECT_EQ(soft_limit(), 150u);
  EXPECT_EQ(raise_descriptor_limit(before.rlim_max), before.rlim_max);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace kepeng::process
