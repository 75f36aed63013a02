// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The order of writes that a node relies on, with power loss and failures at every point of it: block and undo bytes,
// then the index, then coins and their marker, then pruning.

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include <kepeng/base/random.h>
#include <kepeng/base/simulated_disk.h>
#include <kepeng/storage/block_files.h>
#include <kepeng/storage/chainstate_records.h>
#include <kepeng/storage/index_records.h>

namespace kepeng::storage {
namespace {

constexpr NetworkMagic kMagic{0xfa, 0xbf, 0xb5, 0xda};
constexpr Height kBlocks = 20;
constexpr Height kFlushEvery = 4;
constexpr std::size_t kBlockBytes = 9000;  // seven to a file

// Block n of the only chain there is.
BlockHeader header_at(Height height) {
  BlockHeader header;
  header.nonce = static_cast<std::uint32_t>(height);
  return header;
}
Bytes block_at(Height height) {
  const auto header = header_at(height).encode();
  Bytes raw(header.begin(), header.end());
  raw.resize(kBlockBytes, static_cast<std::uint8_t>(height));
  return raw;
}
Bytes undo_at(Height height) {
  return Bytes(40, static_cast<std::uint8_t>(height));
}
BlockHash parent_of(Height height) {
  return height == 0 ? BlockHash{} : header_at(height - 1).hash();
}

WriteBatch coins_up_to(Height height) {
  WriteBatch batch;
  for (Height h = 0; h <= height; ++h) {
    Txid txid;
    txid.bytes[0] = static_cast<std::uint8_t>(h);
    Bytes value;
    append_coin(value, {Amount{h}, {}, h, false});
    batch.put(CoinKey{OutPoint{txid, 0}}.view(), value);
  }
  put_marker(batch, ChainstateMarker{header_at(height).hash(), std::nullopt});
  return batch;
}

class Node {
 public:
  static Result<Node, Fault> start(Env& env) {
    Node node;
    KP_TRY(node.index_, Database::open(env, "/node/blocks/index", {}));
    DatabaseOptions coins;
    coins.when_new = NewDatabase::Obfuscated;
    KP_TRY(node.coins_, Database::open(env, "/node/chainstate", coins));
    KP_TRY(node.files_, BlockFiles::open(env, {"/node/blocks", kMagic, BlockFileSizes::FastPrune, BlockXor::Random}));
    BlockIndexTable table{*node.index_};
    KP_TRY(const std::int32_t last, table.last_file());
    KP_TRY(auto infos, table.load_files());
    node.files_->restore(std::move(infos), last);
    KP_TRY_VOID(table.load_all([&](const BlockIndexRecord& record) {
      node.records_[record.height] = record;
      return true;
    }));
    return node;
  }

  // Stores the blocks up to `height`, flushing on the way; `durable` follows what has been confirmed.
  Result<Unit, Fault> extend(Height height, Height& durable) {
    for (Height h = next(); h <= height; ++h) {
      KP_TRY_VOID(store(h));
      if (h % kFlushEvery != kFlushEvery - 1) continue;
      KP_TRY_VOID(flush(h));
      durable = h;
    }
    return Unit{};
  }

  // Deletes the first file, in the order of D-07.
  Result<Unit, Fault> prune_first_file() {
    BlockIndexBatch batch;
    for (auto& [height, record] : records_) {
      if (record.file != 0) continue;
      record.status &= ~(block_status::kHaveData | block_status::kHaveUndo);
      batch.blocks.push_back(record);
    }
    batch.files.last_file = files_->last_file();
    BlockIndexTable table{*index_};
    KP_TRY_VOID(table.write(batch, Durability::Synced));
    return files_->prune(0);
  }

  // Everything the databases speak of is there and right.
  void check(Height durable) const {
    ASSERT_GE(next(), durable + 1);
    for (const auto& [height, record] : records_) {
      EXPECT_EQ(record.hash, header_at(height).hash());
      if ((record.status & block_status::kHaveData) != 0) {
        const auto raw = files_->read_block(record.data_position());
        ASSERT_TRUE(raw) << raw.error().message;
        EXPECT_EQ(*raw, block_at(height));
      }
      if ((record.status & block_status::kHaveUndo) != 0) {
        const auto undo = files_->read_undo(record.undo_position(), parent_of(height));
        ASSERT_TRUE(undo) << undo.error().message;
        EXPECT_EQ(*undo, undo_at(height));
      }
    }
    // D-03: coins are never ahead of the index, and the marker says exactly which coins there are.
    const auto marker = read_marker(*coins_);
    ASSERT_TRUE(marker);
    Height tip = -1;
    for (const auto& [height, record] : records_) {
      if (marker->best == record.hash) tip = height;
    }
    EXPECT_EQ(marker->best.has_value(), tip >= 0);
    EXPECT_GE(tip, durable);
    Height coins = 0;
    auto row = coins_->iterate();
    const std::uint8_t first[] = {kCoinPrefix};
    for (row.seek(first); row.valid() && decode_coin_key(row.key()); row.next()) {
      const auto coin = decode_coin(row.value());
      ASSERT_TRUE(coin);
      EXPECT_EQ(coin->height, coin->value.sats);
      ++coins;
    }
    EXPECT_EQ(coins, tip + 1);
  }

 private:
  Height next() const { return records_.empty() ? 0 : records_.rbegin()->first + 1; }

  Result<Unit, Fault> store(Height height) {
    BlockIndexRecord record;
    record.header = header_at(height);
    record.hash = record.header.hash();
    record.height = height;
    record.transactions = 1;
    record.status = block_status::kValidScripts | block_status::kHaveData | block_status::kHaveUndo;
    KP_TRY(const FilePosition data, files_->append_block(block_at(height), {height, 0}));
    KP_TRY(const FilePosition undo, files_->append_undo(undo_at(height), {data.file, height, parent_of(height)}));
    record.file = data.file;
    record.data_offset = data.offset;
    record.undo_offset = undo.offset;
    records_[height] = record;
    return Unit{};
  }

  Result<Unit, Fault> flush(Height height) {
    KP_TRY_VOID(files_->sync());
    BlockIndexBatch batch;
    for (const auto& [at, record] : records_) {
      if (at > height - kFlushEvery) batch.blocks.push_back(record);
    }
    batch.files = files_->take_changes();
    BlockIndexTable table{*index_};
    KP_TRY_VOID(table.write(batch, Durability::Synced));
    return coins_->write(coins_up_to(height), Durability::Synced);
  }

  std::unique_ptr<Database> index_;
  std::unique_ptr<Database> coins_;
  std::unique_ptr<BlockFiles> files_;
  std::map<Height, BlockIndexRecord> records_;
};

// The whole scenario: start, extend, stop, start again, prune. What was confirmed is in `durable`.
Result<Unit, Fault> live(Env& env, Height& durable) {
  {
    KP_TRY(Node node, Node::start(env));
    KP_TRY_VOID(node.extend(kBlocks / 2, durable));
  }
  KP_TRY(Node node, Node::start(env));
  KP_TRY_VOID(node.extend(kBlocks, durable));
  return node.prune_first_file();
}

void expect_recovery(SimulatedDisk& disk, Height durable, const std::string& what) {
  SCOPED_TRACE(what);
  for (int again = 0; again < 2; ++again) {
    auto node = Node::start(disk);
    ASSERT_TRUE(node) << node.error().message;
    node->check(durable);
    if (::testing::Test::HasFatalFailure()) return;
    // And life goes on.
    const auto extended = node->extend(kBlocks + 10, durable);
    ASSERT_TRUE(extended) << extended.error().message;
    node->check(durable);
  }
}

TEST(Durability, T01_D02_D03_D07_PowerLossAtEveryOperation) {
  const char* chosen = std::getenv("KEPENG_CRASHES");
  const std::uint64_t rounds = chosen == nullptr ? 1 : std::strtoull(chosen, nullptr, 10) / 1000 + 1;
  std::uint64_t crashes = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    for (std::uint64_t nth = 1;; ++nth, ++crashes) {
      SimulatedDisk disk;
      Height durable = -1;
      disk.fail_at(nth, DiskFailure::PowerLoss);
      static_cast<void>(live(disk, durable));
      const bool fired = disk.failure_fired();
      disk.power_off();
      disk.crash(round * 1'000'003 + nth);
      expect_recovery(disk, durable, "power off at operation " + std::to_string(nth));
      if (HasFailure() || !fired) break;
    }
  }
  EXPECT_GT(crashes, 300u);
}

TEST(Durability, T02_D04_D05_EveryOperationFails) {
  std::uint64_t runs = 0;
  for (const DiskFailure kind : {DiskFailure::IoError, DiskFailure::NoSpace, DiskFailure::Interrupted,
                                 DiskFailure::ShortWrite, DiskFailure::SyncError}) {
    for (std::uint64_t nth = 1;; ++nth, ++runs) {
      SimulatedDisk disk;
      Height durable = -1;
      disk.fail_at(nth, kind);
      const auto lived = live(disk, durable);
      const bool fired = disk.failure_fired();
      if (kind == DiskFailure::Interrupted) {
        EXPECT_TRUE(lived);
      }
      if (lived) {
        EXPECT_EQ(durable, kBlocks - 1);
      }
      if (nth % 2 == 0) {
        disk.restart();
      } else {
        disk.power_off();
        disk.crash(nth);
      }
      expect_recovery(disk, durable,
                      "failure " + std::to_string(static_cast<int>(kind)) + " at " + std::to_string(nth));
      if (HasFailure() || !fired) break;
    }
  }
  EXPECT_GT(runs, 500u);
}

}  // namespace
}  // namespace kepeng::storage
