// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <set>

#include <kepeng/base/files.h>
#include <kepeng/base/simulated_disk.h>

namespace kepeng {
namespace {

std::string content(Env& env, const std::string& path) {
  const auto bytes = read_file(env, path, 1 << 20);
  return bytes ? std::string{as_text(*bytes)} : "(absent)";
}

TEST(SimulatedDisk, T01_SyncedBytesSurviveEveryCrash) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimulatedDisk disk;
    auto file = disk.open_write("/f", WriteMode::Truncate).value();
    ASSERT_TRUE(file->append(as_bytes("durable")));
    ASSERT_TRUE(file->sync());
    EXPECT_FALSE(disk.is_durable("/f"));  // the name is not
    ASSERT_TRUE(disk.sync_directory("/"));
    EXPECT_TRUE(disk.is_durable("/f"));
    ASSERT_TRUE(file->append(as_bytes(" perhaps")));
    EXPECT_FALSE(disk.is_durable("/f"));
    disk.crash(seed);
    EXPECT_EQ(content(disk, "/f").substr(0, 7), "durable");
    EXPECT_TRUE(disk.is_durable("/f"));
    EXPECT_FALSE(file->append(as_bytes("x")));  // opened before the crash
  }
}

TEST(SimulatedDisk, T01_UnsyncedWritesAreKeptLostOrTorn) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SimulatedDisk disk;
    auto file = disk.open_write("/f", WriteMode::Truncate).value();
    ASSERT_TRUE(disk.sync_directory("/"));
    ASSERT_TRUE(file->append(Bytes(1024, 'x')));
    disk.crash(seed);
    std::string shape;
    const std::string bytes = content(disk, "/f");
    for (std::size_t at = 0; at < bytes.size(); at += 512) shape += bytes[at] == 'x' ? 'x' : '0';
    outcomes.insert(shape);
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"", "00", "0x", "x", "x0", "xx"}));
}

TEST(SimulatedDisk, T01_NamesAreLostApartFromData) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SimulatedDisk disk;
    auto file = disk.open_write("/old", WriteMode::Truncate).value();
    ASSERT_TRUE(file->append(as_bytes("1")));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(disk.sync_directory("/"));
    auto next = disk.open_write("/new", WriteMode::Truncate).value();
    ASSERT_TRUE(next->append(as_bytes("2")));
    ASSERT_TRUE(next->sync());
    ASSERT_TRUE(disk.rename("/new", "/old"));
    disk.crash(seed);
    outcomes.insert(content(disk, "/old") + content(disk, "/new"));
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"1(absent)", "12", "2(absent)"}));
}

TEST(SimulatedDisk, T01_D10_AnAtomicFileIsOldOrNewWhereverThePowerGoes) {
  for (std::uint64_t nth = 1;; ++nth) {
    SimulatedDisk disk;
    ASSERT_TRUE(write_file_atomically(disk, "/settings", as_bytes("old")));
    disk.fail_at(nth, DiskFailure::PowerLoss);
    const bool done = write_file_atomically(disk, "/settings", as_bytes("new content")).ok();
    disk.crash(nth);
    const std::string now = content(disk, "/settings");
    EXPECT_TRUE(now == "new content" || (now == "old" && !done)) << nth << now;
    if (done) break;
  }
}

TEST(SimulatedDisk, T02_D10_AnAtomicFileIsOldOrNewWhateverFails) {
  int runs = 0;
  for (const DiskFailure kind : {DiskFailure::IoError, DiskFailure::NoSpace, DiskFailure::Interrupted,
                                 DiskFailure::ShortWrite, DiskFailure::SyncError}) {
    for (std::uint64_t nth = 1;; ++nth, ++runs) {
      SimulatedDisk disk;
      ASSERT_TRUE(write_file_atomically(disk, "/settings", as_bytes("old")));
      disk.fail_at(nth, kind);
      const auto written = write_file_atomically(disk, "/settings", as_bytes("new content"));
      if (kind == DiskFailure::Interrupted) {
        EXPECT_TRUE(written);
      }
      if (kind == DiskFailure::NoSpace && !written) {
        EXPECT_EQ(written.error().kind, FaultKind::DiskFull);
      }
      const bool fired = disk.failure_fired();
      disk.clear_failure();
      const std::string now = content(disk, "/settings");
      EXPECT_EQ(now == "new content" || now == "old", true) << now;
      if (written) {
        EXPECT_EQ(now, "new content");
      }
      if (!fired) break;
    }
  }
  EXPECT_GT(runs, 10);
}

TEST(SimulatedDisk, D04_AFailedSyncIsFinalUntilThePowerCycle) {
  SimulatedDisk disk;
  auto file = disk.open_write("/f", WriteMode::Truncate).value();
  ASSERT_TRUE(file->append(as_bytes("x")));
  disk.fail_at(1, DiskFailure::SyncError);
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(file->append(as_bytes("x")));
  EXPECT_FALSE(disk.remove("/f"));
  EXPECT_TRUE(disk.failed_sync());
  EXPECT_EQ(content(disk, "/f"), "x");
  disk.crash(1);
  EXPECT_FALSE(disk.failed_sync());
  EXPECT_TRUE(disk.open_write("/f", WriteMode::Truncate));
}

TEST(SimulatedDisk, D05_CapacityIsDiskFull) {
  SimulatedDisk disk;
  disk.set_capacity(10);
  auto file = disk.open_write("/f", WriteMode::Truncate).value();
  ASSERT_TRUE(file->append(as_bytes("12345678")));
  EXPECT_EQ(file->append(as_bytes("90a")).error().kind, FaultKind::DiskFull);
  EXPECT_EQ(file->preallocate(11).error().kind, FaultKind::DiskFull);
  EXPECT_TRUE(file->write_at(0, as_bytes("x")));
  EXPECT_EQ(*disk.free_space("/"), 2u);
  EXPECT_EQ(disk.used_bytes(), 8u);
}

TEST(SimulatedDisk, CountsOperationsAndStopsAtPowerOff) {
  SimulatedDisk disk;
  const std::uint64_t before = disk.operations();
  ASSERT_TRUE(disk.make_directory("/d"));
  ASSERT_TRUE(disk.status("/d"));
  EXPECT_EQ(disk.operations(), before + 2);
  disk.power_off();
  EXPECT_FALSE(disk.status("/d"));
  EXPECT_FALSE(disk.list("/"));
  disk.crash(7);
  EXPECT_TRUE(disk.list("/"));
}

TEST(SimulatedDisk, TheSameSeedGivesTheSameCrash) {
  const auto run = [] {
    SimulatedDisk disk;
    std::string all;
    for (const char* name : {"/a", "/b", "/c", "/d"}) {
      auto file = disk.open_write(name, WriteMode::Truncate).value();
      static_cast<void>(file->append(Bytes(5000, 'y')));
    }
    disk.crash(99);
    for (const char* name : {"/a", "/b", "/c", "/d"}) all += content(disk, name) + "|";
    return all;
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace kepeng
