// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ScriptError: why an input may not spend its coin. A verdict about the script, never about us.
//
// One enumerator per cause. `vector_name` is the name in the script test vectors, `reject_text` the words that bitcoind
// puts into reject reasons ("mandatory-script-verify-flag-failed (...)"). Immutable table; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <kepeng/base/result.h>

namespace kepeng::script {

enum class ScriptError : std::uint8_t {
  EvalFalse,
  OpReturn,
  // Limits
  ScriptSize,
  PushSize,
  OpCount,
  StackSize,
  SigCount,
  PubkeyCount,
  // Failed VERIFY operations
  Verify,
  EqualVerify,
  CheckMultisigVerify,
  CheckSigVerify,
  NumEqualVerify,
  // Opcodes, stacks, branches
  BadOpcode,
  DisabledOpcode,
  InvalidStackOperation,
  InvalidAltstackOperation,
  UnbalancedConditional,
  ScriptNum,
  // CHECKLOCKTIMEVERIFY and CHECKSEQUENCEVERIFY
  NegativeLocktime,
  UnsatisfiedLocktime,
  // Forms of signatures, keys and pushes
  SigHashtype,
  SigDer,
  MinimalData,
  SigPushOnly,
  SigHighS,
  SigNullDummy,
  PubkeyType,
  CleanStack,
  MinimalIf,
  SigNullFail,
  // Reserved for later
  DiscourageUpgradableNops,
  DiscourageUpgradableWitnessProgram,
  DiscourageUpgradableTaprootVersion,
  DiscourageOpSuccess,
  DiscourageUpgradablePubkeyType,
  // Segregated witness
  WitnessProgramWrongLength,
  WitnessProgramWitnessEmpty,
  WitnessProgramMismatch,
  WitnessMalleated,
  WitnessMalleatedP2sh,
  WitnessUnexpected,
  WitnessPubkeyType,
  // Taproot
  SchnorrSigSize,
  SchnorrSigHashtype,
  SchnorrSig,
  TaprootWrongControlSize,
  TapscriptValidationWeight,
  TapscriptCheckMultisig,
  TapscriptMinimalIf,
  TapscriptEmptyPubkey,
  // Constant script code
  OpCodeSeparator,
  SigFindAndDelete,
  // The caller did not know every output that the transaction spends, and a taproot signature commits to them all.
  // Nobody who validates blocks or mempool transactions can see this one.
  SpentOutputsMissing,
};

inline constexpr unsigned kScriptErrorCount = static_cast<unsigned>(ScriptError::SpentOutputsMissing) + 1;

using Verdict = Result<Unit, ScriptError>;

std::string_view vector_name(ScriptError error);
std::string_view reject_text(ScriptError error);
std::optional<ScriptError> parse_script_error(std::string_view vector_name);

}  // namespace kepeng::script
