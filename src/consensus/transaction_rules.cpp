// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>
#include <vector>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/rules.h>

namespace kepeng::consensus {
namespace {

using TxVerdict = Result<Unit, TxError>;

constexpr std::size_t kCoinbaseScriptMin = 2;
constexpr std::size_t kCoinbaseScriptMax = 100;
// Up to here, comparing each input with each is quicker than sorting.
constexpr std::size_t kPairwiseInputsMax = 12;

TxVerdict has_inputs(const Transaction& tx) {
  if (tx.inputs.empty()) return Err{TxError::NoInputs};
  return Unit{};
}

TxVerdict has_outputs(const Transaction& tx) {
  if (tx.outputs.empty()) return Err{TxError::NoOutputs};
  return Unit{};
}

TxVerdict fits_a_block(const Transaction& tx) {
  if (tx.stripped_size * kWitnessScale > kMaxBlockWeight) return Err{TxError::TooLarge};
  return Unit{};
}

TxVerdict output_values_in_range(const Transaction& tx) {
  Amount total;
  for (const TxOut& output : tx.outputs) {
    if (output.value.sats < 0) return Err{TxError::NegativeOutput};
    if (output.value > kMaxMoney) return Err{TxError::OutputTooLarge};
    total.sats += output.value.sats;  // both are at most kMaxMoney
    if (!total.in_money_range()) return Err{TxError::OutputTotalTooLarge};
  }
  return Unit{};
}

bool has_duplicates(std::span<const TxIn> inputs) {
  if (inputs.size() <= kPairwiseInputsMax) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      for (std::size_t k = i + 1; k < inputs.size(); ++k) {
        if (inputs[i].prevout == inputs[k].prevout) return true;
      }
    }
    return false;
  }
  std::vector<const OutPoint*> sorted;
  sorted.reserve(inputs.size());
  for (const TxIn& input : inputs) sorted.push_back(&input.prevout);
  std::sort(sorted.begin(), sorted.end(), [](const OutPoint* a, const OutPoint* b) { return *a < *b; });
  return std::adjacent_find(sorted.begin(), sorted.end(),
                            [](const OutPoint* a, const OutPoint* b) { return *a == *b; }) != sorted.end();
}

TxVerdict inputs_are_distinct(const Transaction& tx) {
  if (has_duplicates(tx.inputs)) return Err{TxError::DuplicateInputs};
  return Unit{};
}

TxVerdict coinbase_script_length(const Transaction& tx) {
  if (!tx.is_coinbase()) return Unit{};
  const std::size_t length = tx.inputs[0].script_sig.size();
  if (length < kCoinbaseScriptMin || length > kCoinbaseScriptMax) return Err{TxError::CoinbaseScriptLength};
  return Unit{};
}

TxVerdict no_null_prevout(const Transaction& tx) {
  if (tx.is_coinbase()) return Unit{};
  const bool any_null =
      std::any_of(tx.inputs.begin(), tx.inputs.end(), [](const TxIn& input) { return input.prevout.is_null(); });
  if (any_null) return Err{TxError::NullPrevout};
  return Unit{};
}

constexpr std::array kTransactionRules{
    TransactionRule{"has-inputs", "A transaction MUST have at least one input.", "protocol", has_inputs},
    TransactionRule{"has-outputs", "A transaction MUST have at least one output.", "protocol", has_outputs},
    TransactionRule{"fits-a-block", "Four times the size without witness MUST NOT be over 4,000,000.", "BIP141",
                    fits_a_block},
    TransactionRule{"output-values-in-range",
                    "Each output, and the sum of all up to it, MUST be between 0 and 21 million coins.",
                    "CVE-2010-5139", output_values_in_range},
    TransactionRule{"inputs-are-distinct", "No two inputs MUST spend the same output.", "CVE-2018-17144",
                    inputs_are_distinct},
    TransactionRule{"coinbase-script-length", "The script of a coinbase input MUST have 2 to 100 bytes.", "protocol",
                    coinbase_script_length},
    TransactionRule{"no-null-prevout", "An input of any other transaction MUST NOT have the null prevout.", "protocol",
                    no_null_prevout},
};

}  // namespace

std::span<const TransactionRule> transaction_rules() {
  return kTransactionRules;
}

Result<Unit, TxError> check_transaction(const Transaction& tx) {
  for (const TransactionRule& rule : kTransactionRules) KP_TRY_VOID(rule.judge(tx));
  return Unit{};
}

}  // namespace kepeng::consensus
