// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Why a header, transaction or block breaks a rule: one enumerator per cause, each with a row that gives the reject
// reason (peers and miners match it byte for byte) and what the verdict condemns.
//
// A verdict never says that we failed: there is no "disk error" here. Immutable values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <kepeng/script/script_error.h>

namespace kepeng::consensus {

// A transaction by itself, or with the coins it spends.
enum class TxError : std::uint8_t {
  NoInputs,
  NoOutputs,
  TooLarge,
  NegativeOutput,
  OutputTooLarge,
  OutputTotalTooLarge,
  DuplicateInputs,
  CoinbaseScriptLength,
  NullPrevout,
  MissingOrSpent,
  PrematureCoinbaseSpend,
  InputValuesOutOfRange,
  SpendsMoreThanItHas,
  FeeOutOfRange,
  NotFinal,
  LooksLikeInnerNode,  // BIP54
  LegacySigops,        // BIP54
};

enum class BlockError : std::uint8_t {
  // headers
  HighHash,
  BadTarget,
  TimeTooOld,
  TimewarpAttack,
  PeriodEndsBeforeItsStart,  // BIP54
  TimeTooNew,
  BadVersion,
  // place in the tree
  PreviousNotFound,
  PreviousInvalid,
  KnownInvalid,
  TooLittleWork,
  // blocks
  SignetSolution,
  MerkleRoot,
  DuplicateTransactions,
  Length,
  CoinbaseMissing,
  CoinbaseMissingAmbiguous,  // and the transactions may be inner nodes of another block's tree (C-102)
  CoinbaseMultiple,
  Sigops,
  CoinbaseHeight,
  CoinbaseLockTime,  // BIP54
  CoinbaseSequence,  // BIP54
  WitnessNonceSize,
  WitnessMerkle,
  UnexpectedWitness,
  Weight,
  // with coins
  Bip30,
  AccumulatedFee,
  CoinbaseAmount,
  // causes of their own type, see BlockRejection
  Transaction,
  Script,
};

enum class Condemns : std::uint8_t {
  Hash,      // the failing data is committed by the block hash: remember it as invalid
  DataOnly,  // another body may belong to the same hash (mutated): forget it (C-101)
  Nothing,   // may hold later, or was never judged (time too new, unknown parent)
};

std::string_view reject_reason(TxError error);
std::string_view reject_reason(BlockError error);
Condemns condemns(BlockError error);

// The verdict on a block. `reason()` is what submitblock answers.
struct BlockRejection {
  BlockError error;
  TxError tx_error{};                  // for Transaction
  script::ScriptError script_error{};  // for Script
  std::uint32_t version = 0;           // for BadVersion
  std::uint32_t transaction = 0;       // index in the block, for Transaction and Script
  std::uint32_t input = 0;             // for Script

  BlockRejection(BlockError cause) : error{cause} {}  // NOLINT(google-explicit-constructor)
  static BlockRejection of_transaction(TxError cause, std::uint32_t index);
  static BlockRejection of_script(script::ScriptError cause, std::uint32_t index, std::uint32_t input_index);
  static BlockRejection of_version(std::int32_t version);

  std::string reason() const;
  Condemns what_it_condemns() const { return condemns(error); }
};

}  // namespace kepeng::consensus
