// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>
#include <leveldb/db.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include <kepeng/base/files.h>
#include <kepeng/base/hex.h>
#include <kepeng/base/random.h>
#include <kepeng/base/simulated_disk.h>
#include <kepeng/storage/database.h>

#include "crc32c.h"

namespace kepeng::storage {
namespace {

constexpr char kPath[] = "/db";

// KEPENG_CRASHES asks for more (or fewer) runs than a quick test does.
std::uint64_t crash_runs(std::uint64_t usual) {
  const char* chosen = std::getenv("KEPENG_CRASHES");
  return chosen == nullptr ? usual : std::strtoull(chosen, nullptr, 10);
}

std::unique_ptr<Database> open(Env& env, NewDatabase when_new = NewDatabase::Plain) {
  DatabaseOptions options;
  options.when_new = when_new;
  options.repair_advice = "Do this and that.";
  auto opened = Database::open(env, kPath, options);
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(opened).value() : nullptr;
}

void put(Database& database, const std::string& key, const std::string& value, Durability durability) {
  WriteBatch batch;
  batch.put(as_bytes(key), as_bytes(value));
  ASSERT_TRUE(database.write(batch, durability));
}

std::string get(const Database& database, const std::string& key) {
  Bytes value;
  const auto found = database.get(as_bytes(key), value);
  if (!found) return "(" + found.error().message + ")";
  return *found ? std::string{as_text(value)} : "(none)";
}

std::vector<std::string> files_of(Env& env, const std::string& ending) {
  std::vector<std::string> found;
  const auto names = env.list(kPath);
  for (const std::string& name : *names) {
    if (name.ends_with(ending) || name.starts_with(ending)) found.push_back(join_path(kPath, name));
  }
  return found;
}

void flip(Env& env, const std::string& path, std::uint64_t at) {
  Bytes bytes = read_file(env, path, 1 << 26).value();
  ASSERT_LT(at, bytes.size());
  bytes[at] ^= 0x40;
  auto file = env.open_write(path, WriteMode::Keep).value();
  ASSERT_TRUE(file->write_at(0, bytes));
  ASSERT_TRUE(file->sync());
}

TEST(Crc32c, KnownAnswers) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283u);
  EXPECT_EQ(crc32c(Bytes(32, 0)), 0x8a9136aau);
  EXPECT_EQ(crc32c(Bytes(32, 0xff)), 0x62a8ab43u);
}

TEST(Obfuscation, IsAPositionDependentXor) {
  const ObfuscationKey key{1, 2, 3, 4, 5, 6, 7, 8};
  Bytes all(40, 0);
  obfuscate(all, key);
  EXPECT_EQ(to_hex(ByteView{all}.first(10)), "01020304050607080102");
  for (std::uint64_t offset = 0; offset < 20; ++offset) {
    Bytes part(20, 0);
    obfuscate(part, key, offset);
    EXPECT_TRUE(equal(part, ByteView{all}.subspan(offset, 20)));
  }
  obfuscate(all, key);
  EXPECT_EQ(all, Bytes(40, 0));
}

TEST(Database, PutsGetsErasesAndIterates) {
  SimulatedDisk disk;
  for (const NewDatabase kind : {NewDatabase::Plain, NewDatabase::Obfuscated}) {
    ASSERT_TRUE(Database::destroy(disk, kPath));
    auto database = open(disk, kind);
    EXPECT_EQ(database->obfuscation_key() == ObfuscationKey{}, kind == NewDatabase::Plain);
    EXPECT_TRUE(*database->is_empty());
    WriteBatch batch;
    EXPECT_TRUE(batch.empty());
    batch.put(as_bytes("a"), as_bytes("1"));
    batch.put(as_bytes("c"), as_bytes(""));
    batch.put(as_bytes("b"), as_bytes("a value of more than eight bytes"));
    batch.erase(as_bytes("a"));
    EXPECT_EQ(batch.count(), 4u);
    EXPECT_GT(batch.size_bytes(), 30u);
    ASSERT_TRUE(database->write(batch, Durability::Unsynced));
    ASSERT_TRUE(database->write(batch, Durability::Synced));  // the same again
    EXPECT_EQ(get(*database, "a"), "(none)");
    EXPECT_EQ(get(*database, "b"), "a value of more than eight bytes");
    EXPECT_EQ(get(*database, "c"), "");
    EXPECT_TRUE(*database->exists(as_bytes("c")));
    EXPECT_FALSE(*database->is_empty());

    auto row = database->iterate();
    std::string seen;
    for (row.seek_first(); row.valid(); row.next()) {
      seen += std::string{as_text(row.key())} + "=" + std::string{as_text(row.value())} + ";";
    }
    EXPECT_TRUE(row.check());
    EXPECT_EQ(seen, "b=a value of more than eight bytes;c=;");
    row.seek(as_bytes("bb"));
    ASSERT_TRUE(row.valid());
    EXPECT_EQ(as_text(row.key()), "c");
    put(*database, "bc", "later", Durability::Unsynced);
    row.seek(as_bytes("bb"));
    EXPECT_EQ(as_text(row.key()), "c");  // as it was when the iterator was made
    EXPECT_GT(database->memory_bytes(), 0u);
    database->compact();
    EXPECT_EQ(get(*database, "bc"), "later");
  }
}

TEST(Database, ObfuscationKeyIsStoredAsBitcoindDoes) {
  SimulatedDisk disk;
  ObfuscationKey key;
  {
    auto database = open(disk, NewDatabase::Obfuscated);
    key = database->obfuscation_key();
    EXPECT_NE(key, ObfuscationKey{});
    put(*database, "k", "value", Durability::Synced);
  }
  {
    auto database = open(disk, NewDatabase::Plain);  // the key that is there is used whatever is asked for
    EXPECT_EQ(database->obfuscation_key(), key);
    EXPECT_EQ(get(*database, "k"), "value");
    database->compact();
  }
  // Below the obfuscation: key 0e 00 "obfuscate_key", value 08 and the eight bytes.
  Bytes whole;
  for (const std::string& path : files_of(disk, ".ldb")) append(whole, read_file(disk, path, 1 << 20).value());
  Bytes stored{8};
  append(stored, key);
  const std::string text{as_text(whole)};
  EXPECT_NE(text.find(std::string("\x0e\0obfuscate_key", 15)), std::string::npos);
  EXPECT_NE(text.find(as_text(stored)), std::string::npos);
  EXPECT_EQ(text.find("value"), std::string::npos);
}

TEST(Database, AnOldDatabaseWithoutKeyStaysPlain) {
  SimulatedDisk disk;
  { put(*open(disk), "k", "v", Durability::Synced); }
  auto database = open(disk, NewDatabase::Obfuscated);
  EXPECT_EQ(database->obfuscation_key(), ObfuscationKey{});
  EXPECT_EQ(get(*database, "k"), "v");
}

TEST(Database, D11_IsOpenedOnce) {
  SimulatedDisk disk;
  auto first = open(disk);
  const auto second = Database::open(disk, kPath, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, FaultKind::Busy);
  EXPECT_EQ(Database::destroy(disk, kPath).error().kind, FaultKind::Busy);
  put(*first, "still", "here", Durability::Synced);
}

TEST(Database, ReadersRunBesideTheWriter) {
  SimulatedDisk disk;
  DatabaseOptions options;
  options.write_buffer_bytes = 64 << 10;
  auto database = Database::open(disk, kPath, options).value();
  for (int i = 0; i < 1000; ++i) put(*database, "k" + std::to_string(i), std::string(100, 'x'), Durability::Unsynced);
  std::vector<std::thread> readers;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&, t] {
      Prng chance{static_cast<std::uint64_t>(t)};
      for (int i = 0; i < 3000; ++i) {
        if (get(*database, "k" + std::to_string(chance.below(1000))) != std::string(100, 'x')) ++wrong;
      }
    });
  }
  for (int i = 1000; i < 4000; ++i)
    put(*database, "k" + std::to_string(i), std::string(100, 'x'), Durability::Unsynced);
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_FALSE(files_of(disk, ".ldb").empty());
}

TEST(Database, RealFilesCarryTheSameRecords) {
  char name[] = "/tmp/kepeng-db-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  const std::string path = join_path(name, "database");
  const auto env = posix_env();
  {
    auto database = Database::open(*env, path, {}).value();
    put(*database, "k", "v", Durability::Synced);
    database->compact();
  }
  {
    auto database = Database::open(*env, path, {}).value();
    EXPECT_EQ(get(*database, "k"), "v");
  }
  // Plain LevelDB, as any other program would open it, and back.
  leveldb::DB* raw = nullptr;
  ASSERT_TRUE(leveldb::DB::Open({}, path, &raw).ok());
  std::string value;
  EXPECT_TRUE(raw->Get({}, "k", &value).ok());
  EXPECT_EQ(value, "v");
  EXPECT_TRUE(raw->Put({}, "k", "w").ok());
  delete raw;
  {
    auto database = Database::open(*env, path, {}).value();
    EXPECT_EQ(get(*database, "k"), "w");
  }
  ASSERT_TRUE(Database::destroy(*env, path));
  EXPECT_FALSE(*exists(*env, path));
  ASSERT_TRUE(env->remove_directory(name));
}

// Everything that can be missing or flipped after a clean stop is refused with the advice, and nothing is changed.
TEST(Database, B163_DamageIsRefusedWithAdvice) {
  for (const char* victim : {"CURRENT", "MANIFEST-", ".ldb", ".log"}) {
    for (const bool removed : {true, false}) {
      SimulatedDisk disk;
      {
        auto database = open(disk);
        for (int i = 0; i < 200; ++i)
          put(*database, "k" + std::to_string(i), std::string(50, 'v'), Durability::Unsynced);
        database->compact();
        put(*database, "in the log", std::string(50, 'w'), Durability::Synced);
      }
      const auto files = files_of(disk, victim);
      ASSERT_FALSE(files.empty()) << victim;
      for (const std::string& path : files) {
        if (removed) {
          ASSERT_TRUE(disk.remove(path));
        } else {
          flip(disk, path, disk.status(path)->size / 2);
        }
      }
      const auto before = *disk.list(kPath);
      DatabaseOptions options;
      options.repair_advice = "Do this and that.";
      auto opened = Database::open(disk, kPath, options);
      Fault fault;
      if (opened) {
        // A flipped byte inside a table shows when the table is read.
        EXPECT_EQ(victim, std::string{".ldb"});
        auto row = (*opened)->iterate();
        for (row.seek_first(); row.valid(); row.next()) {
        }
        ASSERT_FALSE(row.check()) << victim << removed;
        fault = row.check().error();
      } else {
        fault = opened.error();
      }
      EXPECT_EQ(fault.kind, FaultKind::Corruption) << victim << removed << fault.message;
      EXPECT_NE(fault.message.find("Do this and that."), std::string::npos) << fault.message;
      EXPECT_NE(fault.message.find(kPath), std::string::npos) << fault.message;
      if (!opened && std::string{victim} != ".ldb") {
        EXPECT_TRUE(before == *disk.list(kPath)) << victim << removed;
      }
    }
  }
}

TEST(Database, D05_AFullDiskStopsWritingAndLosesNothing) {
  SimulatedDisk disk;
  int written = 0;
  {
    DatabaseOptions options;
    options.write_buffer_bytes = 64 << 10;
    auto database = Database::open(disk, kPath, options).value();
    disk.set_capacity(300'000);
    for (;; ++written) {
      WriteBatch batch;
      batch.put(as_bytes("k" + std::to_string(written)), Bytes(1000, 'x'));
      const auto done = database->write(batch, Durability::Synced);
      if (done) continue;
      EXPECT_EQ(done.error().kind, FaultKind::DiskFull);
      disk.set_capacity(UINT64_MAX);
      EXPECT_EQ(database->write(batch, Durability::Synced).error().kind, FaultKind::DiskFull);
      break;
    }
  }
  EXPECT_GT(written, 50);
  auto database = open(disk);
  for (int i = 0; i < written; ++i) EXPECT_EQ(get(*database, "k" + std::to_string(i)).size(), 1000u) << i;
}

// Batches of two keys, some synced. After power loss a prefix of them is there that holds all that was synced.
TEST(Database, T01_D02_AfterPowerLossAPrefixWithAllThatWasSynced) {
  int longest_tail = 0;
  for (std::uint64_t seed = 0; seed < crash_runs(400); ++seed) {
    SimulatedDisk disk;
    Prng chance{seed};
    DatabaseOptions options;
    options.write_buffer_bytes = 64 << 10;  // LevelDB's minimum: logs change often
    options.when_new = NewDatabase::Obfuscated;
    int attempted = 0;
    int synced = 0;
    for (int round = 0; round < 3; ++round) {
      auto opened = Database::open(disk, kPath, options);
      ASSERT_TRUE(opened) << "seed " << seed << " round " << round << ": " << opened.error().message;
      auto database = std::move(opened).value();
      int present = 0;
      while (get(*database, "a" + std::to_string(present)) != "(none)") ++present;
      EXPECT_GE(present, synced) << seed;
      EXPECT_LE(present, attempted) << seed;
      longest_tail = std::max(longest_tail, attempted - present);
      for (int i = 0; i < attempted; ++i) {
        const std::size_t expected = i < present ? 700u : 6u;
        ASSERT_EQ(get(*database, "a" + std::to_string(i)).size(), expected) << "seed " << seed << " batch " << i;
        ASSERT_EQ(get(*database, "b" + std::to_string(i)).size(), expected) << "seed " << seed << " batch " << i;
      }
      attempted = present;
      synced = present;
      if (chance.below(3) != 0) disk.fail_at(1 + chance.below(400), DiskFailure::PowerLoss);
      const int until = attempted + static_cast<int>(chance.below(200));
      while (attempted < until) {
        WriteBatch batch;
        batch.put(as_bytes("a" + std::to_string(attempted)), Bytes(700, 'x'));
        batch.put(as_bytes("b" + std::to_string(attempted)), Bytes(700, 'x'));
        const Durability durability = chance.below(10) == 0 ? Durability::Synced : Durability::Unsynced;
        ++attempted;
        if (!database->write(batch, durability)) break;
        if (durability == Durability::Synced) synced = attempted;
      }
      disk.power_off();
      database = nullptr;
      disk.crash(chance.next());
    }
  }
  EXPECT_GT(longest_tail, 10);
}

TEST(Database, T01_PowerLossWhileOpeningOrRemoving) {
  int runs = 0;
  for (std::uint64_t nth = 1;; ++nth, ++runs) {
    SimulatedDisk disk;
    { put(*open(disk), "k", "v", Durability::Synced); }
    disk.fail_at(nth, DiskFailure::PowerLoss);
    const bool opened = Database::open(disk, kPath, {}).ok();
    const bool fired = disk.failure_fired();
    disk.crash(nth);
    EXPECT_EQ(get(*open(disk), "k"), "v") << nth;
    if (opened && !fired) break;
  }
  for (std::uint64_t nth = 1;; ++nth, ++runs) {
    SimulatedDisk disk;
    { put(*open(disk), "k", "v", Durability::Synced); }
    disk.fail_at(nth, DiskFailure::PowerLoss);
    const bool removed = Database::destroy(disk, kPath).ok();
    disk.crash(nth);
    const std::string value = get(*open(disk), "k");
    EXPECT_TRUE(value == "(none)" || (value == "v" && !removed)) << nth << value;
    if (removed) break;
  }
  for (std::uint64_t nth = 1;; ++nth, ++runs) {
    SimulatedDisk disk;
    disk.fail_at(nth, DiskFailure::PowerLoss);
    const bool made = Database::open(disk, kPath, {}).ok();
    const bool fired = disk.failure_fired();
    disk.crash(nth);
    put(*open(disk, NewDatabase::Obfuscated), "k", "v", Durability::Synced);
    if (made && !fired) break;
  }
  EXPECT_GT(runs, 40);
}

}  // namespace
}  // namespace kepeng::storage
