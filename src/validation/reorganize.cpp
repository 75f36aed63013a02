// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <set>

#include <kepeng/script/output_template.h>

#include "core.h"

namespace kepeng::validation {

// Is everything there that is needed to leave the branch down to `ancestor`? Looked at before anything changes: a chain
// that is half taken back helps nobody.
Result<Unit, Fault> Engine::Core::check_way_back(const Chainstate& state, const chain::Entry* ancestor) const {
  std::set<std::int32_t> files_needed;
  for (const chain::Entry* walk = state.settled; walk->height > ancestor->height; walk = walk->parent) {
    if (!walk->has_data || !walk->has_undo) {
      return Err{Fault{FaultKind::NotFound, "Block " + walk->hash.to_string() + " at height " +
                                                std::to_string(walk->height) +
                                                " would have to be taken back, and its data has been pruned. Restart "
                                                "with -reindex to load the chain anew."}};
    }
    files_needed.insert(walk->file);
  }
  return files->check_files({files_needed.begin(), files_needed.end()}, storage::BlockFiles::Kinds::BlocksAndUndo);
}

// Leaves the branch down to `ancestor`: first what was only applied, in memory; then settled blocks, by their undo
// data.
Result<Unit, Fault> Engine::Core::roll_back_to(Chainstate& state, const chain::Entry* ancestor) {
  KP_TRY_VOID(check_way_back(state, ancestor));
  while (!state.pending.empty() && state.pending.back()->entry->height > ancestor->height) {
    const PendingPtr block = state.pending.back();
    const auto count = static_cast<std::uint32_t>(block->checked->block().transactions().size());
    KP_TRY_VOID(unapply(state, *block, count));
    block->first_failure = 0;  // what has not begun need not run
    state.pending_bytes -= block->memory_bytes();
    state.pending.pop_back();
  }
  while (state.settled->height > ancestor->height) KP_TRY_VOID(disconnect_settled(state));
  return Unit{};
}

Result<Unit, Fault> Engine::Core::disconnect_settled(Chainstate& state) {
  const chain::Entry* entry = state.settled;
  KP_TRY(const BlockPtr block, read_block(entry));
  KP_TRY(const Bytes undo, files->read_undo({entry->file, entry->undo_offset}, entry->parent->hash));
  // Everything is read and proven before the first coin changes.
  auto decoded = storage::decode_block_undo(undo);
  if (!decoded || decoded->transactions.size() + 1 != block->transactions().size()) {
    return Err{Fault{FaultKind::Corruption,
                     "The undo data of block " + entry->hash.to_string() + " is damaged. Restart with -reindex."}};
  }
  auto spent = std::make_shared<coins::SpentCoins>();
  for (const storage::TxUndo& tx : decoded->transactions) {
    for (const storage::Coin& coin : tx.spent) {
      spent->coins.push_back({{coin.value, spent->scripts.store(coin.script_pubkey)}, coin.height, coin.is_coinbase});
    }
  }
  if (spent->coins.size() + 1 != block->inputs().size()) {
    return Err{Fault{FaultKind::Corruption, "The undo data of block " + entry->hash.to_string() +
                                                " is of another block. Restart with -reindex."}};
  }
  Pending taken_back;
  taken_back.entry = entry;
  auto checked = consensus::check_block(block, network);
  if (!checked) {
    return Err{Fault{FaultKind::Corruption,
                     "Block " + entry->hash.to_string() + " on disk is damaged. Restart with -reindex."}};
  }
  taken_back.checked = std::make_shared<CheckedBlock>(std::move(checked).value());
  taken_back.spent = spent;
  KP_TRY_VOID(unapply(state, taken_back, static_cast<std::uint32_t>(block->transactions().size())));
  state.settled = entry->parent;
  ++counters.blocks_disconnected;
  if (!state.is_active()) return Unit{};
  emit({ChainEvent::Kind::Disconnected, entry, block, spent});
  // What was left is a candidate again, unless it is known to be invalid.
  if (!entry->is_invalid()) candidates.insert(entry);
  if (!entry->parent->is_invalid()) candidates.insert(entry->parent);
  return Unit{};
}

void Engine::Core::mark_descendants_failed() {
  // Entries stand after their parents.
  tree.for_each([&](const chain::Entry& other) {
    if (other.parent != nullptr && other.parent->is_invalid() && !other.has_failed_parent) {
      other.has_failed_parent = true;
      note_changed(&other);
    }
  });
}

Result<Unit, Fault> Engine::Core::invalidate(const chain::Entry* entry) {
  if (active->applied()->descends_from(*entry)) {
    KP_TRY_VOID(check_way_back(*active, entry->parent));  // told to whoever asked, and nothing has happened
    if (auto rolled_back = roll_back_to(*active, entry->parent); !rolled_back) {
      fail(rolled_back.error());
      return rolled_back;
    }
  }
  entry->is_failed = true;
  note_changed(entry);
  mark_descendants_failed();
  tree.reconsider_best_header();
  rebuild_candidates();
  return Unit{};
}

void Engine::Core::reconsider(const chain::Entry* entry) {
  // The block, its ancestors and all that descend from it get another chance.
  for (const chain::Entry* walk = entry; walk != nullptr; walk = walk->parent) {
    if (!walk->is_invalid()) break;
    walk->is_failed = false;
    walk->has_failed_parent = false;
    note_changed(walk);
  }
  tree.for_each([&](const chain::Entry& other) {
    if (!other.is_invalid()) return;
    if (other.height > entry->height && other.ancestor(entry->height) == entry) other.is_failed = false;
    other.has_failed_parent = other.parent != nullptr && other.parent->is_invalid();
    note_changed(&other);
  });
  rejections.clear();
  tree.reconsider_best_header();
  rebuild_candidates();
}

}  // namespace kepeng::validation
