// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Single blocks and headers, and what is in force at a block.

#include <algorithm>
#include <array>

#include <kepeng/consensus/deployments.h>
#include <kepeng/rpc/block_json.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>

#include "blockchain_arguments.h"

namespace kepeng::rpc {
namespace {

using consensus::ThresholdState;

Answer get_block_header(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const chain::Entry* entry, entry_from(context, arguments.string(0), "hash"));
  if (!arguments.boolean(1).value_or(true)) {
    out.hex(entry->header.encode());
    return Unit{};
  }
  out.begin_object();
  write_header_members(out, *context.engine().view(), entry);
  out.end_object();
  return Unit{};
}

Answer get_block(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const BlockHash hash, hash_from<BlockHash>(arguments.string(0), "blockhash"));
  KP_TRY(const int verbosity, verbosity_from(arguments, 1, 1));
  const chain::Entry* entry = context.engine().find(hash);
  if (entry == nullptr) return fail(Code::InvalidAddressOrKey, "Block not found");
  if (verbosity <= 0) {
    KP_TRY(const BlockPtr block, block_of(context.engine(), entry));
    out.hex(block->raw());
    return Unit{};
  }
  const BlockDetail detail = verbosity == 1   ? BlockDetail::Txids
                             : verbosity == 2 ? BlockDetail::Transactions
                                              : BlockDetail::Prevouts;
  return write_block(out, context.engine(), entry, detail);
}

// --- deployments -----------------------------------------------------------------------------------------------------

void write_buried(json::Writer& out, const params::NetworkParams& network, params::Buried deployment, Height next) {
  out.key(params::name_of(deployment));
  out.begin_object();
  out.field("type", "buried");
  out.field("active", network.is_active(deployment, next));
  out.field("height", network.buried_height(deployment));
  out.end_object();
}

void write_signalling(json::Writer& out, const consensus::Ancestry& line, const params::VersionBits& deployment,
                      ThresholdState state) {
  const auto statistics = consensus::threshold_statistics(line, deployment);
  out.key("statistics");
  out.begin_object();
  out.field("period", statistics.period);
  out.field("elapsed", statistics.elapsed);
  out.field("count", statistics.count);
  if (state == ThresholdState::Started) {  // once locked in, there is nothing left to reach
    out.field("threshold", statistics.threshold);
    out.field("possible", statistics.possible);
  }
  out.end_object();
  std::string marks;
  for (const bool is_set : statistics.signalling) marks += is_set ? '#' : '-';
  out.field("signalling", marks);
}

void write_version_bits(json::Writer& out, const chain::Entry* entry, const params::VersionBits& deployment) {
  const chain::EntryAncestry line{entry};
  const chain::EntryAncestry before{entry->parent};
  const ThresholdState state = consensus::threshold_state(before, deployment);
  const ThresholdState next = consensus::threshold_state(line, deployment);
  out.key(deployment.name);
  out.begin_object();
  out.field("type", "bip9");
  if (next == ThresholdState::Active) out.field("height", consensus::threshold_state_since(line, deployment));
  out.field("active", next == ThresholdState::Active);
  out.key("bip9");
  out.begin_object();
  const bool is_open = state == ThresholdState::Started || state == ThresholdState::LockedIn;
  if (is_open) out.field("bit", deployment.bit);
  out.field("start_time", deployment.start_time);
  out.field("timeout", deployment.timeout);
  out.field("min_activation_height", deployment.min_activation_height);
  out.field("status", consensus::name_of(state));
  out.field("since", consensus::threshold_state_since(before, deployment));
  out.field("status_next", consensus::name_of(next));
  if (is_open) write_signalling(out, line, deployment, state);
  out.end_object();
  out.end_object();
}

Answer get_deployment_info(Context& context, const Arguments& arguments, json::Writer& out) {
  const chain::Entry* entry = context.engine().view()->tip();
  if (arguments.find(0) != nullptr) {
    KP_TRY(entry, entry_from(context, arguments.string(0), "blockhash"));
  }
  const params::NetworkParams& network = context.network();
  const script::Flags flags = consensus::script_flags(network, entry->height, entry->hash);
  std::vector<std::string_view> names;
  for (unsigned i = 0; i < script::kFlagCount; ++i) {
    const auto flag = static_cast<script::Flag>(i);
    if (flags.has(flag)) names.push_back(script::name_of(flag));
  }
  std::sort(names.begin(), names.end());
  out.begin_object();
  out.key("hash"), out.hex_reversed(entry->hash.view());
  out.field("height", entry->height);
  out.key("script_flags");
  out.begin_array();
  for (const std::string_view name : names) out.string(name);
  out.end_array();
  out.key("deployments");
  out.begin_object();
  for (const params::Buried deployment : params::kBuriedDeployments) {
    write_buried(out, network, deployment, entry->height + 1);
  }
  for (const params::VersionBits& deployment : network.deployments) {
    if (deployment.start_time == params::VersionBits::kNeverActive) continue;
    write_version_bits(out, entry, deployment);
  }
  out.end_object();
  out.end_object();
  return Unit{};
}

// --- the table -------------------------------------------------------------------------------------------------------

constexpr std::array kHeaderParameters{
    Parameter{.name = "blockhash", .type = Type::Hex, .description = "The hash of the block"},
    Parameter{.name = "verbose",
              .type = Type::Boolean,
              .need = Need::Optional,
              .fallback = "true",
              .description = "An object; else the 80 bytes in hex"}};
constexpr std::array kBlockParameters{
    Parameter{.name = "blockhash", .type = Type::Hex, .description = "The hash of the block"},
    Parameter{.name = "verbosity|verbose",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "1",
              .description = "0: the bytes in hex, 1: an object with txids, 2: with transactions and their fees, "
                             "3: with what their inputs spend",
              .checking = Checking::Unchecked}};
constexpr std::array kDeploymentParameters{Parameter{.name = "blockhash",
                                                     .type = Type::Hex,
                                                     .need = Need::Optional,
                                                     .fallback = "hash of current chain tip",
                                                     .description = "The block at which to look"}};

constexpr std::array kMethods{
    Method{.name = "getblockheader",
           .category = Category::Blockchain,
           .parameters = kHeaderParameters,
           .description = "A block header, and where it stands.",
           .result = "{\"hash\":\"hex\",\"confirmations\":n,\"height\":n,...} or \"hex\"\n"
                     "confirmations is -1 beside the active chain",
           .examples = "getblockheader \"blockhash\"",
           .handler = get_block_header},
    Method{.name = "getblock",
           .category = Category::Blockchain,
           .parameters = kBlockParameters,
           .description = "A block.",
           .result = "{\"hash\":\"hex\",\"confirmations\":n,...,\"tx\":[...]} or \"hex\"",
           .examples = "getblock \"blockhash\"\ngetblock \"blockhash\" 2",
           .handler = get_block},
    Method{.name = "getdeploymentinfo",
           .category = Category::Blockchain,
           .parameters = kDeploymentParameters,
           .description = "Which soft forks are in force after a block, and the script rules that it was held to.",
           .result = "{\"hash\":\"hex\",\"height\":n,\"script_flags\":[...],\"deployments\":{...}}",
           .examples = "getdeploymentinfo",
           .handler = get_deployment_info}};

}  // namespace

std::span<const Method> block_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
