// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Chunks: 64 KiB pieces of memory that coins are appended to. Private to coins; chain thread.
//
// Records are never moved or overwritten while their chunk lives. A chunk counts its live bytes, so that one that has
// mostly died can be emptied and given back. Chunks are aligned to their size: a record's chunk is its rounded address.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace kepeng::coins {

struct Chunk {
  std::uint32_t used = 0;      // bytes written, header included
  std::uint32_t live = 0;      // bytes of records in the index
  std::uint32_t position = 0;  // in the list of all chunks
  bool has_unflushed = false;  // some record may be Fresh, Dirty or Tombstone
  bool is_queued = false;      // waits to be compacted
  std::uint64_t sequence = 0;  // order of creation
};

class ChunkPool {
 public:
  static constexpr std::size_t kChunkBytes = 64 * 1024;
  static constexpr std::size_t kHeaderBytes = 64;
  static_assert(sizeof(Chunk) <= kHeaderBytes);

  ChunkPool() = default;
  ~ChunkPool();
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;

  Chunk* allocate();
  void release(Chunk* chunk);
  // In no order.
  const std::vector<Chunk*>& chunks() const { return chunks_; }
  std::uint64_t bytes() const { return chunks_.size() * kChunkBytes; }

  static Chunk* of(const std::uint8_t* record) {
    return reinterpret_cast<Chunk*>(reinterpret_cast<std::uintptr_t>(record) & ~(kChunkBytes - 1));
  }
  static std::uint8_t* begin(Chunk* chunk) { return reinterpret_cast<std::uint8_t*>(chunk) + kHeaderBytes; }
  static std::uint8_t* end(Chunk* chunk) { return reinterpret_cast<std::uint8_t*>(chunk) + chunk->used; }

 private:
  std::vector<Chunk*> chunks_;
  std::vector<void*> free_;  // a few, so that the system is not asked for each
  std::uint64_t next_sequence_ = 0;
};

}  // namespace kepeng::coins
