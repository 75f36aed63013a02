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

PlaceVerdict coinbase_is_unique(const Block& block, const PlaceContext& context) {
  if (!context.network.is_bip54_active(context.height())) return Unit{};
  const Transaction& coinbase = block.transactions()[0];
  if (coinbase.lock_time != static_cast<std::uint32_t>(context.height() - 1)) {
    return Err{BlockRejection{BlockError::CoinbaseLockTime}};
  }
  // A final sequence would switch the lock time off.
  if (coinbase.inputs[0].sequence == kSequenceFinal) return Err{BlockRejection{BlockError::CoinbaseSequence}};
  return Unit{};
}

PlaceVerdict no_inner_nodes(const Block& block, const PlaceContext& context) {
  if (!context.network.is_bip54_active(context.height())) return Unit{};
  // Condemns the hash although 64 bytes may be an inner node of another list: the first transaction is known to be a
  // coinbase here, and no two hashes can look like one, so this list is the leaves.
  std::uint32_t index = 0;
  for (const Transaction& tx : block.transactions()) {
    if (tx.stripped_size == kInnerNodeSize) {
      return Err{BlockRejection::of_transaction(TxError::LooksLikeInnerNode, index)};
    }
    ++index;
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
    PlaceRule{
        "coinbase-is-unique",
        "From BIP54 on, the coinbase MUST have the height before its own as lock time, and a sequence that is not "
        "final.",
        "BIP54", coinbase_is_unique},
    PlaceRule{"no-inner-nodes", "From BIP54 on, no transaction MUST have exactly 64 bytes without its witness.",
              "BIP54", no_inner_nodes},
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
