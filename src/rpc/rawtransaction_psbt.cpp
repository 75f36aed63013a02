// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Methods about partially signed transactions that need no keys and no chain.

#include <algorithm>
#include <array>
#include <numeric>

#include <kepeng/base/base64.h>
#include <kepeng/base/random.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/tx_decode.h>

#include "blockchain_arguments.h"
#include "psbt_arguments.h"

namespace kepeng::rpc {

using descriptor::Psbt;
using descriptor::PsbtVersion;

Result<PsbtVersion, RpcError> psbt_version_from(const Arguments& arguments, std::size_t place) {
  KP_TRY(const auto number, arguments.integer<std::int64_t>(place, 2));
  if (number == 0) return PsbtVersion::V0;
  if (number == 2) return PsbtVersion::V2;
  return fail(Code::InvalidParameter, "The PSBT version can only be 2 or 0");
}

Result<Psbt, RpcError> psbt_from(std::string_view base64) {
  const auto bytes = from_base64(base64);
  if (!bytes) return fail(Code::DeserializationError, "TX decode failed invalid base64");
  auto psbt = descriptor::decode_psbt(*bytes);
  if (!psbt) return fail(Code::DeserializationError, "TX decode failed " + psbt.error());
  return std::move(psbt).value();
}

Result<std::vector<Psbt>, RpcError> psbts_from(const json::Value& list) {
  std::vector<Psbt> psbts;
  for (const json::Value& item : list.items()) {
    KP_TRY(const std::string_view text, text_of(item));
    KP_TRY(Psbt psbt, psbt_from(text));
    psbts.push_back(std::move(psbt));
  }
  if (psbts.empty()) return fail(Code::InvalidParameter, "Parameter 'txs' cannot be empty");
  return psbts;
}

void write_psbt(json::Writer& out, const Psbt& psbt) {
  out.string(to_base64(descriptor::encode_psbt(psbt)));
}

namespace {

Answer decode_psbt(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const Psbt psbt, psbt_from(arguments.string(0)));
  out.begin_object();
  write_psbt_members(out, psbt, context.network());
  out.end_object();
  return Unit{};
}

Answer combine_psbt(Context&, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto psbts, psbts_from(arguments.at(0)));
  const auto combined = descriptor::combine_psbts(psbts);
  if (!combined) return fail(Code::InvalidParameter, combined.error());
  write_psbt(out, *combined);
  return Unit{};
}

// The order tells who brought which input, so it is lost.
template <class T>
void shuffle(std::vector<T>& items, Prng& random) {
  std::shuffle(items.begin(), items.end(), random);
}

Answer join_psbts(Context&, const Arguments& arguments, json::Writer& out) {
  if (arguments.at(0).size() < 2) {
    return fail(Code::InvalidParameter, "At least two PSBTs are required to join PSBTs.");
  }
  KP_TRY(auto psbts, psbts_from(arguments.at(0)));
  Prng random = Prng::from_system();
  auto joined = descriptor::join_psbts(psbts);
  if (!joined) return fail(Code::InvalidParameter, joined.error());
  // Inputs and outputs of version 0 are in its transaction as well, and stay in step with it.
  MutableTransaction tx = descriptor::unsigned_transaction(*joined);
  std::vector<std::pair<MutableTxIn, descriptor::PsbtMap>> inputs;
  std::vector<std::pair<MutableTxOut, descriptor::PsbtMap>> outputs;
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) inputs.emplace_back(tx.inputs[i], joined->inputs[i]);
  for (std::size_t i = 0; i < tx.outputs.size(); ++i) outputs.emplace_back(tx.outputs[i], joined->outputs[i]);
  shuffle(inputs, random);
  shuffle(outputs, random);
  for (std::size_t i = 0; i < inputs.size(); ++i) std::tie(tx.inputs[i], joined->inputs[i]) = std::move(inputs[i]);
  for (std::size_t i = 0; i < outputs.size(); ++i) std::tie(tx.outputs[i], joined->outputs[i]) = std::move(outputs[i]);
  if (joined->version == PsbtVersion::V0) {
    joined->global.set(descriptor::PsbtGlobal::UnsignedTx, tx.serialize(WitnessForm::Forbidden));
  }
  write_psbt(out, *joined);
  return Unit{};
}

Answer finalize_psbt(Context&, const Arguments& arguments, json::Writer& out) {
  KP_TRY(Psbt psbt, psbt_from(arguments.string(0)));
  descriptor::finalize_psbt(psbt);
  const auto tx = descriptor::extract_transaction(psbt);
  out.begin_object();
  if (tx && arguments.boolean(1).value_or(true)) {
    out.field_hex("hex", tx->serialize());
  } else {
    out.key("psbt");
    write_psbt(out, psbt);
  }
  out.field("complete", tx.has_value());
  out.end_object();
  return Unit{};
}

Answer convert_to_psbt(Context&, const Arguments& arguments, json::Writer& out) {
  const auto is_witness = arguments.boolean(2);
  const TransactionForms forms = !is_witness   ? TransactionForms::Either
                                 : *is_witness ? TransactionForms::Witness
                                               : TransactionForms::Plain;
  const TxPtr decoded = decode_transaction(arguments.string(0), forms);
  if (decoded == nullptr) return fail(Code::DeserializationError, "TX decode failed");
  MutableTransaction tx{*decoded};
  const bool is_signed = tx.has_witness() || std::any_of(tx.inputs.begin(), tx.inputs.end(),
                                                         [](const MutableTxIn& in) { return !in.script_sig.empty(); });
  if (is_signed && !arguments.boolean(1).value_or(false)) {
    return fail(Code::DeserializationError, "Inputs must not have scriptSigs and scriptWitnesses");
  }
  KP_TRY(const PsbtVersion version, psbt_version_from(arguments, 3));
  write_psbt(out, descriptor::make_psbt(tx, version));
  return Unit{};
}

constexpr std::string_view kPsbtResult = "\"psbt\"    (string) in base64";

constexpr std::array kOnePsbt{Parameter{.name = "psbt", .description = "The PSBT, in base64"}};
constexpr std::array kListed{Parameter{.name = "psbt", .need = Need::Optional, .description = "A PSBT, in base64"}};
constexpr std::array kManyPsbts{
    Parameter{.name = "txs", .type = Type::Array, .description = "The PSBTs", .inner = kListed}};
constexpr std::array kFinalizeParameters{kOnePsbt[0],
                                         Parameter{.name = "extract",
                                                   .type = Type::Boolean,
                                                   .need = Need::Optional,
                                                   .fallback = "true",
                                                   .description = "Give the transaction itself once it is complete"}};
constexpr std::array kConvertParameters{
    Parameter{.name = "hexstring", .type = Type::Hex, .description = "The transaction"},
    Parameter{.name = "permitsigdata",
              .type = Type::Boolean,
              .need = Need::Optional,
              .fallback = "false",
              .description = "Drop signatures that are there, rather than refuse them"},
    Parameter{.name = "iswitness",
              .type = Type::Boolean,
              .need = Need::Optional,
              .fallback = "depends on heuristic tests",
              .description = "Whether it is in the form that may have witnesses"},
    kPsbtVersionParameter};

constexpr std::array kMethods{
    Method{.name = "decodepsbt",
           .category = Category::Rawtransactions,
           .parameters = kOnePsbt,
           .description = "All that is in a partially signed transaction.",
           .result = "{\"tx\":{...},\"global_xpubs\":[...],\"psbt_version\":n,...,\"inputs\":[...],\"outputs\":[...],"
                     "\"fee\":n}",
           .examples = "decodepsbt \"psbt\"",
           .handler = decode_psbt},
    Method{.name = "combinepsbt",
           .category = Category::Rawtransactions,
           .parameters = kManyPsbts,
           .description = "One PSBT with all that is in several of the same transaction.",
           .result = kPsbtResult,
           .examples = "combinepsbt '[\"psbt1\",\"psbt2\"]'",
           .handler = combine_psbt},
    Method{.name = "joinpsbts",
           .category = Category::Rawtransactions,
           .parameters = kManyPsbts,
           .description = "One PSBT with the inputs and outputs of several, in an order that tells nothing.",
           .result = kPsbtResult,
           .examples = "joinpsbts '[\"psbt1\",\"psbt2\"]'",
           .handler = join_psbts},
    Method{.name = "finalizepsbt",
           .category = Category::Rawtransactions,
           .parameters = kFinalizeParameters,
           .description = "Makes inputs final that have all their signatures; the transaction, if that is all of them.",
           .result = "{\"psbt\":\"str\" or \"hex\":\"hex\",\"complete\":bool}",
           .examples = "finalizepsbt \"psbt\"",
           .handler = finalize_psbt},
    Method{.name = "converttopsbt",
           .category = Category::Rawtransactions,
           .parameters = kConvertParameters,
           .description = "A PSBT without any signature, from a transaction.",
           .result = kPsbtResult,
           .examples = "converttopsbt \"rawtransaction\"",
           .handler = convert_to_psbt}};

}  // namespace

std::span<const Method> psbt_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
