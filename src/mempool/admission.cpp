// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What is judged of a transaction before it meets the pool's clusters.

#include <kepeng/mempool/admission.h>

#include <algorithm>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/locktime.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/policy/standard.h>
#include <kepeng/primitives/saturating.h>

#include "money.h"

namespace kepeng::mempool {
namespace {

using policy::Rejection;
using Kind = policy::Rejection::Kind;

Err<Refusal> refused(Kind kind, std::string reason, std::string detail = {}) {
  return Err{Refusal{Rejection{kind, std::move(reason), std::move(detail)}}};
}

Amount value_of(std::span<const TxOut> outputs) {
  Amount sum{};
  for (const TxOut& output : outputs) sum.sats += output.value.sats;
  return sum;
}

std::string detail_of(consensus::TxError error, const Attempt& attempt, Height height) {
  const auto& coins = attempt.spent.coins;
  if (error == consensus::TxError::PrematureCoinbaseSpend) {
    const auto young = std::find_if(coins.begin(), coins.end(), [&](const consensus::Coin& coin) {
      return coin.is_coinbase && height - coin.height < consensus::kCoinbaseMaturity;
    });
    return "tried to spend coinbase at depth " + std::to_string(height - young->height);
  }
  if (error == consensus::TxError::SpendsMoreThanItHas) {
    Amount in{};
    for (const consensus::Coin& coin : coins) in.sats += coin.output.value.sats;
    return "value in (" + money(in) + ") < value out (" + money(value_of(attempt.tx().outputs)) + ")";
  }
  return {};
}

Result<Unit, Refusal> judge_alone(const Transaction& tx, const policy::Policy& policy) {
  if (const auto judged = consensus::check_transaction(tx); !judged) {
    return refused(Kind::Consensus, std::string{consensus::reject_reason(judged.error())});
  }
  // It can only be part of a block.
  if (tx.is_coinbase()) return refused(Kind::Consensus, "coinbase");
  if (policy.requires_standard) KP_TRY_VOID(policy::check_standard(tx, policy));
  if (tx.stripped_size < policy::kStrippedSizeMin) return refused(Kind::NotStandard, "tx-size-small");
  return Unit{};
}

}  // namespace

Admission::Admission(const Dependencies& dependencies, AdmissionOptions options)
    : with_{dependencies}, options_{std::move(options)}, minimum_{options_.policy.incremental, options_.bytes_max} {}

Result<Attempt, Refusal> Admission::examine(TxPtr tx, const Now& now, const Companions& before,
                                            Leniency leniency) const {
  const policy::Policy& policy = options_.policy;
  KP_TRY_VOID(judge_alone(*tx, policy));
  const Height next = now.chain.height() + 1;
  if (!consensus::is_final(*tx, next, now.chain.median_time())) return refused(Kind::Premature, "non-final");
  if (with_.pool.find(tx->wtxid) != nullptr) return refused(Kind::Conflict, "txn-already-in-mempool");
  if (with_.pool.find(tx->txid) != nullptr) return refused(Kind::Conflict, "txn-same-nonwitness-data-in-mempool");

  Attempt attempt;
  attempt.entry.tx = pack(*tx);
  attempt.whole = std::move(tx);
  attempt.entry.time = leniency.arrived.value_or(now.time);
  attempt.entry.height = now.chain.height();
  KP_TRY_VOID(find_conflicts(attempt, leniency));
  KP_TRY_VOID(find_coins(attempt, now, before));
  KP_TRY_VOID(judge_spends(attempt, now));
  const Entry& entry = attempt.entry;
  if (!leniency.below_minimum_fee) KP_TRY_VOID(judge_fee(entry.modified_fee, entry.size, now.time));
  const policy::FeeRate most = leniency.rate_max.value_or(policy::FeeRate{});
  if (most.sats_per_kvb != 0 && entry.modified_fee > most.fee_for(entry.size)) {
    return refused(Kind::Policy, "max feerate exceeded");
  }
  return attempt;
}

// What it was judged by besides the chain: who else spends its coins, whose outputs it spends, the minimum fee.
bool Admission::still_holds(const Attempt& attempt, UnixTime now, Leniency leniency) const {
  const Transaction& tx = attempt.tx();
  if (!attempt.conflicts.empty() || !attempt.spent.parents.empty()) return false;
  if (with_.pool.find(tx.txid) != nullptr) return false;
  const bool is_contested = std::any_of(tx.inputs.begin(), tx.inputs.end(), [&](const TxIn& input) {
    return with_.pool.spender_of(input.prevout) != nullptr;
  });
  if (is_contested || priorities_.contains(tx.txid)) return false;
  return leniency.below_minimum_fee || judge_fee(attempt.entry.modified_fee, attempt.entry.size, now).ok();
}

Result<Unit, Refusal> Admission::find_conflicts(Attempt& attempt, Leniency leniency) const {
  for (const TxIn& input : attempt.tx().inputs) {
    const Entry* other = with_.pool.spender_of(input.prevout);
    if (other == nullptr) continue;
    if (leniency.no_replacement) return refused(Kind::Policy, "bip125-replacement-disallowed");
    if (std::find(attempt.conflicts.begin(), attempt.conflicts.end(), other) == attempt.conflicts.end()) {
      attempt.conflicts.push_back(other);
    }
  }
  return Unit{};
}

Result<Unit, Refusal> Admission::find_coins(Attempt& attempt, const Now& now, const Companions& before) const {
  const Height next = now.chain.height() + 1;
  const auto unconfirmed = [&](const Txid& txid) -> TxPtr {
    if (const Entry* entry = with_.pool.find(txid)) return unpack(entry->tx);
    return before.find(txid);
  };
  attempt.spent.coins.reserve(attempt.tx().inputs.size());
  attempt.spent.scripts.reserve(attempt.tx().inputs.size());
  for (const TxIn& input : attempt.tx().inputs) {
    if (const TxPtr parent = unconfirmed(input.prevout.txid)) {
      if (input.prevout.index >= parent->outputs.size()) {
        return refused(Kind::MissingInputs, "bad-txns-inputs-missingorspent");
      }
      attempt.spent.coins.push_back({parent->outputs[input.prevout.index], next, false});
      attempt.spent.parents.push_back(parent);
      continue;
    }
    KP_TRY(auto coin, now.chain.coin(input.prevout));
    if (!coin) {
      // Outputs of its own that are in the chain: it was mined.
      for (std::uint32_t i = 0; i < attempt.tx().outputs.size(); ++i) {
        KP_TRY(const auto own, now.chain.coin({attempt.tx().txid, i}));
        if (own) return refused(Kind::Conflict, "txn-already-known");
      }
      return refused(Kind::MissingInputs, "bad-txns-inputs-missingorspent");
    }
    attempt.entry.spends_coinbase = attempt.entry.spends_coinbase || coin->is_coinbase;
    attempt.spent.scripts.push_back(std::move(coin->script_pubkey));
    attempt.spent.coins.push_back({{coin->value, attempt.spent.scripts.back()}, coin->height, coin->is_coinbase});
  }
  return Unit{};
}

Result<Unit, Refusal> Admission::judge_spends(Attempt& attempt, const Now& now) const {
  const Transaction& tx = attempt.tx();
  const auto& coins = attempt.spent.coins;
  const Height next = now.chain.height() + 1;
  const auto lock = consensus::sequence_lock(tx, coins, now.chain.line());
  if (!consensus::is_unlocked(lock, next, now.chain.median_time())) {
    return refused(Kind::Premature, "non-BIP68-final");
  }
  const auto fee = consensus::check_spend({tx, coins, next, consensus::bip54_at(with_.network, next)});
  if (!fee) {
    const Kind kind = fee.error() == consensus::TxError::PrematureCoinbaseSpend ? Kind::Premature : Kind::Consensus;
    return refused(kind, std::string{consensus::reject_reason(fee.error())}, detail_of(fee.error(), attempt, next));
  }
  const policy::Policy& policy = options_.policy;
  if (policy.requires_standard) {
    KP_TRY_VOID(policy::check_inputs(tx, coins));
    if (tx.has_witness()) KP_TRY_VOID(policy::check_witness(tx, coins));
  }
  Entry& entry = attempt.entry;
  entry.fee = *fee;
  entry.modified_fee = *fee;
  if (const auto delta = priorities_.find(tx.txid); delta != priorities_.end()) {
    entry.modified_fee = saturating_add(entry.modified_fee, delta->second);
  }
  entry.sigops_cost =
      consensus::transaction_sigops_cost(tx, coins, script::kStandardFlags, consensus::legacy_sigops(tx));
  entry.weight = policy::adjusted_weight(tx.weight(), entry.sigops_cost, policy);
  entry.size = policy::virtual_size(entry.weight);
  if (policy.requires_standard) {
    KP_TRY_VOID(policy::check_ephemeral(tx, entry.fee, entry.modified_fee, policy));
  }
  if (entry.sigops_cost > policy::kStandardSigopsCostMax) {
    return refused(Kind::NotStandard, "bad-txns-too-many-sigops", std::to_string(entry.sigops_cost));
  }
  return Unit{};
}

namespace {

Result<Unit, Refusal> judge_rate(std::string_view reason, Amount paid, Amount wanted) {
  if (paid >= wanted) return Unit{};
  return refused(Kind::Fees, std::string{reason}, std::to_string(paid.sats) + " < " + std::to_string(wanted.sats));
}

}  // namespace

Result<Unit, Refusal> Admission::judge_fee(Amount fee, std::int64_t size, UnixTime now) const {
  const Amount pool_wants = minimum_.rate(now, pool_usage()).fee_for(size);
  if (pool_wants.sats > 0) KP_TRY_VOID(judge_rate("mempool min fee not met", fee, pool_wants));
  return judge_rate("min relay fee not met", fee, options_.policy.min_relay.fee_for(size));
}

}  // namespace kepeng::mempool
