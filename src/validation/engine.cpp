// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/validation/engine.h>

#include <algorithm>
#include <unordered_set>

#include "core.h"

namespace kepeng::validation {

Engine::Engine(std::unique_ptr<Core> core) : core_{std::move(core)} {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>, Fault> Engine::open(const Dependencies& dependencies, EngineOptions options) {
  auto core = std::make_unique<Core>(dependencies, std::move(options));
  KP_TRY_VOID(core->start());
  return std::unique_ptr<Engine>{new Engine{std::move(core)}};
}

Result<Unit, Fault> Engine::close() {
  return core_->close();
}

Result<SubmitOutcome, Fault> Engine::submit(BlockPtr block) {
  if (core_->reindexing) {
    return Err{Fault{FaultKind::Busy, "The block files are being read again (-reindex). Try again when that is done."}};
  }
  const BlockHash hash = block->hash();
  auto checked = consensus::check_block(std::move(block), core_->network);
  if (!checked) return SubmitOutcome{SubmitOutcome::Kind::Rejected, checked.error(), find(hash)};
  const auto shared = std::make_shared<CheckedBlock>(std::move(checked).value());
  return core_->call([&] {
    SubmitOutcome outcome = core_->accept(shared, std::nullopt);
    if (outcome.kind != SubmitOutcome::Kind::Stored) return outcome;
    core_->settle_everything();
    if (outcome.entry->is_failed) {
      const auto reason = core_->rejections.find(hash);
      outcome.kind = SubmitOutcome::Kind::Rejected;
      if (reason != core_->rejections.end()) outcome.rejection = reason->second;
    } else if (core_->active->settled->ancestor(outcome.entry->height) == outcome.entry) {
      outcome.kind = SubmitOutcome::Kind::Connected;
    }
    return outcome;
  });
}

Result<Result<const chain::Entry*, consensus::BlockRejection>, Fault> Engine::submit_header(const BlockHeader& header) {
  return core_->call([&] {
    auto placed = core_->tree.place(header, core_->clock.now());
    if (placed) core_->note_changed(*placed);
    return placed;
  });
}

void Engine::hand_in(BlockPtr block, OnTaken on_taken) {
  auto arrival = std::make_shared<Arrival>();
  arrival->on_taken = std::move(on_taken);
  core_->hand_to_checker(std::move(block), std::move(arrival));
}

void Engine::hand_in(std::vector<BlockHeader> headers, OnPlaced on_placed) {
  core_->post([core = core_.get(), headers = std::move(headers), on_placed = std::move(on_placed)] {
    HeadersOutcome outcome;
    for (const BlockHeader& header : headers) {
      const auto placed = core->tree.place(header, core->clock.now());
      if (!placed) {
        outcome.rejection = placed.error();
        break;
      }
      core->note_changed(*placed);
      outcome.last = *placed;
      ++outcome.placed;
    }
    on_placed(outcome);
  });
}

Result<Result<Unit, consensus::BlockRejection>, Fault> Engine::test_on_tip(BlockPtr block) {
  using Verdict = Result<Unit, BlockRejection>;
  const BlockHash hash = block->hash();
  auto checked = consensus::check_proposal(std::move(block), core_->network);
  if (!checked) return Verdict{Err{checked.error()}};
  const auto shared = std::make_shared<CheckedBlock>(std::move(checked).value());
  return core_->call([&]() -> Verdict {
    Core& core = *core_;
    core.settle_everything();
    chain::Entry entry;  // a place that nobody else sees
    entry.hash = hash;
    entry.header = shared->block().header();
    entry.height = core.active->settled->height + 1;
    entry.parent = core.active->settled;
    entry.chain_work = core.active->settled->chain_work + work_of(entry.header.target);
    const chain::EntryAncestry parent{core.active->settled};
    KP_TRY_VOID(consensus::check_header({entry.header, hash, parent, core.clock.now(), core.network}));
    KP_TRY_VOID(consensus::check_place(*shared, {parent, core.network}));
    auto applied = core.apply(*core.active, &entry, shared);
    if (!applied) {
      if (auto* why = std::get_if<Fault>(&applied.error())) {
        core.fail(*why);
        return Unit{};
      }
      return Err{std::get<BlockRejection>(applied.error())};
    }
    core.start_scripts(*applied);
    while ((*applied)->remaining != 0) {
      if (!core.pool->run_one()) core.wait_for_work();
    }
    auto undone =
        core.unapply(*core.active, **applied, static_cast<std::uint32_t>(shared->block().transactions().size()));
    if (!undone) core.fail(std::move(undone).error());
    const std::uint64_t at = (*applied)->first_failure;
    if (at == Pending::kNoFailure) return Unit{};
    const auto error = (*applied)->failures.with([&](const auto& failures) { return failures.at(at); });
    return Err{BlockRejection::of_script(error, static_cast<std::uint32_t>(at >> 32), static_cast<std::uint32_t>(at))};
  });
}

Result<ImportProgress, Fault> Engine::import_file(const std::string& path, const ProgressCallback& progress) {
  return core_->import_files({{path, {}, -1}}, progress);
}

Result<ImportProgress, Fault> Engine::import_block_files(const ProgressCallback& progress) {
  // A reindex that goes on after an interruption needs the undo files that it has written.
  if (core_->index_was_empty) KP_TRY_VOID(core_->files->remove_unusable_files());
  KP_TRY(const auto numbers, core_->files->list_block_files());
  std::vector<Core::ImportSource> sources;
  for (const std::int32_t number : numbers) {
    sources.push_back({core_->files->block_path(number), core_->files->xor_key(), number});
  }
  KP_TRY(const ImportProgress done, core_->import_files(sources, progress));
  KP_TRY(const auto genesis_stored, core_->call([&]() -> Result<Unit, Fault> {
    if (core_->tree.genesis()->has_data) return Unit{};
    return core_->store_genesis();
  }));
  if (!genesis_stored) return Err{genesis_stored.error()};
  KP_TRY_VOID(flush());
  KP_TRY_VOID(core_->index->clear_reindexing());
  core_->reindexing = false;
  return done;
}

bool Engine::is_reindexing() const {
  return core_->reindexing;
}

Result<Unit, Fault> Engine::activate_best_chain() {
  return core_->wait_until_settled();
}

Result<Unit, Fault> Engine::invalidate(const chain::Entry* entry) {
  KP_TRY(const auto done, core_->call([&]() -> Result<Unit, Fault> {
    const chain::Entry* base = core_->unproven_base;
    if (base != nullptr && base->descends_from(*entry)) {
      return Err{Fault{FaultKind::Config, "The snapshot of block " + base->hash.to_string() +
                                              " builds on this block and has not been proven yet."}};
    }
    core_->settle_pending(*core_->active);
    KP_TRY_VOID(core_->invalidate(entry));
    core_->settle_everything();
    return Unit{};
  }));
  return done;
}

Result<Unit, Fault> Engine::reconsider(const chain::Entry* entry) {
  return core_->run_in_chain_thread([&] {
    core_->reconsider(entry);
    core_->settle_everything();
  });
}

Result<Unit, Fault> Engine::prefer(const chain::Entry* entry) {
  return core_->run_in_chain_thread([&] {
    core_->settle_everything();
    if (entry->chain_work < core_->active->settled->chain_work) return;
    core_->candidates.prefer(entry);
    if (!entry->is_invalid() && entry->chain_transactions != 0) core_->candidates.insert(entry);
    core_->settle_everything();
  });
}

Result<Unit, Fault> Engine::flush() {
  return core_->run_in_chain_thread([&] { core_->flush_everything(); });
}

Result<SnapshotLoaded, Fault> Engine::load_snapshot(storage::SnapshotReader& reader, const SnapshotProgress& progress) {
  return core_->load_snapshot(reader, progress);
}

const chain::Entry* Engine::snapshot_base() const {
  return core_->unproven_base;
}

std::vector<ChainstateFacts> Engine::chainstates() const {
  auto found = core_->look([&] {
    const Core& core = *core_;
    const chain::Entry* base = core.snapshot_fact ? core.tree.find(core.snapshot_fact->block) : nullptr;
    std::vector<ChainstateFacts> facts;
    if (core.background != nullptr) {
      facts.push_back({core.background->settled, nullptr, true, core.background->cache->bytes_max()});
    }
    facts.push_back({core.active->settled, base, core.unproven_base == nullptr, core.active->cache->bytes_max()});
    return facts;
  });
  return found ? std::move(found).value() : std::vector<ChainstateFacts>{};
}

Result<Height, Fault> Engine::prune_to(Height height) {
  KP_TRY(auto pruned, core_->call([&] {
    core_->flush_everything();
    return core_->prune_files(height);
  }));
  return pruned;
}

std::shared_ptr<const chain::ChainView> Engine::view() const {
  return core_->published.read();
}

std::shared_ptr<const chain::ChainView> Engine::wait_for_tip(const BlockHash& known, std::int64_t timeout_ms) const {
  std::unique_lock hold{core_->tip_signal.mutex};
  const auto moved = [&] {
    return core_->tip_signal.interrupted || core_->fault() || core_->published.read()->tip()->hash != known;
  };
  if (timeout_ms <= 0) {
    core_->tip_signal.changed.wait(hold, moved);
  } else {
    core_->tip_signal.changed.wait_for(hold, std::chrono::milliseconds{timeout_ms}, moved);
  }
  return view();
}

void Engine::interrupt_waiters() {
  core_->hurry = true;
  core_->signal();
  core_->window.notify_all();
  {
    std::scoped_lock hold{core_->tip_signal.mutex};
    core_->tip_signal.interrupted = true;
  }
  core_->tip_signal.changed.notify_all();
}

const chain::Entry* Engine::find(const BlockHash& hash) const {
  return core_->tree.find(hash);
}

const chain::Entry* Engine::best_header() const {
  return core_->tree.best_header();
}

std::vector<const chain::Entry*> Engine::leaves() const {
  auto found = core_->look([&] {
    std::unordered_set<const chain::Entry*> parents;
    core_->tree.for_each([&](const chain::Entry& entry) { parents.insert(entry.parent); });
    std::vector<const chain::Entry*> result;
    core_->tree.for_each([&](const chain::Entry& entry) {
      if (!parents.contains(&entry)) result.push_back(&entry);
    });
    return result;
  });
  return found ? std::move(found).value() : std::vector<const chain::Entry*>{};
}

bool Engine::rests_on(const chain::Entry* tip) const {
  return core_->rests_on == tip;
}

bool Engine::is_initial_block_download() const {
  return core_->initial_download;
}
std::optional<Fault> Engine::fault() const {
  return core_->fault();
}

std::optional<consensus::BlockRejection> Engine::rejection_of(const BlockHash& hash) const {
  auto found = core_->look([&]() -> std::optional<BlockRejection> {
    const auto reason = core_->rejections.find(hash);
    if (reason == core_->rejections.end()) return std::nullopt;
    return reason->second;
  });
  return found ? *found : std::nullopt;
}

Result<BlockPtr, Fault> Engine::read_block(const chain::Entry* entry) const {
  return core_->read_block(entry);
}

Result<Bytes, Fault> Engine::read_block_bytes(const chain::Entry* entry) const {
  KP_TRY(const BlockPtr block, core_->read_block(entry));
  return Bytes(block->raw().begin(), block->raw().end());
}

Result<storage::BlockUndo, Fault> Engine::read_undo(const chain::Entry* entry) const {
  if (entry->height == 0) return storage::BlockUndo{};
  if (!entry->has_undo) {
    return Err{Fault{FaultKind::NotFound, "Undo data of block " + entry->hash.to_string() + " is not available."}};
  }
  KP_TRY(const Bytes bytes, core_->files->read_undo({entry->file, entry->undo_offset}, entry->parent->hash));
  auto undo = storage::decode_block_undo(bytes);
  if (!undo) {
    return Err{Fault{FaultKind::Corruption,
                     "The undo data of block " + entry->hash.to_string() + " is damaged. Restart with -reindex."}};
  }
  return std::move(undo).value();
}

Result<Engine::CoinAtTip, Fault> Engine::read_coin(const OutPoint& outpoint) const {
  KP_TRY(auto at, read_coins({&outpoint, 1}));
  return CoinAtTip{std::move(at.coins.front()), at.tip};
}

Result<Engine::CoinsAtTip, Fault> Engine::read_coins(std::span<const OutPoint> outpoints) const {
  KP_TRY(auto answer, core_->look([&]() -> Result<CoinsAtTip, Fault> {
    CoinsAtTip at{{}, core_->active->settled};
    at.coins.reserve(outpoints.size());
    constexpr std::size_t kAhead = coins::CoinCache::kPrefetchDistance;
    const coins::CoinCache& cache = *core_->active->cache;
    for (std::size_t i = 0; i < outpoints.size(); ++i) {
      if (i + 2 * kAhead < outpoints.size()) cache.prefetch(outpoints[i + 2 * kAhead]);
      if (i + kAhead < outpoints.size()) cache.prefetch_record(outpoints[i + kAhead]);
      storage::Coin coin;
      KP_TRY(const bool found, core_->read_settled_coin(outpoints[i], coin));
      at.coins.push_back(found ? std::optional{std::move(coin)} : std::nullopt);
    }
    return at;
  }));
  return answer;
}

Result<CoinSnapshot, Fault> Engine::coin_snapshot() {
  KP_TRY(auto answer, core_->call([&]() -> Result<CoinSnapshot, Fault> {
    core_->flush_everything();
    if (auto why = core_->fault()) return Err{*why};
    CoinSnapshot snapshot;
    snapshot.at = core_->active->settled;
    snapshot.coins = std::make_shared<storage::DatabaseIterator>(core_->active->store->database().iterate());
    return snapshot;
  }));
  return answer;
}

std::uint64_t Engine::chainstate_disk_bytes() const {
  const Bytes from{storage::kCoinPrefix};
  const Bytes to{static_cast<std::uint8_t>(storage::kCoinPrefix + 1)};
  return core_->active->store->database().approximate_size(from, to);
}

std::uint64_t Engine::block_bytes_on_disk() const {
  return core_->files->used_bytes();
}
bool Engine::is_pruned() const {
  return core_->has_pruned;
}

Height Engine::prune_height() const {
  const chain::Entry* walk = view()->tip();
  while (walk->parent != nullptr && walk->parent->has_data) walk = walk->parent;
  return walk->height;
}

const EngineOptions& Engine::options() const {
  return core_->options;
}
const params::NetworkParams& Engine::network() const {
  return core_->network;
}
const Counters& Engine::counters() const {
  return core_->counters;
}

Engine::CacheUse Engine::cache_use() const {
  auto use = core_->look([&] {
    const coins::CoinCache& cache = *core_->active->cache;
    return CacheUse{cache.memory_bytes(), cache.bytes_max(), cache.coin_count(), cache.statistics()};
  });
  return use ? *use : CacheUse{};
}

void Engine::subscribe_views(std::function<void()> follower) {
  auto done = core_->run_in_chain_thread([&] { core_->view_followers.push_back(std::move(follower)); });
  KP_ASSERT(done.ok());
}

void Engine::subscribe_rejections(std::function<void(const chain::Entry&, const consensus::BlockRejection&)> follower) {
  auto done = core_->run_in_chain_thread([&] { core_->rejection_followers.push_back(std::move(follower)); });
  KP_ASSERT(done.ok());
}

void Engine::subscribe(std::function<void(const ChainEvent&)> follower) {
  auto done = core_->run_in_chain_thread([&] { core_->followers.push_back(std::move(follower)); });
  KP_ASSERT(done.ok());
}

}  // namespace kepeng::validation
