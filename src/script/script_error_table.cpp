// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/script_error.h>

#include <array>

namespace kepeng::script {
namespace {

struct Row {
  ScriptError error;
  std::string_view vector_name;
  std::string_view reject_text;
};

using enum ScriptError;

constexpr std::array kRows{
    Row{EvalFalse, "EVAL_FALSE", "Script evaluated without error but finished with a false/empty top stack element"},
    Row{OpReturn, "OP_RETURN", "OP_RETURN was encountered"},
    Row{ScriptSize, "SCRIPT_SIZE", "Script is too big"},
    Row{PushSize, "PUSH_SIZE", "Push value size limit exceeded"},
    Row{OpCount, "OP_COUNT", "Operation limit exceeded"},
    Row{StackSize, "STACK_SIZE", "Stack size limit exceeded"},
    Row{SigCount, "SIG_COUNT", "Signature count negative or greater than pubkey count"},
    Row{PubkeyCount, "PUBKEY_COUNT", "Pubkey count negative or limit exceeded"},
    Row{ScriptError::Verify, "VERIFY", "Script failed an OP_VERIFY operation"},
    Row{EqualVerify, "EQUALVERIFY", "Script failed an OP_EQUALVERIFY operation"},
    Row{CheckMultisigVerify, "CHECKMULTISIGVERIFY", "Script failed an OP_CHECKMULTISIGVERIFY operation"},
    Row{CheckSigVerify, "CHECKSIGVERIFY", "Script failed an OP_CHECKSIGVERIFY operation"},
    Row{NumEqualVerify, "NUMEQUALVERIFY", "Script failed an OP_NUMEQUALVERIFY operation"},
    Row{BadOpcode, "BAD_OPCODE", "Opcode missing or not understood"},
    Row{DisabledOpcode, "DISABLED_OPCODE", "Attempted to use a disabled opcode"},
    Row{InvalidStackOperation, "INVALID_STACK_OPERATION", "Operation not valid with the current stack size"},
    Row{InvalidAltstackOperation, "INVALID_ALTSTACK_OPERATION", "Operation not valid with the current altstack size"},
    Row{UnbalancedConditional, "UNBALANCED_CONDITIONAL", "Invalid OP_IF construction"},
    Row{ScriptNum, "SCRIPTNUM", "Script number overflowed or is non-minimally encoded"},
    Row{NegativeLocktime, "NEGATIVE_LOCKTIME", "Negative locktime"},
    Row{UnsatisfiedLocktime, "UNSATISFIED_LOCKTIME", "Locktime requirement not satisfied"},
    Row{SigHashtype, "SIG_HASHTYPE", "Signature hash type missing or not understood"},
    Row{SigDer, "SIG_DER", "Non-canonical DER signature"},
    Row{ScriptError::MinimalData, "MINIMALDATA", "Data push larger than necessary"},
    Row{ScriptError::SigPushOnly, "SIG_PUSHONLY", "Only push operators allowed in signatures"},
    Row{SigHighS, "SIG_HIGH_S", "Non-canonical signature: S value is unnecessarily high"},
    Row{SigNullDummy, "SIG_NULLDUMMY", "Dummy CHECKMULTISIG argument must be zero"},
    Row{PubkeyType, "PUBKEYTYPE", "Public key is neither compressed or uncompressed"},
    Row{ScriptError::CleanStack, "CLEANSTACK", "Stack size must be exactly one after execution"},
    Row{ScriptError::MinimalIf, "MINIMALIF", "OP_IF/NOTIF argument must be minimal"},
    Row{SigNullFail, "NULLFAIL", "Signature must be zero for failed CHECK(MULTI)SIG operation"},
    Row{DiscourageUpgradableNops, "DISCOURAGE_UPGRADABLE_NOPS", "NOPx reserved for soft-fork upgrades"},
    Row{DiscourageUpgradableWitnessProgram, "DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM",
        "Witness version reserved for soft-fork upgrades"},
    Row{DiscourageUpgradableTaprootVersion, "DISCOURAGE_UPGRADABLE_TAPROOT_VERSION",
        "Taproot version reserved for soft-fork upgrades"},
    Row{DiscourageOpSuccess, "DISCOURAGE_OP_SUCCESS", "OP_SUCCESSx reserved for soft-fork upgrades"},
    Row{DiscourageUpgradablePubkeyType, "DISCOURAGE_UPGRADABLE_PUBKEYTYPE",
        "Public key version reserved for soft-fork upgrades"},
    Row{WitnessProgramWrongLength, "WITNESS_PROGRAM_WRONG_LENGTH", "Witness program has incorrect length"},
    Row{WitnessProgramWitnessEmpty, "WITNESS_PROGRAM_WITNESS_EMPTY", "Witness program was passed an empty witness"},
    Row{WitnessProgramMismatch, "WITNESS_PROGRAM_MISMATCH", "Witness program hash mismatch"},
    Row{WitnessMalleated, "WITNESS_MALLEATED", "Witness requires empty scriptSig"},
    Row{WitnessMalleatedP2sh, "WITNESS_MALLEATED_P2SH", "Witness requires only-redeemscript scriptSig"},
    Row{WitnessUnexpected, "WITNESS_UNEXPECTED", "Witness provided for non-witness script"},
    Row{ScriptError::WitnessPubkeyType, "WITNESS_PUBKEYTYPE", "Using non-compressed keys in segwit"},
    Row{SchnorrSigSize, "SCHNORR_SIG_SIZE", "Invalid Schnorr signature size"},
    Row{SchnorrSigHashtype, "SCHNORR_SIG_HASHTYPE", "Invalid Schnorr signature hash type"},
    Row{SchnorrSig, "SCHNORR_SIG", "Invalid Schnorr signature"},
    Row{TaprootWrongControlSize, "TAPROOT_WRONG_CONTROL_SIZE", "Invalid Taproot control block size"},
    Row{TapscriptValidationWeight, "TAPSCRIPT_VALIDATION_WEIGHT",
        "Too much signature validation relative to witness weight"},
    Row{TapscriptCheckMultisig, "TAPSCRIPT_CHECKMULTISIG", "OP_CHECKMULTISIG(VERIFY) is not available in tapscript"},
    Row{TapscriptMinimalIf, "TAPSCRIPT_MINIMALIF", "OP_IF/NOTIF argument must be minimal in tapscript"},
    Row{TapscriptEmptyPubkey, "TAPSCRIPT_EMPTY_PUBKEY", "Empty public key in tapscript"},
    Row{OpCodeSeparator, "OP_CODESEPARATOR", "Using OP_CODESEPARATOR in non-witness script"},
    Row{SigFindAndDelete, "SIG_FINDANDDELETE", "Signature is found in scriptCode"},
    Row{SpentOutputsMissing, "SPENT_OUTPUTS_MISSING",
        "Taproot signatures commit to every spent output, and not all are known"},
};

constexpr bool rows_are_in_order() {
  for (unsigned i = 0; i < kRows.size(); ++i) {
    if (static_cast<unsigned>(kRows[i].error) != i) return false;
  }
  return kRows.size() == kScriptErrorCount;
}
static_assert(rows_are_in_order());

}  // namespace

std::string_view vector_name(ScriptError error) {
  return kRows[static_cast<unsigned>(error)].vector_name;
}

std::string_view reject_text(ScriptError error) {
  return kRows[static_cast<unsigned>(error)].reject_text;
}

std::optional<ScriptError> parse_script_error(std::string_view vector_name) {
  for (const Row& row : kRows) {
    if (row.vector_name == vector_name) return row.error;
  }
  return std::nullopt;
}

}  // namespace kepeng::script
