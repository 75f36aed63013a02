// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <array>

#include "evaluation.h"

namespace kepeng::script {
namespace {

bool counts_ops(const Evaluation& run) {
  return run.version != SigVersion::Tapscript;
}

// Rules that hold for an opcode whether it executes or not.
Verdict check_always(Evaluation& run, const ScriptStep& step) {
  if (step.data.size() > kElementSizeMax) return Err{ScriptError::PushSize};
  if (counts_ops(run)) {
    if (is_counted(step.op) && ++run.op_count > kOpCountMax) return Err{ScriptError::OpCount};
    if (info_of(step.op).disabled) return Err{ScriptError::DisabledOpcode};
  }
  const bool constant = run.version == SigVersion::Base && run.flags.has(Flag::ConstScriptCode);
  if (step.op == Op::CodeSeparator && constant) return Err{ScriptError::OpCodeSeparator};
  return Unit{};
}

Verdict run_step(Evaluation& run, const ScriptStep& step) {
  KP_TRY_VOID(check_always(run, step));
  const bool executing = run.branches.executing();
  if (is_data_push(step.op)) {
    if (!executing) return Unit{};
    if (run.flags.has(Flag::MinimalData) && !is_minimal_push(step)) return Err{ScriptError::MinimalData};
    run.main.push(StackItem::borrowed(step.data));
    return Unit{};
  }
  const bool is_branch = step.op >= Op::If && step.op <= Op::EndIf;
  if (!executing && !is_branch) return Unit{};
  if (run.main.size() < info_of(step.op).min_depth) return Err{ScriptError::InvalidStackOperation};
  return handler_of(step.op)(run, step.op);
}

constexpr std::array<Handler, 256> make_handlers() {
  std::array<Handler, 256> table;
  table.fill(run_bad_opcode);
  const auto set = [&table](Handler handler, auto... ops) { ((table[to_byte(ops)] = handler), ...); };
  set(run_nop, Op::Nop);
  for (unsigned byte = to_byte(Op::Nop1); byte <= to_byte(Op::Nop10); ++byte) table[byte] = run_upgradable_nop;
  set(run_check_lock_time, Op::CheckLockTimeVerify);
  set(run_check_sequence, Op::CheckSequenceVerify);
  set(run_if, Op::If, Op::NotIf);
  set(run_else, Op::Else);
  set(run_end_if, Op::EndIf);
  set(run_verify, Op::Verify);
  set(run_return, Op::Return);
  set(run_to_alt, Op::ToAltStack);
  set(run_from_alt, Op::FromAltStack);
  set(run_drop, Op::Drop, Op::TwoDrop, Op::Nip);
  set(run_copy, Op::Dup, Op::TwoDup, Op::ThreeDup, Op::Over, Op::TwoOver);
  set(run_rearrange, Op::Swap, Op::Rot, Op::TwoSwap, Op::TwoRot);
  set(run_if_dup, Op::IfDup);
  set(run_depth, Op::Depth);
  set(run_pick_roll, Op::Pick, Op::Roll);
  set(run_tuck, Op::Tuck);
  set(run_size, Op::Size);
  set(run_small_integer, Op::OneNegate);
  for (unsigned byte = to_byte(Op::One); byte <= to_byte(Op::Sixteen); ++byte) table[byte] = run_small_integer;
  set(run_equal, Op::Equal, Op::EqualVerify);
  set(run_unary, Op::OneAdd, Op::OneSub, Op::Negate, Op::Abs, Op::Not, Op::ZeroNotEqual);
  set(run_binary, Op::Add, Op::Sub, Op::BoolAnd, Op::BoolOr, Op::NumEqual, Op::NumNotEqual, Op::LessThan,
      Op::GreaterThan, Op::LessThanOrEqual, Op::GreaterThanOrEqual, Op::Min, Op::Max);
  set(run_num_equal_verify, Op::NumEqualVerify);
  set(run_within, Op::Within);
  set(run_hash, Op::Ripemd160, Op::Sha1, Op::Sha256, Op::Hash160, Op::Hash256);
  set(run_code_separator, Op::CodeSeparator);
  set(run_check_sig, Op::CheckSig, Op::CheckSigVerify);
  set(run_check_sig_add, Op::CheckSigAdd);
  set(run_check_multisig, Op::CheckMultisig, Op::CheckMultisigVerify);
  return table;
}

constexpr std::array<Handler, 256> kHandlers = make_handlers();

}  // namespace

Handler handler_of(Op op) {
  return kHandlers[to_byte(op)];
}

Verdict evaluate(Evaluation& run) {
  run.alt.clear();
  run.scratch.sighashes.forget();
  if (counts_ops(run) && run.script.size() > kScriptSizeMax) return Err{ScriptError::ScriptSize};
  for (; !run.reader.at_end(); ++run.op_index) {
    const auto step = run.reader.next();
    if (!step) return Err{ScriptError::BadOpcode};
    KP_TRY_VOID(run_step(run, *step));
    if (run.main.size() + run.alt.size() > kStackItemsMax) return Err{ScriptError::StackSize};
  }
  if (!run.branches.empty()) return Err{ScriptError::UnbalancedConditional};
  return Unit{};
}

}  // namespace kepeng::script
