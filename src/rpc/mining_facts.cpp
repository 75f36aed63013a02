// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the chain says about mining: hash rate, the next target.

#include <algorithm>
#include <array>

#include <kepeng/consensus/difficulty.h>
#include <kepeng/rpc/block_json.h>
#include <kepeng/rpc/families.h>

#include "blockchain_arguments.h"
#include "mempool_arguments.h"

namespace kepeng::rpc {
namespace {

constexpr int kWindowBlocks = 120;

// Work over time in the `blocks` blocks that end with `last`.
double hashes_per_second(const chain::Entry* last, int blocks) {
  if (last->height == 0) return 0;
  const chain::Entry* first = last;
  auto [earliest, latest] = std::pair{last->header.time, last->header.time};
  for (int i = std::min(blocks, last->height); i > 0; --i) {
    first = first->parent;
    earliest = std::min(earliest, first->header.time);
    latest = std::max(latest, first->header.time);
  }
  if (earliest == latest) return 0;
  return (last->chain_work - first->chain_work).to_double() / static_cast<double>(latest - earliest);
}

Answer get_network_hashps(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(int blocks, arguments.integer<int>(0, kWindowBlocks));
  KP_TRY(const int height, arguments.integer<int>(1, -1));
  const auto view = context.engine().view();
  if (blocks < -1 || blocks == 0) {
    return fail(Code::InvalidParameter, "Invalid nblocks. Must be a positive number or -1.");
  }
  if (height < -1 || height > view->height()) {
    return fail(Code::InvalidParameter, "Block does not exist at specified height");
  }
  const chain::Entry* last = height < 0 ? view->tip() : view->at(height);
  if (blocks == -1) blocks = last->height % static_cast<int>(context.network().retarget_interval()) + 1;
  out.real(hashes_per_second(last, blocks));
  return Unit{};
}

std::size_t pooled_transactions(const Context& context) {
  std::size_t count = 0;
  if (const auto* mempool = context.services().mempool) {
    mempool->look([&](const mempool::Pool& pool, mempool::Admission&) { count = pool.count(); });
  }
  return count;
}

Answer get_mining_info(Context& context, const Arguments&, json::Writer& out) {
  const params::NetworkParams& network = context.network();
  const chain::Entry* tip = context.engine().view()->tip();
  const chain::EntryAncestry line{tip};
  const auto next_time =
      static_cast<std::uint32_t>(std::max(tip->median_time_past().seconds + 1, context.clock().now().seconds));
  const CompactTarget next = consensus::next_target(line, next_time, network);
  out.begin_object();
  out.field("blocks", tip->height);
  if (const auto last = context.services().last_template->with([](const auto& made) { return made; })) {
    out.field("currentblockweight", last->weight);
    out.field("currentblocktx", last->transactions);
  }
  out.field("bits", bits_text(tip->header.target));
  out.field("difficulty", difficulty_of(tip->header.target));
  out.field("target", target_text(tip->header.target));
  out.field("networkhashps", hashes_per_second(tip, kWindowBlocks));
  out.field("pooledtx", pooled_transactions(context));
  out.field_amount("blockmintxfee", context.services().template_limits.least.sats_per_kvb);
  out.field("chain", params::name_of(network.network));
  if (network.signet_challenge) out.field_hex("signet_challenge", *network.signet_challenge);
  out.key("next");
  out.begin_object();
  out.field("height", tip->height + 1);
  out.field("bits", bits_text(next));
  out.field("difficulty", difficulty_of(next));
  out.field("target", target_text(next));
  out.end_object();
  write_warnings(out, context);
  out.end_object();
  return Unit{};
}

constexpr std::array kHashpsParameters{
    Parameter{.name = "nblocks",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "120",
              .description = "Blocks to average over; -1: since the last change of difficulty"},
    Parameter{.name = "height",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "-1",
              .description = "The last of these blocks; -1: the tip"}};
constexpr std::array kMethods{Method{.name = "getnetworkhashps",
                                     .category = Category::Mining,
                                     .parameters = kHashpsParameters,
                                     .description = "The network's hashes per second, estimated from the last blocks.",
                                     .result = "n    (numeric)",
                                     .examples = "getnetworkhashps",
                                     .handler = get_network_hashps},
                              Method{.name = "getmininginfo",
                                     .category = Category::Mining,
                                     .description = "What a miner wants to know about the chain.",
                                     .result = "{\"blocks\":n,\"bits\":\"hex\",\"difficulty\":n,...,\"next\":{...}}",
                                     .examples = "getmininginfo",
                                     .handler = get_mining_info}};

}  // namespace

std::span<const Method> mining_facts_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
