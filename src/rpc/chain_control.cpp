// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the operator may say about the chain, and the check of what is on disk.

#include <algorithm>
#include <array>

#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>
#include <kepeng/validation/verify_chain.h>

namespace kepeng::rpc {
namespace {

// From here on a number is a time, not a height (as pruneblockchain has always read it).
constexpr std::int64_t kFirstTimestamp = 1'000'000'000;
constexpr std::int64_t kTimestampWindowSeconds = 2 * 60 * 60;
constexpr Height kBlocksKept = 288;  // below the tip; peers are promised these (BIP159)

Answer invalidate_block(Context& context, const Arguments& arguments, json::Writer&) {
  KP_TRY(const chain::Entry* entry, entry_from(context, arguments.string(0), "blockhash"));
  if (entry->parent == nullptr) return Unit{};  // the first block stays
  KP_TRY_VOID(or_rpc_error(context.engine().invalidate(entry)));
  return Unit{};
}

Answer reconsider_block(Context& context, const Arguments& arguments, json::Writer&) {
  KP_TRY(const chain::Entry* entry, entry_from(context, arguments.string(0), "blockhash"));
  KP_TRY_VOID(or_rpc_error(context.engine().reconsider(entry)));
  return Unit{};
}

Answer precious_block(Context& context, const Arguments& arguments, json::Writer&) {
  KP_TRY(const chain::Entry* entry, entry_from(context, arguments.string(0), "blockhash"));
  KP_TRY_VOID(or_rpc_error(context.engine().prefer(entry)));
  return Unit{};
}

// The first block of the chain whose time, and that of all after it, is late enough.
std::optional<Height> first_height_since(const chain::ChainView& view, std::int64_t time) {
  std::optional<Height> found;
  for (Height height = view.height(); height >= 0; --height) {
    // The largest time up to here decides, so a single late header does not end the search.
    if (view.at(height)->header.unix_time().seconds < time && view.at(height)->median_time_past().seconds < time) break;
    found = height;
  }
  return found;
}

Answer prune_blockchain(Context& context, const Arguments& arguments, json::Writer& out) {
  validation::Engine& engine = context.engine();
  const bool prunes = engine.options().prune_manually || engine.options().prune_target_bytes != 0;
  if (!prunes) return fail(Code::Misc, "Cannot prune blocks because node is not in prune mode.");
  KP_TRY(std::int64_t height, arguments.integer<int>(0));
  if (height < 0) return fail(Code::InvalidParameter, "Negative block height.");
  const auto view = engine.view();
  if (height > kFirstTimestamp) {
    const auto found = first_height_since(*view, height - kTimestampWindowSeconds);
    if (!found) {
      return fail(Code::InvalidParameter, "Could not find block with at least the specified timestamp.");
    }
    height = *found;
  }
  if (view->height() < context.network().prune_after_height) {
    return fail(Code::Misc, "Blockchain is too short for pruning.");
  }
  if (height > view->height()) {
    return fail(Code::InvalidParameter, "Blockchain is shorter than the attempted prune height.");
  }
  height = std::min<std::int64_t>(height, view->height() - kBlocksKept);
  KP_TRY_VOID(or_rpc_error(engine.prune_to(static_cast<Height>(height))));
  out.int64(engine.is_pruned() ? engine.prune_height() - 1 : -1);
  return Unit{};
}

Answer verify_chain(Context& context, const Arguments& arguments, json::Writer& out) {
  validation::VerifyRequest request;
  KP_TRY(request.level, arguments.integer<int>(0, 3));
  KP_TRY(request.blocks, arguments.integer<Height>(1, 6));
  request.level = std::clamp(request.level, 0, 4);
  request.go_on = [&context] {
    const auto& stopping = context.services().is_stopping;
    return !(stopping && stopping()) && !(context.caller().gone && context.caller().gone());
  };
  const auto report = validation::verify_chain(context.engine(), request);
  if (!report) {
    // Damage is what the caller wants to know; other failures are ours.
    if (report.error().kind != FaultKind::Corruption) return Err{from_fault(report.error())};
    KP_LOG_ERROR(context.logger(), "Verification: {}", report.error().message);
    out.boolean(false);
    return Unit{};
  }
  if (report->finding) KP_LOG_ERROR(context.logger(), "Verification: {}", *report->finding);
  out.boolean(report->is_good() && !report->is_interrupted);
  return Unit{};
}

constexpr std::array kBlockParameters{
    Parameter{.name = "blockhash", .type = Type::Hex, .description = "The hash of the block"}};
constexpr std::array kPruneParameters{Parameter{
    .name = "height",
    .type = Type::Number,
    .description = "Height up to which blocks may go; from 1000000001 on, a time (two hours are kept besides)"}};
constexpr std::array kVerifyParameters{
    Parameter{.name = "checklevel",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "3",
              .description =
                  "How thoroughly: 0 reads blocks, 1 checks them, 2 reads undo data, 3 compares the coins, 4 "
                  "judges the blocks again"},
    Parameter{.name = "nblocks",
              .type = Type::Number,
              .need = Need::Optional,
              .fallback = "6",
              .description = "How many of the last blocks; 0 for all"}};

constexpr std::array kMethods{
    Method{.name = "invalidateblock",
           .parameters = kBlockParameters,
           .description = "Treats a block as invalid from now on, whatever the rules say.",
           .result = "null",
           .examples = "invalidateblock \"blockhash\"",
           .handler = invalidate_block},
    Method{.name = "reconsiderblock",
           .parameters = kBlockParameters,
           .description = "Takes back what is known against a block, its ancestors and its descendants.",
           .result = "null",
           .examples = "reconsiderblock \"blockhash\"",
           .handler = reconsider_block},
    Method{.name = "preciousblock",
           .category = Category::Blockchain,
           .parameters = kBlockParameters,
           .description = "Treats a block as if it had come before others with the same work. Not kept over a restart.",
           .result = "null",
           .examples = "preciousblock \"blockhash\"",
           .handler = precious_block},
    Method{.name = "pruneblockchain",
           .category = Category::Blockchain,
           .parameters = kPruneParameters,
           .description = "Deletes old blocks. Needs -prune.",
           .result = "n    (numeric) height of the last block that is gone, or -1",
           .examples = "pruneblockchain 1000",
           .handler = prune_blockchain},
    Method{.name = "verifychain",
           .category = Category::Blockchain,
           .parameters = kVerifyParameters,
           .description = "Checks the last blocks, their undo data and the coins again.",
           .result = "true|false    (boolean) whether all is well; if not, the log says what is wrong",
           .examples = "verifychain 4 100",
           .handler = verify_chain}};

}  // namespace

std::span<const Method> chain_control_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
