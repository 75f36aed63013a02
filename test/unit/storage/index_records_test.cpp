// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/base/simulated_disk.h>
#include <kepeng/storage/chainstate_records.h>
#include <kepeng/storage/index_records.h>

#include "support/vectors.h"

namespace kepeng::storage {
namespace {

using namespace block_status;
using test::unhex;

// The genesis block of the main network.
const std::string kGenesisHeader =
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc388"
    "8a"
    "51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c";

BlockIndexRecord genesis() {
  BlockIndexRecord record;
  record.header = BlockHeader::decode(unhex(kGenesisHeader).data());
  record.hash = record.header.hash();
  record.status = kValidScripts | kHaveData;
  record.transactions = 1;
  record.data_offset = 8;
  return record;
}

std::unique_ptr<Database> open(Env& env) {
  return Database::open(env, "/index", {}).value();
}

TEST(IndexRecords, BlockRecordsByHand) {
  BlockIndexRecord record = genesis();
  EXPECT_EQ(to_hex(block_index_key(record.hash)), "626fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000");
  Bytes value;
  append_block_index_value(value, record);
  // Version 259900, height 0, status 13, 1 transaction, file 0, data at 8.
  EXPECT_EQ(to_hex(value), "8eed3c000d010008" + kGenesisHeader);
  auto back = decode_block_index_value(value);
  ASSERT_TRUE(back);
  back->hash = record.hash;
  EXPECT_EQ(*back, record);

  record.status |= kHaveUndo | kOptWitness;
  record.height = 840000;
  record.file = 300;
  record.data_offset = 70'000'000;
  record.undo_offset = 128;
  value.clear();
  append_block_index_value(value, record);
  // 840000 = b2a140, status 157 = 801d, 300 = 812c, 70,000,000 = a0afba00, 128 = 8000.
  EXPECT_EQ(to_hex(value),
            "8eed3c"
            "b2a140"
            "801d"
            "01"
            "812c"
            "a0afba00"
            "8000" +
                kGenesisHeader);
  back = decode_block_index_value(value);
  back->hash = record.hash;
  EXPECT_EQ(*back, record);

  // Only a header: neither file nor offsets.
  record.status = kValidTree;
  record.transactions = 0;
  value.clear();
  append_block_index_value(value, record);
  EXPECT_EQ(to_hex(value), "8eed3cb2a1400200" + kGenesisHeader);
  back = decode_block_index_value(value);
  EXPECT_TRUE(back->data_position() == (FilePosition{0, 0}));
  for (std::size_t length = 0; length < value.size(); ++length) {
    EXPECT_FALSE(decode_block_index_value(ByteView{value}.first(length)));
  }
  value.push_back(0);
  EXPECT_EQ(decode_block_index_value(value).error(), DecodeError::TrailingBytes);
}

TEST(IndexRecords, FileRecordsAndFlagsByHand) {
  EXPECT_EQ(to_hex(file_info_key(1)), "6601000000");
  EXPECT_EQ(to_hex(file_info_key(0x01020304)), "6604030201");
  EXPECT_EQ(to_hex(flag_key("prunedblockfiles")), "4610" + to_hex(as_bytes("prunedblockfiles")));
  const BlockFileInfo info{2, 300, 128, 0, 1, 1231006505, 1231469665};
  Bytes value;
  append_file_info(value, info);
  EXPECT_EQ(to_hex(value),
            "02"
            "812c"
            "8000"
            "00"
            "01"
            "83c9fdd529"
            "83ca99f761");
  EXPECT_EQ(*decode_file_info(value), info);
  EXPECT_FALSE(decode_file_info(ByteView{value}.first(5)));
}

TEST(IndexRecords, ATableOfBlocksFilesAndFlags) {
  SimulatedDisk disk;
  {
    auto database = open(disk);
    BlockIndexTable table{*database};
    EXPECT_EQ(*table.last_file(), 0);
    EXPECT_EQ(*table.load_files(), std::vector<BlockFileInfo>(1));
    EXPECT_FALSE(*table.is_reindexing());
    EXPECT_FALSE(table.flag("prunedblockfiles")->has_value());

    BlockIndexBatch batch;
    batch.blocks.push_back(genesis());
    // Enough for several batches of hashing.
    for (std::uint32_t i = 1; i < 1000; ++i) {
      BlockIndexRecord record = genesis();
      record.header.nonce = i;
      record.hash = record.header.hash();
      record.height = static_cast<Height>(i);
      batch.blocks.push_back(record);
    }
    batch.files = {{{0, BlockFileInfo{1, 2, 3, 4, 5, 6, 7}}, {2, BlockFileInfo{9, 9, 9, 9, 9, 9, 9}}}, 2};
    ASSERT_TRUE(table.write(batch, Durability::Synced));
    ASSERT_TRUE(table.set_reindexing());
    ASSERT_TRUE(table.set_flag("prunedblockfiles"));
    ASSERT_TRUE(table.set_flag("x"));
    ASSERT_TRUE(table.clear_flag("x"));
  }
  auto database = open(disk);
  BlockIndexTable table{*database};
  std::size_t count = 0;
  ASSERT_TRUE(table.load_all([&](const BlockIndexRecord& record) {
    EXPECT_EQ(record.header.hash(), record.hash);
    EXPECT_EQ(static_cast<Height>(record.header.nonce), record.height == 0 ? 0x7c2bac1d : record.height);
    ++count;
    return true;
  }));
  EXPECT_EQ(count, 1000u);
  EXPECT_EQ(*table.last_file(), 2);
  const auto files = table.load_files();
  ASSERT_EQ(files->size(), 3u);
  EXPECT_EQ((*files)[0], (BlockFileInfo{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ((*files)[1], BlockFileInfo{});
  EXPECT_EQ((*files)[2].blocks, 9u);
  EXPECT_EQ(**table.read(genesis().hash), genesis());
  EXPECT_FALSE(table.read(BlockHash{})->has_value());
  EXPECT_TRUE(*table.is_reindexing());
  ASSERT_TRUE(table.clear_reindexing());
  EXPECT_FALSE(*table.is_reindexing());
  EXPECT_EQ(**table.flag("prunedblockfiles"), true);
  EXPECT_EQ(**table.flag("x"), false);
  EXPECT_EQ(table.load_all([](const BlockIndexRecord&) { return false; }).error().kind, FaultKind::Interrupted);
}

TEST(IndexRecords, B163_ARecordUnderAnotherHashIsDamage) {
  SimulatedDisk disk;
  auto database = open(disk);
  BlockIndexTable table{*database};
  BlockIndexRecord record = genesis();
  record.hash.bytes[0] ^= 1;
  ASSERT_TRUE(table.write({{record}, {}}, Durability::Synced));
  const auto loaded = table.load_all([](const BlockIndexRecord&) { return true; });
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, FaultKind::Corruption);
  EXPECT_NE(loaded.error().message.find("-reindex"), std::string::npos);
  EXPECT_NE(loaded.error().message.find(record.hash.to_string()), std::string::npos);
  EXPECT_EQ(table.read(record.hash).error().kind, FaultKind::Corruption);
}

TEST(ChainstateRecords, MarkersSayWhichBlockTheRowsAreOf) {
  SimulatedDisk disk;
  auto database = open(disk);
  EXPECT_EQ(*read_marker(*database), ChainstateMarker{});

  BlockHash old_tip;
  old_tip.bytes.fill(0x11);
  BlockHash new_tip;
  new_tip.bytes.fill(0x22);
  WriteBatch batch;
  const ChainstateMarker between{std::nullopt, ChainstateMarker::Heads{new_tip, old_tip}};
  put_marker(batch, between);
  ASSERT_TRUE(database->write(batch, Durability::Synced));
  EXPECT_EQ(*read_marker(*database), between);
  Bytes value;
  ASSERT_TRUE(*database->get(as_bytes("H"), value));
  EXPECT_EQ(to_hex(value), "02" + new_tip.to_string() + old_tip.to_string());
  EXPECT_FALSE(*database->exists(as_bytes("B")));

  batch.clear();
  put_marker(batch, ChainstateMarker{new_tip, std::nullopt});
  ASSERT_TRUE(database->write(batch, Durability::Synced));
  ASSERT_TRUE(*database->get(as_bytes("B"), value));
  EXPECT_EQ(to_hex(value), new_tip.to_string());
  EXPECT_FALSE(*database->exists(as_bytes("H")));

  batch.clear();
  batch.put(as_bytes("B"), as_bytes("short"));
  ASSERT_TRUE(database->write(batch, Durability::Unsynced));
  EXPECT_EQ(read_marker(*database).error().kind, FaultKind::Corruption);
}

}  // namespace
}  // namespace kepeng::storage
