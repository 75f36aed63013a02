// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kepeng/base/file_lock.h>

namespace kepeng {
namespace {

namespace fs = std::filesystem;

class FileLockTest : public ::testing::Test {
 protected:
  FileLockTest() {
    char name[] = "/tmp/kepeng_lock_XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~FileLockTest() override { fs::remove_all(directory_); }
  fs::path directory_;
};

TEST_F(FileLockTest, B148_ASecondOwnerIsRefusedWithAdvice) {
  {
    auto first = FileLock::acquire(directory_);
    ASSERT_TRUE(first);
    auto second = FileLock::acquire(directory_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, FaultKind::Busy);
    EXPECT_NE(second.error().message.find("Cannot obtain a lock on directory"), std::string::npos);
    EXPECT_NE(second.error().message.find("-datadir"), std::string::npos);
    FileLock moved = std::move(first).value();
    EXPECT_FALSE(FileLock::acquire(directory_));
  }
  EXPECT_TRUE(FileLock::acquire(directory_));
}

TEST_F(FileLockTest, B148_ExcludesANodeThatLocksAsBitcoindDoes) {
  auto ours = FileLock::acquire(directory_);
  ASSERT_TRUE(ours);
  const pid_t child = ::fork();
  if (child == 0) {
    const int descriptor = ::open((directory_ / ".lock").c_str(), O_RDWR);
    struct flock whole_file {};
    whole_file.l_type = F_WRLCK;
    whole_file.l_whence = SEEK_SET;
    ::_exit(::fcntl(descriptor, F_SETLK, &whole_file) == 0 ? 1 : 0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(FileLockTest, B168_DirectoryOrMissingParentIsRefused) {
  fs::create_directory(directory_ / ".lock");
  EXPECT_FALSE(FileLock::acquire(directory_));
  const auto missing = FileLock::acquire(directory_ / "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, FaultKind::Io);
}

}  // namespace
}  // namespace kepeng
