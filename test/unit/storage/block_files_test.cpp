// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <kepeng/base/files.h>
#include <kepeng/base/hex.h>
#include <kepeng/base/random.h>
#include <kepeng/base/simulated_disk.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/storage/block_files.h>

namespace kepeng::storage {
namespace {

constexpr NetworkMagic kMagic{0xfa, 0xbf, 0xb5, 0xda};

std::unique_ptr<BlockFiles> open(Env& env, BlockFileSizes sizes = BlockFileSizes::FastPrune,
                                 BlockXor obfuscation = BlockXor::Random) {
  return BlockFiles::open(env, {"/blocks", kMagic, sizes, obfuscation}).value();
}

// Not blocks, but long enough and different.
Bytes block(std::uint32_t number, std::size_t size) {
  Bytes raw(size);
  Prng{number}.fill(raw);
  return raw;
}

BlockHash hash_of(std::uint8_t fill) {
  BlockHash hash;
  hash.bytes.fill(fill);
  return hash;
}

TEST(BlockFiles, RecordsByHand) {
  SimulatedDisk disk;
  auto files = open(disk, BlockFileSizes::FastPrune, BlockXor::None);
  const Bytes raw(80, 0x55);
  EXPECT_EQ(*files->append_block(raw, {0, 1000}), (FilePosition{0, 8}));
  EXPECT_EQ(*files->append_block(raw, {1, 900}), (FilePosition{0, 96}));
  const Bytes undo{1, 2, 3};
  const BlockHash previous = hash_of(0xaa);
  EXPECT_EQ(*files->append_undo(undo, {0, 0, previous}), (FilePosition{0, 8}));
  EXPECT_EQ(*files->append_undo(undo, {0, 1, previous}), (FilePosition{0, 8 + 3 + 32 + 8}));

  // Magic, little-endian size, bytes; space is reserved in chunks.
  const Bytes stored = read_file(disk, files->block_path(0), 1 << 20).value();
  EXPECT_EQ(files->block_path(0), "/blocks/blk00000.dat");
  EXPECT_EQ(stored.size(), 16u << 10);
  EXPECT_EQ(to_hex(ByteView{stored}.first(10)), "fabfb5da500000005555");
  EXPECT_EQ(to_hex(ByteView{stored}.subspan(88, 9)), "fabfb5da5000000055");
  EXPECT_EQ(to_hex(ByteView{stored}.subspan(176, 4)), "00000000");
  // Undo, then the double hash of the parent's hash and the undo.
  const Bytes undone = read_file(disk, files->undo_path(0), 1 << 20).value();
  EXPECT_EQ(files->undo_path(0), "/blocks/rev00000.dat");
  EXPECT_EQ(undone.size(), 1u << 20);
  Bytes preimage = Bytes(previous.bytes.begin(), previous.bytes.end());
  append(preimage, undo);
  EXPECT_EQ(to_hex(ByteView{undone}.first(43)), "fabfb5da03000000010203" + to_hex(crypto::sha256d(preimage)));

  const auto infos = files->infos();
  ASSERT_EQ(infos.size(), 1u);
  EXPECT_EQ(infos[0], (BlockFileInfo{2, 176, 86, 0, 1, 900, 1000}));
  EXPECT_EQ(files->used_bytes(), 262u);
  EXPECT_EQ(*files->read_block({0, 96}), raw);
  EXPECT_EQ(*files->read_undo({0, 51}, previous), undo);
  EXPECT_EQ(files->read_undo({0, 51}, hash_of(0xab)).error().kind, FaultKind::Corruption);
}

TEST(BlockFiles, FilesAreXoredByOffset) {
  SimulatedDisk disk;
  auto files = open(disk);
  const ObfuscationKey key = files->xor_key();
  ASSERT_NE(key, ObfuscationKey{});
  EXPECT_EQ(to_hex(read_file(disk, "/blocks/xor.dat", 100).value()), to_hex(key));
  const Bytes raw = block(1, 1001);
  ASSERT_TRUE(files->append_block(raw, {0, 0}));
  ASSERT_TRUE(files->append_block(raw, {1, 0}));
  const Bytes stored = read_file(disk, files->block_path(0), 1 << 20).value();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    ASSERT_EQ(stored[1009 + 8 + i] ^ key[(1009 + 8 + i) % 8], raw[i]);
  }
  EXPECT_EQ(stored[2018], 0);  // reserved space is not
  EXPECT_EQ(*files->read_block({0, 1017}), raw);
  EXPECT_EQ(to_hex(*files->read_block_part({0, 1017}, {5, 7})), to_hex(ByteView{raw}.subspan(5, 7)));
  EXPECT_EQ(files->read_block_part({0, 1017}, {0, 1001})->size(), 1001u);
  EXPECT_EQ(files->read_block_part({0, 1017}, {1001, 0})->size(), 0u);
  EXPECT_EQ(files->read_block_part({0, 1017}, {1, 1001}).error().kind, FaultKind::Config);
  EXPECT_EQ(files->read_block_part({0, 1017}, {0xffffffff, 2}).error().kind, FaultKind::Config);
}

TEST(BlockFiles, TheKeyIsChosenOnceForANewDirectory) {
  SimulatedDisk disk;
  const ObfuscationKey key = open(disk)->xor_key();
  EXPECT_EQ(open(disk)->xor_key(), key);
  const auto refused = BlockFiles::open(disk, {"/blocks", kMagic, BlockFileSizes::Normal, BlockXor::None});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, FaultKind::Config);

  // Files from before there were keys stay as they are.
  SimulatedDisk old;
  ASSERT_TRUE(make_directories(old, "/blocks"));
  ASSERT_TRUE(write_file_atomically(old, "/blocks/blk00000.dat", as_bytes("x")));
  EXPECT_EQ(open(old)->xor_key(), ObfuscationKey{});
  EXPECT_EQ(read_file(old, "/blocks/xor.dat", 8)->size(), 8u);
  EXPECT_EQ(open(old, BlockFileSizes::Normal, BlockXor::None)->xor_key(), ObfuscationKey{});
  ASSERT_TRUE(write_file_atomically(old, "/blocks/xor.dat", as_bytes("short")));
  EXPECT_EQ(BlockFiles::open(old, {"/blocks", kMagic, {}, {}}).error().kind, FaultKind::Corruption);
}

TEST(BlockFiles, FullFilesAreCutAndLeft) {
  SimulatedDisk disk;
  auto files = open(disk);
  std::vector<FilePosition> blocks;
  std::vector<FilePosition> undos;
  for (std::uint32_t i = 0; i < 30; ++i) {
    blocks.push_back(files->append_block(block(i, 10'000), {static_cast<Height>(i), i}).value());
    undos.push_back(
        files->append_undo(block(1000 + i, 50 + i), {blocks[i].file, static_cast<Height>(i), hash_of(1)}).value());
  }
  // 6 records of 10,008 bytes are below 65,536, 7 are not.
  EXPECT_EQ(blocks[5].file, 0);
  EXPECT_EQ(blocks[6], (FilePosition{1, 8}));
  EXPECT_EQ(files->last_file(), 4);
  const auto infos = files->infos();
  ASSERT_EQ(infos.size(), 5u);
  for (std::uint32_t file = 0; file < 5; ++file) {
    EXPECT_EQ(infos[file].blocks, 6u);
    EXPECT_EQ(infos[file].size, 60'048u);
    EXPECT_EQ(infos[file].height_first, file * 6);
    EXPECT_EQ(infos[file].height_last, file * 6 + 5);
    const auto number = static_cast<std::int32_t>(file);
    EXPECT_EQ(disk.status(files->block_path(number))->size, file < 4 ? 60'048u : 65'536u);
    EXPECT_EQ(disk.status(files->undo_path(number))->size, file < 4 ? infos[file].undo_size : 1u << 20);
  }
  for (std::uint32_t i = 0; i < 30; ++i) {
    EXPECT_EQ(*files->read_block(blocks[i]), block(i, 10'000));
    EXPECT_EQ(*files->read_undo(undos[i], hash_of(1)), block(1000 + i, 50 + i));
  }
  // A block larger than such a file gets one for itself.
  EXPECT_EQ(*files->append_block(block(99, 100'000), {30, 0}), (FilePosition{5, 8}));
  EXPECT_EQ(*files->append_block(block(98, 100), {31, 0}), (FilePosition{6, 8}));
}

TEST(BlockFiles, UndoOfALeftFileIsCutWhenItIsComplete) {
  SimulatedDisk disk;
  auto files = open(disk);
  for (std::uint32_t i = 0; i < 7; ++i) ASSERT_TRUE(files->append_block(block(i, 10'000), {static_cast<Height>(i), 0}));
  ASSERT_EQ(files->last_file(), 1);
  for (Height height = 0; height < 5; ++height) ASSERT_TRUE(files->append_undo(Bytes(10, 1), {0, height, hash_of(1)}));
  EXPECT_EQ(disk.status(files->undo_path(0))->size, 1u << 20);
  ASSERT_TRUE(files->append_undo(Bytes(10, 1), {0, 5, hash_of(1)}));
  EXPECT_EQ(disk.status(files->undo_path(0))->size, 6u * 50);
}

TEST(BlockFiles, NormalSizes) {
  SimulatedDisk disk;
  auto files = open(disk, BlockFileSizes::Normal);
  ASSERT_TRUE(files->append_block(block(0, 1000), {0, 0}));
  EXPECT_EQ(disk.status(files->block_path(0))->size, 16u << 20);
  // The size from the index decides where the next one goes: just below and at the limit of 128 MiB.
  files->restore({BlockFileInfo{1, (128u << 20) - 1009, 0, 0, 0, 0, 0}}, 0);
  EXPECT_EQ(*files->append_block(block(1, 1000), {1, 0}), (FilePosition{0, (128u << 20) - 1001}));
  files->restore({BlockFileInfo{1, (128u << 20) - 1008, 0, 0, 0, 0, 0}}, 0);
  EXPECT_EQ(*files->append_block(block(1, 1000), {1, 0}), (FilePosition{1, 8}));
}

TEST(BlockFiles, ChangesReachTheIndexOnlyAfterASync) {
  SimulatedDisk disk;
  auto files = open(disk);
  ASSERT_TRUE(files->append_block(block(0, 1000), {0, 7}));
  EXPECT_TRUE(files->take_changes().rows.empty());
  EXPECT_FALSE(disk.is_durable(files->block_path(0)));
  ASSERT_TRUE(files->sync());
  EXPECT_TRUE(disk.is_durable(files->block_path(0)));
  ASSERT_TRUE(files->append_block(block(1, 1000), {1, 8}));
  auto changes = files->take_changes();
  ASSERT_EQ(changes.rows.size(), 1u);
  EXPECT_EQ(changes.rows[0].info, (BlockFileInfo{1, 1008, 0, 0, 0, 7, 7}));
  EXPECT_EQ(changes.last_file, 0);
  ASSERT_TRUE(files->sync());
  ASSERT_TRUE(files->append_block(block(2, 64'000), {2, 9}));
  ASSERT_TRUE(files->append_undo(block(3, 10), {0, 1, hash_of(1)}));
  ASSERT_TRUE(files->sync());
  changes = files->take_changes();
  ASSERT_EQ(changes.rows.size(), 2u);
  EXPECT_EQ(changes.rows[0].info.blocks, 2u);
  EXPECT_EQ(changes.rows[0].info.undo_size, 50u);
  EXPECT_EQ(changes.rows[1].file, 1);
  EXPECT_EQ(changes.last_file, 1);
  EXPECT_TRUE(files->take_changes().rows.empty());
  for (const char* name : {"blk00000.dat", "rev00000.dat", "blk00001.dat", "xor.dat"}) {
    EXPECT_TRUE(disk.is_durable(join_path("/blocks", name))) << name;
  }
}

TEST(BlockFiles, D07_PruningDeletesBothFiles) {
  SimulatedDisk disk;
  auto files = open(disk);
  for (std::uint32_t i = 0; i < 14; ++i) {
    ASSERT_TRUE(files->append_block(block(i, 10'000), {static_cast<Height>(i), 0}));
    ASSERT_TRUE(files->append_undo(block(i, 10), {files->last_file(), static_cast<Height>(i), hash_of(1)}));
  }
  ASSERT_TRUE(files->sync());
  ASSERT_TRUE(files->read_block({0, 8}));  // the reader that is kept open goes too
  ASSERT_TRUE(files->prune(0));
  EXPECT_EQ(*files->list_block_files(), (std::vector<std::int32_t>{1, 2}));
  EXPECT_FALSE(*exists(disk, files->undo_path(0)));
  EXPECT_TRUE(disk.is_durable("/blocks"));
  EXPECT_EQ(files->infos()[0], BlockFileInfo{});
  EXPECT_EQ(files->read_block({0, 8}).error().kind, FaultKind::NotFound);
  EXPECT_TRUE(files->read_block({1, 8}));
  ASSERT_TRUE(files->prune(0));  // what is gone already
  ASSERT_TRUE(files->sync());
  EXPECT_EQ(files->take_changes().rows[0].info, BlockFileInfo{});
  EXPECT_EQ(*files->append_block(block(99, 10'000), {14, 0}), (FilePosition{2, 20'024}));
}

TEST(BlockFiles, B160_DamageIsNamed) {
  SimulatedDisk disk;
  auto files = open(disk);
  const FilePosition at = files->append_block(block(0, 5000), {0, 0}).value();
  ASSERT_TRUE(files->append_block(block(1, 63'000), {1, 0}));
  const FilePosition undo = files->append_undo(block(2, 100), {0, 0, hash_of(1)}).value();
  ASSERT_TRUE(files->check_files({0, 1}));

  const auto expect_damage = [&](const Result<Bytes, Fault>& read, const std::string& path) {
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, FaultKind::Corruption);
    EXPECT_NE(read.error().message.find(path), std::string::npos) << read.error().message;
  };
  expect_damage(files->read_block({0, 9}), files->block_path(0));
  expect_damage(files->read_block({0, 0}), files->block_path(0));
  expect_damage(files->read_block({0, 1u << 30}), files->block_path(0));
  EXPECT_EQ(files->read_block({7, 8}).error().kind, FaultKind::NotFound);
  EXPECT_NE(files->read_block({7, 8}).error().message.find("blk00007.dat"), std::string::npos);

  auto handle = disk.open_write(files->undo_path(0), WriteMode::Keep).value();
  ASSERT_TRUE(handle->write_at(undo.offset + 50, as_bytes("!!")));
  expect_damage(files->read_undo(undo, hash_of(1)), files->undo_path(0));
  handle = disk.open_write(files->block_path(0), WriteMode::Keep).value();
  ASSERT_TRUE(handle->truncate(4000));
  expect_damage(files->read_block(at), files->block_path(0));
  EXPECT_EQ(files->check_files({0}).error().kind, FaultKind::Corruption);
  ASSERT_TRUE(handle->write_at(4, as_bytes("\xff\xff\xff\xff")));  // an impossible size reserves nothing
  expect_damage(files->read_block(at), files->block_path(0));
  ASSERT_TRUE(disk.remove(files->block_path(1)));
  const auto missing = files->check_files({0, 1, 2});
  EXPECT_NE(missing.error().message.find("blk00000.dat"), std::string::npos);
  EXPECT_EQ(files->check_files({1}).error().kind, FaultKind::NotFound);
  EXPECT_NE(files->check_files({1}).error().message.find("blk00001.dat"), std::string::npos);

  BlockFiles& read_only = *files;
  SimulatedDisk other;
  auto foreign = BlockFiles::open(other, {"/blocks", {1, 2, 3, 4}, BlockFileSizes::FastPrune, BlockXor::None}).value();
  ASSERT_TRUE(foreign->append_block(block(0, 100), {0, 0}));
  auto ours = BlockFiles::open(other, {"/blocks", kMagic, BlockFileSizes::FastPrune, BlockXor::Random}).value();
  expect_damage(ours->read_block({0, 8}), ours->block_path(0));
  EXPECT_TRUE(read_only.infos().size() >= 2);
}

TEST(BlockFiles, ReindexCountsWhatIsThereAndRemovesWhatIsNot) {
  SimulatedDisk disk;
  {
    auto files = open(disk);
    for (std::uint32_t i = 0; i < 20; ++i) {
      ASSERT_TRUE(files->append_block(block(i, 10'000), {static_cast<Height>(i), 0}));
      ASSERT_TRUE(files->append_undo(block(i, 10), {files->last_file(), static_cast<Height>(i), hash_of(1)}));
    }
    ASSERT_TRUE(files->prune(2));
    ASSERT_TRUE(write_file_atomically(disk, "/blocks/blk7.dat", as_bytes("not ours")));
  }
  auto files = open(disk);
  EXPECT_EQ(*files->list_block_files(), (std::vector<std::int32_t>{0, 1, 3}));
  ASSERT_TRUE(files->remove_unusable_files());
  EXPECT_EQ(*files->list_block_files(), (std::vector<std::int32_t>{0, 1}));
  EXPECT_FALSE(*exists(disk, files->undo_path(0)));
  EXPECT_TRUE(*exists(disk, "/blocks/blk7.dat"));
  files->note_existing({{0, 8}, 10'000}, {0, 5});
  files->note_existing({{0, 10'016}, 10'000}, {1, 4});
  files->note_existing({{1, 8}, 10'000}, {6, 9});
  EXPECT_EQ(files->infos()[0], (BlockFileInfo{2, 20'016, 0, 0, 1, 4, 5}));
  EXPECT_EQ(files->last_file(), 1);
  EXPECT_EQ(*files->append_block(block(9, 100), {7, 0}), (FilePosition{1, 10'016}));
}

TEST(BlockFiles, ReadersAndSyncRunBesideWriters) {
  SimulatedDisk disk;
  auto files = open(disk);
  constexpr int kBlocks = 300;
  std::array<std::atomic<std::uint64_t>, kBlocks> positions{};
  std::atomic<int> stored{0};
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int half = 0; half < 2; ++half) {
    threads.emplace_back([&, half] {
      for (int i = half; i < kBlocks; i += 2) {
        const auto at = files->append_block(block(static_cast<std::uint32_t>(i), 2000), {i, 0}).value();
        positions[static_cast<std::size_t>(i)] = std::uint64_t{static_cast<std::uint32_t>(at.file)} << 32 | at.offset;
        ++stored;
      }
    });
  }
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      Prng chance{static_cast<std::uint64_t>(t)};
      while (!done) {
        const std::size_t i = chance.below(kBlocks);
        const std::uint64_t at = positions[i];
        if (at == 0) continue;
        const auto raw = files->read_block({static_cast<std::int32_t>(at >> 32), static_cast<std::uint32_t>(at)});
        if (!raw || *raw != block(static_cast<std::uint32_t>(i), 2000)) ++wrong;
      }
    });
  }
  while (stored < kBlocks) ASSERT_TRUE(files->sync());
  ASSERT_TRUE(files->sync());
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  std::uint32_t counted = 0;
  for (const BlockFileInfo& info : files->infos()) counted += info.blocks;
  EXPECT_EQ(counted, static_cast<std::uint32_t>(kBlocks));
  EXPECT_TRUE(disk.is_durable(files->block_path(files->last_file())));
}

}  // namespace
}  // namespace kepeng::storage
