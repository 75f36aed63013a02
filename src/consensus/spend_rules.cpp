// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/deployments.h>
#include <kepeng/consensus/locktime.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/script/sigops.h>

namespace kepeng::consensus {
namespace {

using SpendVerdict = Result<Unit, TxError>;

// From here on the heights that early coinbases pushed by accident may come up for real, so BIP34 no longer implies
// that transaction ids differ.
constexpr Height kBip34ImpliesBip30Until = 1'983'702;

SpendVerdict coins_are_mature(const SpendContext& context) {
  for (const Coin& coin : context.coins) {
    if (coin.is_coinbase && context.height - coin.height < kCoinbaseMaturity) {
      return Err{TxError::PrematureCoinbaseSpend};
    }
  }
  return Unit{};
}

Amount input_total(std::span<const Coin> coins) {
  Amount total;
  for (const Coin& coin : coins) total.sats += coin.output.value.sats;
  return total;
}

Amount output_total(const Transaction& tx) {
  Amount total;
  for (const TxOut& output : tx.outputs) total.sats += output.value.sats;
  return total;
}

SpendVerdict input_values_in_range(const SpendContext& context) {
  Amount total;
  for (const Coin& coin : context.coins) {
    const auto sum = total.checked_add(coin.output.value);
    if (!coin.output.value.in_money_range() || !sum || !sum->in_money_range()) {
      return Err{TxError::InputValuesOutOfRange};
    }
    total = *sum;
  }
  return Unit{};
}

SpendVerdict outputs_are_covered(const SpendContext& context) {
  if (input_total(context.coins) < output_total(context.tx)) return Err{TxError::SpendsMoreThanItHas};
  return Unit{};
}

SpendVerdict legacy_sigops_in_range(const SpendContext& context) {
  if (context.bip54 == Bip54::Inactive) return Unit{};
  if (executable_legacy_sigops(context.tx, context.coins) > kBip54LegacySigopsMax) return Err{TxError::LegacySigops};
  return Unit{};
}

constexpr std::array kSpendRules{
    SpendRule{"coins-are-mature", "A coinbase output MUST NOT be spent before 100 blocks have passed.", "protocol",
              coins_are_mature},
    SpendRule{"input-values-in-range", "The amounts spent, and their sum, MUST be between 0 and 21 million coins.",
              "protocol", input_values_in_range},
    SpendRule{"outputs-are-covered", "The outputs MUST NOT be worth more than the inputs.", "protocol",
              outputs_are_covered},
    SpendRule{"legacy-sigops-in-range",
              "From BIP54 on, scriptSigs, the scripts they meet and redeem scripts MUST NOT have over 2,500 signature "
              "operations.",
              "BIP54", legacy_sigops_in_range},
};

}  // namespace

std::span<const SpendRule> spend_rules() {
  return kSpendRules;
}

Result<Amount, TxError> check_spend(const SpendContext& context) {
  for (const SpendRule& rule : kSpendRules) KP_TRY_VOID(rule.judge(context));
  const Amount fee{input_total(context.coins).sats - output_total(context.tx).sats};
  if (!fee.in_money_range()) return Err{TxError::FeeOutOfRange};
  return fee;
}

bool needs_bip30_check(const BlockHash& block, const Ancestry& parent, const params::NetworkParams& network) {
  const Height height = parent.height() + 1;
  if (height >= kBip34ImpliesBip30Until) return true;
  const auto& exceptions = network.bip30_exceptions;
  if (std::find(exceptions.begin(), exceptions.end(), block) != exceptions.end()) return false;
  if (!network.bip34_block) return true;
  // The known block must be among the ancestors: at the BIP34 height itself the check is still made (C-094).
  const Height bip34_height = network.buried_height(params::Buried::Bip34);
  return parent.height() < bip34_height || parent.at(bip34_height).hash != *network.bip34_block;
}

std::uint32_t legacy_sigops(const Transaction& tx) {
  std::uint32_t count = 0;
  for (const TxIn& input : tx.inputs) {
    count += script::count_sigops(input.script_sig, script::SigopCounting::Legacy);
  }
  for (const TxOut& output : tx.outputs) {
    count += script::count_sigops(output.script_pubkey, script::SigopCounting::Legacy);
  }
  return count;
}

std::uint64_t executable_legacy_sigops(const Transaction& tx, std::span<const Coin> coins) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) {
    const ByteView script_sig = tx.inputs[i].script_sig;
    const ByteView script_pubkey = coins[i].output.script_pubkey;
    count += script::count_sigops(script_sig, script::SigopCounting::Exact);
    count += script::count_sigops(script_pubkey, script::SigopCounting::Exact);
    count += script::count_p2sh_sigops(script_sig, script_pubkey);
  }
  return count;
}

Bip54 bip54_at(const params::NetworkParams& network, Height height) {
  return network.is_bip54_active(height) ? Bip54::Active : Bip54::Inactive;
}

std::uint64_t transaction_sigops_cost(const Transaction& tx, std::span<const Coin> coins, script::Flags flags,
                                      std::uint32_t legacy) {
  std::uint64_t cost = legacy * kWitnessScale;
  if (tx.is_coinbase()) return cost;
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) {
    const ByteView script_pubkey = coins[i].output.script_pubkey;
    if (flags.has(script::Flag::P2sh)) {
      cost += kWitnessScale * script::count_p2sh_sigops(tx.inputs[i].script_sig, script_pubkey);
    }
    cost += script::count_witness_sigops({tx.inputs[i].script_sig, script_pubkey, tx.inputs[i].witness}, flags);
  }
  return cost;
}

Resolver::Resolver(const CheckedBlock& block, const Ancestry& parent, const params::NetworkParams& network)
    : block_{block},
      parent_{parent},
      network_{network},
      height_{parent.height() + 1},
      flags_{script_flags(network, height_, block.block().hash())},
      parent_median_time_{median_time_past(parent, parent.height())},
      checks_sequence_locks_{network.is_active(params::Buried::Csv, height_)},
      bip54_{bip54_at(network, height_)} {}

Result<Unit, BlockRejection> Resolver::add(std::uint32_t index, std::span<const Coin> coins) {
  const Transaction& tx = block_.block().transactions()[index];
  if (index != 0) {
    const auto fee = check_spend({tx, coins, height_, bip54_});
    if (!fee) return Err{BlockRejection::of_transaction(fee.error(), index)};
    fees_.sats += fee->sats;
    if (!fees_.in_money_range()) return Err{BlockRejection{BlockError::AccumulatedFee}};
    if (checks_sequence_locks_ && !is_unlocked(sequence_lock(tx, coins, parent_), height_, parent_median_time_)) {
      return Err{BlockRejection::of_transaction(TxError::NotFinal, index)};
    }
  }
  sigops_cost_ += transaction_sigops_cost(tx, coins, flags_, block_.legacy_sigops()[index]);
  if (sigops_cost_ > kMaxBlockSigopsCost) return Err{BlockRejection{BlockError::Sigops}};
  return Unit{};
}

Result<Unit, BlockRejection> Resolver::finish() const {
  const Amount claimed = output_total(block_.block().transactions()[0]);
  if (claimed.sats > fees_.sats + block_subsidy(height_, network_).sats) {
    return Err{BlockRejection{BlockError::CoinbaseAmount}};
  }
  return Unit{};
}

}  // namespace kepeng::consensus
