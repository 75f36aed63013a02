// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What of the mempool goes into a block that we make. Private to rpc.
#pragma once

#include <kepeng/mining/block_template.h>
#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

// By the operator's limits; told in the log where he wants it so (-printpriority). In the pool's thread.
inline mining::Choice choose_from(const Context& context, const mempool::Pool& pool) {
  mining::Choice choice = mining::choose_transactions(pool, context.services().template_limits);
  if (!context.services().logs_fee_rates) return choice;
  for (const auto& [tx, fee, sigops_cost] : choice.transactions) {
    const std::int64_t rate = fee.sats * 1000 / static_cast<std::int64_t>(tx->virtual_size());
    KP_LOG_INFO(context.logger(), "fee rate {}.{:08} BTC/kvB txid {}", rate / kSatsPerCoin, rate % kSatsPerCoin,
                tx->txid.to_string());
  }
  return choice;
}

}  // namespace kepeng::rpc
