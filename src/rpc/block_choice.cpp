// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "block_choice.h"

#include <array>

#include <kepeng/mining/block_assembly.h>

namespace kepeng::rpc {
namespace {

constexpr std::array<std::uint8_t, 1> kAnyScript{0x51};

void log_fee_rates(const Context& context, const mining::Choice& choice) {
  for (const auto& [tx, fee, sigops_cost] : choice.transactions) {
    const std::int64_t rate = fee.sats * 1000 / static_cast<std::int64_t>(tx->virtual_size());
    KP_LOG_INFO(context.logger(), "fee rate {}.{:08} BTC/kvB txid {}", rate / kSatsPerCoin, rate % kSatsPerCoin,
                tx->txid.to_string());
  }
}

mining::Choice nothing(const Context& context) {
  return {.transactions = {}, .weight = context.services().template_limits.reserved_weight};
}

// Says so when it begins.
void note_waiting(const Context& context, bool is_waiting) {
  const bool was_waiting = context.services().template_care->with(
      [&](Services::TemplateCare& care) { return std::exchange(care.is_waiting, is_waiting); });
  if (!is_waiting || was_waiting) return;
  KP_LOG_INFO(context.logger(), "Blocks have left the chain: templates are empty until the mempool was looked through");
}

}  // namespace

BlockChoice choose_for_block(const Context& context, const mempool_service::MempoolService& mempool) {
  BlockChoice chosen;
  using Ground = mempool_service::MempoolService::Ground;
  mempool.look_from_tip([&](const mempool::Pool& pool, const Ground& ground) {
    chosen.parent = ground.tip;
    chosen.sequence = pool.sequence();
    note_waiting(context, !ground.is_reviewed);
    chosen.choice =
        ground.is_reviewed ? mining::choose_transactions(pool, context.services().template_limits) : nothing(context);
  });
  if (context.services().logs_fee_rates) log_fee_rates(context, chosen.choice);
  return chosen;
}

Result<Unit, RpcError> drop_what_fails(const Context& context, BlockChoice& chosen) {
  if (chosen.choice.transactions.empty()) return Unit{};
  const auto& care = context.services().template_care;
  const BlockHash& parent = chosen.parent->hash;
  if (care->with([&](const auto& known) { return known.holds_on == parent; })) return Unit{};
  std::vector<TxPtr> transactions;
  for (const auto& one : chosen.choice.transactions) transactions.push_back(unpack(one.tx));
  const mining::DraftBlock draft = mining::assemble({.parent = chosen.parent,
                                                     .payout_script = kAnyScript,
                                                     .transactions = transactions,
                                                     .now = context.clock().now(),
                                                     .fees = chosen.choice.fees},
                                                    context.network());
  auto block = parse_block(serialize_block(draft.header, draft.transactions));
  if (!block) return fail(Code::InternalError, "The block that was made cannot be read");
  KP_TRY(const auto verdict, or_rpc_error(context.engine().test_on_tip(*block)));
  if (verdict) {
    care->with([&](Services::TemplateCare& known) { known.holds_on = parent; });
  } else if (context.engine().view()->tip() == chosen.parent) {  // otherwise it says nothing
    KP_LOG_ERROR(context.logger(),
                 "A block with the transactions of the mempool would not be valid ({}): the template is empty",
                 verdict.error().reason());
    chosen.choice = nothing(context);
  }
  return Unit{};
}

}  // namespace kepeng::rpc
