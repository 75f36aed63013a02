// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Engine: takes blocks and headers, follows the valid chain with the most work, keeps its state on disk.
//
// One chain thread owns the header tree, the coins and the tip. The methods here may be called from any thread; those
// that change something are carried out by the chain thread and return when their effect is known. Readers take
// snapshots (`view`) and never wait for validation. A verdict is a BlockRejection, a failure of ours a Fault; after the
// first Fault that could have cost state the engine stops and says so (`fault`), and nothing more is written.
//
// A block goes: parse and check (workers, any order) -> place in the tree -> store in a block file -> apply to the
// coins (chain thread, in order, ahead of its scripts) -> scripts (workers) -> settle: undo, index, publish. Only
// settled blocks are flushed, announced, or seen by readers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <kepeng/base/env.h>
#include <kepeng/base/log.h>
#include <kepeng/base/time.h>
#include <kepeng/chain/chain_view.h>
#include <kepeng/chain/header_tree.h>
#include <kepeng/coins/coin_cache.h>
#include <kepeng/consensus/errors.h>
#include <kepeng/params/network.h>
#include <kepeng/storage/chainstate_records.h>
#include <kepeng/storage/snapshot_file.h>
#include <kepeng/validation/counters.h>
#include <kepeng/validation/options.h>

namespace kepeng::validation {

// What became of a submitted block.
struct SubmitOutcome {
  enum class Kind {
    Connected,  // it is in the active chain
    Stored,     // kept; not judged with its coins (not the most work)
    Duplicate,  // was here before, and fine as far as it was judged
    Rejected,
  };
  Kind kind = Kind::Stored;
  std::optional<consensus::BlockRejection> rejection;
  const chain::Entry* entry = nullptr;  // if it has a place
};

// One step of the active chain, for followers: in order, spent coins included.
struct ChainEvent {
  enum class Kind { Connected, Disconnected };
  Kind kind;
  const chain::Entry* entry;
  BlockPtr block;
  std::shared_ptr<const coins::SpentCoins> spent;
};

// State as of one settled block, on disk, readable while the chain goes on.
struct CoinSnapshot {
  const chain::Entry* at = nullptr;
  std::shared_ptr<storage::DatabaseIterator> coins;
};

struct SnapshotLoaded {
  std::uint64_t coins = 0;
  const chain::Entry* base = nullptr;
};

// What a look at one of the node's chainstates shows.
struct ChainstateFacts {
  const chain::Entry* tip = nullptr;
  const chain::Entry* snapshot_base = nullptr;  // if its coins began as those of a snapshot
  bool is_validated = true;                     // by all the blocks from genesis on
  std::uint64_t cache_bytes_max = 0;
};

struct ImportProgress {
  std::uint64_t bytes = 0;
  std::uint64_t bytes_total = 0;
  std::uint64_t blocks = 0;    // that were new
  std::uint64_t unusable = 0;  // records that were no blocks, or were refused
};

class Engine {
 public:
  struct Dependencies {
    Env& env;
    Logger& log;
    Clock& clock;
    const params::NetworkParams& network;
  };

  // Opens (or makes) the state and recovers from whatever the last run left. All dependencies outlive the engine.
  static Result<std::unique_ptr<Engine>, Fault> open(const Dependencies& dependencies, EngineOptions options);
  // Stops without flushing unless `close` was called.
  ~Engine();
  // Settles what is under way, flushes everything, stops the threads.
  Result<Unit, Fault> close();

  // --- intake --------------------------------------------------------------------------------------------------------
  // FaultKind::Busy during a reindex.
  Result<SubmitOutcome, Fault> submit(BlockPtr block);
  Result<Result<const chain::Entry*, consensus::BlockRejection>, Fault> submit_header(const BlockHeader& header);
  // The same without waiting, for those who have many blocks and headers under way. What becomes of a block when its
  // coins and scripts are judged is told later: by an event when it connects, by `subscribe_rejections` when it fails.
  // The callbacks run in the chain thread, in the order of the calls, and must be quick; they are dropped when the
  // engine stops. The caller bounds what is under way.
  using OnTaken = std::function<void(const SubmitOutcome&)>;
  void hand_in(BlockPtr block, OnTaken on_taken);
  struct HeadersOutcome {
    const chain::Entry* last = nullptr;                  // the last that has its place
    std::size_t placed = 0;                              // so many from the first one on
    std::optional<consensus::BlockRejection> rejection;  // of the one behind them
  };
  using OnPlaced = std::function<void(const HeadersOutcome&)>;
  void hand_in(std::vector<BlockHeader> headers, OnPlaced on_placed);
  // Would this block be acceptable on top of the tip, once it has its proof of work (getblocktemplate's proposal,
  // generateblock)? Changes nothing.
  Result<Result<Unit, consensus::BlockRejection>, Fault> test_on_tip(BlockPtr block);
  // Reads blocks from a file: any order, junk between them. `progress` may say false to stop.
  using ProgressCallback = std::function<bool(const ImportProgress&)>;
  Result<ImportProgress, Fault> import_file(const std::string& path, const ProgressCallback& progress);
  // The second half of a reindex: scans the block files that are there.
  Result<ImportProgress, Fault> import_block_files(const ProgressCallback& progress);
  bool is_reindexing() const;
  // Goes on towards the best known block (after start, or after an import).
  Result<Unit, Fault> activate_best_chain();

  // --- snapshots of coins (assumeutxo) -------------------------------------------------------------------------------
  // Goes on from the coins of a snapshot that the network's parameters name, and proves them in the background from
  // genesis on. Refusals (FaultKind::Config or Corruption, no final stop) leave everything as it was. `progress` is
  // told the coins read so far and may say false to stop.
  using SnapshotProgress = std::function<bool(std::uint64_t)>;
  Result<SnapshotLoaded, Fault> load_snapshot(storage::SnapshotReader& reader, const SnapshotProgress& progress);
  // The block of the snapshot that the node stands on, while that is not proven; else null.
  const chain::Entry* snapshot_base() const;
  // The one in the background first, if there is one; the active one last.
  std::vector<ChainstateFacts> chainstates() const;

  // --- what the operator may say -------------------------------------------------------------------------------------
  Result<Unit, Fault> invalidate(const chain::Entry* entry);
  Result<Unit, Fault> reconsider(const chain::Entry* entry);
  Result<Unit, Fault> prefer(const chain::Entry* entry);
  Result<Unit, Fault> flush();
  // Deletes block files whose blocks are all at or below `height`; the height really pruned to, or -1.
  Result<Height, Fault> prune_to(Height height);

  // --- looking -------------------------------------------------------------------------------------------------------
  std::shared_ptr<const chain::ChainView> view() const;
  // Is this block the tip, nothing under way, and no better one known? While blocks are taken back and others put in
  // their place, the view may show a tip that nobody will stay on.
  bool rests_on(const chain::Entry* tip) const;
  // Waits until the tip is another than `known`, or for at most `timeout_ms` (0: without limit); the view then.
  std::shared_ptr<const chain::ChainView> wait_for_tip(const BlockHash& known, std::int64_t timeout_ms) const;
  // The node is about to stop: waiting ends, and long work at its next step.
  void interrupt_waiters();
  const chain::Entry* find(const BlockHash& hash) const;
  const chain::Entry* best_header() const;
  // Every header that no other header builds on.
  std::vector<const chain::Entry*> leaves() const;
  bool is_initial_block_download() const;
  std::optional<Fault> fault() const;
  // The reason why a block was refused, while it is remembered.
  std::optional<consensus::BlockRejection> rejection_of(const BlockHash& hash) const;

  Result<BlockPtr, Fault> read_block(const chain::Entry* entry) const;
  Result<Bytes, Fault> read_block_bytes(const chain::Entry* entry) const;
  Result<storage::BlockUndo, Fault> read_undo(const chain::Entry* entry) const;
  // The coin as of the settled tip; nullopt if there is none.
  struct CoinAtTip {
    std::optional<storage::Coin> coin;
    const chain::Entry* tip = nullptr;
  };
  Result<CoinAtTip, Fault> read_coin(const OutPoint& outpoint) const;
  // Many at once, of one tip: as many as were asked for.
  struct CoinsAtTip {
    std::vector<std::optional<storage::Coin>> coins;
    const chain::Entry* tip = nullptr;
  };
  Result<CoinsAtTip, Fault> read_coins(std::span<const OutPoint> outpoints) const;
  // Flushes, then gives an iterator over the coins of that moment.
  Result<CoinSnapshot, Fault> coin_snapshot();
  std::uint64_t chainstate_disk_bytes() const;

  std::uint64_t block_bytes_on_disk() const;
  bool is_pruned() const;
  // Height of the first block that is still here in full from there to the tip; 0 when nothing was pruned.
  Height prune_height() const;
  const EngineOptions& options() const;
  const params::NetworkParams& network() const;
  const Counters& counters() const;
  struct CacheUse {
    std::uint64_t bytes = 0;
    std::uint64_t bytes_max = 0;
    std::uint64_t coins = 0;
    coins::CacheStatistics statistics;
  };
  CacheUse cache_use() const;
  // Called by the chain thread for every settled step, in order. Before any block; the callback must be quick.
  void subscribe(std::function<void(const ChainEvent&)> follower);
  // Called by the chain thread after `view` has got a new tip; several steps may lie between two calls.
  void subscribe_views(std::function<void()> follower);
  // Called by the chain thread when a block turns out to be invalid: the verdict on its own data.
  void subscribe_rejections(std::function<void(const chain::Entry&, const consensus::BlockRejection&)> follower);

 private:
  class Core;
  explicit Engine(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace kepeng::validation
