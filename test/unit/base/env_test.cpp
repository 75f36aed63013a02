// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include <kepeng/base/env.h>
#include <kepeng/base/files.h>
#include <kepeng/base/simulated_disk.h>

namespace kepeng {
namespace {

Bytes text(std::string_view from) {
  return {from.begin(), from.end()};
}

std::string content(Env& env, const std::string& path) {
  const auto bytes = read_file(env, path, 1 << 20);
  return bytes ? std::string{as_text(*bytes)} : "(" + bytes.error().message + ")";
}

void put(Env& env, const std::string& path, std::string_view bytes) {
  auto file = env.open_write(path, WriteMode::Truncate);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->append(as_bytes(bytes)));
}

// The same behaviour is asked of the real file system and of the simulated one.
class EnvTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      env_ = posix_env();
      char name[] = "/tmp/kepeng-env-XXXXXX";
      ASSERT_NE(mkdtemp(name), nullptr);
      directory_ = name;
    } else {
      env_ = std::make_unique<SimulatedDisk>();
      directory_ = "/data";
      ASSERT_TRUE(env_->make_directory(directory_));
    }
  }
  void TearDown() override {
    if (!GetParam()) return;
    const auto names = env_->list(directory_);
    for (const auto& name : *names) {
      if (!env_->remove(path(name))) static_cast<void>(env_->remove_directory(path(name)));
    }
    static_cast<void>(env_->remove_directory(directory_));
  }
  std::string path(const std::string& name) const { return join_path(directory_, name); }

  std::unique_ptr<Env> env_;
  std::string directory_;
};

INSTANTIATE_TEST_SUITE_P(Both, EnvTest, ::testing::Bool(),
                         [](const auto& about) { return about.param ? "Posix" : "Simulated"; });

TEST_P(EnvTest, WritesReadsTruncatesAndReserves) {
  auto opened = env_->open_write(path("a"), WriteMode::Truncate);
  ASSERT_TRUE(opened);
  WriteFile& file = **opened;
  ASSERT_TRUE(file.append(as_bytes("hello")));
  ASSERT_TRUE(file.append(as_bytes(" world")));
  ASSERT_TRUE(file.write_at(0, as_bytes("J")));
  ASSERT_TRUE(file.sync());
  EXPECT_EQ(content(*env_, path("a")), "Jello world");
  ASSERT_TRUE(file.truncate(5));
  ASSERT_TRUE(file.write_at(7, as_bytes("!")));
  EXPECT_EQ(content(*env_, path("a")), std::string("Jello\0\0!", 8));
  ASSERT_TRUE(file.preallocate(4));
  EXPECT_EQ(*file.size(), 8u);
  ASSERT_TRUE(file.preallocate(10));
  EXPECT_EQ(*file.size(), 10u);
  EXPECT_EQ(env_->status(path("a"))->size, 10u);
  EXPECT_EQ(content(*env_, path("a")), std::string("Jello\0\0!\0\0", 10));

  auto again = env_->open_write(path("a"), WriteMode::Keep);
  EXPECT_EQ(*(*again)->size(), 10u);
  again = env_->open_write(path("a"), WriteMode::Truncate);
  EXPECT_EQ(*(*again)->size(), 0u);
}

TEST_P(EnvTest, ReadsFromTheMiddleMappedOrCopied) {
  put(*env_, path("a"), "0123456789");
  for (const ReadMode mode : {ReadMode::Copy, ReadMode::Map}) {
    auto file = env_->open_random(path("a"), mode);
    ASSERT_TRUE(file);
    Bytes scratch(4);
    EXPECT_EQ(as_text(*(*file)->read_at(3, scratch)), "3456");
    EXPECT_EQ(as_text(*(*file)->read_at(8, scratch)), "89");
    EXPECT_EQ(as_text(*(*file)->read_at(10, scratch)), "");
    EXPECT_EQ(as_text(*(*file)->read_at(1000, scratch)), "");
    EXPECT_EQ(*(*file)->size(), 10u);
  }
  auto file = env_->open_sequential(path("a"));
  ASSERT_TRUE(file);
  Bytes scratch(3);
  EXPECT_EQ(*(*file)->read(scratch), 3u);
  ASSERT_TRUE((*file)->skip(4));
  EXPECT_EQ(*(*file)->read(scratch), 3u);
  EXPECT_EQ(as_text(scratch), "789");
  EXPECT_EQ(*(*file)->read(scratch), 0u);
}

TEST_P(EnvTest, NamesFilesAndDirectories) {
  ASSERT_TRUE(make_directories(*env_, path("sub")));
  ASSERT_TRUE(env_->make_directory(path("sub")));
  put(*env_, path("a"), "a");
  put(*env_, path("b"), "b");
  ASSERT_TRUE(env_->rename(path("a"), path("b")));
  EXPECT_EQ(content(*env_, path("b")), "a");
  auto names = *env_->list(directory_);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"b", "sub"}));
  EXPECT_TRUE(env_->status(path("sub"))->is_directory);
  EXPECT_FALSE(*exists(*env_, path("a")));
  EXPECT_TRUE(*exists(*env_, path("b")));
  EXPECT_FALSE(env_->remove(path("sub")));
  EXPECT_FALSE(env_->make_directory(path("b")));
  ASSERT_TRUE(env_->sync_directory(directory_));
  EXPECT_EQ(env_->remove(path("a")).error().kind, FaultKind::NotFound);
  EXPECT_EQ(env_->open_random(path("a"), ReadMode::Copy).error().kind, FaultKind::NotFound);
  EXPECT_EQ(env_->open_sequential(path("no/such")).error().kind, FaultKind::NotFound);
  EXPECT_NE(env_->open_sequential(path("no/such")).error().message.find(path("no/such")), std::string::npos);
  EXPECT_EQ(make_directories(*env_, path("b")).error().kind, FaultKind::Config);
  EXPECT_GT(*env_->free_space(directory_), 1u << 20);
}

TEST_P(EnvTest, D11_ALockIsHeldByOneAtATime) {
  auto first = env_->lock(path("LOCK"));
  ASSERT_TRUE(first);
  EXPECT_EQ(env_->lock(path("LOCK")).error().kind, FaultKind::Busy);
  *first = nullptr;
  EXPECT_TRUE(env_->lock(path("LOCK")));
}

TEST_P(EnvTest, D10_SmallFilesAreReplacedWhole) {
  ASSERT_TRUE(write_file_atomically(*env_, path("settings.json"), text("old")));
  ASSERT_TRUE(write_file_atomically(*env_, path("settings.json"), text("new")));
  EXPECT_EQ(content(*env_, path("settings.json")), "new");
  EXPECT_EQ(env_->list(directory_)->size(), 1u);
  EXPECT_EQ(read_file(*env_, path("settings.json"), 2).error().kind, FaultKind::Corruption);
  ASSERT_TRUE(remove_file_durably(*env_, path("settings.json")));
  ASSERT_TRUE(remove_file_durably(*env_, path("settings.json")));
  EXPECT_FALSE(*exists(*env_, path("settings.json")));
}

TEST(Paths, JoinAndSplit) {
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("/", "b"), "/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_EQ(parent_path("a/b"), "a");
  EXPECT_EQ(parent_path("a/b/"), "a");
  EXPECT_EQ(parent_path("b"), ".");
  EXPECT_EQ(parent_path("/b"), "/");
  EXPECT_EQ(parent_path("/"), "/");
  EXPECT_EQ(file_name("a/b"), "b");
  EXPECT_EQ(file_name("a/b/"), "b");
  EXPECT_EQ(file_name("b"), "b");
}

TEST(PosixEnv, D05_AFullDiskIsNamed) {
  const auto env = posix_env();
  auto full = env->open_write("/dev/full", WriteMode::Keep);
  if (!full) GTEST_SKIP() << "no /dev/full here";
  const auto written = (*full)->write_at(0, as_bytes("x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, FaultKind::DiskFull);
  EXPECT_NE(written.error().message.find("/dev/full"), std::string::npos);
}

TEST(PosixEnv, B157_FilesArePrivateWhateverTheMask) {
  const auto env = posix_env();
  char name[] = "/tmp/kepeng-env-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  const std::string directory = name;
  const mode_t mask = ::umask(0);
  put(*env, directory + "/f", "x");
  ASSERT_TRUE(env->make_directory(directory + "/d"));
  ::umask(mask);
  struct stat about {};
  ASSERT_EQ(::stat((directory + "/f").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat((directory + "/d").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0700u);
  ASSERT_TRUE(env->set_permissions(directory + "/f", 0640));
  ASSERT_EQ(::stat((directory + "/f").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0640u);
  ASSERT_TRUE(env->remove(directory + "/f"));
  ASSERT_TRUE(env->remove_directory(directory + "/d"));
  ASSERT_TRUE(env->remove_directory(directory));
}

TEST(PosixEnv, D04_AFailedSyncIsFinal) {
  // fdatasync of a pipe fails with EINVAL on every Linux; a sync failure of any cause has the same effect.
  const auto env = posix_env();
  char name[] = "/tmp/kepeng-env-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  const std::string directory = name;
  const std::string fifo = directory + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  put(*env, directory + "/f", "x");
  {
    auto file = env->open_write(fifo, WriteMode::Keep);
    ASSERT_TRUE(file);
    EXPECT_FALSE(env->failed_sync());
    EXPECT_FALSE((*file)->sync());
  }
  ASSERT_TRUE(env->failed_sync());
  EXPECT_NE(env->failed_sync()->message.find(fifo), std::string::npos);
  EXPECT_FALSE(env->open_write(directory + "/g", WriteMode::Keep));
  EXPECT_FALSE(env->rename(directory + "/f", directory + "/g"));
  EXPECT_FALSE(env->remove(directory + "/f"));
  EXPECT_FALSE(env->sync_directory(directory));
  EXPECT_EQ(content(*env, directory + "/f"), "x");
  const auto other = posix_env();
  ASSERT_TRUE(other->remove(fifo));
  ASSERT_TRUE(other->remove(directory + "/f"));
  ASSERT_TRUE(other->remove_directory(directory));
}

}  // namespace
}  // namespace kepeng
