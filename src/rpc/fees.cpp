// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The family "fees": which feerate gets a transaction mined, from what blocks took and from what waits.

#include <algorithm>
#include <array>
#include <cmath>

#include <kepeng/fee_service/fee_service.h>
#include <kepeng/fees/outlook.h>
#include <kepeng/rpc/families.h>

#include "mempool_arguments.h"

namespace kepeng::rpc {
namespace {

using fees::Horizon;
using fees::Mode;

constexpr std::size_t kBlocksAhead = 3;
constexpr std::string_view kUnknownMode =
    "Invalid estimate_mode parameter, must be one of: \"unset\", \"economical\", \"conservative\"";
constexpr double kRatePerByte = 1'000;  // rates are for 1,000 bytes

Result<fee_service::FeeService*, RpcError> fees_of(const Context& context) {
  auto* service = context.services().fees;
  if (service == nullptr) return fail(Code::InternalError, "Fee estimation disabled");
  return service;
}

Result<unsigned, RpcError> target_from(const Arguments& arguments) {
  KP_TRY(const int target, arguments.integer<int>(0));
  if (target < 1 || static_cast<unsigned>(target) > fees::kTargetMax) {
    return fail(Code::InvalidParameter,
                "Invalid conf_target, must be between 1 and " + std::to_string(fees::kTargetMax));
  }
  return static_cast<unsigned>(target);
}

Result<Mode, RpcError> mode_from(std::string_view text) {
  std::string lower{text};
  for (char& letter : lower) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
  if (lower == "conservative") return Mode::Conservative;
  if (lower == "unset" || lower == "economical") return Mode::Economical;
  return fail(Code::InvalidParameter, std::string{kUnknownMode});
}

// What nobody gets in below: the mempool's own threshold, and that of relay.
std::int64_t least_rate(const Context& context) {
  const auto* mempool = context.services().mempool;
  return std::max(mempool->minimum_fee_per_kvb(), mempool->options().admission.policy.min_relay.sats_per_kvb);
}

void write_errors(json::Writer& out, std::string_view error) {
  out.key("errors");
  out.begin_array();
  out.string(error);
  out.end_array();
}

Answer estimate_smart_fee(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto* service, fees_of(context));
  KP_TRY_VOID(mempool_of(context));
  KP_TRY(const unsigned target, target_from(arguments));
  KP_TRY(const Mode mode, mode_from(arguments.find(1) == nullptr ? "economical" : arguments.string(1)));
  const fees::SmartEstimate estimate = service->estimate(target, mode);
  out.begin_object();
  if (estimate.rate) {
    out.field_amount("feerate", std::max<std::int64_t>(std::llround(*estimate.rate), least_rate(context)));
  } else {
    write_errors(out, "Insufficient data or no feerate found");
  }
  out.field("blocks", estimate.target);
  out.end_object();
  return Unit{};
}

void write_range(json::Writer& out, std::string_view name, const fees::BucketRange& range) {
  const auto cents = [](double count) { return std::round(count * 100) / 100; };
  out.key(name);
  out.begin_object();
  out.field("startrange", std::round(range.from));
  out.field("endrange", std::round(range.to));
  out.field("withintarget", cents(range.in_time));
  out.field("totalconfirmed", cents(range.mined));
  out.field("inmempool", cents(range.waiting));
  out.field("leftmempool", cents(range.gone));
  out.end_object();
}

void write_horizon(json::Writer& out, const fees::HorizonFacts& facts, const fees::RawEstimate& estimate) {
  out.key(facts.name);
  out.begin_object();
  if (estimate.rate) out.field_amount("feerate", std::llround(*estimate.rate));
  out.field("decay", facts.decay);
  out.field("scale", facts.scale);
  if (estimate.rate && estimate.pass) write_range(out, "pass", *estimate.pass);
  if (estimate.fail) write_range(out, "fail", *estimate.fail);
  if (!estimate.rate) write_errors(out, "Insufficient data or no feerate found which meets threshold");
  out.end_object();
}

Answer estimate_raw_fee(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto* service, fees_of(context));
  KP_TRY(const unsigned target, target_from(arguments));
  const json::Value* wanted = arguments.find(1);
  const double threshold = wanted == nullptr ? 0.95 : wanted->as_double().value_or(-1);
  if (!(threshold >= 0 && threshold <= 1)) return fail(Code::InvalidParameter, "Invalid threshold");
  out.begin_object();
  for (const Horizon horizon : {Horizon::Short, Horizon::Medium, Horizon::Long}) {
    const fees::HorizonFacts& facts = fees::facts_of(horizon);
    if (target > facts.blocks()) continue;
    write_horizon(out, facts, service->raw_estimate(horizon, target, threshold));
  }
  out.end_object();
  return Unit{};
}

// --- what waits ------------------------------------------------------------------------------------------------------

void write_next_block(json::Writer& out, const fees::Outlook::NextBlock& block, std::int64_t least) {
  out.begin_object();
  out.field("weight", block.weight);
  out.field("full", block.is_full);
  out.field_amount("feerate", block.is_full ? std::max(block.least, least) : least);
  out.field_amount("economical", std::max(block.at_three_quarters, least));
  out.field_amount("conservative", std::max(block.at_half, least));
  out.end_object();
}

void write_coverage(json::Writer& out, const Context& context) {
  const auto* service = context.services().fees;
  if (service == nullptr) return;
  const fee_service::Coverage coverage = service->coverage();
  out.key("coverage");
  out.begin_object();
  out.field("blocks", coverage.blocks);
  if (coverage.weight > 0) {
    out.field("share", static_cast<double>(coverage.weight_known) / static_cast<double>(coverage.weight));
  }
  out.end_object();
}

Answer get_mempool_fee_estimates(Context& context, const Arguments&, json::Writer& out) {
  const auto& limits = context.services().template_limits;
  fees::Outlook outlook{{limits.weight_max - limits.reserved_weight, kBlocksAhead}};
  KP_TRY_VOID(look_at_mempool(context, [&](const mempool::Pool& pool, mempool::Admission&) -> Answer {
    pool.visit_chunks([&](const mempool::ChunkView& chunk) {
      outlook.take(chunk.worth);
      return true;
    });
    return Unit{};
  }));
  const std::int64_t least = least_rate(context);
  out.begin_object();
  out.field("weight", outlook.weight());
  out.field_amount("minimum", least);
  out.key("blocks");
  out.begin_array();
  for (const auto& block : outlook.blocks()) write_next_block(out, block, least);
  out.end_array();
  write_coverage(out, context);
  out.end_object();
  return Unit{};
}

Answer get_mempool_fee_histogram(Context& context, const Arguments&, json::Writer& out) {
  fees::Histogram histogram;
  KP_TRY_VOID(look_at_mempool(context, [&](const mempool::Pool& pool, mempool::Admission&) -> Answer {
    pool.visit_chunks([&](const mempool::ChunkView& chunk) {
      histogram.take(chunk.worth);
      return true;
    });
    return Unit{};
  }));
  out.begin_array();
  for (const auto& bin : histogram.finish()) {
    out.begin_array();
    out.real(static_cast<double>(bin.rate) / kRatePerByte);
    out.int64(bin.size);
    out.end_array();
  }
  out.end_array();
  return Unit{};
}

constexpr Parameter kTarget{
    .name = "conf_target", .type = Type::Number, .description = "Blocks to wait for, between 1 and 1008"};
constexpr std::array kSmartParameters{
    kTarget, Parameter{.name = "estimate_mode",
                       .need = Need::Optional,
                       .fallback = "economical",
                       .description = "\"economical\", which follows when rates fall, or "
                                      "\"conservative\", which looks back over a longer time"}};
constexpr std::array kRawParameters{
    kTarget, Parameter{.name = "threshold",
                       .type = Type::Number,
                       .need = Need::Optional,
                       .fallback = "0.95",
                       .description = "The share of transactions that must have been mined in time"}};

constexpr std::array kMethods{
    Method{.name = "estimatesmartfee",
           .category = Category::Util,
           .parameters = kSmartParameters,
           .description = "The feerate (BTC/kvB) by which a transaction should be mined within so many blocks, learnt "
                          "from how long others waited. Never below what the mempool lets in.",
           .result = "{\"feerate\":n,\"blocks\":n} or {\"errors\":[\"text\"],\"blocks\":n}",
           .examples = "estimatesmartfee 6",
           .handler = estimate_smart_fee},
    Method{.name = "estimaterawfee",
           .category = Category::Hidden,
           .parameters = kRawParameters,
           .description = "What each horizon has counted for a target. May change with any version.",
           .result =
               "{\"short\":{\"feerate\":n,\"decay\":n,\"scale\":n,\"pass\":{...},\"fail\":{...}},\"medium\":{...},"
               "\"long\":{...}}",
           .examples = "estimaterawfee 6 0.9",
           .handler = estimate_raw_fee},
    Method{.name = "getmempoolfeeestimates",
           .category = Category::Util,
           .description =
               "What the next blocks would take of the mempool as it is: for each of the next three how full "
               "it would be, the least feerate (BTC/kvB) in it, and those at three quarters (economical) and "
               "half (conservative) of its space. \"coverage\" is the share of the last blocks that this "
               "mempool had: if it is low, do not believe the rest.",
           .result = "{\"weight\":n,\"minimum\":n,\"blocks\":[{\"weight\":n,\"full\":true|false,\"feerate\":n,"
                     "\"economical\":n,\"conservative\":n},...],\"coverage\":{\"blocks\":n,\"share\":n}}",
           .examples = "getmempoolfeeestimates",
           .handler = get_mempool_fee_estimates},
    Method{.name = "getmempoolfeehistogram",
           .category = Category::Util,
           .description =
               "How the mempool spreads over feerates, as Electrum servers tell it: pairs of feerate (sat/vB) "
               "and virtual bytes that pay this or more, and less than the pair before.",
           .result = "[[feerate,vsize],...]",
           .examples = "getmempoolfeehistogram",
           .handler = get_mempool_fee_histogram}};

}  // namespace

std::span<const Method> fee_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
