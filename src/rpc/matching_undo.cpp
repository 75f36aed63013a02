// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "matching_undo.h"

namespace kepeng::rpc {
namespace {

bool fits(const storage::BlockUndo& undo, const Block& block) {
  const auto transactions = block.transactions();
  if (undo.transactions.size() + 1 != transactions.size()) return false;
  for (std::size_t i = 1; i < transactions.size(); ++i) {
    if (undo.transactions[i - 1].spent.size() != transactions[i].inputs.size()) return false;
  }
  return true;
}

}  // namespace

Result<storage::BlockUndo, Fault> read_matching_undo(const validation::Engine& engine, const chain::Entry* entry,
                                                     const Block& block) {
  KP_TRY(storage::BlockUndo undo, engine.read_undo(entry));
  if (!fits(undo, block)) {
    return Err{Fault{FaultKind::Corruption, "The undo data of block " + entry->hash.to_string() +
                                                " belong to another block. Restart with -reindex."}};
  }
  return undo;
}

}  // namespace kepeng::rpc
