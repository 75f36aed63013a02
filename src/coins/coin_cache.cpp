// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/coins/coin_cache.h>

#include <algorithm>
#include <deque>

#include <kepeng/base/assert.h>

#include "chunks.h"
#include "record.h"
#include "slots.h"

namespace kepeng::coins {
namespace {

// A chunk with less than this share of live bytes may be emptied ...
constexpr std::uint32_t kLiveNumerator = 3;
constexpr std::uint32_t kLiveDenominator = 4;
// ... once this share of all memory is dead: most coins die young, so a chunk that is left alone soon dies by itself.
constexpr std::uint64_t kWasteNumerator = 1;
constexpr std::uint64_t kWasteDenominator = 7;

}  // namespace

ByteView ScriptArena::store(ByteView bytes) {
  std::uint8_t* to = reserve(bytes.size());
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return {to, bytes.size()};
}

std::uint8_t* ScriptArena::reserve(std::size_t size) {
  if (size > kBlockBytes) {
    // A block of its own, put before the one that is being filled.
    auto large = std::make_unique<std::uint8_t[]>(size);
    std::uint8_t* at = large.get();
    blocks_.insert(blocks_.empty() ? blocks_.end() : blocks_.end() - 1, std::move(large));
    if (blocks_.size() == 1) used_ = kBlockBytes;
    bytes_ += size;
    return at;
  }
  if (kBlockBytes - used_ < size || blocks_.empty()) {
    blocks_.push_back(std::unique_ptr<std::uint8_t[]>(new std::uint8_t[kBlockBytes]));
    used_ = 0;
    bytes_ += kBlockBytes;
  }
  std::uint8_t* at = blocks_.back().get() + used_;
  used_ += size;
  return at;
}

struct CoinCache::State {
  State(const CoinSource& where, const CacheOptions& chosen)
      : source{where}, options{chosen}, slots{chosen.salt}, is_complete{chosen.is_complete} {}

  const CoinSource& source;
  CacheOptions options;
  Slots slots;
  ChunkPool pool;
  Chunk* open = nullptr;
  std::deque<Chunk*> sparse;  // may be emptied, the first to have thinned out first
  std::uint64_t live_bytes = 0;
  std::uint64_t tombstones = 0;
  std::uint64_t unflushed = 0;
  bool is_complete;
  bool is_flushing = false;
  mutable CacheStatistics statistics;

  std::uint8_t* append(const OutPoint& outpoint, const storage::CoinView& coin, RecordState state);
  std::uint8_t* append_copy(const std::uint8_t* record);
  std::uint8_t* room(std::size_t size);
  void bury(std::uint8_t* record);
  void take(std::uint64_t* slot);
  void mark_unflushed(std::uint8_t* record);
  void compact();
  void empty_chunk(Chunk* chunk);
  void close(Chunk* chunk);
};

// Room for a record of at most this size in the open chunk.
std::uint8_t* CoinCache::State::room(std::size_t size) {
  if (open == nullptr || ChunkPool::kChunkBytes - open->used < size) {
    Chunk* full = open;
    open = pool.allocate();
    if (full != nullptr) close(full);
  }
  return ChunkPool::end(open);
}

std::uint8_t* CoinCache::State::append(const OutPoint& outpoint, const storage::CoinView& coin, RecordState state) {
  std::uint8_t* record = room(record_bytes_max(coin.script_pubkey.size()));
  const std::size_t size = write_record(record, outpoint, coin, state);
  open->used += static_cast<std::uint32_t>(size);
  open->live += static_cast<std::uint32_t>(size);
  live_bytes += size;
  if (state != RecordState::Clean) {
    open->has_unflushed = true;
    ++unflushed;
  }
  if (state == RecordState::Tombstone) ++tombstones;
  return record;
}

std::uint8_t* CoinCache::State::append_copy(const std::uint8_t* from) {
  const std::size_t size = record_size(from);
  std::uint8_t* record = room(size);
  std::memcpy(record, from, size);
  open->used += static_cast<std::uint32_t>(size);
  open->live += static_cast<std::uint32_t>(size);
  live_bytes += size;
  if (state_of(record) != RecordState::Clean) open->has_unflushed = true;
  return record;
}

// A chunk that is no longer written to joins those that may be compacted.
void CoinCache::State::close(Chunk* chunk) {
  if (chunk->live * kLiveDenominator >= (chunk->used - ChunkPool::kHeaderBytes) * kLiveNumerator) return;
  if (chunk->is_queued) return;
  chunk->is_queued = true;
  sparse.push_back(chunk);
}

// The record leaves the index.
void CoinCache::State::bury(std::uint8_t* record) {
  if (state_of(record) != RecordState::Clean) --unflushed;
  if (state_of(record) == RecordState::Tombstone) --tombstones;
  *record |= kDeadFlag;
  Chunk* chunk = ChunkPool::of(record);
  const std::size_t size = record_size(record);
  chunk->live -= static_cast<std::uint32_t>(size);
  live_bytes -= size;
  if (chunk != open) close(chunk);
}

void CoinCache::State::mark_unflushed(std::uint8_t* record) {
  ++unflushed;
  ChunkPool::of(record)->has_unflushed = true;
}

// Spends the coin in this slot.
void CoinCache::State::take(std::uint64_t* slot) {
  std::uint8_t* record = Slots::record(*slot);
  switch (state_of(record)) {
    case RecordState::Fresh:
      ++statistics.erased_before_written;
      slots.erase(slot);
      bury(record);
      return;
    case RecordState::Clean:
      mark_unflushed(record);
      set_state(record, RecordState::Tombstone);
      ++tombstones;
      return;
    case RecordState::Dirty:
      set_state(record, RecordState::Tombstone);
      ++tombstones;
      return;
    case RecordState::Tombstone:
      break;
  }
  KP_ASSERT(false);
}

// Moves what lives out of a chunk and gives the chunk back.
void CoinCache::State::empty_chunk(Chunk* chunk) {
  std::uint8_t* const end = ChunkPool::end(chunk);
  for (std::uint8_t* record = ChunkPool::begin(chunk); record < end && chunk->live != 0;) {
    const std::size_t size = record_size(record);
    if (!is_dead(record)) {
      std::uint64_t* slot = slots.find_record(record, slots.hash(record_outpoint(record)));
      KP_ASSERT(slot != nullptr);
      Slots::repoint(slot, append_copy(record));
      chunk->live -= static_cast<std::uint32_t>(size);
      live_bytes -= size;
      ++statistics.moved;
    }
    record += size;
  }
  pool.release(chunk);
}

void CoinCache::State::compact() {
  // While a flush reads records, no chunk may go.
  if (is_flushing) return;
  const auto is_wasteful = [&] {
    return (pool.bytes() - live_bytes) * kWasteDenominator > pool.bytes() * kWasteNumerator;
  };
  for (std::size_t left = sparse.size(); left > 0; --left) {
    Chunk* chunk = sparse.front();
    sparse.pop_front();
    if (chunk->live != 0 && !is_wasteful()) {
      sparse.push_back(chunk);
      continue;
    }
    chunk->is_queued = false;
    empty_chunk(chunk);
  }
}

CoinCache::CoinCache(const CoinSource& source, CacheOptions options)
    : state_{std::make_unique<State>(source, options)} {}
CoinCache::~CoinCache() = default;

Result<bool, Fault> CoinCache::spend(const OutPoint& outpoint, SpentCoins& into) {
  State& s = *state_;
  const std::uint64_t hash = s.slots.hash(outpoint);
  if (std::uint64_t* slot = s.slots.find(outpoint, hash)) {
    std::uint8_t* record = Slots::record(*slot);
    if (state_of(record) == RecordState::Tombstone) return false;
    ++s.statistics.hits;
    consensus::Coin& coin = into.coins.emplace_back();
    const std::uint8_t* script = read_amount(record, coin);
    const std::size_t length = script_length(script);
    std::uint8_t* to = into.scripts.reserve(length);
    write_script(script, to);
    coin.output.script_pubkey = {to, length};
    s.take(slot);
    return true;
  }
  if (s.is_complete) {
    ++s.statistics.misses;
    return false;
  }
  ++s.statistics.source_reads;
  storage::Coin stored;
  KP_TRY(const bool found, s.source.read(outpoint, stored));
  if (!found) return false;
  into.coins.push_back({{stored.value, into.scripts.store(stored.script_pubkey)}, stored.height, stored.is_coinbase});
  s.slots.insert(s.append(outpoint, {}, RecordState::Tombstone), hash);
  return true;
}

Result<bool, Fault> CoinCache::erase(const OutPoint& outpoint) {
  SpentCoins unused;
  return spend(outpoint, unused);
}

Result<bool, Fault> CoinCache::contains(const OutPoint& outpoint) const {
  const State& s = *state_;
  if (const std::uint64_t* slot = s.slots.find(outpoint, s.slots.hash(outpoint))) {
    return state_of(Slots::record(*slot)) != RecordState::Tombstone;
  }
  if (s.is_complete) return false;
  ++s.statistics.source_reads;
  return s.source.exists(outpoint);
}

Result<bool, Fault> CoinCache::read(const OutPoint& outpoint, storage::Coin& coin) const {
  const State& s = *state_;
  const std::uint64_t* slot = s.slots.find(outpoint, s.slots.hash(outpoint));
  if (slot == nullptr) return s.is_complete ? Result<bool, Fault>{false} : s.source.read(outpoint, coin);
  const std::uint8_t* record = Slots::record(*slot);
  if (state_of(record) == RecordState::Tombstone) return false;
  const FrozenRecord decoded = decode_frozen(record, coin.script_pubkey);
  coin.value = decoded.coin.value;
  coin.height = decoded.coin.height;
  coin.is_coinbase = decoded.coin.is_coinbase;
  return true;
}

void CoinCache::add(const OutPoint& outpoint, const storage::CoinView& coin, Overwrite overwrite) {
  State& s = *state_;
  const std::uint64_t hash = s.slots.hash(outpoint);
  const bool disk_may_have_one = overwrite == Overwrite::Possible && !s.is_complete;
  RecordState state = disk_may_have_one ? RecordState::Dirty : RecordState::Fresh;
  if (std::uint64_t* slot = s.slots.find(outpoint, hash)) {
    // Replaces a coin, or one that the disk still has: only what was never written leaves no trace.
    std::uint8_t* old = Slots::record(*slot);
    state = state_of(old) == RecordState::Fresh ? RecordState::Fresh : RecordState::Dirty;
    s.slots.erase(slot);
    s.bury(old);
  }
  s.slots.insert(s.append(outpoint, coin, state), hash);
}

void CoinCache::prefetch(const OutPoint& outpoint) const {
  state_->slots.prefetch(state_->slots.hash(outpoint));
}

void CoinCache::prefetch_record(const OutPoint& outpoint) const {
  state_->slots.prefetch_record(state_->slots.hash(outpoint));
}

bool CoinCache::needs_source(const OutPoint& outpoint) const {
  const State& s = *state_;
  return !s.is_complete && s.slots.find(outpoint, s.slots.hash(outpoint)) == nullptr;
}

void CoinCache::note_from_source(const OutPoint& outpoint, const storage::CoinView& coin) {
  State& s = *state_;
  const std::uint64_t hash = s.slots.hash(outpoint);
  if (s.slots.find(outpoint, hash) == nullptr) {
    ++s.statistics.source_reads;
    s.slots.insert(s.append(outpoint, coin, RecordState::Clean), hash);
  }
}

void CoinCache::tidy() {
  state_->compact();
}

FrozenCoins CoinCache::freeze() {
  State& s = *state_;
  KP_ASSERT(!s.is_flushing);
  s.compact();
  FrozenCoins frozen;
  frozen.erases.reserve(s.tombstones);
  frozen.writes.reserve(s.unflushed - s.tombstones);
  for (Chunk* chunk : s.pool.chunks()) {
    if (!chunk->has_unflushed) continue;
    std::uint8_t* const end = ChunkPool::end(chunk);
    for (std::uint8_t* record = ChunkPool::begin(chunk); record < end; record += record_size(record)) {
      if (is_dead(record) || state_of(record) == RecordState::Clean) continue;
      if (state_of(record) == RecordState::Tombstone) {
        frozen.erases.push_back(record);
      } else {
        frozen.writes.push_back(record);
        set_state(record, RecordState::Clean);
        --s.unflushed;
      }
    }
    chunk->has_unflushed = false;
  }
  s.is_flushing = true;
  return frozen;
}

bool CoinCache::is_flushing() const {
  return state_->is_flushing;
}

void CoinCache::finish_flush(const FrozenCoins& frozen) {
  State& s = *state_;
  KP_ASSERT(s.is_flushing);
  for (const std::uint8_t* erased : frozen.erases) {
    if (is_dead(erased)) continue;  // a new coin took its place meanwhile
    std::uint64_t* slot = s.slots.find_record(erased, s.slots.hash(record_outpoint(erased)));
    KP_ASSERT(slot != nullptr);
    std::uint8_t* record = Slots::record(*slot);
    s.slots.erase(slot);
    s.bury(record);
  }
  s.is_flushing = false;
  s.compact();
}

void CoinCache::evict_down_to(std::uint64_t bytes) {
  State& s = *state_;
  s.compact();
  if (s.is_flushing || memory_bytes() <= bytes) return;
  std::vector<Chunk*> oldest = s.pool.chunks();
  std::sort(oldest.begin(), oldest.end(), [](const Chunk* a, const Chunk* b) { return a->sequence < b->sequence; });
  for (Chunk* chunk : oldest) {
    if (memory_bytes() <= bytes) break;
    if (chunk == s.open || chunk->has_unflushed) continue;
    if (chunk->is_queued) s.sparse.erase(std::find(s.sparse.begin(), s.sparse.end(), chunk));
    std::uint8_t* const end = ChunkPool::end(chunk);
    for (std::uint8_t* record = ChunkPool::begin(chunk); record < end; record += record_size(record)) {
      if (is_dead(record)) continue;
      std::uint64_t* slot = s.slots.find_record(record, s.slots.hash(record_outpoint(record)));
      KP_ASSERT(slot != nullptr);
      s.slots.erase(slot);
      *record |= kDeadFlag;
      ++s.statistics.evicted;
    }
    s.live_bytes -= chunk->live;
    chunk->live = 0;
    s.pool.release(chunk);
    s.is_complete = false;
  }
}

std::uint64_t CoinCache::memory_bytes() const {
  return state_->pool.bytes() + state_->slots.bytes();
}
std::uint64_t CoinCache::bytes_max() const {
  return state_->options.bytes_max;
}
void CoinCache::set_bytes_max(std::uint64_t bytes) {
  state_->options.bytes_max = bytes;
}
std::uint64_t CoinCache::coin_count() const {
  return state_->slots.size() - state_->tombstones;
}
std::uint64_t CoinCache::unflushed_count() const {
  return state_->unflushed;
}
bool CoinCache::is_complete() const {
  return state_->is_complete;
}
const CacheStatistics& CoinCache::statistics() const {
  return state_->statistics;
}

FrozenRecord decode_frozen(const std::uint8_t* record, Bytes& scratch) {
  consensus::Coin coin;
  const std::uint8_t* script = read_amount(record, coin);
  scratch.resize(script_length(script));
  write_script(script, scratch.data());
  return {record_outpoint(record), {coin.output.value, scratch, coin.height, coin.is_coinbase}};
}

OutPoint frozen_outpoint(const std::uint8_t* record) {
  return record_outpoint(record);
}

}  // namespace kepeng::coins
