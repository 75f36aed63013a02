// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BlockScanner: finds block records (magic, size, bytes) in any stream, past junk, for reindex and -loadblock.
//
// Reads forward with bounded memory (one block and a chunk). A record whose size is impossible, or that the stream
// cuts off, is junk: the scan goes on one byte after its magic. The caller says with `reject` that what it was given
// was no block, with the same effect. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <kepeng/base/env.h>
#include <kepeng/storage/block_files.h>

namespace kepeng::storage {

// No valid block is longer (consensus: 4,000,000 weight units) or shorter than its header.
inline constexpr std::uint32_t kBlockBytesMax = 4'000'000;
inline constexpr std::uint32_t kBlockBytesMin = 80;

struct ScannedBlock {
  std::uint64_t offset = 0;  // of the bytes after magic and size
  ByteView bytes;            // good until the next call
};

class BlockScanner {
 public:
  // `key`: zeros for files that are not obfuscated.
  static Result<BlockScanner, Fault> open(Env& env, const std::string& path, const NetworkMagic& magic,
                                          const ObfuscationKey& key);
  BlockScanner(BlockScanner&&) noexcept;
  ~BlockScanner();

  // The next record; nullopt at the end of the stream.
  Result<std::optional<ScannedBlock>, Fault> next();
  // The last record was no block: look again right behind its magic.
  void reject();
  // Bytes passed, and bytes in all.
  std::uint64_t position() const;
  std::uint64_t size() const;
  // Bytes passed that belonged to no record.
  std::uint64_t junk_bytes() const;

 private:
  struct State;
  explicit BlockScanner(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kepeng::storage
