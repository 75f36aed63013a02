// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/builder.h>

#include "evaluation.h"
#include "sighash_state.h"
#include "signature_checks.h"

namespace kepeng::script {
namespace {

bool check_ecdsa(Evaluation& run, const KeyedSignature& signed_by, ByteView script_code) {
  if (signed_by.signature.empty() || !has_key_length(signed_by.public_key)) return false;
  const EcdsaMessage message{run.spend.input, script_code, signed_by.signature.back(), run.spend.amount};
  const crypto::Hash32 hash = run.scratch.sighashes.hash(run.spend, run.version, message);
  return verify_ecdsa_signature(run.spend, signed_by, hash);
}

Verdict check_encodings(const Evaluation& run, const KeyedSignature& signed_by) {
  KP_TRY_VOID(check_signature_encoding(signed_by.signature, run.flags));
  return check_key_encoding(signed_by.public_key, run.flags, run.version);
}

// Legacy scripts sign themselves without the signatures they contain.
Verdict remove_signature(Evaluation& run, ByteView signature) {
  if (run.version != SigVersion::Base) return Unit{};
  const bool found = run.scratch.script_code.remove(signature);
  if (found && run.flags.has(Flag::ConstScriptCode)) return Err{ScriptError::SigFindAndDelete};
  return Unit{};
}

Result<bool, ScriptError> check_ecdsa_opcode(Evaluation& run, const KeyedSignature& signed_by) {
  run.scratch.script_code.reset(run.script.subspan(run.code_begin));
  KP_TRY_VOID(remove_signature(run, signed_by.signature));
  KP_TRY_VOID(check_encodings(run, signed_by));
  const bool valid = check_ecdsa(run, signed_by, run.scratch.script_code.view());
  if (!valid && !signed_by.signature.empty() && run.flags.has(Flag::NullFail)) return Err{ScriptError::SigNullFail};
  return valid;
}

// BIP342: a signature that is not empty is paid from the budget before the key is looked at, and must verify.
Result<bool, ScriptError> check_tapscript_opcode(Evaluation& run, const KeyedSignature& signed_by) {
  TapscriptContext& context = *run.tapscript;
  const bool present = !signed_by.signature.empty();
  if (present) {
    context.budget -= kSignatureBudgetCost;
    if (context.budget < 0) return Err{ScriptError::TapscriptValidationWeight};
  }
  if (signed_by.public_key.empty()) return Err{ScriptError::TapscriptEmptyPubkey};
  if (signed_by.public_key.size() == 32) {
    if (!present) return false;
    KP_TRY_VOID(check_schnorr_signature(run.spend, signed_by,
                                        {run.spend.input, kSighashDefault, context.annex, context.position}));
    return true;
  }
  if (run.flags.has(Flag::DiscourageUpgradablePubkeyType)) return Err{ScriptError::DiscourageUpgradablePubkeyType};
  return present;
}

Result<bool, ScriptError> check_signature(Evaluation& run, const KeyedSignature& signed_by) {
  if (run.version == SigVersion::Tapscript) return check_tapscript_opcode(run, signed_by);
  return check_ecdsa_opcode(run, signed_by);
}

// The operands of CHECKMULTISIG by depth from the top: n, n keys, m, m signatures, one item more.
struct Multisig {
  std::size_t keys = 0;
  std::size_t signatures = 0;
  std::size_t first_key = 1;
  std::size_t first_signature = 0;
  std::size_t dummy = 0;
};

Result<Multisig, ScriptError> read_multisig(Evaluation& run) {
  const auto need = [&run](std::size_t items) { return run.main.size() >= items; };
  Multisig found;
  if (!need(1)) return Err{ScriptError::InvalidStackOperation};
  KP_TRY(const std::int64_t keys, run.number_at(0));
  if (keys < 0 || keys > static_cast<std::int64_t>(kMultisigKeysMax)) return Err{ScriptError::PubkeyCount};
  found.keys = static_cast<std::size_t>(keys);
  run.op_count += static_cast<unsigned>(keys);
  if (run.op_count > kOpCountMax) return Err{ScriptError::OpCount};

  const std::size_t count_at = found.first_key + found.keys;
  if (!need(count_at + 1)) return Err{ScriptError::InvalidStackOperation};
  KP_TRY(const std::int64_t signatures, run.number_at(count_at));
  if (signatures < 0 || signatures > keys) return Err{ScriptError::SigCount};
  found.signatures = static_cast<std::size_t>(signatures);
  found.first_signature = count_at + 1;
  found.dummy = found.first_signature + found.signatures;
  if (!need(found.dummy + 1)) return Err{ScriptError::InvalidStackOperation};
  return found;
}

// From the top of the stack down; each key serves once, and encodings are judged only for pairs that are tried.
Result<bool, ScriptError> match_signatures(Evaluation& run, const Multisig& multisig) {
  const ByteView script_code = run.scratch.script_code.view();
  std::size_t key = 0;
  std::size_t signature = 0;
  while (signature < multisig.signatures) {
    if (multisig.signatures - signature > multisig.keys - key) return false;
    const KeyedSignature pair{run.main.at(multisig.first_key + key), run.main.at(multisig.first_signature + signature)};
    KP_TRY_VOID(check_encodings(run, pair));
    if (check_ecdsa(run, pair, script_code)) ++signature;
    ++key;
  }
  return true;
}

bool any_signature_present(const Evaluation& run, const Multisig& multisig) {
  for (std::size_t i = 0; i < multisig.signatures; ++i) {
    if (!run.main.at(multisig.first_signature + i).empty()) return true;
  }
  return false;
}

}  // namespace

bool ScriptCode::remove(ByteView signature) {
  pattern_.clear();
  append_push(pattern_, signature);
  // Nearly always the bytes do not occur at all.
  if (as_text(view_).find(as_text(pattern_)) == std::string_view::npos) return false;

  next_.clear();
  bool found = false;
  std::size_t at = 0;
  std::size_t kept_from = 0;
  const auto matches = [&] {
    return view_.size() - at >= pattern_.size() && equal(view_.subspan(at, pattern_.size()), pattern_);
  };
  while (true) {
    append(next_, view_.subspan(kept_from, at - kept_from));
    for (; matches(); at += pattern_.size()) found = true;
    kept_from = at;
    ScriptReader reader{view_.subspan(at)};
    if (!reader.next()) break;
    at += reader.position();
  }
  if (!found) return false;
  append(next_, view_.subspan(kept_from));
  kept_.swap(next_);
  view_ = kept_;
  return true;
}

void SighashStates::forget() {
  for (Slot& slot : slots_) slot.used = false;
}

crypto::Hash32 SighashStates::hash(const ScriptSpend& spend, SigVersion version, const EcdsaMessage& message) {
  const bool legacy = version == SigVersion::Base;
  if (legacy && is_single_without_output(spend.tx, message)) return sighash_one();
  const auto kind = static_cast<std::size_t>(outputs_signed(message.hash_type));
  Slot& slot = slots_[2 * kind + (anyone_can_pay(message.hash_type) ? 1 : 0)];
  if (!slot.used || !equal(slot.script_code, message.script_code)) {
    slot.state = legacy ? legacy_sighash_state(spend.tx, message, spend.hashes)
                        : bip143_sighash_state(spend.tx, message, spend.hashes);
    slot.script_code.assign(message.script_code.begin(), message.script_code.end());
    slot.used = true;
  }
  return finish_sighash(slot.state, message.hash_type);
}

Verdict run_check_sig(Evaluation& run, Op op) {
  KP_TRY(const bool valid, check_signature(run, {run.main.at(0), run.main.at(1)}));
  if (op == Op::CheckSigVerify && !valid) return Err{ScriptError::CheckSigVerify};
  run.main.pop(2);
  if (op == Op::CheckSig) run.push_bool(valid);
  return Unit{};
}

Verdict run_check_sig_add(Evaluation& run, Op) {
  if (run.version != SigVersion::Tapscript) return Err{ScriptError::BadOpcode};
  if (run.main.size() < 3) return Err{ScriptError::InvalidStackOperation};
  KP_TRY(const std::int64_t number, run.number_at(1));
  KP_TRY(const bool valid, check_signature(run, {run.main.at(0), run.main.at(2)}));
  run.main.pop(3);
  run.push_number(number + (valid ? 1 : 0));
  return Unit{};
}

Verdict run_check_multisig(Evaluation& run, Op op) {
  if (run.version == SigVersion::Tapscript) return Err{ScriptError::TapscriptCheckMultisig};
  KP_TRY(const Multisig multisig, read_multisig(run));
  run.scratch.script_code.reset(run.script.subspan(run.code_begin));
  for (std::size_t i = 0; i < multisig.signatures; ++i) {
    KP_TRY_VOID(remove_signature(run, run.main.at(multisig.first_signature + i)));
  }
  KP_TRY(const bool valid, match_signatures(run, multisig));
  if (!valid && run.flags.has(Flag::NullFail) && any_signature_present(run, multisig)) {
    return Err{ScriptError::SigNullFail};
  }
  // The item that the first implementation took by mistake must, since BIP147, be empty.
  if (run.flags.has(Flag::NullDummy) && !run.main.at(multisig.dummy).empty()) return Err{ScriptError::SigNullDummy};
  if (op == Op::CheckMultisigVerify && !valid) return Err{ScriptError::CheckMultisigVerify};
  run.main.pop(multisig.dummy + 1);
  if (op == Op::CheckMultisig) run.push_bool(valid);
  return Unit{};
}

}  // namespace kepeng::script
