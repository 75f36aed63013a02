// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "roll_back.h"

#include "matching_undo.h"

namespace kepeng::rpc {
namespace {

using coins::CoinOverlay;

Result<Unit, Fault> undo_block(const Block& block, const storage::BlockUndo& undo, CoinOverlay& overlay) {
  const auto transactions = block.transactions();
  for (std::size_t i = transactions.size(); i-- > 0;) {
    const Transaction& tx = transactions[i];
    for (std::uint32_t n = 0; n < tx.outputs.size(); ++n) KP_TRY_VOID(overlay.set_none({tx.txid, n}));
    if (i == 0) continue;
    const std::vector<storage::Coin>& spent = undo.transactions[i - 1].spent;
    for (std::size_t n = 0; n < tx.inputs.size(); ++n) KP_TRY_VOID(overlay.set(tx.inputs[n].prevout, spent[n].view()));
  }
  return Unit{};
}

}  // namespace

Result<Unit, Fault> roll_back(const validation::Engine& engine, const chain::Entry* from, const chain::Entry* to,
                              const RollBackTarget& target) {
  for (const chain::Entry* entry = from; entry != to; entry = entry->parent) {
    KP_TRY(const BlockPtr block, engine.read_block(entry));
    KP_TRY(const storage::BlockUndo undo, read_matching_undo(engine, entry, *block));
    KP_TRY_VOID(undo_block(*block, undo, target.overlay));
    const double done = static_cast<double>(from->height - entry->height + 1) / (from->height - to->height);
    if (!target.progress(done)) return Err{Fault{FaultKind::Interrupted, "Going back in the chain was interrupted."}};
  }
  return Unit{};
}

}  // namespace kepeng::rpc
