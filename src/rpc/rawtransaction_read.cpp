// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Transactions: from the mempool, the chain, and the caller's hex.

#include <algorithm>
#include <array>

#include <kepeng/rpc/block_json.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/tx_decode.h>
#include <kepeng/rpc/tx_json.h>
#include <kepeng/rpc/values.h>

#include "blockchain_arguments.h"
#include "matching_undo.h"
#include "mempool_arguments.h"

namespace kepeng::rpc {
namespace {

constexpr std::string_view kWalletAdvice = ". Use gettransaction for wallet transactions.";

struct Found {
  BlockPtr block;
  const chain::Entry* entry = nullptr;
  std::size_t index = 0;

  const Transaction& tx() const { return block->transactions()[index]; }
};

Result<Found, RpcError> find_transaction(const Context& context, const Txid& txid, const chain::Entry* entry) {
  if (entry == nullptr) {
    return fail(Code::InvalidAddressOrKey,
                "No such mempool transaction. Use -txindex or provide a block hash to enable blockchain transaction "
                "queries" +
                    std::string{kWalletAdvice});
  }
  if (!entry->has_data) return fail(Code::Misc, "Block not available");
  KP_TRY(BlockPtr block, block_of(context.engine(), entry));
  const auto transactions = block->transactions();
  const auto found =
      std::find_if(transactions.begin(), transactions.end(), [&](const Transaction& tx) { return tx.txid == txid; });
  if (found == transactions.end()) {
    return fail(Code::InvalidAddressOrKey,
                "No such transaction found in the provided block" + std::string{kWalletAdvice});
  }
  const auto index = static_cast<std::size_t>(found - transactions.begin());
  return Found{std::move(block), entry, index};
}

// What the transaction spent; absent where nothing is known or wanted.
Result<std::optional<storage::TxUndo>, RpcError> undo_for(const Context& context, const Found& found, int verbosity) {
  if (verbosity < 2 || found.index == 0 || !found.entry->has_undo) return std::optional<storage::TxUndo>{};
  auto undo = read_matching_undo(context.engine(), found.entry, *found.block);
  if (!undo) {
    return fail(Code::InternalError,
                "Undo data expected but can't be read. This could be due to disk corruption or a conflict with a "
                "pruning event.");
  }
  return std::optional{std::move(undo->transactions[found.index - 1])};
}

struct Waiting {
  TxPtr tx;
  std::int64_t size = 0;  // as fees count it
};
std::optional<Waiting> find_waiting(const Context& context, const Txid& txid) {
  std::optional<Waiting> found;
  const auto* mempool = context.services().mempool;
  if (mempool == nullptr) return found;
  mempool->look([&](const mempool::Pool& pool, mempool::Admission&) {
    if (const mempool::Entry* entry = pool.find(txid)) found = {unpack(entry->tx), entry->size};
  });
  return found;
}

void write_waiting(json::Writer& out, const Context& context, const Waiting& waiting) {
  out.begin_object();
  out.field("vsize_adjusted", waiting.size);
  write_transaction_members(out, {.tx = *waiting.tx, .network = context.network()});
  out.end_object();
}

void write_place(json::Writer& out, const chain::ChainView& view, const chain::Entry* entry) {
  out.key("blockhash"), out.hex_reversed(entry->hash.view());
  if (!view.contains(entry)) {
    out.field("confirmations", 0);
    return;
  }
  out.field("confirmations", confirmations_of(view, entry));
  out.field("time", entry->header.time);
  out.field("blocktime", entry->header.time);
}

Answer get_raw_transaction(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const Txid txid, hash_from<Txid>(arguments.string(0), "parameter 1"));
  if (txid.bytes == context.network().genesis->header().merkle_root.bytes) {
    return fail(Code::InvalidAddressOrKey,
                "The genesis block coinbase is not considered an ordinary transaction and cannot be retrieved");
  }
  KP_TRY(const int verbosity, verbosity_from(arguments, 1, 0));
  const chain::Entry* entry = nullptr;
  if (arguments.find(2) != nullptr) {
    KP_TRY(const BlockHash hash, hash_from<BlockHash>(arguments.string(2), "parameter 3"));
    entry = context.engine().find(hash);
    if (entry == nullptr) return fail(Code::InvalidAddressOrKey, "Block hash not found");
  } else if (const auto waiting = find_waiting(context, txid)) {
    verbosity <= 0 ? out.hex(waiting->tx->raw) : write_waiting(out, context, *waiting);
    return Unit{};
  }
  KP_TRY(const Found found, find_transaction(context, txid, entry));
  if (verbosity <= 0) {
    out.hex(found.tx().raw);
    return Unit{};
  }
  KP_TRY(const auto undo, undo_for(context, found, verbosity));
  const auto view = context.engine().view();
  out.begin_object();
  out.field("in_active_chain", view->contains(entry));
  write_transaction_members(out, {.tx = found.tx(),
                                  .network = context.network(),
                                  .spent = undo ? &*undo : nullptr,
                                  .prevouts = PrevoutMembers::Write});
  write_place(out, *view, entry);
  out.end_object();
  return Unit{};
}

Answer decode_raw_transaction(Context& context, const Arguments& arguments, json::Writer& out) {
  const auto is_witness = arguments.boolean(1);
  const TransactionForms forms = !is_witness   ? TransactionForms::Either
                                 : *is_witness ? TransactionForms::Witness
                                               : TransactionForms::Plain;
  const TxPtr tx = decode_transaction(arguments.string(0), forms);
  if (tx == nullptr) {
    return fail(Code::DeserializationError, "TX decode failed. Make sure the tx has at least one input.");
  }
  out.begin_object();
  write_transaction_members(out, {.tx = *tx, .network = context.network(), .hex = HexMember::Omit});
  out.end_object();
  return Unit{};
}

constexpr std::array kGetParameters{
    Parameter{.name = "txid", .type = Type::Hex, .description = "The transaction"},
    Parameter{.name = "verbosity|verbose",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "0",
              .description = "0: the bytes in hex, 1: an object, 2: with the fee and what its inputs spend",
              .checking = Checking::Unchecked},
    Parameter{.name = "blockhash",
              .type = Type::Hex,
              .need = Need::Optional,
              .description = "The block to look in; without it the mempool"}};
constexpr std::array kDecodeParameters{
    Parameter{.name = "hexstring", .type = Type::Hex, .description = "The transaction"},
    Parameter{.name = "iswitness",
              .type = Type::Boolean,
              .need = Need::Optional,
              .fallback = "depends on heuristic tests",
              .description = "Whether it is in the form that may have witnesses"}};
constexpr std::array kMethods{
    Method{.name = "getrawtransaction",
           .category = Category::Rawtransactions,
           .parameters = kGetParameters,
           .description = "A transaction.",
           .result = "\"hex\" or {\"in_active_chain\":bool,\"txid\":\"hex\",...,\"vin\":[...],\"vout\":[...]}",
           .examples = "getrawtransaction \"txid\" 2 \"blockhash\"",
           .handler = get_raw_transaction},
    Method{.name = "decoderawtransaction",
           .category = Category::Rawtransactions,
           .parameters = kDecodeParameters,
           .description = "A transaction in hex as an object.",
           .result = "{\"txid\":\"hex\",...,\"vin\":[...],\"vout\":[...]}",
           .examples = "decoderawtransaction \"hexstring\"",
           .handler = decode_raw_transaction}};

}  // namespace

std::span<const Method> raw_transaction_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
