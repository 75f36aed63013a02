// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/block_json.h>

#include <algorithm>

#include <kepeng/rpc/tx_json.h>

#include "matching_undo.h"

namespace kepeng::rpc {
namespace {

// A tip this close to our clock means that the height says how far along we are.
constexpr std::int64_t kRecentTipSeconds = 2 * 60 * 60;

enum class Wanted { Block, Undo };

Result<Unit, RpcError> check_available(const validation::Engine& engine, const chain::Entry* entry, Wanted wanted) {
  if (wanted == Wanted::Block ? entry->has_data : entry->has_undo) return Unit{};
  const bool was_pruned = engine.is_pruned() && !entry->has_data && entry->transactions > 0;
  const std::string what = wanted == Wanted::Block ? "Block" : "Undo data";
  if (was_pruned) return fail(Code::Misc, what + " not available (pruned data)");
  if (wanted == Wanted::Undo) return fail(Code::Misc, what + " not available");
  return fail(Code::Misc, what + " not available (not fully downloaded)");
}

void write_coinbase_summary(json::Writer& out, const Transaction& coinbase) {
  const TxIn& input = coinbase.inputs[0];
  out.key("coinbase_tx");
  out.begin_object();
  out.field("version", coinbase.version);
  out.field("locktime", coinbase.lock_time);
  out.field("sequence", input.sequence);
  out.field_hex("coinbase", input.script_sig);
  if (!input.witness.empty()) out.field_hex("witness", input.witness[0]);
  out.end_object();
}

void write_transactions(json::Writer& out, const Block& block, const storage::BlockUndo* undo,
                        const params::NetworkParams& network, BlockDetail detail) {
  out.key("tx");
  out.begin_array();
  const auto transactions = block.transactions();
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    if (detail == BlockDetail::Txids) {
      out.hex_reversed(transactions[i].txid.view());
      continue;
    }
    out.begin_object();
    const bool has_undo = undo != nullptr && i > 0;
    write_transaction_members(
        out, {.tx = transactions[i],
              .network = network,
              .spent = has_undo ? &undo->transactions[i - 1] : nullptr,
              .prevouts = detail == BlockDetail::Prevouts ? PrevoutMembers::Write : PrevoutMembers::Omit});
    out.end_object();
  }
  out.end_array();
}

}  // namespace

std::string bits_text(CompactTarget target) {
  return fmt::format("{:08x}", target.bits);
}

std::string target_text(CompactTarget target) {
  return expand(target).value.to_string();
}

std::int64_t confirmations_of(const chain::ChainView& view, const chain::Entry* entry) {
  return view.contains(entry) ? view.height() - entry->height + 1 : -1;
}

double verification_progress(const validation::Engine& engine, const chain::Entry* entry, UnixTime now) {
  const auto transactions = static_cast<double>(entry->chain_transactions.load());
  if (transactions == 0) return 0;
  const params::ChainTransactionData& data = engine.network().transaction_data;
  const chain::Entry* best = engine.best_header();
  double total = 0;
  if (transactions <= static_cast<double>(data.count)) {
    total = static_cast<double>(data.count) + static_cast<double>(now.seconds - data.time) * data.per_second;
  } else {
    std::int64_t behind_seconds = now - entry->header.unix_time();
    if (std::abs(now - best->header.unix_time()) <= kRecentTipSeconds) {
      behind_seconds = std::int64_t{best->height - entry->height} * engine.network().target_spacing_seconds;
    }
    total = transactions + static_cast<double>(behind_seconds) * data.per_second;
  }
  return std::min(transactions / total, 1.0);
}

void write_header_members(json::Writer& out, const chain::ChainView& view, const chain::Entry* entry) {
  const BlockHeader& header = entry->header;
  out.key("hash"), out.hex_reversed(entry->hash.view());
  out.field("confirmations", confirmations_of(view, entry));
  out.field("height", entry->height);
  out.field("version", header.version);
  out.field("versionHex", fmt::format("{:08x}", static_cast<std::uint32_t>(header.version)));
  out.key("merkleroot"), out.hex_reversed(header.merkle_root.view());
  out.field("time", header.time);
  out.field("mediantime", entry->median_time_past().seconds);
  out.field("nonce", header.nonce);
  out.field("bits", bits_text(header.target));
  out.field("target", target_text(header.target));
  out.field("difficulty", difficulty_of(header.target));
  out.field("chainwork", entry->chain_work.to_string());
  out.field("nTx", entry->transactions.load());
  if (entry->parent != nullptr) out.key("previousblockhash"), out.hex_reversed(entry->parent->hash.view());
  if (const chain::Entry* next = view.next(entry)) out.key("nextblockhash"), out.hex_reversed(next->hash.view());
}

Result<Unit, RpcError> write_block(json::Writer& out, const validation::Engine& engine, const chain::Entry* entry,
                                   BlockDetail detail) {
  const auto view = engine.view();
  KP_TRY(const BlockPtr block, block_of(engine, entry));
  // Without undo data a block is shown without fees.
  std::optional<storage::BlockUndo> undo;
  if (detail != BlockDetail::Txids && entry->has_undo) {
    auto found = read_matching_undo(engine, entry, *block);
    if (!found) {
      return fail(Code::InternalError,
                  "Undo data expected but can't be read. This could be due to disk corruption or a conflict with a "
                  "pruning event.");
    }
    undo = std::move(found).value();
  }
  out.begin_object();
  write_header_members(out, *view, entry);
  out.field("strippedsize", block->stripped_size());
  out.field("size", block->total_size());
  out.field("weight", block->weight());
  write_coinbase_summary(out, block->transactions()[0]);
  write_transactions(out, *block, undo ? &*undo : nullptr, engine.network(), detail);
  out.end_object();
  return Unit{};
}

Result<BlockPtr, RpcError> block_of(const validation::Engine& engine, const chain::Entry* entry) {
  KP_TRY_VOID(check_available(engine, entry, Wanted::Block));
  auto block = engine.read_block(entry);
  // It may have been pruned since we looked.
  if (!block) return fail(Code::Misc, "Block not found on disk");
  return std::move(block).value();
}

Result<storage::BlockUndo, RpcError> undo_of(const validation::Engine& engine, const chain::Entry* entry,
                                             const Block& block) {
  if (entry->height == 0) return storage::BlockUndo{};
  KP_TRY_VOID(check_available(engine, entry, Wanted::Undo));
  auto undo = read_matching_undo(engine, entry, block);
  if (!undo) return fail(Code::Misc, "Can't read undo data from disk");
  return std::move(undo).value();
}

}  // namespace kepeng::rpc
