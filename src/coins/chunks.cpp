// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "chunks.h"

#include <cstdlib>
#include <new>

#include <kepeng/base/assert.h>

namespace kepeng::coins {
namespace {

constexpr std::size_t kFreeMax = 16;

}  // namespace

ChunkPool::~ChunkPool() {
  for (Chunk* chunk : chunks_) std::free(chunk);
  for (void* memory : free_) std::free(memory);
}

Chunk* ChunkPool::allocate() {
  void* memory = nullptr;
  if (free_.empty()) {
    memory = std::aligned_alloc(kChunkBytes, kChunkBytes);
    if (memory == nullptr) throw std::bad_alloc{};
  } else {
    memory = free_.back();
    free_.pop_back();
  }
  Chunk* chunk = new (memory) Chunk{};
  chunk->used = kHeaderBytes;
  chunk->position = static_cast<std::uint32_t>(chunks_.size());
  chunk->sequence = next_sequence_++;
  chunks_.push_back(chunk);
  return chunk;
}

void ChunkPool::release(Chunk* chunk) {
  KP_ASSERT(chunk->live == 0);
  chunks_.back()->position = chunk->position;
  chunks_[chunk->position] = chunks_.back();
  chunks_.pop_back();
  if (free_.size() < kFreeMax) {
    free_.push_back(chunk);
  } else {
    std::free(chunk);
  }
}

}  // namespace kepeng::coins
