// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Core: the engine's state and its chain thread. Private to validation.
//
// Everything below "chain thread" is touched by that thread alone (or before it starts, or after it ended). The work is
// spread over one file per step: intake, apply, settle, reorganize, flush, recover, import.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include <kepeng/base/work_pool.h>
#include <kepeng/chain/candidates.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/storage/index_records.h>
#include <kepeng/validation/engine.h>

#include "chainstate.h"
#include "signature_timer.h"

namespace kepeng::validation {

// Where an imported block came from, so that it can be read again.
struct SourceRecord {
  std::shared_ptr<const std::string> path;
  storage::ObfuscationKey key{};
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::optional<storage::BlockLocation> location;  // it stands in one of our own block files
};

// A block on its way from a file into the tree, in the order of the file.
struct Arrival {
  std::uint64_t bytes = 0;
  bool is_ready = false;  // parsed and checked
  SourceRecord source;
  std::optional<Result<CheckedPtr, BlockRejection>> checked;  // absent: was no block at all
  BlockHash hash;
  BlockHash previous;
  BlockHeader header;
  Engine::OnTaken on_taken;  // of a block that was handed in; null for imported ones
};
using ArrivalPtr = std::shared_ptr<Arrival>;

// A block that a worker read from disk for a chainstate.
struct LoadedBlock {
  Chainstate* state;
  const chain::Entry* entry;
  Result<CheckedPtr, Fault> block;
};

class Engine::Core {
 public:
  Core(const Dependencies& dependencies, EngineOptions options);
  ~Core();

  Result<Unit, Fault> start();
  Result<Unit, Fault> close();

  // Runs `work` in the chain thread and waits for it; Interrupted once the engine has stopped.
  template <class F>
  auto call(F&& work) -> Result<std::invoke_result_t<F>, Fault>;
  // The same for what only looks: it need not wait until the work of others is done, but for one step of it.
  template <class F>
  auto look(F&& work) -> Result<std::invoke_result_t<F>, Fault>;
  using Tasks = std::deque<std::function<void()>>;
  Result<Unit, Fault> run_in_chain_thread(std::function<void()> task) { return run_in(tasks, std::move(task)); }
  Result<Unit, Fault> run_in(Tasks& queue, std::function<void()> task);
  // Runs it in the chain thread later, or never when the engine stops.
  void post(std::function<void()> task);

  // --- any thread
  Env& env;
  Logger& log;
  Clock& clock;
  const params::NetworkParams& network;
  const EngineOptions options;
  Counters counters;
  chain::HeaderTree tree;
  std::unique_ptr<storage::BlockFiles> files;
  std::unique_ptr<storage::Database> index_database;
  std::unique_ptr<storage::BlockIndexTable> index;
  Published<chain::ChainView> published;
  Guarded<std::optional<Fault>> first_fault;
  std::atomic<bool> reindexing{false};
  std::atomic<bool> importing{false};
  std::atomic<bool> initial_download{true};
  std::atomic<const chain::Entry*> rests_on{nullptr};  // null: something is under way
  std::atomic<bool> hurry{false};                      // the node is stopping: long work ends at the next step
  std::atomic<bool> has_pruned{false};
  // The active coins began as those of a snapshot of this block, and the background has not proven them yet.
  std::atomic<const chain::Entry*> unproven_base{nullptr};
  struct TipSignal {
    std::mutex mutex;
    std::condition_variable changed;
    bool interrupted = false;
  };
  mutable TipSignal tip_signal;

  Result<BlockPtr, Fault> read_block(const chain::Entry* entry) const;
  std::optional<Fault> fault() const {
    return first_fault.with([](const auto& fault) { return fault; });
  }
  void signal();

  // --- chain thread: intake (intake.cpp)
  SubmitOutcome accept(const CheckedPtr& checked, std::optional<storage::BlockLocation> location);
  Result<SubmitOutcome, Fault> store_block(const chain::Entry* entry, const CheckedPtr& checked,
                                           const std::optional<storage::BlockLocation>& location);
  bool take_arrival();
  SubmitOutcome judge_arrival(const Arrival& arrival);
  void note_import(const Arrival& arrival, const SubmitOutcome& outcome);
  void hand_to_checker(BlockPtr block, ArrivalPtr arrival);
  void judge_alone(BlockPtr block, Arrival& arrival) const;
  void note_genesis(const storage::BlockLocation& location);
  void hand_to_parser(Bytes raw, ArrivalPtr arrival);
  bool wait_for_window();  // any thread; false when stopping
  void remember_rejection(const BlockHash& hash, const BlockRejection& rejection);

  // --- importing thread (import.cpp)
  struct ImportSource {
    std::string path;
    storage::ObfuscationKey key{};
    std::int32_t own_file = -1;  // number of the block file that this is, if it is one of ours
  };
  Result<ImportProgress, Fault> import_files(const std::vector<ImportSource>& sources,
                                             const Engine::ProgressCallback& progress);
  Result<Unit, Fault> import_headers(const ImportSource& source);
  Result<Unit, Fault> import_records(const ImportSource& source, ImportProgress& progress,
                                     const Engine::ProgressCallback& tell);
  Result<Unit, Fault> adopt_orphans();
  Result<Unit, Fault> drain_arrivals();
  Result<Bytes, Fault> read_source(const SourceRecord& source) const;

  // --- chain thread: the best chain (advance.cpp)
  bool step(Chainstate& state);
  bool advance(Chainstate& state);
  void settle_everything();
  void settle_pending(Chainstate& state);
  Result<bool, Fault> read_settled_coin(const OutPoint& outpoint, storage::Coin& coin) const;
  bool is_settled() const;
  bool is_here(const Chainstate& state, const chain::Entry* target) const;
  // Any other thread: waits without keeping the chain thread from its tasks.
  Result<Unit, Fault> wait_until_settled();
  void drop_stale_blocks();
  void wait_for_work();
  bool take_loaded();
  void load_ahead(Chainstate& state, const chain::Entry* target);
  Result<CheckedPtr, Fault> read_checked(const chain::Entry* entry) const;  // any thread
  const chain::Entry* next_target(Chainstate& state);
  void refuse(Chainstate& state, const chain::Entry* next, const BlockRejection& rejection);
  void condemn(const chain::Entry* entry, const BlockRejection& rejection);
  void rebuild_candidates();

  // --- chain thread: coins (apply.cpp)
  Result<PendingPtr, ConnectFailure> apply(Chainstate& state, const chain::Entry* entry, const CheckedPtr& checked);
  static Result<Unit, ConnectFailure> apply_transactions(Chainstate& state, Pending& block,
                                                         consensus::Resolver& resolver,
                                                         std::uint32_t& transactions_done);
  Result<Unit, ConnectFailure> check_bip30(const Chainstate& state, const Pending& block) const;
  static Result<Unit, Fault> unapply(Chainstate& state, const Pending& block, std::uint32_t transactions_done);
  Result<Unit, Fault> fetch_ahead(Chainstate& state, const Block& block);
  bool may_skip_scripts(const chain::Entry* entry) const;

  // --- scripts (scripts.cpp): `start_scripts` chain thread, the rest workers
  void start_scripts(const PendingPtr& block);
  void verify_range(Pending& block, std::uint32_t first, std::uint32_t last, unsigned runner);
  void verify_large(Pending& block, std::uint32_t transaction, std::uint32_t first, std::uint32_t last,
                    unsigned runner);
  void finish_task(Pending& block);

  // --- chain thread: settle.cpp
  bool settle_ready(Chainstate& state);
  Result<Unit, Fault> settle(Chainstate& state, const PendingPtr& block);
  void fail_front(Chainstate& state);
  void publish();
  void note_changed(const chain::Entry* entry) { changed.insert(entry); }
  void emit(const ChainEvent& event);

  // --- chain thread: reorganize.cpp
  Result<Unit, Fault> roll_back_to(Chainstate& state, const chain::Entry* ancestor);
  Result<Unit, Fault> check_way_back(const Chainstate& state, const chain::Entry* ancestor) const;
  Result<Unit, Fault> disconnect_settled(Chainstate& state);
  void mark_descendants_failed();
  Result<Unit, Fault> invalidate(const chain::Entry* entry);
  void reconsider(const chain::Entry* entry);

  // --- chain thread: flush.cpp
  struct FlushJob;
  void maybe_start_flush(Chainstate& state);
  Result<Unit, Fault> start_flush(Chainstate& state);
  static Result<Unit, Fault> run_flush(FlushJob& job);
  bool finish_flush_if_done();
  void wait_for_flush();
  void flush_everything();
  void flush_chainstate(Chainstate& state);
  Result<Unit, Fault> prune_automatically();
  Result<Height, Fault> prune_files(Height height_max);
  std::vector<bool> prunable_files(Height height_max) const;

  // --- snapshots of coins (snapshot.cpp); `check_snapshot` and what follows it: chain thread
  struct ProofJob;
  Result<SnapshotLoaded, Fault> load_snapshot(storage::SnapshotReader& reader,
                                              const Engine::SnapshotProgress& progress);
  Result<Unit, Fault> populate(const CoinStore& into, storage::SnapshotReader& reader, const params::SnapshotFact& fact,
                               const Engine::SnapshotProgress& progress) const;
  Result<const chain::Entry*, Fault> check_snapshot(const params::SnapshotFact& fact);
  Result<Unit, Fault> start_from_snapshot(std::unique_ptr<Chainstate> fresh, const params::SnapshotFact& fact);
  bool step_background();
  void start_proof();
  bool finish_proof_if_done();
  void give_up_snapshot(const std::string& reason);
  void share_cache();
  Result<Unit, Fault> finish_snapshot_swap();   // at start
  Result<Unit, Fault> find_snapshot();          // at start
  Result<Unit, Fault> put_snapshot_in_place();  // at the end

  // --- before the chain thread starts: recover.cpp
  Result<Unit, Fault> open_files();
  Result<Unit, Fault> load_index();
  Result<Unit, Fault> restore_entries(std::vector<storage::BlockIndexRecord>& records);
  Result<Unit, Fault> check_block_files();
  void note_pruned(std::int32_t file);
  Result<std::unique_ptr<Chainstate>, Fault> open_chainstate(const std::string& name);
  Result<Unit, Fault> load_chainstates();
  Result<Unit, Fault> load_coins(Chainstate& state);
  Result<Unit, Fault> replay(Chainstate& state, const storage::ChainstateMarker::Heads& heads);
  Result<Unit, Fault> write_replayed(Chainstate& state);
  Result<Unit, Fault> replay_forward(Chainstate& state, const chain::Entry* entry);
  Result<Unit, Fault> replay_backward(Chainstate& state, const chain::Entry* entry);
  Result<Unit, Fault> begin_with_genesis();
  Result<Unit, Fault> store_genesis();

  void fail(Fault fault);
  void run();
  bool run_tasks(Tasks& queue);

  chain::Candidates candidates;
  std::unique_ptr<Chainstate> active;
  std::unique_ptr<Chainstate> background;             // null, but while a snapshot has not been proven
  std::optional<params::SnapshotFact> snapshot_fact;  // what is known of it
  std::shared_ptr<ProofJob> proof;                    // hashing the background's coins
  std::atomic<bool> is_loading_snapshot{false};
  bool snapshot_is_proven = false;                  // in this run: its directory takes the other's place
  std::unordered_set<const chain::Entry*> changed;  // since the last flush of the index
  std::unordered_map<BlockHash, BlockRejection, BlockHashHasher> rejections;
  std::vector<std::function<void(const ChainEvent&)>> followers;
  std::vector<std::function<void()>> view_followers;
  std::vector<std::function<void(const chain::Entry&, const BlockRejection&)>> rejection_followers;
  bool index_was_empty = false;  // at start
  bool stop_reached = false;
  std::int64_t last_publish_ns = 0;
  std::vector<script::Interpreter> interpreters;  // by runner
  std::vector<SignatureTimer> timers;             // by runner

  std::shared_ptr<FlushJob> flush_job;

  // --- shared between threads, under `mutex`
  std::mutex mutex;
  std::condition_variable wake;
  std::uint64_t signals = 0;
  Tasks tasks;
  Tasks looks;
  std::deque<ArrivalPtr> arrivals;
  std::uint64_t arrival_bytes = 0;
  std::condition_variable window;
  std::vector<LoadedBlock> loaded;
  bool stopping = false;
  bool ended = false;
  std::uint64_t import_new = 0;
  std::uint64_t import_unusable = 0;
  std::unordered_multimap<BlockHash, SourceRecord, BlockHashHasher> import_orphans;  // by parent; chain thread
  std::vector<SourceRecord> orphans_ready;  // their parent is here; chain thread

  std::thread thread;
  std::unique_ptr<WorkPool> pool;  // last: its threads use everything above
};

template <class F>
auto Engine::Core::call(F&& work) -> Result<std::invoke_result_t<F>, Fault> {
  std::optional<std::invoke_result_t<F>> answer;
  KP_TRY_VOID(run_in_chain_thread([&] { answer.emplace(work()); }));
  return std::move(*answer);
}

template <class F>
auto Engine::Core::look(F&& work) -> Result<std::invoke_result_t<F>, Fault> {
  std::optional<std::invoke_result_t<F>> answer;
  KP_TRY_VOID(run_in(looks, [&] { answer.emplace(work()); }));
  return std::move(*answer);
}

inline constexpr std::uint64_t kArrivalBytesMax = 48ull << 20;
inline constexpr std::uint64_t kRecentBytesMax = 48ull << 20;
inline constexpr std::uint64_t kPendingBytesMax = 256ull << 20;
inline constexpr std::size_t kPendingBlocksMax = 512;
inline constexpr std::size_t kRejectionsMax = 10'000;

}  // namespace kepeng::validation
