// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/sigops.h>

#include <kepeng/script/output_template.h>
#include <kepeng/script/script_reader.h>

namespace kepeng::script {
namespace {

unsigned sigops_of(Op op, Op previous, SigopCounting counting) {
  if (op == Op::CheckSig || op == Op::CheckSigVerify) return 1;
  if (op != Op::CheckMultisig && op != Op::CheckMultisigVerify) return 0;
  const bool exact = counting == SigopCounting::Exact && previous >= Op::One && previous <= Op::Sixteen;
  return exact ? static_cast<unsigned>(small_integer(previous)) : kMultisigKeysMax;
}

unsigned count_program_sigops(const WitnessProgram& program, std::span<const ByteView> witness) {
  if (program.version != 0) return 0;
  if (program.program.size() == 20) return 1;
  if (program.program.size() != 32 || witness.empty()) return 0;
  return count_sigops(witness.back(), SigopCounting::Exact);
}

}  // namespace

unsigned count_sigops(ByteView script, SigopCounting counting) {
  unsigned count = 0;
  Op previous = Op::Invalid;
  ScriptReader reader{script};
  while (const auto step = reader.next()) {
    count += sigops_of(step->op, previous, counting);
    previous = step->op;
  }
  return count;
}

ByteView last_push(ByteView script_sig) {
  ByteView last;
  ScriptReader reader{script_sig};
  while (const auto step = reader.next()) {
    if (step->op > Op::Sixteen) return {};
    last = step->data;
  }
  return reader.truncated() ? ByteView{} : last;
}

unsigned count_p2sh_sigops(ByteView script_sig, ByteView script_pubkey) {
  if (!is_p2sh(script_pubkey)) return 0;
  return count_sigops(last_push(script_sig), SigopCounting::Exact);
}

unsigned count_witness_sigops(const SpendScripts& spend, Flags flags) {
  if (!flags.has(Flag::Witness)) return 0;
  if (const auto program = witness_program(spend.script_pubkey)) return count_program_sigops(*program, spend.witness);
  if (!is_p2sh(spend.script_pubkey)) return 0;
  const auto program = witness_program(last_push(spend.script_sig));
  return program ? count_program_sigops(*program, spend.witness) : 0;
}

}  // namespace kepeng::script
