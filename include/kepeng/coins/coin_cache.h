// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// CoinCache: the unspent outputs of the chain's applied tip, in memory, over a CoinSource on disk.
//
// The chain thread owns it: one probe finds and takes a coin, another inserts one. Coins live as packed records in
// 64 KiB chunks; an open-addressing index of eight-byte slots points at them. A coin that is created and spent before
// it was ever written leaves no trace on disk; the spend of a coin that is on disk leaves a tombstone until the next
// flush has erased it. `complete` holds from an empty disk until the first eviction and makes a miss definitive.
//
// Flushing: `freeze` hands out everything that the disk lacks, as pointers that stay readable while another thread
// writes them and the chain thread goes on; `finish_flush` settles it. At most one flush at a time.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>
#include <kepeng/consensus/stages.h>
#include <kepeng/storage/coin_codec.h>

namespace kepeng::coins {

// Where coins are that the cache does not hold. Thread-safe.
class CoinSource {
 public:
  virtual ~CoinSource() = default;
  // True and the coin, or false when there is none.
  virtual Result<bool, Fault> read(const OutPoint& outpoint, storage::Coin& coin) const = 0;
  virtual Result<bool, Fault> exists(const OutPoint& outpoint) const = 0;
};

// Bytes that do not move until the arena dies; nothing is freed one by one.
class ScriptArena {
 public:
  ByteView store(ByteView bytes);
  // Room for `size` bytes, to be filled by the caller.
  std::uint8_t* reserve(std::size_t size);
  std::uint64_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kBlockBytes = 32 * 1024;
  std::vector<std::unique_ptr<std::uint8_t[]>> blocks_;
  std::size_t used_ = kBlockBytes;
  std::uint64_t bytes_ = 0;
};

// The coins that a block's inputs spent, in the order of its inputs, with memory of their own.
struct SpentCoins {
  std::vector<consensus::Coin> coins;
  ScriptArena scripts;

  std::uint64_t memory_bytes() const { return coins.capacity() * sizeof(consensus::Coin) + scripts.bytes(); }
};

enum class Overwrite {
  Impossible,  // no coin of this outpoint exists anywhere
  Possible,    // one may exist (a coinbase before BIP34, a restored coin); it is replaced
};

struct CacheOptions {
  std::uint64_t bytes_max = 450ull << 20;
  std::array<std::uint64_t, 3> salt{};  // secret, so that nobody can aim at one slot
  bool is_complete = false;             // the source is empty
};

struct CacheStatistics {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;  // definitive without the disk
  std::uint64_t source_reads = 0;
  std::uint64_t moved = 0;    // coins compacted
  std::uint64_t evicted = 0;  // coins dropped from memory
  std::uint64_t erased_before_written = 0;
};

// What the disk lacks. Pointers to records inside the cache; read them with decode_record.
struct FrozenCoins {
  std::vector<const std::uint8_t*> writes;
  std::vector<const std::uint8_t*> erases;
};

// A record as FrozenCoins points at it: outpoint, and for writes the coin. `scratch` holds the script.
struct FrozenRecord {
  OutPoint outpoint;
  storage::CoinView coin;
};
FrozenRecord decode_frozen(const std::uint8_t* record, Bytes& scratch);
OutPoint frozen_outpoint(const std::uint8_t* record);

class CoinCache {
 public:
  // `source` outlives the cache.
  CoinCache(const CoinSource& source, CacheOptions options);
  ~CoinCache();
  CoinCache(const CoinCache&) = delete;
  CoinCache& operator=(const CoinCache&) = delete;

  // Takes the coin out and appends it to `into`; false if there is none.
  Result<bool, Fault> spend(const OutPoint& outpoint, SpentCoins& into);
  // Takes the coin out; false if there is none.
  Result<bool, Fault> erase(const OutPoint& outpoint);
  Result<bool, Fault> contains(const OutPoint& outpoint) const;
  // A look without taking.
  Result<bool, Fault> read(const OutPoint& outpoint, storage::Coin& coin) const;
  void add(const OutPoint& outpoint, const storage::CoinView& coin, Overwrite overwrite);
  // Bring the memory that a later call for this outpoint needs nearer: the place that says where the coin is, twice the
  // distance ahead, and, once that is near, the coin itself, at this distance.
  static constexpr std::size_t kPrefetchDistance = 12;
  void prefetch(const OutPoint& outpoint) const;
  void prefetch_record(const OutPoint& outpoint) const;
  // Is the coin not in memory, but maybe on disk?
  bool needs_source(const OutPoint& outpoint) const;
  // Remembers a coin that was read from the source ahead of its use. Does nothing if the cache knows better by now.
  void note_from_source(const OutPoint& outpoint, const storage::CoinView& coin);

  // Gives back memory that has mostly died; call between blocks.
  void tidy();

  FrozenCoins freeze();
  bool is_flushing() const;
  void finish_flush(const FrozenCoins& frozen);
  // Drops what is on disk too, oldest first, until at most `bytes` are in use (or nothing more can be dropped).
  void evict_down_to(std::uint64_t bytes);

  std::uint64_t memory_bytes() const;
  std::uint64_t bytes_max() const;
  void set_bytes_max(std::uint64_t bytes);
  // Coins held (tombstones not counted), and those that a flush would write or erase.
  std::uint64_t coin_count() const;
  std::uint64_t unflushed_count() const;
  bool is_complete() const;
  const CacheStatistics& statistics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kepeng::coins
