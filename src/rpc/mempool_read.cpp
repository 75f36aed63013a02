// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The family "mempool": what is waiting for a block.

#include <algorithm>
#include <array>
#include <set>

#include <kepeng/policy/standard.h>
#include <kepeng/primitives/saturating.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>

#include "blockchain_arguments.h"
#include "mempool_arguments.h"

namespace kepeng::rpc {

Result<mempool_service::MempoolService*, RpcError> mempool_of(const Context& context) {
  auto* mempool = context.services().mempool;
  if (mempool == nullptr) return fail(Code::ClientMempoolDisabled, "Mempool disabled or instance not found");
  return mempool;
}

namespace {

using mempool::Admission;
using mempool::Entry;
using mempool::Pool;
using Unbroadcast = std::set<Txid>;

Unbroadcast unbroadcast_of(const Context& context) {
  const auto list = context.services().mempool->unbroadcast();
  return {list.begin(), list.end()};
}

struct Sums {
  std::int64_t size = 0;
  Amount fee{};
};
Sums sums_of(std::span<const Entry* const> entries) {
  Sums sums;
  for (const Entry* entry : entries) {
    sums.size += entry->size;
    sums.fee = saturating_add(sums.fee, entry->modified_fee);
  }
  return sums;
}

void write_txids(json::Writer& out, std::string_view name, const std::vector<const Entry*>& entries) {
  out.key(name);
  out.begin_array();
  for (const Entry* entry : entries) out.hex_reversed(entry->txid().view());
  out.end_array();
}

// It, or something unconfirmed that it needs, said so (BIP125). Everything can be replaced all the same.
bool signals_replacement(std::span<const Entry* const> ancestors) {
  constexpr std::uint32_t kMost = 0xfffffffd;
  return std::any_of(ancestors.begin(), ancestors.end(), [](const Entry* entry) {
    const TxPtr tx = unpack(entry->tx);
    return std::any_of(tx->inputs.begin(), tx->inputs.end(), [](const TxIn& input) { return input.sequence <= kMost; });
  });
}

// What is shown of an entry besides itself.
struct Showing {
  Unbroadcast unbroadcast{};
  bool with_bip125 = false;  // -deprecatedrpc=bip125
};
Showing showing(const Context& context) {
  return {unbroadcast_of(context), context.allows_deprecated("bip125")};
}

void write_entry(json::Writer& out, const Pool& pool, const Entry& entry, const Showing& showing) {
  const std::array<const Entry*, 1> itself{&entry};
  const auto descendants = pool.descendants(itself);
  const auto ancestors = pool.ancestors(itself);
  const mempool::ChunkView chunk = pool.chunk_of(entry);
  out.begin_object();
  out.field("vsize_adjusted", entry.size);
  out.field("vsize", entry.size);
  out.field("vsize_bip141", entry.tx->virtual_size());
  out.field("weight", entry.tx->weight());
  out.field("time", entry.time.seconds);
  out.field("height", entry.height);
  out.field("descendantcount", descendants.size());
  out.field("descendantsize", sums_of(descendants).size);
  out.field("ancestorcount", ancestors.size());
  out.field("ancestorsize", sums_of(ancestors).size);
  out.key("wtxid"), out.hex_reversed(entry.wtxid().view());
  out.field("chunkweight", chunk.worth.size);
  out.key("fees");
  out.begin_object();
  out.field_amount("base", entry.fee.sats);
  out.field_amount("modified", entry.modified_fee.sats);
  out.field_amount("ancestor", sums_of(ancestors).fee.sats);
  out.field_amount("descendant", sums_of(descendants).fee.sats);
  out.field_amount("chunk", chunk.worth.fee);
  out.end_object();
  write_txids(out, "depends", pool.parents(entry));
  write_txids(out, "spentby", pool.children(entry));
  if (showing.with_bip125) out.field("bip125-replaceable", signals_replacement(ancestors));
  out.field("unbroadcast", showing.unbroadcast.contains(entry.txid()));
  out.end_object();
}

Result<const Entry*, RpcError> entry_of(const Pool& pool, const Txid& txid) {
  const Entry* entry = pool.find(txid);
  if (entry == nullptr) return fail(Code::InvalidAddressOrKey, "Transaction not in mempool");
  return entry;
}

Answer get_mempool_info(Context& context, const Arguments&, json::Writer& out) {
  KP_TRY(const auto* service, mempool_of(context));
  const std::size_t unbroadcast = service->unbroadcast().size();
  const auto& options = service->options();
  return look_at_mempool(context, [&](const Pool& pool, Admission& admission) -> Answer {
    const auto& policy = options.admission.policy;
    const auto minimum = std::max(admission.minimum_fee(context.clock().now()), policy.min_relay);
    out.begin_object();
    out.field("loaded", service->is_loaded());
    out.field("size", pool.count());
    out.field("bytes", pool.total_size());
    out.field("usage", pool.memory_bytes());
    out.field_amount("total_fee", pool.total_fee().sats);
    out.field("maxmempool", options.admission.bytes_max);
    out.field_amount("mempoolminfee", minimum.sats_per_kvb);
    out.field_amount("minrelaytxfee", policy.min_relay.sats_per_kvb);
    out.field_amount("incrementalrelayfee", policy.incremental.sats_per_kvb);
    out.field("unbroadcastcount", unbroadcast);
    if (context.allows_deprecated("fullrbf")) out.field("fullrbf", true);
    out.field("permitbaremultisig", policy.permits_bare_multisig);
    out.field("maxdatacarriersize", policy.data_bytes.value_or(0));
    out.field("limitclustercount", options.clusters.count);
    out.field("limitclustersize", policy::virtual_size(options.clusters.weight));
    out.field("optimal", pool.is_optimal());
    out.end_object();
    return Unit{};
  });
}

Answer get_raw_mempool(Context& context, const Arguments& arguments, json::Writer& out) {
  const bool is_verbose = arguments.boolean(0).value_or(false);
  const bool wants_sequence = arguments.boolean(1).value_or(false);
  if (is_verbose && wants_sequence) {
    return fail(Code::InvalidParameter, "Verbose results cannot contain mempool sequence values.");
  }
  KP_TRY_VOID(mempool_of(context));
  const Showing shown = is_verbose ? showing(context) : Showing{};
  return look_at_mempool(context, [&](const Pool& pool, Admission&) -> Answer {
    if (wants_sequence) out.begin_object(), out.key("txids");
    is_verbose ? out.begin_object() : out.begin_array();
    pool.visit_chunks([&](const mempool::ChunkView& chunk) {
      for (const Entry* entry : chunk.entries) {
        if (!is_verbose) {
          out.hex_reversed(entry->txid().view());
          continue;
        }
        out.key(entry->txid().to_string());
        write_entry(out, pool, *entry, shown);
      }
      return true;
    });
    is_verbose ? out.end_object() : out.end_array();
    if (wants_sequence) out.field("mempool_sequence", pool.sequence()), out.end_object();
    return Unit{};
  });
}

Answer get_mempool_entry(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto txid, hash_from<Txid>(arguments.string(0), "txid"));
  KP_TRY_VOID(mempool_of(context));
  const Showing shown = showing(context);
  return look_at_mempool(context, [&](const Pool& pool, Admission&) -> Answer {
    KP_TRY(const Entry* entry, entry_of(pool, txid));
    write_entry(out, pool, *entry, shown);
    return Unit{};
  });
}

// The family of a transaction in one direction, itself left out.
template <class Family>
Answer write_family(Context& context, const Arguments& arguments, json::Writer& out, Family&& family) {
  KP_TRY(const auto txid, hash_from<Txid>(arguments.string(0), "txid"));
  const bool is_verbose = arguments.boolean(1).value_or(false);
  KP_TRY_VOID(mempool_of(context));
  const Showing shown = is_verbose ? showing(context) : Showing{};
  return look_at_mempool(context, [&](const Pool& pool, Admission&) -> Answer {
    KP_TRY(const Entry* entry, entry_of(pool, txid));
    auto members = family(pool, *entry);
    std::erase(members, entry);
    is_verbose ? out.begin_object() : out.begin_array();
    for (const Entry* member : members) {
      if (!is_verbose) {
        out.hex_reversed(member->txid().view());
        continue;
      }
      out.key(member->txid().to_string());
      write_entry(out, pool, *member, shown);
    }
    is_verbose ? out.end_object() : out.end_array();
    return Unit{};
  });
}

Answer get_mempool_ancestors(Context& context, const Arguments& arguments, json::Writer& out) {
  return write_family(context, arguments, out, [](const Pool& pool, const Entry& entry) {
    const std::array<const Entry*, 1> of{&entry};
    return pool.ancestors(of);
  });
}

Answer get_mempool_descendants(Context& context, const Arguments& arguments, json::Writer& out) {
  return write_family(context, arguments, out, [](const Pool& pool, const Entry& entry) {
    const std::array<const Entry*, 1> of{&entry};
    return pool.descendants(of);
  });
}

Answer get_mempool_cluster(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto txid, hash_from<Txid>(arguments.string(0), "txid"));
  return look_at_mempool(context, [&](const Pool& pool, Admission&) -> Answer {
    KP_TRY(const Entry* entry, entry_of(pool, txid));
    const auto cluster = pool.cluster_of(*entry);
    std::int64_t weight = 0;
    for (const auto& chunk : cluster.chunks) weight += chunk.worth.size;
    out.begin_object();
    out.field("clusterweight", weight);
    out.field("txcount", cluster.order.size());
    out.key("chunks");
    out.begin_array();
    std::size_t at = 0;
    for (const auto& chunk : cluster.chunks) {
      out.begin_object();
      out.field_amount("chunkfee", chunk.worth.fee);
      out.field("chunkweight", chunk.worth.size);
      out.key("txs");
      out.begin_array();
      for (std::size_t n = 0; n < chunk.count; ++n) out.hex_reversed(cluster.order[at++]->txid().view());
      out.end_array();
      out.end_object();
    }
    out.end_array();
    out.end_object();
    return Unit{};
  });
}

Answer get_mempool_feerate_diagram(Context& context, const Arguments&, json::Writer& out) {
  return look_at_mempool(context, [&](const Pool& pool, Admission&) -> Answer {
    cluster::FeeSize sum;
    const auto write = [&] {
      out.begin_object();
      out.field("weight", sum.size);
      out.field_amount("fee", sum.fee);
      out.end_object();
    };
    out.begin_array();
    write();
    pool.visit_chunks([&](const mempool::ChunkView& chunk) {
      sum += chunk.worth;
      write();
      return true;
    });
    out.end_array();
    return Unit{};
  });
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

// There is no index of spenders yet: only the mempool knows some.
Answer get_tx_spending_prevout(Context& context, const Arguments& arguments, json::Writer& out) {
  const json::Value& outputs = arguments.at(0);
  if (outputs.size() == 0) return fail(Code::InvalidParameter, "Invalid parameter, outputs are missing");
  KP_TRY(const SpendingOptions options, spending_options_from(arguments));
  std::vector<OutPoint> wanted;
  for (const json::Value& output : outputs.items()) {
    KP_TRY(const OutPoint outpoint, outpoint_of(output));
    wanted.push_back(outpoint);
  }
  return look_at_mempool(context, [&](const Pool& pool, Admission&) -> Answer {
    for (const OutPoint& outpoint : wanted) {
      if (options.mempool_only || pool.spender_of(outpoint) != nullptr) continue;
      return fail(Code::Misc, "Mempool lacks a relevant spend, and txospenderindex is unavailable.");
    }
    out.begin_array();
    for (const OutPoint& outpoint : wanted) {
      const Entry* spender = pool.spender_of(outpoint);
      out.begin_object();
      out.key("txid"), out.hex_reversed(outpoint.txid.view());
      out.field("vout", outpoint.index);
      if (spender != nullptr) {
        out.key("spendingtxid"), out.hex_reversed(spender->txid().view());
        if (options.return_spending_tx) out.field_hex("spendingtx", spender->tx->raw());
      }
      out.end_object();
    }
    out.end_array();
    return Unit{};
  });
}

// --- the table -------------------------------------------------------------------------------------------------------

constexpr std::array kTxidParameter{Parameter{.name = "txid", .type = Type::Hex, .description = "The transaction"}};
constexpr std::array kFamilyParameters{Parameter{.name = "txid", .type = Type::Hex, .description = "The transaction"},
                                       Parameter{.name = "verbose",
                                                 .type = Type::Boolean,
                                                 .need = Need::Optional,
                                                 .fallback = "false",
                                                 .description = "All that is known of each, not only its id"}};
constexpr std::array kRawParameters{Parameter{.name = "verbose",
                                              .type = Type::Boolean,
                                              .need = Need::Optional,
                                              .fallback = "false",
                                              .description = "All that is known of each, not only its id"},
                                    Parameter{.name = "mempool_sequence",
                                              .type = Type::Boolean,
                                              .need = Need::Optional,
                                              .fallback = "false",
                                              .description = "With the number of changes so far"}};
constexpr std::array kOutpointMembers{
    Parameter{.name = "txid", .type = Type::Hex, .description = "The transaction"},
    Parameter{.name = "vout", .type = Type::Number, .description = "Which of its outputs"}};
constexpr std::array kOutpoint{Parameter{.type = Type::Object, .need = Need::Optional, .inner = kOutpointMembers}};
constexpr std::array kSpendingOptions{Parameter{.name = "mempool_only",
                                                .type = Type::Boolean,
                                                .need = Need::Optional,
                                                .fallback = "true",
                                                .description = "Look only at the mempool"},
                                      Parameter{.name = "return_spending_tx",
                                                .type = Type::Boolean,
                                                .need = Need::Optional,
                                                .fallback = "false",
                                                .description = "With the spending transaction itself"}};
constexpr std::array kSpendingParameters{
    Parameter{.name = "outputs", .type = Type::Array, .description = "Outputs to look for", .inner = kOutpoint},
    Parameter{.name = "options",
              .type = Type::NamedOptions,
              .need = Need::Optional,
              .description = "Where to look",
              .inner = kSpendingOptions}};

constexpr std::array kMethods{
    Method{.name = "getmempoolancestors",
           .category = Category::Blockchain,
           .parameters = kFamilyParameters,
           .description = "Everything in the mempool that a transaction needs, itself left out.",
           .result = "[\"txid\",...] or {\"txid\":{...},...}",
           .examples = "getmempoolancestors \"txid\"",
           .handler = get_mempool_ancestors},
    Method{
        .name = "getmempoolcluster",
        .category = Category::Blockchain,
        .parameters = kTxidParameter,
        .description = "What hangs together with a transaction, in the order in which it would be mined.",
        .result = "{\"clusterweight\":n,\"txcount\":n,\"chunks\":[{\"chunkfee\":n,\"chunkweight\":n,\"txs\":[...]}]}",
        .examples = "getmempoolcluster \"txid\"",
        .handler = get_mempool_cluster},
    Method{.name = "getmempooldescendants",
           .category = Category::Blockchain,
           .parameters = kFamilyParameters,
           .description = "Everything in the mempool that needs a transaction, itself left out.",
           .result = "[\"txid\",...] or {\"txid\":{...},...}",
           .examples = "getmempooldescendants \"txid\"",
           .handler = get_mempool_descendants},
    Method{.name = "getmempoolentry",
           .category = Category::Blockchain,
           .parameters = kTxidParameter,
           .description = "All that is known of a transaction in the mempool.",
           .result = "{\"vsize\":n,\"weight\":n,\"time\":n,\"fees\":{...},\"depends\":[...],...}",
           .examples = "getmempoolentry \"txid\"",
           .handler = get_mempool_entry},
    Method{.name = "getmempoolfeeratediagram",
           .category = Category::Hidden,
           .description = "How the fees grow with the space that a miner gives to the mempool.",
           .result = "[{\"weight\":n,\"fee\":n},...]",
           .examples = "getmempoolfeeratediagram",
           .handler = get_mempool_feerate_diagram},
    Method{.name = "getmempoolinfo",
           .category = Category::Blockchain,
           .description = "The state of the mempool, and what it lets in.",
           .result = "{\"loaded\":true|false,\"size\":n,\"bytes\":n,\"usage\":n,\"total_fee\":n,...}",
           .examples = "getmempoolinfo",
           .handler = get_mempool_info},
    Method{.name = "getrawmempool",
           .category = Category::Blockchain,
           .parameters = kRawParameters,
           .description = "The transactions in the mempool, those that will be mined first in front.",
           .result = "[\"txid\",...] or {\"txid\":{...},...} or {\"txids\":[...],\"mempool_sequence\":n}",
           .examples = "getrawmempool true",
           .handler = get_raw_mempool},
    Method{.name = "gettxspendingprevout",
           .category = Category::Blockchain,
           .parameters = kSpendingParameters,
           .description = "Which transactions of the mempool spend these outputs.",
           .result = "[{\"txid\":\"hex\",\"vout\":n,\"spendingtxid\":\"hex\"},...]",
           .examples = "gettxspendingprevout '[{\"txid\":\"hex\",\"vout\":3}]'",
           .handler = get_tx_spending_prevout}};

}  // namespace

std::span<const Method> mempool_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
