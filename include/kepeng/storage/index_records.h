// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The records of blocks/index: one per known block, one per block file, and a few flags.
//
// Formats are bitcoind's, specified in doc/storage.md. Codecs are pure; BlockIndexTable is thread-safe like its
// Database. Damage (a row that does not decode, a header that is not the one its key names) is FaultKind::Corruption.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/primitives/block_header.h>
#include <kepeng/primitives/encoding.h>
#include <kepeng/storage/block_files.h>
#include <kepeng/storage/database.h>

namespace kepeng::storage {

// Bits of BlockIndexRecord::status. The low three are a level, not flags: each includes those below.
namespace block_status {
inline constexpr std::uint32_t kValidHeader = 1;        // proof of work and time
inline constexpr std::uint32_t kValidTree = 2;          // all ancestors known, difficulty right
inline constexpr std::uint32_t kValidTransactions = 3;  // everything that needs no coins; transaction count known
inline constexpr std::uint32_t kValidChain = 4;         // outputs do not overspend inputs
inline constexpr std::uint32_t kValidScripts = 5;
inline constexpr std::uint32_t kValidMask = 7;
inline constexpr std::uint32_t kHaveData = 8;   // block in blkNNNNN.dat
inline constexpr std::uint32_t kHaveUndo = 16;  // undo in revNNNNN.dat
inline constexpr std::uint32_t kFailedValid = 32;
inline constexpr std::uint32_t kFailedChild = 64;  // descends from a failed block
inline constexpr std::uint32_t kFailedMask = kFailedValid | kFailedChild;
inline constexpr std::uint32_t kOptWitness = 128;  // data received with its witness
}  // namespace block_status

struct BlockIndexRecord {
  BlockHash hash;  // the key; not part of the value
  BlockHeader header;
  Height height = 0;
  std::uint32_t status = 0;
  std::uint32_t transactions = 0;  // 0 until the block was received
  std::int32_t file = 0;           // stored when the status has kHaveData or kHaveUndo
  std::uint32_t data_offset = 0;   // stored with kHaveData
  std::uint32_t undo_offset = 0;   // stored with kHaveUndo

  FilePosition data_position() const { return {file, data_offset}; }
  FilePosition undo_position() const { return {file, undo_offset}; }
  friend bool operator==(const BlockIndexRecord&, const BlockIndexRecord&) = default;
};

Bytes block_index_key(const BlockHash& hash);
void append_block_index_value(Bytes& to, const BlockIndexRecord& record);
// Everything but `hash`.
Result<BlockIndexRecord, DecodeError> decode_block_index_value(ByteView value);

Bytes file_info_key(std::int32_t file);
void append_file_info(Bytes& to, const BlockFileInfo& info);
Result<BlockFileInfo, DecodeError> decode_file_info(ByteView value);

Bytes flag_key(std::string_view name);

// One atomic change of the index.
struct BlockIndexBatch {
  std::vector<BlockIndexRecord> blocks;
  FileInfoChanges files;  // last_file is written even where no row is
};

class BlockIndexTable {
 public:
  // `database` outlives the table.
  explicit BlockIndexTable(Database& database) : database_{database} {}

  // Every block record, in the order of the hash bytes, its header proven to be the one its key names. A false from
  // `take` ends the walk early (the result is then Interrupted).
  Result<Unit, Fault> load_all(const std::function<bool(const BlockIndexRecord&)>& take) const;
  Result<std::optional<BlockIndexRecord>, Fault> read(const BlockHash& hash) const;

  // Infos 0..last_file, ready for BlockFiles::restore; missing rows are empty infos, rows beyond last_file included.
  Result<std::vector<BlockFileInfo>, Fault> load_files() const;
  // 0 for a new index.
  Result<std::int32_t, Fault> last_file() const;

  Result<Unit, Fault> write(const BlockIndexBatch& batch, Durability durability);

  // A reindex was begun and not finished.
  Result<bool, Fault> is_reindexing() const;
  Result<Unit, Fault> set_reindexing();
  Result<Unit, Fault> clear_reindexing();

  // E.g. "prunedblockfiles"; nullopt when never written.
  Result<std::optional<bool>, Fault> flag(std::string_view name) const;
  Result<Unit, Fault> set_flag(std::string_view name);
  Result<Unit, Fault> clear_flag(std::string_view name);

 private:
  Database& database_;
};

}  // namespace kepeng::storage
