// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The family "mempool submit": transactions on their way in, and what the operator thinks of them.

#include <algorithm>
#include <array>

#include <kepeng/rpc/families.h>
#include <kepeng/rpc/tx_decode.h>
#include <kepeng/rpc/values.h>
#include <kepeng/script/output_template.h>

#include "blockchain_arguments.h"
#include "mempool_arguments.h"
#include "private_broadcast.h"
#include "script_sanity.h"

namespace kepeng::rpc {
namespace {

using mempool::Accepted;
using mempool::InPool;
using mempool::OtherWitness;
using mempool::PackageOutcome;
using policy::FeeRate;
using policy::Rejection;

constexpr Amount kUsualMaxRate{kSatsPerCoin / 10};
constexpr const char* kMissing = "bad-txns-inputs-missingorspent";

Result<TxPtr, RpcError> transaction_from(std::string_view hex) {
  TxPtr tx = decode_transaction(hex);
  if (tx == nullptr) {
    return fail(Code::DeserializationError, "TX decode failed. Make sure the tx has at least one input.");
  }
  return tx;
}

Result<std::vector<TxPtr>, RpcError> transactions_from(const json::Value& list) {
  if (list.size() == 0 || list.size() > mempool::kPackageCountMax) {
    return fail(Code::InvalidParameter,
                "Array must contain between 1 and " + std::to_string(mempool::kPackageCountMax) + " transactions.");
  }
  std::vector<TxPtr> transactions;
  for (const json::Value& item : list.items()) {
    KP_TRY(const std::string_view hex, text_of(item));
    TxPtr tx = decode_transaction(hex);
    if (tx == nullptr) {
      return fail(Code::DeserializationError,
                  "TX decode failed: " + std::string{hex} + " Make sure the tx has at least one input.");
    }
    transactions.push_back(std::move(tx));
  }
  return transactions;
}

// For 1,000 virtual bytes; zero: any.
Result<FeeRate, RpcError> max_rate_from(const Arguments& arguments, std::size_t place) {
  const json::Value* given = arguments.find(place);
  if (given == nullptr) return FeeRate{kUsualMaxRate.sats};
  KP_TRY(const Amount rate, amount_of(*given));
  if (rate.sats >= kSatsPerCoin) {
    return fail(Code::InvalidParameter, "Fee rates larger than or equal to 1BTC/kvB are not accepted");
  }
  return FeeRate{rate.sats};
}

Result<Unit, RpcError> check_burning(const Transaction& tx, const Arguments& arguments, std::size_t place) {
  Amount most{};
  if (const json::Value* given = arguments.find(place)) {
    KP_TRY(most, amount_of(*given));
  }
  for (const TxOut& output : tx.outputs) {
    const bool is_burnt = script::is_unspendable(output.script_pubkey) || !has_valid_ops(output.script_pubkey);
    if (!is_burnt || output.value <= most) continue;
    return fail(Code::VerifyError, "Unspendable output exceeds maximum configured by user (maxburnamount)");
  }
  return Unit{};
}

bool is_too_dear(const Accepted& accepted, FeeRate most) {
  return most.sats_per_kvb != 0 && accepted.fee > most.fee_for(accepted.size);
}

RpcError error_of(const Rejection& rejection) {
  const bool is_missing = rejection.kind == Rejection::Kind::MissingInputs;
  return {is_missing ? Code::VerifyError : Code::VerifyRejected, rejection.text()};
}

// --- sendrawtransaction

constexpr const char* kTooDear = "Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)";

// One of its outputs is unspent in the chain, so it was mined; told before anything else about it.
Result<bool, RpcError> is_in_utxo_set(const Context& context, const Transaction& tx) {
  std::vector<OutPoint> own;
  for (std::uint32_t i = 0; i < tx.outputs.size(); ++i) own.push_back({tx.txid, i});
  KP_TRY(const auto at, or_rpc_error(context.engine().read_coins(own)));
  return std::any_of(at.coins.begin(), at.coins.end(), [](const auto& coin) { return coin.has_value(); });
}

Err<RpcError> is_mined() {
  return fail(Code::VerifyAlreadyInUtxoSet, "Transaction outputs already in utxo set");
}

// What keeps it from being sent. Nothing is wrong with one that somebody else brought since we looked.
Answer judge_sent(const PackageOutcome& outcome, const Transaction& tx) {
  const auto* rejection = std::get_if<Rejection>(&outcome.transactions.at(tx.wtxid));
  if (rejection == nullptr) return Unit{};
  const std::string& reason = rejection->reason;
  if (reason == "txn-already-in-mempool" || reason == "txn-same-nonwitness-data-in-mempool") return Unit{};
  if (reason == "txn-already-known") return is_mined();
  if (reason == mempool::kFeeTooHigh) return fail(Code::VerifyError, kTooDear);
  return Err{error_of(*rejection)};
}

// Nothing: any.
std::optional<Amount> most_for(const Transaction& tx, FeeRate most) {
  if (most.sats_per_kvb == 0) return std::nullopt;
  return most.fee_for(static_cast<std::int64_t>(tx.virtual_size()));
}

Answer send_raw_transaction(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const TxPtr tx, transaction_from(arguments.string(0)));
  KP_TRY_VOID(check_burning(*tx, arguments, 2));
  KP_TRY(const FeeRate most, max_rate_from(arguments, 1));
  KP_TRY(auto* mempool, mempool_of(context));
  KP_TRY(const bool was_mined, is_in_utxo_set(context, *tx));
  if (was_mined) return is_mined();
  PackedTxPtr here;
  mempool->look([&](const mempool::Pool& pool, mempool::Admission&) {
    if (const mempool::Entry* entry = pool.find(tx->txid)) here = entry->tx;
  });
  peering::PeerNetwork* peers = context.services().peers;
  const bool is_private = peers != nullptr && peers->broadcasts_privately();
  if (!here) {
    const auto fee_max = most_for(*tx, most);
    KP_TRY(const auto outcome, or_rpc_error(is_private ? mempool->test({tx}, fee_max) : mempool->submit(tx, fee_max)));
    KP_TRY_VOID(judge_sent(outcome, *tx));
  }
  if (is_private) {
    KP_TRY_VOID(send_privately(*peers, here ? unpack(here) : tx));
  } else if (here && peers != nullptr) {
    peers->tell_again(here->wtxid);  // who sends it again wants it to be heard of
  }
  out.hex_reversed(tx->txid.view());
  return Unit{};
}

// --- testmempoolaccept

void write_sizes_and_fees(json::Writer& out, const Transaction& tx, std::int64_t size, Amount fee,
                          const Accepted* accepted) {
  out.field("vsize_adjusted", size);
  out.field("vsize", size);
  out.field("vsize_bip141", tx.virtual_size());
  out.key("fees");
  out.begin_object();
  out.field_amount("base", fee.sats);
  if (accepted != nullptr) {
    out.field_amount("effective-feerate", accepted->effective.fee_for(1'000));
    out.key("effective-includes");
    out.begin_array();
    for (const Wtxid& wtxid : accepted->effective_with) out.hex_reversed(wtxid.view());
    out.end_array();
  }
  out.end_object();
}

void write_refusal(json::Writer& out, const Rejection& rejection) {
  out.field("allowed", false);
  if (rejection.kind == Rejection::Kind::MissingInputs) {
    out.field("reject-reason", "missing-inputs");
    return;
  }
  out.field("reject-reason", rejection.reason);
  out.field("reject-details", rejection.text());
}

// False when the rest is of no interest any more.
bool write_tested(json::Writer& out, const Transaction& tx, const mempool::TxOutcome& outcome, FeeRate most) {
  if (const auto* rejection = std::get_if<Rejection>(&outcome)) {
    write_refusal(out, *rejection);
    return false;
  }
  const Accepted& accepted = std::get<Accepted>(outcome);
  if (is_too_dear(accepted, most)) {
    out.field("allowed", false);
    out.field("reject-reason", "max-fee-exceeded");
    return false;
  }
  out.field("allowed", true);
  write_sizes_and_fees(out, tx, accepted.size, accepted.fee, &accepted);
  return true;
}

Answer test_mempool_accept(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto transactions, transactions_from(arguments.at(0)));
  KP_TRY(const FeeRate most, max_rate_from(arguments, 1));
  KP_TRY(auto* mempool, mempool_of(context));
  KP_TRY(const PackageOutcome tested, or_rpc_error(mempool->test(transactions)));
  bool goes_on = true;
  out.begin_array();
  for (const TxPtr& tx : transactions) {
    out.begin_object();
    out.key("txid"), out.hex_reversed(tx->txid.view());
    out.key("wtxid"), out.hex_reversed(tx->wtxid.view());
    if (tested.is_of_package) out.field("package-error", *tested.error);
    const auto outcome = tested.transactions.find(tx->wtxid);
    if (goes_on && outcome != tested.transactions.end()) goes_on = write_tested(out, *tx, outcome->second, most);
    out.end_object();
  }
  out.end_array();
  return Unit{};
}

// --- submitpackage

void write_submitted(json::Writer& out, const Transaction& tx, const mempool::TxOutcome* outcome) {
  out.begin_object();
  out.key("txid"), out.hex_reversed(tx.txid.view());
  if (outcome == nullptr) {
    out.field("error", "package-not-validated");
  } else if (const auto* accepted = std::get_if<Accepted>(outcome)) {
    write_sizes_and_fees(out, tx, accepted->size, accepted->fee, accepted);
  } else if (const auto* here = std::get_if<InPool>(outcome)) {
    write_sizes_and_fees(out, tx, here->size, here->fee, nullptr);
  } else if (const auto* other = std::get_if<OtherWitness>(outcome)) {
    out.key("other-wtxid"), out.hex_reversed(other->wtxid.view());
  } else {
    const auto& rejection = std::get<Rejection>(*outcome);
    out.field("error", rejection.kind == Rejection::Kind::MissingInputs ? std::string{kMissing} : rejection.text());
  }
  out.end_object();
}

Answer submit_package(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto transactions, transactions_from(arguments.at(0)));
  KP_TRY(const FeeRate most, max_rate_from(arguments, 1));
  for (const TxPtr& tx : transactions) KP_TRY_VOID(check_burning(*tx, arguments, 2));
  if (transactions.size() > 1 && !mempool::is_child_with_parents_tree(transactions)) {
    return fail(Code::VerifyError,
                "package topology disallowed. not child-with-parents or parents depend on each other.");
  }
  KP_TRY(auto* mempool, mempool_of(context));
  KP_TRY(const PackageOutcome done, or_rpc_error(mempool->submit_package(transactions, most)));
  if (auto* peers = context.services().peers) {
    for (const auto& [wtxid, outcome] : done.transactions) {
      if (std::holds_alternative<InPool>(outcome)) peers->tell_again(wtxid);
      if (const auto* other = std::get_if<mempool::OtherWitness>(&outcome)) peers->tell_again(other->wtxid);
    }
  }
  out.begin_object();
  out.field("package_msg", done.error.value_or("success"));
  out.key("tx-results");
  out.begin_object();
  for (const TxPtr& tx : transactions) {
    const auto outcome = done.transactions.find(tx->wtxid);
    out.key(tx->wtxid.to_string());
    write_submitted(out, *tx, outcome == done.transactions.end() ? nullptr : &outcome->second);
  }
  out.end_object();
  out.key("replaced-transactions");
  out.begin_array();
  for (const PackedTxPtr& tx : done.replaced) out.hex_reversed(tx->txid.view());
  out.end_array();
  out.end_object();
  return Unit{};
}

// --- the operator's wishes

Answer prioritise_transaction(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto txid, hash_from<Txid>(arguments.string(0), "txid"));
  const json::Value* dummy = arguments.find(1);
  if (dummy != nullptr && dummy->as_double().value_or(0) != 0) {
    return fail(Code::InvalidParameter,
                "Priority is no longer supported, dummy argument to prioritisetransaction must be 0.");
  }
  KP_TRY(const auto delta, arguments.integer<std::int64_t>(2));
  KP_TRY(auto* mempool, mempool_of(context));
  if (!mempool->prioritise(txid, {delta})) {
    return fail(Code::InvalidParameter, "Priority is not supported for transactions with dust outputs.");
  }
  out.boolean(true);
  return Unit{};
}

Answer get_prioritised_transactions(Context& context, const Arguments&, json::Writer& out) {
  return look_at_mempool(context, [&](const mempool::Pool& pool, mempool::Admission& admission) -> Answer {
    out.begin_object();
    for (const auto& [txid, delta] : admission.priorities()) {
      const mempool::Entry* entry = pool.find(txid);
      out.key(txid.to_string());
      out.begin_object();
      out.field("fee_delta", delta.sats);
      out.field("in_mempool", entry != nullptr);
      if (entry != nullptr) out.field("modified_fee", entry->modified_fee.sats);
      out.end_object();
    }
    out.end_object();
    return Unit{};
  });
}

Answer save_mempool(Context& context, const Arguments&, json::Writer& out) {
  KP_TRY(const auto* mempool, mempool_of(context));
  if (!mempool->is_loaded()) return fail(Code::Misc, "The mempool was not loaded yet");
  const auto saved = mempool->save();
  if (!saved) return fail(Code::Misc, "Unable to dump mempool to disk: " + saved.error().message);
  out.begin_object();
  out.field("filename", mempool->options().directory + "/mempool.dat");
  out.end_object();
  return Unit{};
}

Answer import_mempool(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(auto* mempool, mempool_of(context));
  if (context.engine().is_initial_block_download()) {
    return fail(Code::ClientInInitialDownload,
                "Can only import the mempool after the block download and sync is done.");
  }
  mempool_service::ImportChoices choices{.uses_current_time = true, .takes_deltas = false, .takes_unbroadcast = false};
  if (const json::Value* options = arguments.find(1)) {
    const auto read = [&](std::string_view name, bool& flag) {
      const json::Value* value = options->find(name);
      if (value != nullptr) flag = value->as_bool().value_or(flag);
    };
    read("use_current_time", choices.uses_current_time);
    read("apply_fee_delta_priority", choices.takes_deltas);
    read("apply_unbroadcast_set", choices.takes_unbroadcast);
  }
  const auto loaded = mempool->load(std::string{arguments.string(0)}, choices);
  if (!loaded) return fail(Code::Misc, "Unable to import mempool file, see debug log for details.");
  out.begin_object();
  out.end_object();
  return Unit{};
}

// --- the table -------------------------------------------------------------------------------------------------------

constexpr Parameter kRate{.name = "maxfeerate",
                          .type = Type::Amount,
                          .need = Need::Optional,
                          .fallback = "0.10",
                          .description = "Refuse to pay more than this for 1,000 virtual bytes (0: any)"};
constexpr Parameter kBurn{.name = "maxburnamount",
                          .type = Type::Amount,
                          .need = Need::Optional,
                          .fallback = "0",
                          .description = "Refuse to send more than this where nobody can spend it"};
constexpr std::array kRaw{Parameter{.type = Type::Hex, .need = Need::Optional}};
constexpr std::array kSendParameters{
    Parameter{.name = "hexstring", .type = Type::Hex, .description = "The transaction"}, kRate, kBurn};
constexpr std::array kTestParameters{
    Parameter{.name = "rawtxs", .type = Type::Array, .description = "Transactions in hex", .inner = kRaw}, kRate};
constexpr std::array kPackageParameters{Parameter{.name = "package",
                                                  .type = Type::Array,
                                                  .description = "Transactions in hex: parents first, their child last",
                                                  .inner = kRaw},
                                        kRate, kBurn};
constexpr std::array kPriorityParameters{
    Parameter{.name = "txid", .type = Type::Hex, .description = "The transaction; it need not be here yet"},
    Parameter{.name = "dummy", .type = Type::Number, .need = Need::Optional, .description = "Zero, or nothing"},
    Parameter{.name = "fee_delta", .type = Type::Number, .description = "Satoshi to count on top of its fee"}};
constexpr std::array kImportOptions{Parameter{.name = "use_current_time",
                                              .type = Type::Boolean,
                                              .need = Need::Optional,
                                              .fallback = "true",
                                              .description = "As if they came now"},
                                    Parameter{.name = "apply_fee_delta_priority",
                                              .type = Type::Boolean,
                                              .need = Need::Optional,
                                              .fallback = "false",
                                              .description = "With what the other operator counted on top"},
                                    Parameter{.name = "apply_unbroadcast_set",
                                              .type = Type::Boolean,
                                              .need = Need::Optional,
                                              .fallback = "false",
                                              .description = "With what is still to be told"}};
constexpr std::array kImportParameters{
    Parameter{.name = "filepath", .description = "A file like mempool.dat"},
    Parameter{.name = "options", .type = Type::NamedOptions, .need = Need::Optional, .inner = kImportOptions}};

constexpr std::array kMethods{
    Method{.name = "getprioritisedtransactions",
           .category = Category::Mining,
           .description = "Transactions whose fee the operator has changed for this node.",
           .result = "{\"txid\":{\"fee_delta\":n,\"in_mempool\":true|false,\"modified_fee\":n},...}",
           .examples = "getprioritisedtransactions",
           .handler = get_prioritised_transactions},
    Method{.name = "importmempool",
           .category = Category::Blockchain,
           .parameters = kImportParameters,
           .description = "Takes in the transactions of a mempool file.",
           .result = "{}",
           .examples = "importmempool /path/to/mempool.dat",
           .handler = import_mempool},
    Method{.name = "prioritisetransaction",
           .category = Category::Mining,
           .parameters = kPriorityParameters,
           .description = "Counts something on top of the fee of a transaction, for mining and for staying here.",
           .result = "true",
           .examples = "prioritisetransaction \"txid\" 0 10000",
           .handler = prioritise_transaction},
    Method{.name = "savemempool",
           .category = Category::Blockchain,
           .description = "Writes the mempool to its file.",
           .result = "{\"filename\":\"str\"}",
           .examples = "savemempool",
           .handler = save_mempool},
    Method{.name = "sendrawtransaction",
           .category = Category::Rawtransactions,
           .parameters = kSendParameters,
           .description = "Puts a transaction into the mempool and sends it to the network. With -privatebroadcast it "
                          "is sent over Tor or I2P only, and is not in the mempool before it comes back.",
           .result = "\"txid\"",
           .examples = "sendrawtransaction \"signedhex\"",
           .handler = send_raw_transaction},
    Method{.name = "submitpackage",
           .category = Category::Rawtransactions,
           .parameters = kPackageParameters,
           .description = "Puts a child and its parents into the mempool together; the child may pay for all.",
           .result = "{\"package_msg\":\"str\",\"tx-results\":{\"wtxid\":{...},...},\"replaced-transactions\":[...]}",
           .examples = "submitpackage '[\"parenthex\", \"childhex\"]'",
           .handler = submit_package},
    Method{.name = "testmempoolaccept",
           .category = Category::Rawtransactions,
           .parameters = kTestParameters,
           .description = "Would these transactions get into the mempool? Nothing is changed.",
           .result = "[{\"txid\":\"hex\",\"wtxid\":\"hex\",\"allowed\":true|false,\"vsize\":n,\"fees\":{...},"
                     "\"reject-reason\":\"str\"},...]",
           .examples = "testmempoolaccept '[\"signedhex\"]'",
           .handler = test_mempool_accept}};

}  // namespace

std::span<const Method> mempool_submit_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
