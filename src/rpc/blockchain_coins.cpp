// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Unspent outputs: one of them, and all of them together.

#include <array>

#include <kepeng/mempool_service/service.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/tx_json.h>
#include <kepeng/rpc/values.h>

#include "blockchain_arguments.h"
#include "walk_progress.h"

namespace kepeng::rpc {
namespace {

// What the mempool makes of an output.
struct InMempool {
  bool is_spent = false;
  std::optional<storage::Coin> coin;  // that it makes
};

InMempool look_for_output(const Context& context, const OutPoint& outpoint) {
  InMempool seen;
  context.services().mempool->look([&](const mempool::Pool& pool, mempool::Admission&) {
    seen.is_spent = pool.spender_of(outpoint) != nullptr;
    const mempool::Entry* maker = pool.find(outpoint.txid);
    if (maker == nullptr || outpoint.index >= maker->tx->output_count()) return;
    const TxOut output = maker->tx->output(outpoint.index);
    seen.coin = storage::Coin{output.value, Bytes(output.script_pubkey.begin(), output.script_pubkey.end()), 0, false};
  });
  return seen;
}

Answer get_tx_out(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const Txid txid, hash_from<Txid>(arguments.string(0), "txid"));
  KP_TRY(const auto index, arguments.integer<std::uint32_t>(1));
  const bool with_mempool = arguments.boolean(2).value_or(true) && context.services().mempool != nullptr;
  const auto seen = with_mempool ? look_for_output(context, {txid, index}) : InMempool{};
  if (seen.is_spent) return Unit{};
  KP_TRY(auto found, or_rpc_error(context.engine().read_coin({txid, index})));
  const bool is_unconfirmed = !found.coin && seen.coin;
  if (is_unconfirmed) found.coin = seen.coin;
  if (!found.coin) return Unit{};
  const storage::Coin& coin = *found.coin;
  out.begin_object();
  out.key("bestblock"), out.hex_reversed(found.tip->hash.view());
  out.field("confirmations", is_unconfirmed ? 0 : found.tip->height - coin.height + 1);
  out.field_amount("value", coin.value.sats);
  out.key("scriptPubKey");
  out.begin_object();
  write_script_members(out, coin.script_pubkey, context.network(), HexMember::Write);
  out.end_object();
  out.field("coinbase", coin.is_coinbase);
  out.end_object();
  return Unit{};
}

struct HashKind {
  std::string_view name;
  coins::CoinHash kind;
};
constexpr std::array kHashKinds{HashKind{"hash_serialized_3", coins::CoinHash::Serialized},
                                HashKind{"muhash", coins::CoinHash::MuHash}, HashKind{"none", coins::CoinHash::None}};

Result<HashKind, RpcError> hash_kind_from(const Arguments& arguments) {
  if (arguments.find(0) == nullptr) return kHashKinds[0];
  for (const HashKind& kind : kHashKinds) {
    if (kind.name == arguments.string(0)) return kind;
  }
  return fail(Code::InvalidParameter, fmt::format("'{}' is not a valid hash_type", arguments.string(0)));
}

Answer get_tx_out_set_info(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const HashKind kind, hash_kind_from(arguments));
  if (arguments.find(1) != nullptr) {
    return fail(Code::InvalidParameter, "Querying specific block heights requires coinstatsindex");
  }
  validation::Engine& engine = context.engine();
  KP_TRY(const validation::CoinSnapshot snapshot, or_rpc_error(engine.coin_snapshot()));
  auto totals = coins::total_coins(coins::CoinWalk{snapshot.coins, nullptr}, kind.kind,
                                   progress_for(context, "Calculating statistics of the coins"));
  if (!totals) {
    if (totals.error().kind != FaultKind::Interrupted) KP_LOG_ERROR(context.logger(), "{}", totals.error().message);
    return fail(Code::InternalError, "Unable to read UTXO set");
  }
  out.begin_object();
  out.field("height", snapshot.at->height);
  out.key("bestblock"), out.hex_reversed(snapshot.at->hash.view());
  out.field("txouts", totals->coins);
  out.field("bogosize", totals->bogosize);
  if (kind.kind != coins::CoinHash::None) out.key(kind.name), out.hex_reversed(totals->hash);
  out.field_amount("total_amount", totals->amount.sats);
  out.field("transactions", totals->transactions);
  out.field("disk_size", engine.chainstate_disk_bytes());
  out.end_object();
  return Unit{};
}

// --- the table -------------------------------------------------------------------------------------------------------

constexpr std::array kOutputParameters{
    Parameter{.name = "txid", .description = "The transaction"},
    Parameter{.name = "n", .type = Type::Number, .description = "Which of its outputs"},
    Parameter{.name = "include_mempool",
              .type = Type::Boolean,
              .need = Need::Optional,
              .fallback = "true",
              .description = "Whether the mempool may add and spend"}};
constexpr std::array kSetParameters{
    Parameter{.name = "hash_type",
              .need = Need::Optional,
              .fallback = "hash_serialized_3",
              .description = "Which hash of the set: hash_serialized_3, muhash or none"},
    Parameter{.name = "hash_or_height",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "the current best block",
              .description = "An earlier block (needs an index)",
              .checking = Checking::Unchecked},
    Parameter{.name = "use_index",
              .type = Type::Boolean,
              .need = Need::Optional,
              .fallback = "true",
              .description = "Use the index if there is one"}};
constexpr std::array kMethods{
    Method{.name = "gettxout",
           .category = Category::Blockchain,
           .parameters = kOutputParameters,
           .description = "An unspent output.",
           .result = "{\"bestblock\":\"hex\",\"confirmations\":n,\"value\":n,\"scriptPubKey\":{...},\"coinbase\":bool}"
                     "\nor null if it does not exist or was spent",
           .examples = "gettxout \"txid\" 1",
           .handler = get_tx_out},
    Method{.name = "gettxoutsetinfo",
           .category = Category::Blockchain,
           .parameters = kSetParameters,
           .description = "Figures about the set of unspent outputs. Takes a while: every coin is read.",
           .result = "{\"height\":n,\"bestblock\":\"hex\",\"txouts\":n,\"bogosize\":n,...}",
           .examples = "gettxoutsetinfo\ngettxoutsetinfo \"muhash\"",
           .handler = get_tx_out_set_info}};

}  // namespace

std::span<const Method> coin_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
