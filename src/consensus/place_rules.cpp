// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <array>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/locktime.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/consensus/witness_commitment.h>
#include <kepeng/script/builder.h>

namespace kepeng::consensus {
namespace {

using PlaceVerdict = Result<Unit, BlockRejection>;

PlaceVerdict transactions_are_final(const Block& block, const PlaceContext& context) {
  const bool past_csv = context.network.is_active(params::Buried::Csv, context.height());
  const UnixTime cutoff =
      past_csv ? median_time_past(context.parent, context.parent.height()) : block.header().unix_time();
  std::uint32_t index = 0;
  for (const Transaction& tx : block.transactions()) {
    if (!is_final(tx, context.height(), cutoff)) {
      return Err{BlockRejection::of_transaction(TxError::NotFinal, index)};
    }
    ++index;
  }
  return Unit{};
}

PlaceVerdict coinbase_states_height(const Block& block, const PlaceContext& context) {
  if (!context.network.is_active(params::Buried::Bip34, context.height())) return Unit{};
  const Bytes expected = script::ScriptBuilder{}.push_number(context.height()).take();
  const ByteView script = block.transactions()[0].inputs[0].script_sig;
  if (script.size() < expected.size() || !equal(script.first(expected.size()), expected)) {
    return Err{BlockRejection{BlockError::CoinbaseHeight}};
  }
  return Unit{};
}

PlaceVerdict witness_is_committed(const Block& block, const PlaceContext& context) {
  const bool active = context.network.is_active(params::Buried::Segwit, context.height());
  const auto verdict = check_witness_commitment(block, active ? Segwit::Active : Segwit::Inactive);
  if (!verdict) return Err{BlockRejection{verdict.error()}};
  return Unit{};
}

PlaceVerdict weight_in_range(const Block& block, const PlaceContext&) {
  if (block.weight() > kMaxBlockWeight) return Err{BlockRejection{BlockError::Weight}};
  return Unit{};
}

constexpr std::array kPlaceRules{
    PlaceRule{"transactions-are-final", "The lock time of every transaction MUST have passed.", "BIP113",
              transactions_are_final},
    PlaceRule{"coinbase-states-height", "From BIP34 on, the coinbase script MUST begin with the block's height.",
              "BIP34", coinbase_states_height},
    PlaceRule{"witness-is-committed",
              "Witnesses MUST be committed to by the coinbase; a block without a commitment MUST NOT have any.",
              "BIP141", witness_is_committed},
    // After the commitment: padding the coinbase witness must not condemn the hash (C-103).
    PlaceRule{"weight-in-range", "The weight MUST NOT be over 4,000,000.", "BIP141", weight_in_range},
};

}  // namespace

std::span<const PlaceRule> place_rules() {
  return kPlaceRules;
}

Result<Unit, BlockRejection> check_place(const CheckedBlock& block, const PlaceContext& context) {
  for (const PlaceRule& rule : kPlaceRules) KP_TRY_VOID(rule.judge(block.block(), context));
  return Unit{};
}

}  // namespace kepeng::consensus
