// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/consensus/errors.h>

#include <array>
#include <cstdio>

namespace kepeng::consensus {
namespace {

struct BlockErrorRow {
  BlockError error;
  std::string_view reason;
  Condemns condemns;
};

constexpr std::array kBlockErrors{
    BlockErrorRow{BlockError::HighHash, "high-hash", Condemns::Hash},
    BlockErrorRow{BlockError::BadTarget, "bad-diffbits", Condemns::Hash},
    BlockErrorRow{BlockError::TimeTooOld, "time-too-old", Condemns::Hash},
    BlockErrorRow{BlockError::TimewarpAttack, "time-timewarp-attack", Condemns::Hash},
    BlockErrorRow{BlockError::PeriodEndsBeforeItsStart, "time-murch-zawy-attack", Condemns::Hash},
    BlockErrorRow{BlockError::TimeTooNew, "time-too-new", Condemns::Nothing},
    BlockErrorRow{BlockError::BadVersion, "bad-version", Condemns::Hash},
    BlockErrorRow{BlockError::PreviousNotFound, "prev-blk-not-found", Condemns::Nothing},
    BlockErrorRow{BlockError::PreviousInvalid, "bad-prevblk", Condemns::Hash},
    BlockErrorRow{BlockError::KnownInvalid, "duplicate-invalid", Condemns::Hash},
    BlockErrorRow{BlockError::TooLittleWork, "too-little-chainwork", Condemns::Nothing},
    BlockErrorRow{BlockError::SignetSolution, "bad-signet-blksig", Condemns::Hash},
    BlockErrorRow{BlockError::MerkleRoot, "bad-txnmrklroot", Condemns::DataOnly},
    BlockErrorRow{BlockError::DuplicateTransactions, "bad-txns-duplicate", Condemns::DataOnly},
    BlockErrorRow{BlockError::Length, "bad-blk-length", Condemns::Hash},
    BlockErrorRow{BlockError::CoinbaseMissing, "bad-cb-missing", Condemns::Hash},
    BlockErrorRow{BlockError::CoinbaseMissingAmbiguous, "bad-cb-missing", Condemns::DataOnly},
    BlockErrorRow{BlockError::CoinbaseMultiple, "bad-cb-multiple", Condemns::Hash},
    BlockErrorRow{BlockError::Sigops, "bad-blk-sigops", Condemns::Hash},
    BlockErrorRow{BlockError::CoinbaseHeight, "bad-cb-height", Condemns::Hash},
    BlockErrorRow{BlockError::CoinbaseLockTime, "bad-cb-locktime", Condemns::Hash},
    BlockErrorRow{BlockError::CoinbaseSequence, "bad-cb-sequence", Condemns::Hash},
    BlockErrorRow{BlockError::WitnessNonceSize, "bad-witness-nonce-size", Condemns::DataOnly},
    BlockErrorRow{BlockError::WitnessMerkle, "bad-witness-merkle-match", Condemns::DataOnly},
    BlockErrorRow{BlockError::UnexpectedWitness, "unexpected-witness", Condemns::DataOnly},
    BlockErrorRow{BlockError::Weight, "bad-blk-weight", Condemns::Hash},
    BlockErrorRow{BlockError::Bip30, "bad-txns-BIP30", Condemns::Hash},
    BlockErrorRow{BlockError::AccumulatedFee, "bad-txns-accumulated-fee-outofrange", Condemns::Hash},
    BlockErrorRow{BlockError::CoinbaseAmount, "bad-cb-amount", Condemns::Hash},
    BlockErrorRow{BlockError::Transaction, "", Condemns::Hash},
    BlockErrorRow{BlockError::Script, "block-script-verify-flag-failed", Condemns::Hash},
};

constexpr std::array<std::string_view, 17> kTxReasons{
    "bad-txns-vin-empty",
    "bad-txns-vout-empty",
    "bad-txns-oversize",
    "bad-txns-vout-negative",
    "bad-txns-vout-toolarge",
    "bad-txns-txouttotal-toolarge",
    "bad-txns-inputs-duplicate",
    "bad-cb-length",
    "bad-txns-prevout-null",
    "bad-txns-inputs-missingorspent",
    "bad-txns-premature-spend-of-coinbase",
    "bad-txns-inputvalues-outofrange",
    "bad-txns-in-belowout",
    "bad-txns-fee-outofrange",
    "bad-txns-nonfinal",
    "bad-txns-size-64",
    "bad-txns-legacy-sigops",
};

constexpr const BlockErrorRow& row(BlockError error) {
  return kBlockErrors[static_cast<std::size_t>(error)];
}

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < kBlockErrors.size(); ++i) {
    if (kBlockErrors[i].error != static_cast<BlockError>(i)) return false;
  }
  return true;
}
static_assert(rows_are_in_order() && kBlockErrors.size() == static_cast<std::size_t>(BlockError::Script) + 1);
static_assert(kTxReasons.size() == static_cast<std::size_t>(TxError::LegacySigops) + 1);

}  // namespace

std::string_view reject_reason(TxError error) {
  return kTxReasons[static_cast<std::size_t>(error)];
}
std::string_view reject_reason(BlockError error) {
  return row(error).reason;
}
Condemns condemns(BlockError error) {
  return row(error).condemns;
}

BlockRejection BlockRejection::of_transaction(TxError cause, std::uint32_t index) {
  BlockRejection rejection{BlockError::Transaction};
  rejection.tx_error = cause;
  rejection.transaction = index;
  return rejection;
}

BlockRejection BlockRejection::of_script(script::ScriptError cause, std::uint32_t index, std::uint32_t input_index) {
  BlockRejection rejection{BlockError::Script};
  rejection.script_error = cause;
  rejection.transaction = index;
  rejection.input = input_index;
  return rejection;
}

BlockRejection BlockRejection::of_version(std::int32_t version) {
  BlockRejection rejection{BlockError::BadVersion};
  rejection.version = static_cast<std::uint32_t>(version);
  return rejection;
}

std::string BlockRejection::reason() const {
  std::string text{reject_reason(error)};
  if (error == BlockError::Transaction) text = reject_reason(tx_error);
  if (error == BlockError::Script) text += " (" + std::string{script::reject_text(script_error)} + ")";
  if (error == BlockError::BadVersion) {
    char number[16];
    std::snprintf(number, sizeof number, "(0x%08x)", version);
    text += number;
  }
  return text;
}

}  // namespace kepeng::consensus
