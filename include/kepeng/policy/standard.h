// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Standardness: the shapes of transactions that we relay, each judgement a pure function.
//
// `check_standard` looks at the transaction alone, `check_inputs` and `check_witness` at what it spends. The order of
// checks is part of the interface, because wallets match the reasons. Sources: BIP54 (legacy signature operations),
// BIP431 (version 3), and the network's habits, as the RPC interface shows them.
#pragma once

#include <span>

#include <kepeng/base/result.h>
#include <kepeng/consensus/stages.h>
#include <kepeng/policy/policy.h>
#include <kepeng/primitives/transaction.h>

namespace kepeng::policy {

Result<Unit, Rejection> check_standard(const Transaction& tx, const Policy& policy);
// `coins`: one per input.
Result<Unit, Rejection> check_inputs(const Transaction& tx, std::span<const consensus::Coin> coins);
Result<Unit, Rejection> check_witness(const Transaction& tx, std::span<const consensus::Coin> coins);

// Less than this is not worth spending: what an input for it costs by the dust rate.
Amount dust_threshold(const TxOut& output, FeeRate dust);
bool is_dust(const TxOut& output, FeeRate dust);
// At most one output may be dust, and then there must be no fee: whoever spends the dust pays (ephemeral dust). `fee`
// and `modified_fee` (prioritised) both count.
Result<Unit, Rejection> check_ephemeral(const Transaction& tx, Amount fee, Amount modified_fee, const Policy& policy);

// The weight with signature operations counted in, so that they cannot fill a block cheaply. `sigops_cost` as BIP141
// weighs them.
std::int64_t adjusted_weight(std::uint64_t weight, std::uint64_t sigops_cost, const Policy& policy);
constexpr std::int64_t virtual_size(std::int64_t weight) {
  return (weight + 3) / 4;
}

}  // namespace kepeng::policy
