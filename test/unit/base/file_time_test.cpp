// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/file_time.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <fstream>

namespace kepeng {
namespace {

TEST(FileTime, IsTheAgeOfAFile) {
  const std::string path = testing::TempDir() + "/kepeng-file-time-" + std::to_string(::getpid());
  std::ofstream{path} << "text";
  EXPECT_LE(seconds_since_written(path).value_or(-1), 60);
  const std::time_t now = std::time(nullptr);
  const timespec old[2] = {{now - 7'200, 0}, {now - 7'200, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), old, 0), 0);
  EXPECT_NEAR(static_cast<double>(seconds_since_written(path).value_or(-1)), 7'200, 60);
  // B-220: a time in the future is no age.
  const timespec ahead[2] = {{now + 7'200, 0}, {now + 7'200, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), ahead, 0), 0);
  EXPECT_EQ(seconds_since_written(path), 0);
  ::unlink(path.c_str());
  EXPECT_FALSE(seconds_since_written(path));
}

}  // namespace
}  // namespace kepeng
