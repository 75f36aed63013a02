// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <set>

#include <kepeng/base/files.h>
#include <kepeng/base/progress.h>
#include <kepeng/base/time.h>
#include <kepeng/script/output_template.h>

#include "core.h"
#include "entry_record.h"

namespace kepeng::validation {
namespace {

std::string index_path(const EngineOptions& options) {
  return join_path(options.blocks_directory, "index");
}

storage::DatabaseOptions chainstate_options(const EngineOptions& options) {
  storage::DatabaseOptions database;
  database.cache_bytes = std::clamp<std::uint64_t>(options.cache_bytes / 16, 1 << 20, 32 << 20);
  database.write_buffer_bytes = std::clamp<std::uint64_t>(options.cache_bytes / 16, 1 << 20, 64 << 20);
  database.when_new = storage::NewDatabase::Obfuscated;
  database.repair_advice = "Restart with -reindex-chainstate to build it again.";
  return database;
}

storage::DatabaseOptions index_options() {
  storage::DatabaseOptions database;
  database.cache_bytes = 2 << 20;
  database.write_buffer_bytes = 2 << 20;
  database.repair_advice = "Restart with -reindex to build it again.";
  return database;
}

Fault needs_reindex(const std::string& what) {
  return {FaultKind::Corruption, what + " Restart with -reindex to build the block index again."};
}

}  // namespace

Result<Unit, Fault> Engine::Core::open_files() {
  KP_TRY_VOID(make_directories(env, options.data_directory));
  KP_TRY(files, storage::BlockFiles::open(
                    env, {options.blocks_directory, network.magic, options.file_sizes, options.obfuscation}));
  // Coins first: without them the block index is still of use, without the index they are not.
  if (options.reindex != Reindex::No) {
    for (const char* name : {kSnapshotName, kChainstateName}) {
      KP_TRY_VOID(storage::Database::destroy(env, join_path(options.data_directory, name)));
    }
  }
  KP_TRY_VOID(find_snapshot());
  if (options.reindex == Reindex::Everything) {
    KP_TRY_VOID(storage::Database::destroy(env, index_path(options)));
  }
  KP_TRY(index_database, storage::Database::open(env, index_path(options), index_options()));
  index = std::make_unique<storage::BlockIndexTable>(*index_database);
  if (options.reindex == Reindex::Everything) KP_TRY_VOID(index->set_reindexing());
  KP_TRY(reindexing, index->is_reindexing());
  KP_TRY(auto proven, open_chainstate(kChainstateName));
  if (!snapshot_fact) {
    active = std::move(proven);
    return Unit{};
  }
  background = std::move(proven);
  KP_TRY(active, open_chainstate(kSnapshotName));
  return Unit{};
}

Result<std::unique_ptr<Chainstate>, Fault> Engine::Core::open_chainstate(const std::string& name) {
  auto state = std::make_unique<Chainstate>();
  state->directory = join_path(options.data_directory, name);
  KP_TRY(auto database, storage::Database::open(env, state->directory, chainstate_options(options)));
  state->store = std::make_unique<CoinStore>(std::move(database));
  state->last_flush_ns = steady_ns();
  return state;
}

Result<Unit, Fault> Engine::Core::load_chainstates() {
  KP_TRY_VOID(load_coins(*active));
  if (background == nullptr) return Unit{};
  const chain::Entry* base = tree.find(snapshot_fact->block);
  if (base == nullptr || !active->settled->descends_from(*base)) {
    return Err{needs_reindex("The block index does not know the block of the snapshot.")};
  }
  background->goal = base;
  unproven_base = base;
  KP_TRY_VOID(load_coins(*background));
  share_cache();
  return Unit{};
}

Result<Unit, Fault> Engine::Core::load_index() {
  std::vector<storage::BlockIndexRecord> records;
  KP_TRY_VOID(index->load_all([&](const storage::BlockIndexRecord& record) {
    records.push_back(record);
    return true;
  }));
  KP_TRY(const auto block_files, files->list_block_files());
  index_was_empty = records.empty();
  if (index_was_empty && !block_files.empty()) {
    // Blocks without an index: a reindex that had only removed the old one, or a first run that never flushed. The
    // files are read again; writing into them as if they were empty would lose blocks.
    KP_TRY_VOID(index->set_reindexing());
    reindexing = true;
  }
  KP_TRY_VOID(restore_entries(records));
  KP_TRY(auto infos, index->load_files());
  KP_TRY(const std::int32_t last_file, index->last_file());
  files->restore(std::move(infos), last_file);
  KP_TRY(const auto pruned, index->flag("prunedblockfiles"));
  has_pruned = pruned.value_or(false);
  KP_TRY_VOID(check_block_files());
  return begin_with_genesis();
}

// Told now, by name, and not when a peer asks for a block years later.
Result<Unit, Fault> Engine::Core::check_block_files() {
  std::set<std::int32_t> in_use;
  tree.for_each([&](const chain::Entry& entry) {
    if (entry.has_data) in_use.insert(entry.file);
  });
  for (const std::int32_t file : in_use) {
    const auto there = files->check_files({file});
    if (there) continue;
    // Where files are deleted, one may have gone without the index having heard of it.
    if (!has_pruned || there.error().kind != FaultKind::NotFound) return there;
    KP_LOG_WARNING(log, "{} is missing: its blocks count as pruned.", files->block_path(file));
    note_pruned(file);
  }
  return Unit{};
}

void Engine::Core::note_pruned(std::int32_t file) {
  tree.for_each([&](const chain::Entry& entry) {
    if (!entry.has_data || entry.file != file) return;
    entry.has_data = false;
    entry.has_undo = false;
    candidates.forget_waiting(&entry);
    note_changed(&entry);
  });
}

Result<Unit, Fault> Engine::Core::restore_entries(std::vector<storage::BlockIndexRecord>& records) {
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.height < b.height; });
  for (const storage::BlockIndexRecord& record : records) {
    const chain::Entry* entry = tree.restore(record.header, record.hash);
    if (entry == nullptr || entry->height != record.height) {
      return Err{needs_reindex("The block index lacks the parent of block " + record.hash.to_string() + ".")};
    }
    apply_record(record, *entry);
    entry->has_failed_parent = entry->parent != nullptr && entry->parent->is_invalid();
    entry->sequence = 1;
    if (snapshot_fact && entry->hash == snapshot_fact->block)
      entry->chain_transactions = snapshot_fact->chain_transactions;
    if (entry->chain_transactions != 0) continue;
    if (entry->transactions == 0 || entry->parent == nullptr) continue;
    if (entry->parent->chain_transactions != 0) {
      entry->chain_transactions = entry->parent->chain_transactions + entry->transactions;
    } else {
      candidates.wait_for_parent(entry);
    }
    if (entry->height == 1) entry->chain_transactions = 1u + entry->transactions;
  }
  tree.reconsider_best_header();
  return Unit{};
}

Result<Unit, Fault> Engine::Core::begin_with_genesis() {
  const chain::Entry* genesis = tree.genesis();
  genesis->validity = chain::Validity::Scripts;
  genesis->transactions = 1;
  genesis->chain_transactions = 1;
  if (genesis->has_data || reindexing) return Unit{};
  return store_genesis();
}

Result<Unit, Fault> Engine::Core::store_genesis() {
  const chain::Entry* genesis = tree.genesis();
  KP_TRY(const auto position, files->append_block(network.genesis->raw(), {0, genesis->header.time}));
  genesis->file = position.file;
  genesis->data_offset = position.offset;
  genesis->has_data = true;
  note_changed(genesis);
  return Unit{};
}

Result<Unit, Fault> Engine::Core::load_coins(Chainstate& state) {
  KP_TRY(const auto marker, storage::read_marker(state.store->database()));
  const bool is_new = !marker.best && !marker.heads;
  state.cache = std::make_unique<coins::CoinCache>(
      *state.store, coins::CacheOptions{.bytes_max = options.cache_bytes, .salt = options.salt, .is_complete = is_new});
  state.settled = tree.genesis();
  if (is_new) return Unit{};
  if (marker.heads) return replay(state, *marker.heads);
  const chain::Entry* tip = tree.find(*marker.best);
  if (tip == nullptr) {
    return Err{needs_reindex("The chainstate is of block " + marker.best->to_string() +
                             ", which the block index does not know.")};
  }
  state.settled = tip;
  state.durable = tip;
  return Unit{};
}

// The last flush did not end: coins may be those of `from`, of `to`, or a mixture. Undoing and redoing what lies
// between them gives the state of `to` whatever the mixture was.
Result<Unit, Fault> Engine::Core::replay(Chainstate& state, const storage::ChainstateMarker::Heads& heads) {
  const chain::Entry* to = tree.find(heads.to);
  const chain::Entry* from = heads.from.is_null() ? tree.genesis() : tree.find(heads.from);
  if (to == nullptr || from == nullptr) {
    return Err{needs_reindex("The chainstate lies between two blocks that the block index does not know.")};
  }
  KP_LOG_INFO(log, "Replaying blocks {} to {} after an interrupted flush", from->height, to->height);
  const chain::Entry* fork = chain::fork_point(from, to);
  ProgressLog progress{log, "Replaying", "blocks"};
  const double total = (from->height - fork->height) + (to->height - fork->height);
  double done = 0;
  for (const chain::Entry* walk = from; walk != fork; walk = walk->parent) {
    KP_TRY_VOID(replay_backward(state, walk));
    progress.note(++done, total);
  }
  for (Height at = fork->height + 1; at <= to->height; ++at) {
    KP_TRY_VOID(replay_forward(state, to->ancestor(at)));
    progress.note(++done, total);
  }
  state.settled = to;
  return write_replayed(state);
}

// On disk before anything else happens. Otherwise a reorganisation and a second interrupted flush could follow, and
// coins that the first one wrote would belong to a branch that no marker names any more.
Result<Unit, Fault> Engine::Core::write_replayed(Chainstate& state) {
  const coins::FrozenCoins frozen = state.cache->freeze();
  ProgressLog progress{log, "Writing coins", "rows"};
  KP_TRY_VOID(state.store->write(frozen, [&](double done, double total) { progress.note(done, total); }));
  storage::ChainstateMarker after;
  after.best = state.settled->hash;
  KP_TRY_VOID(state.store->set_marker(after));
  state.cache->finish_flush(frozen);
  state.durable = state.settled;
  return Unit{};
}

Result<Unit, Fault> Engine::Core::replay_backward(Chainstate& state, const chain::Entry* entry) {
  KP_TRY(const BlockPtr block, read_block(entry));
  KP_TRY(const Bytes bytes, files->read_undo({entry->file, entry->undo_offset}, entry->parent->hash));
  const auto undo = storage::decode_block_undo(bytes);
  const auto transactions = block->transactions();
  if (!undo || undo->transactions.size() + 1 != transactions.size()) {
    return Err{needs_reindex("The undo data of block " + entry->hash.to_string() + " is damaged.")};
  }
  for (std::size_t i = transactions.size(); i-- > 0;) {
    const Transaction& tx = transactions[i];
    for (std::uint32_t n = 0; n < tx.outputs.size(); ++n) KP_TRY_VOID(state.cache->erase({tx.txid, n}));
    if (i == 0) break;
    const auto& spent = undo->transactions[i - 1].spent;
    for (std::size_t k = 0; k < tx.inputs.size() && k < spent.size(); ++k) {
      state.cache->add(tx.inputs[k].prevout, spent[k].view(), coins::Overwrite::Possible);
    }
  }
  return Unit{};
}

Result<Unit, Fault> Engine::Core::replay_forward(Chainstate& state, const chain::Entry* entry) {
  KP_TRY(const BlockPtr block, read_block(entry));
  for (const Transaction& tx : block->transactions()) {
    if (!tx.is_coinbase()) {
      for (const TxIn& input : tx.inputs) KP_TRY_VOID(state.cache->erase(input.prevout));
    }
    for (std::uint32_t n = 0; n < tx.outputs.size(); ++n) {
      const TxOut& output = tx.outputs[n];
      if (script::is_unspendable(output.script_pubkey)) continue;
      state.cache->add({tx.txid, n}, {output.value, output.script_pubkey, entry->height, tx.is_coinbase()},
                       coins::Overwrite::Possible);
    }
  }
  return Unit{};
}

}  // namespace kepeng::validation
