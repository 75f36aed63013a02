// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// getorphantxs: transactions that wait for what they spend.

#include <array>

#include <kepeng/rpc/families.h>

#include "network_arguments.h"

namespace kepeng::rpc {
namespace {

using gossip::Orphanage;

constexpr int kIds = 0;  // 1: what is known of each
constexpr int kWhole = 2;

Result<int, RpcError> orphan_verbosity(const Arguments& arguments) {
  const json::Value* value = arguments.find(0);
  if (value == nullptr) return kIds;
  if (value->as_bool()) return fail(Code::TypeError, "Verbosity was boolean but only integer allowed");
  if (!value->is_number()) return Err{type_error(value->kind(), "number")};
  KP_TRY(const int verbosity, arguments.integer<int>(0));
  if (verbosity < kIds || verbosity > kWhole) {
    return fail(Code::InvalidParameter, "Invalid verbosity value " + std::to_string(verbosity));
  }
  return verbosity;
}

void write_orphan(json::Writer& out, const Orphanage::Orphan& orphan, int verbosity) {
  const Transaction& tx = *orphan.tx;
  out.begin_object();
  out.key("txid"), out.hex_reversed(tx.txid.view());
  out.key("wtxid"), out.hex_reversed(tx.wtxid.view());
  out.field("bytes", tx.raw.size());
  out.field("vsize", tx.virtual_size());
  out.field("vsize_bip141", tx.virtual_size());
  out.field("weight", tx.weight());
  out.key("from");
  out.begin_array();
  for (const gossip::PeerId peer : orphan.from) out.write(peer.number);
  out.end_array();
  if (verbosity == kWhole) out.field_hex("hex", tx.raw);
  out.end_object();
}

Answer get_orphan_txs(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto* peers, peers_of(context));
  KP_TRY(const int verbosity, orphan_verbosity(arguments));
  out.begin_array();
  for (const Orphanage::Orphan& orphan : peers->orphans()) {
    if (verbosity == kIds) {
      out.hex_reversed(orphan.tx->txid.view());
    } else {
      write_orphan(out, orphan, verbosity);
    }
  }
  out.end_array();
  return Unit{};
}

constexpr std::array kParameters{
    Parameter{.name = "verbosity",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "0",
              .description = "0: their ids; 1: what is known of each; 2: and the transactions themselves",
              .checking = Checking::Unchecked}};

constexpr std::array kMethods{
    Method{.name = "getorphantxs",
           .category = Category::Hidden,
           .parameters = kParameters,
           .description = "Transactions that came before what they spend. May change with any version.",
           .result = "[\"txid\",...] or [{\"txid\":\"hex\",\"wtxid\":\"hex\",\"bytes\":n,\"vsize\":n,\"weight\":n,"
                     "\"from\":[n,...],\"hex\":\"hex\"},...]",
           .examples = "getorphantxs 2",
           .handler = get_orphan_txs}};

}  // namespace

std::span<const Method> orphan_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
