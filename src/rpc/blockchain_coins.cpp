// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Unspent outputs: one of them, and all of them together.

#include <array>

#include <kepeng/rpc/families.h>
#include <kepeng/rpc/tx_json.h>
#include <kepeng/rpc/values.h>

#include "blockchain_arguments.h"
#include "walk_progress.h"

namespace kepeng::rpc {
namespace {

Answer get_tx_out(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const Txid txid, hash_from<Txid>(arguments.string(0), "txid"));
  KP_TRY(const auto index, arguments.integer<std::uint32_t>(1));
  KP_TRY(const auto found, or_rpc_error(context.engine().read_coin({txid, index})));
  if (!found.coin) return Unit{};
  const storage::Coin& coin = *found.coin;
  out.begin_object();
  out.key("bestblock"), out.hex_reversed(found.tip->hash.view());
  out.field("confirmations", found.tip->height - coin.height + 1);
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

struct SpendingOptions {
  bool mempool_only = true;
  bool return_spending_tx = false;
};

Result<SpendingOptions, RpcError> spending_options_from(const Arguments& arguments) {
  SpendingOptions options;
  const json::Value* given = arguments.find(1);
  if (given == nullptr) return options;
  const auto read = [&](std::string_view name, bool& flag) -> Result<Unit, RpcError> {
    const json::Value* value = given->find(name);
    if (value == nullptr || value->is_null()) return Unit{};
    if (!value->is_bool()) return Err{type_error(value->kind(), "bool")};
    flag = *value->as_bool();
    return Unit{};
  };
  KP_TRY_VOID(read("mempool_only", options.mempool_only));
  KP_TRY_VOID(read("return_spending_tx", options.return_spending_tx));
  return options;
}

// There is no mempool and no index of spenders yet, so no spender is known.
Answer get_tx_spending_prevout(Context&, const Arguments& arguments, json::Writer& out) {
  const json::Value& outputs = arguments.at(0);
  if (outputs.size() == 0) return fail(Code::InvalidParameter, "Invalid parameter, outputs are missing");
  KP_TRY(const SpendingOptions options, spending_options_from(arguments));
  std::vector<OutPoint> wanted;
  for (const json::Value& output : outputs.items()) {
    KP_TRY(const OutPoint outpoint, outpoint_of(output));
    wanted.push_back(outpoint);
  }
  if (!options.mempool_only) {
    return fail(Code::Misc, "Mempool lacks a relevant spend, and txospenderindex is unavailable.");
  }
  out.begin_array();
  for (const OutPoint& outpoint : wanted) {
    out.begin_object();
    out.key("txid"), out.hex_reversed(outpoint.txid.view());
    out.field("vout", outpoint.index);
    out.end_object();
  }
  out.end_array();
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
constexpr std::array kOutpointMembers{
    Parameter{.name = "txid", .type = Type::Hex, .description = "The transaction"},
    Parameter{.name = "vout", .type = Type::Number, .description = "Which of its outputs"}};
constexpr std::array kOutpoint{Parameter{.type = Type::Object, .need = Need::Optional, .inner = kOutpointMembers}};
constexpr std::array kSpendingOptions{Parameter{.name = "mempool_only",
                                                .type = Type::Boolean,
                                                .need = Need::Optional,
                                                .fallback = "true without an index of spenders",
                                                .description = "Look only at the mempool"},
                                      Parameter{.name = "return_spending_tx",
                                                .type = Type::Boolean,
                                                .need = Need::Optional,
                                                .fallback = "false",
                                                .description = "Answer the spending transactions as well"}};
constexpr std::array kSpendingParameters{
    Parameter{.name = "outputs", .type = Type::Array, .description = "Outputs to look for", .inner = kOutpoint},
    Parameter{.name = "options", .type = Type::NamedOptions, .need = Need::Optional, .inner = kSpendingOptions}};

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
           .handler = get_tx_out_set_info},
    Method{.name = "gettxspendingprevout",
           .category = Category::Blockchain,
           .parameters = kSpendingParameters,
           .description = "Which transactions of the mempool spend these outputs.",
           .result = "[{\"txid\":\"hex\",\"vout\":n,\"spendingtxid\":\"hex\"},...]",
           .examples = "gettxspendingprevout '[{\"txid\":\"hex\",\"vout\":3}]'",
           .handler = get_tx_spending_prevout}};

}  // namespace

std::span<const Method> coin_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
