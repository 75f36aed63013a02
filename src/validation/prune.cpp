// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>

#include "core.h"
#include "entry_record.h"

namespace kepeng::validation {
namespace {

// Blocks that are always kept: a reorganization of this depth needs no download (as peers are promised, BIP159).
constexpr Height kBlocksKept = 288;

}  // namespace

// Which block files may go: those of which no block is wanted any more, up to `height_max`. Wanted are blocks close to
// both the durable and the settled tip (D-07), and with a chainstate in the background those that it has not used.
std::vector<bool> Engine::Core::prunable_files(Height height_max) const {
  const auto close_to = [](const Chainstate& state) {
    if (state.durable == nullptr) return Height{0};
    return chain::fork_point(state.durable, state.settled)->height - kBlocksKept;
  };
  height_max = std::min(height_max, close_to(*active));
  const Height used_max = background == nullptr ? height_max : std::min(height_max, close_to(*background));
  const Height unused_max = background == nullptr ? -1 : background->goal->height;
  const auto is_wanted = [&](Height height) {
    return height > height_max || (height > used_max && height <= unused_max);
  };
  const auto infos = files->infos();
  std::vector<bool> goes(infos.size(), false);
  for (std::size_t file = 0; file < infos.size(); ++file) {
    goes[file] = infos[file].blocks != 0 && static_cast<std::int32_t>(file) != files->last_file() &&
                 static_cast<Height>(infos[file].height_last) <= height_max;
  }
  if (background == nullptr) return goes;
  tree.for_each([&](const chain::Entry& entry) {
    if (entry.has_data && is_wanted(entry.height)) goes[static_cast<std::size_t>(entry.file)] = false;
  });
  return goes;
}

Result<Height, Fault> Engine::Core::prune_files(Height height_max) {
  if (active->durable == nullptr) return Height{-1};
  const std::vector<bool> goes = prunable_files(height_max);
  if (std::find(goes.begin(), goes.end(), true) == goes.end()) return Height{-1};

  // The index first: a file that is gone must never be looked for.
  storage::BlockIndexBatch batch;
  Height pruned_to = -1;
  tree.for_each([&](const chain::Entry& entry) {
    if (!entry.has_data || !goes[static_cast<std::size_t>(entry.file)]) return;
    entry.has_data = false;
    entry.has_undo = false;
    entry.file = 0;
    entry.data_offset = 0;
    entry.undo_offset = 0;
    pruned_to = std::max(pruned_to, entry.height);
    candidates.forget_waiting(&entry);
    batch.blocks.push_back(to_record(entry));
  });
  batch.files = files->take_changes();
  if (!has_pruned) {
    KP_TRY_VOID(index->set_flag("prunedblockfiles"));
    has_pruned = true;
  }
  KP_TRY_VOID(index->write(batch, storage::Durability::Synced));
  for (std::size_t file = 0; file < goes.size(); ++file) {
    if (goes[file]) KP_TRY_VOID(files->prune(static_cast<std::int32_t>(file)));
  }
  KP_TRY_VOID(files->sync());
  storage::BlockIndexBatch shrunk;
  shrunk.files = files->take_changes();
  KP_TRY_VOID(index->write(shrunk, storage::Durability::Synced));
  return pruned_to;
}

// Keeps the block files below the target, oldest first.
Result<Unit, Fault> Engine::Core::prune_automatically() {
  if (options.prune_target_bytes == 0 || active->settled->height < network.prune_after_height) return Unit{};
  std::uint64_t used = files->used_bytes();
  if (used <= options.prune_target_bytes) return Unit{};
  Height up_to = -1;
  for (const auto& info : files->infos()) {
    if (used <= options.prune_target_bytes) break;
    if (info.blocks == 0) continue;
    used -= info.size + info.undo_size;
    up_to = std::max(up_to, static_cast<Height>(info.height_last));
  }
  KP_TRY_VOID(prune_files(up_to));
  return Unit{};
}

}  // namespace kepeng::validation
