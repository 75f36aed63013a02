// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "evaluation.h"

namespace kepeng::script {
namespace {

// Where a minimal boolean is a rule, a branch takes the empty item or exactly 01.
bool is_minimal_boolean(ByteView item) {
  return item.empty() || (item.size() == 1 && item[0] == 1);
}

Verdict check_boolean(const Evaluation& run, ByteView item) {
  if (is_minimal_boolean(item)) return Unit{};
  if (run.version == SigVersion::Tapscript) return Err{ScriptError::TapscriptMinimalIf};
  if (run.version == SigVersion::WitnessV0 && run.flags.has(Flag::MinimalIf)) return Err{ScriptError::MinimalIf};
  return Unit{};
}

// BIP68.
constexpr std::uint32_t kSequenceDisabled = 1u << 31;
constexpr std::uint32_t kSequenceTypeFlag = 1u << 22;
constexpr std::uint32_t kSequenceMask = kSequenceTypeFlag | 0x0000ffff;
constexpr std::uint32_t kSequenceFinal = 0xffffffff;

constexpr std::size_t kLockTimeSizeMax = 5;

Result<std::int64_t, ScriptError> read_lock_time(const Evaluation& run) {
  if (run.main.empty()) return Err{ScriptError::InvalidStackOperation};
  KP_TRY(const std::int64_t number, decode_number(run.main.top(), run.number_rule(kLockTimeSizeMax)));
  if (number < 0) return Err{ScriptError::NegativeLocktime};
  return number;
}

// Both heights or both times, and reached.
bool is_lock_time_satisfied(const ScriptSpend& spend, std::int64_t demanded) {
  const std::int64_t given = spend.tx.lock_time;
  const bool same_kind = (given < kLockTimeThreshold) == (demanded < kLockTimeThreshold);
  return same_kind && demanded <= given && spend.tx.inputs[spend.input].sequence != kSequenceFinal;
}

bool is_sequence_satisfied(const ScriptSpend& spend, std::uint32_t demanded) {
  const std::uint32_t given = spend.tx.inputs[spend.input].sequence;
  if (spend.tx.version < 2 || (given & kSequenceDisabled) != 0) return false;
  const bool same_kind = (given & kSequenceTypeFlag) == (demanded & kSequenceTypeFlag);
  return same_kind && (demanded & kSequenceMask) <= (given & kSequenceMask);
}

}  // namespace

Verdict run_bad_opcode(Evaluation&, Op) {
  return Err{ScriptError::BadOpcode};
}

Verdict run_nop(Evaluation&, Op) {
  return Unit{};
}

Verdict run_upgradable_nop(Evaluation& run, Op) {
  if (run.flags.has(Flag::DiscourageUpgradableNops)) return Err{ScriptError::DiscourageUpgradableNops};
  return Unit{};
}

Verdict run_if(Evaluation& run, Op op) {
  bool taken = false;
  if (run.branches.executing()) {
    if (run.main.empty()) return Err{ScriptError::InvalidStackOperation};
    KP_TRY_VOID(check_boolean(run, run.main.top()));
    taken = is_true(run.main.top()) == (op == Op::If);
    run.main.pop();
  }
  run.branches.open(taken);
  return Unit{};
}

Verdict run_else(Evaluation& run, Op) {
  if (run.branches.empty()) return Err{ScriptError::UnbalancedConditional};
  run.branches.toggle();
  return Unit{};
}

Verdict run_end_if(Evaluation& run, Op) {
  if (run.branches.empty()) return Err{ScriptError::UnbalancedConditional};
  run.branches.close();
  return Unit{};
}

Verdict run_verify(Evaluation& run, Op) {
  if (!is_true(run.main.top())) return Err{ScriptError::Verify};
  run.main.pop();
  return Unit{};
}

Verdict run_return(Evaluation&, Op) {
  return Err{ScriptError::OpReturn};
}

// BIP65. The operand stays on the stack.
Verdict run_check_lock_time(Evaluation& run, Op) {
  if (!run.flags.has(Flag::CheckLockTimeVerify)) return Unit{};
  KP_TRY(const std::int64_t demanded, read_lock_time(run));
  if (!is_lock_time_satisfied(run.spend, demanded)) return Err{ScriptError::UnsatisfiedLocktime};
  return Unit{};
}

// BIP112. The operand stays on the stack; one with bit 31 asks for nothing, whatever the transaction is.
Verdict run_check_sequence(Evaluation& run, Op) {
  if (!run.flags.has(Flag::CheckSequenceVerify)) return Unit{};
  KP_TRY(const std::int64_t operand, read_lock_time(run));
  if ((operand & kSequenceDisabled) != 0) return Unit{};
  // Bits above 32 never mattered: the mask drops them.
  if (!is_sequence_satisfied(run.spend, static_cast<std::uint32_t>(operand))) {
    return Err{ScriptError::UnsatisfiedLocktime};
  }
  return Unit{};
}

Verdict run_code_separator(Evaluation& run, Op) {
  run.code_begin = run.reader.position();
  if (run.tapscript != nullptr) run.tapscript->position.code_separator = run.op_index;
  return Unit{};
}

}  // namespace kepeng::script
