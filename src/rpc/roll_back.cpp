// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "roll_back.h"

#include "matching_undo.h"

namespace kepeng::rpc {
namespace {

using coins::CoinOverlay;

void undo_block(const Block& block, storage::BlockUndo& undo, CoinOverlay& overlay) {
  const auto transactions = block.transactions();
  for (std::size_t i = transactions.size(); i-- > 0;) {
    const Transaction& tx = transactions[i];
    auto& created = overlay[tx.txid];
    for (std::size_t n = 0; n < tx.outputs.size(); ++n) created[static_cast<std::uint32_t>(n)] = std::nullopt;
    if (i == 0) continue;
    std::vector<storage::Coin>& spent = undo.transactions[i - 1].spent;
    for (std::size_t n = 0; n < tx.inputs.size(); ++n) {
      const OutPoint& prevout = tx.inputs[n].prevout;
      overlay[prevout.txid][prevout.index] = std::move(spent[n]);
    }
  }
}

}  // namespace

Result<CoinOverlay, Fault> roll_back_overlay(const validation::Engine& engine, const chain::Entry* from,
                                             const chain::Entry* to) {
  CoinOverlay overlay;
  for (const chain::Entry* entry = from; entry != to; entry = entry->parent) {
    KP_TRY(const BlockPtr block, engine.read_block(entry));
    KP_TRY(storage::BlockUndo undo, read_matching_undo(engine, entry, *block));
    undo_block(*block, undo, overlay);
  }
  return overlay;
}

}  // namespace kepeng::rpc
