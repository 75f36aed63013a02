// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BlockFiles: raw blocks in blkNNNNN.dat and their undo data in revNNNNN.dat, append-only, files deleted whole.
//
// A record is magic, size and bytes; undo adds a checksum bound to the parent's hash. Files are XORed with the key in
// xor.dat. A position is the offset of the bytes after magic and size, as the block index stores it. Nothing appended
// is durable before `sync`. Where the next record goes is decided by the file sizes in BlockFileInfo, which the caller
// keeps in the block index: what stands behind them in a file, after a crash, is overwritten.
// Thread-safe: writers take turns, readers and `sync` do not make them wait. Whether the bytes are the block
// that was asked for is the caller's check: it knows the hash.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <kepeng/base/env.h>
#include <kepeng/primitives/amount.h>
#include <kepeng/primitives/hash.h>
#include <kepeng/storage/database.h>

namespace kepeng::storage {

using NetworkMagic = std::array<std::uint8_t, 4>;

// Magic and size in front of each record.
inline constexpr std::uint32_t kRecordHeaderBytes = 8;
inline constexpr std::uint32_t kUndoChecksumBytes = 32;

struct FilePosition {
  std::int32_t file = -1;
  std::uint32_t offset = 0;

  bool is_null() const { return file < 0; }
  friend auto operator<=>(const FilePosition&, const FilePosition&) = default;
};

// What the block index keeps about file number n (both blk and rev).
struct BlockFileInfo {
  std::uint32_t blocks = 0;
  std::uint32_t size = 0;       // bytes of blkNNNNN.dat in use
  std::uint32_t undo_size = 0;  // bytes of revNNNNN.dat in use
  std::uint32_t height_first = 0;
  std::uint32_t height_last = 0;
  std::uint64_t time_first = 0;
  std::uint64_t time_last = 0;

  friend bool operator==(const BlockFileInfo&, const BlockFileInfo&) = default;
};

enum class BlockFileSizes {
  Normal,     // 128 MiB files, space taken 16 MiB at a time
  FastPrune,  // 64 KiB files, 16 KiB at a time (-fastprune, for tests)
};

enum class BlockXor {
  Random,  // a new directory gets a random key
  None,    // a new directory gets zeros; one with another key is refused
};

struct BlockFilesOptions {
  std::string directory;  // the blocks directory
  NetworkMagic magic{};
  BlockFileSizes sizes = BlockFileSizes::Normal;
  BlockXor obfuscation = BlockXor::Random;
};

// About the block that a record belongs to.
struct BlockFacts {
  Height height = 0;
  std::uint32_t time = 0;
};

struct UndoFacts {
  std::int32_t file = -1;  // the file of the block
  Height height = 0;
  BlockHash previous;
};

struct ByteRange {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

// Where a block stands, and its length.
struct BlockLocation {
  FilePosition position;
  std::uint32_t size = 0;
};

struct FileInfoChanges {
  struct Row {
    std::int32_t file = 0;
    BlockFileInfo info;
  };
  std::vector<Row> rows;
  std::int32_t last_file = 0;
};

class BlockFiles {
 public:
  // Makes the directory and xor.dat where missing. `env` outlives the object.
  static Result<std::unique_ptr<BlockFiles>, Fault> open(Env& env, BlockFilesOptions options);
  ~BlockFiles();
  BlockFiles(const BlockFiles&) = delete;
  BlockFiles& operator=(const BlockFiles&) = delete;

  // What the block index said at start: element n is about file n; blocks are appended to `last_file`. Before the first
  // append.
  void restore(std::vector<BlockFileInfo> infos, std::int32_t last_file);

  Result<FilePosition, Fault> append_block(ByteView raw, const BlockFacts& facts);
  Result<FilePosition, Fault> append_undo(ByteView undo, const UndoFacts& facts);
  // Counts a block that a scan found in its file (reindex) instead of appending it.
  void note_existing(const BlockLocation& block, const BlockFacts& facts);

  // Everything appended before is durable when it returns; names of new files included. Appending goes on meanwhile.
  Result<Unit, Fault> sync();
  // What the block index has to be told: infos as they were when the last sync began, of files that changed since the
  // last call. They never cover a byte that is not durable.
  FileInfoChanges take_changes();

  // Corruption when the record there is none, or longer than the file; NotFound when the file is not there.
  Result<Bytes, Fault> read_block(const FilePosition& position) const;
  // A range beyond the end of the block is FaultKind::Config.
  Result<Bytes, Fault> read_block_part(const FilePosition& position, const ByteRange& range) const;
  // The undo bytes, after their checksum held.
  Result<Bytes, Fault> read_undo(const FilePosition& position, const BlockHash& previous) const;

  // Deletes both files of that number and clears its info. Before that the caller has made durable an index in which no
  // block has data or undo there, and the coins that no longer need them (D-07).
  Result<Unit, Fault> prune(std::int32_t file);

  // Element n is about file n; at least one.
  std::vector<BlockFileInfo> infos() const;
  // The file that blocks are appended to.
  std::int32_t last_file() const;
  // Bytes in use by blocks and undo, by infos.
  std::uint64_t used_bytes() const;

  // Numbers of the blk files in the directory, ascending.
  Result<std::vector<std::int32_t>, Fault> list_block_files() const;
  // The first file that is wanted and absent is a NotFound, one shorter than its info says a Corruption.
  enum class Kinds : std::uint8_t { Blocks, BlocksAndUndo };
  Result<Unit, Fault> check_files(const std::vector<std::int32_t>& wanted, Kinds kinds = Kinds::Blocks) const;
  // For a reindex without a block index: removes rev files, and blk files after the first gap in numbers.
  Result<Unit, Fault> remove_unusable_files();

  std::string block_path(std::int32_t file) const;
  std::string undo_path(std::int32_t file) const;
  const ObfuscationKey& xor_key() const;
  const NetworkMagic& magic() const;

 private:
  struct State;
  explicit BlockFiles(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kepeng::storage
