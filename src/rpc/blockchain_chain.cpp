// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the node knows about the chain as a whole.

#include <algorithm>
#include <array>

#include <kepeng/rpc/block_json.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>

#include "blockchain_arguments.h"

namespace kepeng::rpc {
namespace {

constexpr std::int64_t kMonthSeconds = 30 * 24 * 60 * 60;

Answer get_block_count(Context& context, const Arguments&, json::Writer& out) {
  out.int64(context.engine().view()->height());
  return Unit{};
}

Answer get_best_block_hash(Context& context, const Arguments&, json::Writer& out) {
  out.hex_reversed(context.engine().view()->tip()->hash.view());
  return Unit{};
}

Answer get_block_hash(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const int height, arguments.integer<int>(0));
  const chain::Entry* entry = context.engine().view()->at(height);
  if (entry == nullptr) return fail(Code::InvalidParameter, "Block height out of range");
  out.hex_reversed(entry->hash.view());
  return Unit{};
}

Answer get_difficulty(Context& context, const Arguments&, json::Writer& out) {
  out.real(difficulty_of(context.engine().view()->tip()->header.target));
  return Unit{};
}

void write_pruning(json::Writer& out, const validation::Engine& engine) {
  const validation::EngineOptions& options = engine.options();
  const bool prunes = options.prune_manually || options.prune_target_bytes != 0;
  out.field("pruned", prunes);
  if (!prunes) return;
  out.field("pruneheight", engine.is_pruned() ? engine.prune_height() : 0);
  out.field("automatic_pruning", options.prune_target_bytes != 0);
  if (options.prune_target_bytes != 0) out.field("prune_target_size", options.prune_target_bytes);
}

// How far the proof of the snapshot is, if there is one to be proven.
void write_background(json::Writer& out, const Context& context) {
  const validation::Engine& engine = context.engine();
  const chain::Entry* base = engine.snapshot_base();
  if (base == nullptr) return;
  const auto states = engine.chainstates();
  if (states.size() < 2) return;
  const chain::Entry* tip = states.front().tip;
  const double here = static_cast<double>(tip->chain_transactions.load());
  out.key("backgroundvalidation");
  out.begin_object();
  out.field("snapshotheight", base->height);
  out.field("blocks", tip->height);
  out.field("bestblockhash", tip->hash.to_string());
  out.field("mediantime", tip->median_time_past().seconds);
  out.field("verificationprogress", here / static_cast<double>(base->chain_transactions.load()));
  out.field("chainwork", tip->chain_work.to_string());
  out.end_object();
}

Answer get_blockchain_info(Context& context, const Arguments&, json::Writer& out) {
  const validation::Engine& engine = context.engine();
  const auto view = engine.view();
  const chain::Entry* tip = view->tip();
  out.begin_object();
  out.field("chain", params::name_of(context.network().network));
  out.field("blocks", tip->height);
  out.field("headers", engine.best_header()->height);
  out.key("bestblockhash"), out.hex_reversed(tip->hash.view());
  out.field("bits", bits_text(tip->header.target));
  out.field("target", target_text(tip->header.target));
  out.field("difficulty", difficulty_of(tip->header.target));
  out.field("time", tip->header.time);
  out.field("mediantime", tip->median_time_past().seconds);
  out.field("verificationprogress", verification_progress(engine, tip, context.clock().now()));
  out.field("initialblockdownload", engine.is_initial_block_download());
  write_background(out, context);
  out.field("chainwork", tip->chain_work.to_string());
  out.field("size_on_disk", engine.block_bytes_on_disk());
  write_pruning(out, engine);
  if (context.network().signet_challenge) out.field_hex("signet_challenge", *context.network().signet_challenge);
  write_warnings(out, context);
  out.end_object();
  return Unit{};
}

void write_chainstate(json::Writer& out, const validation::ChainstateFacts& facts, const Context& context) {
  const validation::Engine& engine = context.engine();
  const chain::Entry* tip = facts.tip;
  const std::uint64_t total = engine.options().cache_bytes;
  out.begin_object();
  out.field("blocks", tip->height);
  out.key("bestblockhash"), out.hex_reversed(tip->hash.view());
  out.field("bits", bits_text(tip->header.target));
  out.field("target", target_text(tip->header.target));
  out.field("difficulty", difficulty_of(tip->header.target));
  out.field("verificationprogress", verification_progress(engine, tip, context.clock().now()));
  if (facts.snapshot_base != nullptr) {
    out.key("snapshot_blockhash"), out.hex_reversed(facts.snapshot_base->hash.view());
  }
  out.field("coins_db_cache_bytes", total - std::min(total, facts.cache_bytes_max));
  out.field("coins_tip_cache_bytes", facts.cache_bytes_max);
  out.field("validated", facts.is_validated);
  out.end_object();
}

Answer get_chain_states(Context& context, const Arguments&, json::Writer& out) {
  out.begin_object();
  out.field("headers", context.engine().best_header()->height);
  out.key("chainstates");
  out.begin_array();
  for (const validation::ChainstateFacts& facts : context.engine().chainstates()) {
    write_chainstate(out, facts, context);
  }
  out.end_array();
  out.end_object();
  return Unit{};
}

std::string_view tip_status(const chain::ChainView& view, const chain::Entry* entry) {
  if (view.contains(entry)) return "active";
  if (entry->is_invalid()) return "invalid";
  if (entry->chain_transactions == 0) return "headers-only";  // this block or one before it is not here
  if (entry->validity.load() >= chain::Validity::Scripts) return "valid-fork";
  return entry->validity.load() >= chain::Validity::Tree ? "valid-headers" : "unknown";
}

Answer get_chain_tips(Context& context, const Arguments&, json::Writer& out) {
  const auto view = context.engine().view();
  // Headers may stand on top of the active tip, so it need not be a leaf; a leaf below it is in the active chain.
  std::vector<const chain::Entry*> tips = context.engine().leaves();
  std::erase_if(tips, [&](const chain::Entry* entry) { return view->contains(entry); });
  tips.push_back(view->tip());
  std::sort(tips.begin(), tips.end(), [](const chain::Entry* a, const chain::Entry* b) {
    return a->height != b->height ? a->height > b->height : a->hash < b->hash;
  });
  out.begin_array();
  for (const chain::Entry* tip : tips) {
    out.begin_object();
    out.field("height", tip->height);
    out.key("hash"), out.hex_reversed(tip->hash.view());
    out.field("branchlen", tip->height - view->fork_with(tip)->height);
    out.field("status", tip_status(*view, tip));
    out.end_object();
  }
  out.end_array();
  return Unit{};
}

// The last block of the window that the caller means.
Result<const chain::Entry*, RpcError> window_end(const Context& context, const Arguments& arguments) {
  const auto view = context.engine().view();
  if (arguments.find(1) == nullptr) return view->tip();
  KP_TRY(const chain::Entry* entry, entry_from(context, arguments.string(1), "blockhash"));
  if (!view->contains(entry)) return fail(Code::InvalidParameter, "Block is not in main chain");
  return entry;
}

Answer get_chain_tx_stats(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const chain::Entry* last, window_end(context, arguments));
  const std::int64_t month = kMonthSeconds / context.network().target_spacing_seconds;
  KP_TRY(std::int64_t blocks, arguments.integer<int>(0));
  if (arguments.find(0) == nullptr) {
    blocks = std::max<std::int64_t>(0, std::min<std::int64_t>(month, last->height - 1));
  } else if (blocks < 0 || (blocks > 0 && blocks >= last->height)) {
    return fail(Code::InvalidParameter, "Invalid block count: should be between 0 and the block's height - 1");
  }
  const chain::Entry* first = last->ancestor(last->height - static_cast<Height>(blocks));
  const std::int64_t interval = last->median_time_past() - first->median_time_past();
  const std::uint64_t count = last->chain_transactions;
  const std::uint64_t before = first->chain_transactions;
  out.begin_object();
  out.field("time", last->header.time);
  if (count != 0) out.field("txcount", count);
  out.key("window_final_block_hash"), out.hex_reversed(last->hash.view());
  out.field("window_final_block_height", last->height);
  out.field("window_block_count", blocks);
  if (blocks > 0) {
    out.field("window_interval", interval);
    if (count != 0 && before != 0) {
      out.field("window_tx_count", count - before);
      if (interval > 0) out.field("txrate", static_cast<double>(count - before) / static_cast<double>(interval));
    }
  }
  out.end_object();
  return Unit{};
}

constexpr std::array kHeight{
    Parameter{.name = "height", .type = Type::Number, .description = "Height in the active chain"}};
constexpr std::array kWindow{Parameter{.name = "nblocks",
                                       .type = Type::Number,
                                       .need = Need::Optional,
                                       .fallback = "one month",
                                       .description = "Blocks in the window"},
                             Parameter{.name = "blockhash",
                                       .type = Type::Hex,
                                       .need = Need::Optional,
                                       .fallback = "chain tip",
                                       .description = "The block that ends the window"}};

constexpr std::array kMethods{
    Method{.name = "getblockcount",
           .category = Category::Blockchain,
           .description = "The height of the active chain; the first block has height 0.",
           .result = "n    (numeric)",
           .examples = "getblockcount",
           .handler = get_block_count},
    Method{.name = "getbestblockhash",
           .category = Category::Blockchain,
           .description = "The hash of the last block of the active chain.",
           .result = "\"hex\"    (string)",
           .examples = "getbestblockhash",
           .handler = get_best_block_hash},
    Method{.name = "getblockhash",
           .category = Category::Blockchain,
           .parameters = kHeight,
           .description = "The hash of the block at a height of the active chain.",
           .result = "\"hex\"    (string)",
           .examples = "getblockhash 1000",
           .handler = get_block_hash},
    Method{.name = "getdifficulty",
           .category = Category::Blockchain,
           .description = "The proof-of-work difficulty, as a multiple of the smallest one.",
           .result = "n    (numeric)",
           .examples = "getdifficulty",
           .handler = get_difficulty},
    Method{.name = "getblockchaininfo",
           .category = Category::Blockchain,
           .description = "The state of the chain, and how far the node has come with it.",
           .result = "{\"chain\":\"str\",\"blocks\":n,\"headers\":n,\"bestblockhash\":\"hex\",...}",
           .examples = "getblockchaininfo",
           .handler = get_blockchain_info},
    Method{.name = "getchainstates",
           .category = Category::Blockchain,
           .description = "The chain states that the node keeps: one, or two while a snapshot is being proven.",
           .result = "{\"headers\":n,\"chainstates\":[{\"blocks\":n,\"bestblockhash\":\"hex\",...}]}",
           .examples = "getchainstates",
           .handler = get_chain_states},
    Method{.name = "getchaintips",
           .category = Category::Blockchain,
           .description = "The ends of all known branches, the active chain's included.",
           .result = "[{\"height\":n,\"hash\":\"hex\",\"branchlen\":n,\"status\":\"str\"},...]\n"
                     "status: active, invalid, headers-only, valid-fork, valid-headers",
           .examples = "getchaintips",
           .handler = get_chain_tips},
    Method{.name = "getchaintxstats",
           .category = Category::Blockchain,
           .parameters = kWindow,
           .description = "How many transactions the chain holds, and how fast they come.",
           .result = "{\"time\":n,\"txcount\":n,\"window_final_block_hash\":\"hex\",\"window_block_count\":n,...}",
           .examples = "getchaintxstats\ngetchaintxstats 2016",
           .handler = get_chain_tx_stats}};

}  // namespace

std::span<const Method> chain_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
