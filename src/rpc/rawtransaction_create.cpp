// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// createrawtransaction, createpsbt: an unsigned transaction from what the caller lists.

#include <algorithm>
#include <array>
#include <set>

#include <kepeng/descriptor/address.h>
#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>
#include <kepeng/script/builder.h>

#include "blockchain_arguments.h"
#include "psbt_arguments.h"

namespace kepeng::rpc {
namespace {

constexpr std::uint32_t kSequenceReplaceable = 0xfffffffd;  // BIP125
constexpr std::uint32_t kSequenceNonFinal = 0xfffffffe;
constexpr std::uint32_t kSequenceFinal = 0xffffffff;
constexpr std::uint32_t kVersionMin = 1;
constexpr std::uint32_t kVersionMax = 3;

std::uint32_t default_sequence(std::optional<bool> replaceable, std::uint32_t lock_time) {
  if (replaceable.value_or(true)) return kSequenceReplaceable;
  return lock_time != 0 ? kSequenceNonFinal : kSequenceFinal;
}

Result<MutableTxIn, RpcError> input_from(const json::Value& object, std::uint32_t sequence) {
  KP_TRY(const OutPoint prevout, outpoint_of(object));
  const json::Value* own = object.find("sequence");
  if (own != nullptr && own->is_number()) {
    const auto number = own->as_int64();
    if (!number) return fail(Code::Misc, "JSON integer out of range");
    if (!std::in_range<std::uint32_t>(*number)) {
      return fail(Code::InvalidParameter, "Invalid parameter, sequence number is out of range");
    }
    sequence = static_cast<std::uint32_t>(*number);
  }
  return MutableTxIn{prevout, {}, sequence, {}};
}

// An object of outputs, or a list of objects with one output each, as a list of members.
Result<std::vector<json::Member>, RpcError> members_of_outputs(const json::Value& outputs) {
  if (outputs.is_null()) {
    return fail(Code::InvalidParameter, "Invalid parameter, output argument must be non-null");
  }
  std::vector<json::Member> members(outputs.members().begin(), outputs.members().end());
  if (outputs.is_object()) return members;
  if (!outputs.is_array()) return Err{type_error(outputs.kind(), "array")};
  for (const json::Value& item : outputs.items()) {
    if (!item.is_object()) {
      return fail(Code::InvalidParameter, "Invalid parameter, key-value pair not an object as expected");
    }
    if (item.size() != 1) {
      return fail(Code::InvalidParameter, "Invalid parameter, key-value pair must contain exactly one key");
    }
    members.push_back(item.members()[0]);
  }
  return members;
}

Result<MutableTxOut, RpcError> data_output(const json::Value& value) {
  KP_TRY(const std::string_view text, text_of(value));
  KP_TRY(const Bytes data, bytes_from(text, "Data"));
  return MutableTxOut{{}, script::ScriptBuilder{}.op(script::Op::Return).push(data).take()};
}

Result<std::vector<MutableTxOut>, RpcError> outputs_from(const json::Value& value,
                                                         const params::NetworkParams& network) {
  KP_TRY(const auto members, members_of_outputs(value));
  std::vector<MutableTxOut> outputs;
  std::set<Bytes> used;
  bool has_data = false;
  for (const json::Member& member : members) {
    if (member.key == "data") {
      if (has_data) return fail(Code::InvalidParameter, "Invalid parameter, duplicate key: data");
      has_data = true;
      KP_TRY(MutableTxOut output, data_output(member.value));
      outputs.push_back(std::move(output));
      continue;
    }
    const auto destination = descriptor::parse_address(member.key, network);
    KP_TRY(const Amount amount, amount_of(member.value));
    if (!destination) return fail(Code::InvalidAddressOrKey, "Invalid Bitcoin address: " + member.key);
    Bytes script = destination->script();
    if (!used.insert(script).second) {
      return fail(Code::InvalidParameter, "Invalid parameter, duplicated address: " + member.key);
    }
    outputs.push_back({amount, std::move(script)});
  }
  return outputs;
}

Result<MutableTransaction, RpcError> transaction_from(const Context& context, const Arguments& arguments) {
  MutableTransaction tx;
  KP_TRY(const auto lock_time, arguments.integer<std::int64_t>(2));
  if (!std::in_range<std::uint32_t>(lock_time)) {
    return fail(Code::InvalidParameter, "Invalid parameter, locktime out of range");
  }
  tx.lock_time = static_cast<std::uint32_t>(lock_time);
  const auto replaceable = arguments.boolean(3);
  KP_TRY(tx.version, arguments.integer<std::uint32_t>(4, 2));
  if (tx.version < kVersionMin || tx.version > kVersionMax) {
    return fail(Code::InvalidParameter,
                fmt::format("Invalid parameter, version out of range({}~{})", kVersionMin, kVersionMax));
  }
  for (const json::Value& item : arguments.at(0).items()) {
    KP_TRY(MutableTxIn input, input_from(item, default_sequence(replaceable, tx.lock_time)));
    tx.inputs.push_back(std::move(input));
  }
  KP_TRY(tx.outputs, outputs_from(arguments.at(1), context.network()));
  const bool signals = std::any_of(tx.inputs.begin(), tx.inputs.end(),
                                   [](const MutableTxIn& input) { return input.sequence <= kSequenceReplaceable; });
  if (replaceable.value_or(false) && !tx.inputs.empty() && !signals) {
    return fail(Code::InvalidParameter,
                "Invalid parameter combination: Sequence number(s) contradict replaceable option");
  }
  return tx;
}

Answer create_raw_transaction(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const MutableTransaction tx, transaction_from(context, arguments));
  out.hex(tx.serialize());
  return Unit{};
}

Answer create_psbt(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const MutableTransaction tx, transaction_from(context, arguments));
  KP_TRY(const auto version, psbt_version_from(arguments, 5));
  write_psbt(out, descriptor::make_psbt(tx, version));
  return Unit{};
}

constexpr std::array kInputMembers{
    Parameter{.name = "txid", .type = Type::Hex, .description = "The transaction whose output is spent"},
    Parameter{.name = "vout", .type = Type::Number, .description = "Which of its outputs"},
    Parameter{.name = "sequence",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "depends on the value of the 'replaceable' and 'locktime' arguments",
              .description = "The sequence number"}};
constexpr std::array kInput{Parameter{.type = Type::Object, .need = Need::Optional, .inner = kInputMembers}};
constexpr std::array kPayment{Parameter{.name = "address", .type = Type::Amount, .description = "Address and amount"}};
constexpr std::array kData{Parameter{.name = "data", .type = Type::Hex, .description = "Bytes that nobody can spend"}};
constexpr std::array kOutput{Parameter{.type = Type::UserKeys, .need = Need::Optional, .inner = kPayment},
                             Parameter{.type = Type::Object, .need = Need::Optional, .inner = kData}};
constexpr std::array kPsbtParameters{
    Parameter{.name = "inputs", .type = Type::Array, .description = "What is spent", .inner = kInput},
    Parameter{.name = "outputs",
              .type = Type::Array,
              .description = "Who gets what; an object is understood as well",
              .checking = Checking::Unchecked,
              .inner = kOutput},
    Parameter{.name = "locktime",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "0",
              .description = "The earliest height or time at which it may be in a block"},
    Parameter{.name = "replaceable",
              .type = Type::Boolean,
              .need = Need::Optional,
              .fallback = "true",
              .description = "Signal that a transaction with a higher fee may replace it (BIP125)"},
    Parameter{.name = "version",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "2",
              .description = "The version of the transaction"},
    kPsbtVersionParameter};
// All but the last one.
constexpr auto kParameters = std::span{kPsbtParameters}.first<kPsbtParameters.size() - 1>();
constexpr std::array kMethods{
    Method{.name = "createrawtransaction",
           .category = Category::Rawtransactions,
           .parameters = kParameters,
           .description = "An unsigned transaction. Nothing is kept, sent or checked against the chain.",
           .result = "\"hex\"    (string)",
           .examples = "createrawtransaction '[{\"txid\":\"hex\",\"vout\":0}]' '[{\"address\":0.01}]'",
           .handler = create_raw_transaction},
    Method{.name = "createpsbt",
           .category = Category::Rawtransactions,
           .parameters = kPsbtParameters,
           .description = "A partially signed transaction without any signature (BIP174, BIP370).",
           .result = "\"psbt\"    (string) in base64",
           .examples = "createpsbt '[{\"txid\":\"hex\",\"vout\":0}]' '[{\"data\":\"00010203\"}]'",
           .handler = create_psbt}};

}  // namespace

std::span<const Method> create_transaction_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
