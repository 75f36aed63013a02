// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// One run of one script, and the opcode handlers that advance it. Private to the module.
//
// An Evaluation lives for one script; the stacks and the scratch memory it refers to live in the Interpreter. A handler
// is called when its opcode executes (IF ... ENDIF: always) and the main stack is as deep as the opcode table demands.
#pragma once

#include <array>
#include <optional>

#include <kepeng/script/interpreter.h>
#include <kepeng/script/limits.h>
#include <kepeng/script/script_number.h>
#include <kepeng/script/script_reader.h>
#include <kepeng/script/signature_encoding.h>

#include "stack.h"

namespace kepeng::script {

// The open IFs. Only their number and the outermost false one matter: what is inside that one never executes.
class Branches {
 public:
  bool executing() const { return first_false_ == kNone; }
  bool empty() const { return depth_ == 0; }
  void open(bool taken) {
    if (executing() && !taken) first_false_ = depth_;
    ++depth_;
  }
  void toggle() {
    if (executing()) {
      first_false_ = depth_ - 1;
    } else if (first_false_ == depth_ - 1) {
      first_false_ = kNone;
    }
  }
  void close() {
    --depth_;
    if (first_false_ == depth_) first_false_ = kNone;
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t depth_ = 0;
  std::size_t first_false_ = kNone;
};

// The script code of a legacy signature: usually a view, a copy when signatures had to be deleted from it.
class ScriptCode {
 public:
  void reset(ByteView script) { view_ = script; }
  // FindAndDelete of the shortest push of the signature; whether there was any.
  bool remove(ByteView signature);
  ByteView view() const { return view_; }

 private:
  ByteView view_;
  Bytes pattern_;
  Bytes kept_;
  Bytes next_;
};

// Hash states of the last script codes, one for each kind of hash type, so that many signatures over one script code
// cost one pass over the transaction. Valid for one run of one script.
class SighashStates {
 public:
  void forget();
  crypto::Hash32 hash(const ScriptSpend& spend, SigVersion version, const EcdsaMessage& message);

 private:
  struct Slot {
    bool used = false;
    Bytes script_code;
    crypto::Sha256 state;
  };
  std::array<Slot, 6> slots_;
};

struct Scratch {
  ScriptCode script_code;
  SighashStates sighashes;
};

struct TapscriptContext {
  TapscriptPosition position;
  std::optional<crypto::Hash32> annex;
  std::int64_t budget = 0;
};

struct Evaluation {
  const ScriptSpend& spend;
  Flags flags;
  SigVersion version;
  ByteView script;
  Stack& main;
  Stack& alt;
  Scratch& scratch;
  TapscriptContext* tapscript = nullptr;  // with SigVersion::Tapscript

  ScriptReader reader{script};
  Branches branches{};
  std::size_t code_begin = 0;  // just after the last executed OP_CODESEPARATOR
  unsigned op_count = 0;       // counted opcodes and multisig keys
  std::uint32_t op_index = 0;  // of the current opcode, from 0

  NumberRule number_rule(std::size_t max_size = 4) const {
    return {max_size, flags.has(Flag::MinimalData) ? NumberEncoding::Minimal : NumberEncoding::Any};
  }
  Result<std::int64_t, ScriptError> number_at(std::size_t depth) const {
    return decode_number(main.at(depth), number_rule());
  }
  void push_number(std::int64_t number) { main.push(StackItem::computed(encode_number(number).view())); }
  void push_bool(bool value) { push_number(value ? 1 : 0); }
};

// Runs the script over the main stack, which keeps what is left. The alt stack starts empty.
Verdict evaluate(Evaluation& run);

using Handler = Verdict (*)(Evaluation& run, Op op);
Handler handler_of(Op op);

// Opcodes that look at signatures (signature_opcodes.cpp).
Verdict run_check_sig(Evaluation& run, Op op);
Verdict run_check_sig_add(Evaluation& run, Op op);
Verdict run_check_multisig(Evaluation& run, Op op);
// Branches, lock times and the like (flow_opcodes.cpp).
Verdict run_bad_opcode(Evaluation& run, Op op);
Verdict run_nop(Evaluation& run, Op op);
Verdict run_upgradable_nop(Evaluation& run, Op op);
Verdict run_if(Evaluation& run, Op op);
Verdict run_else(Evaluation& run, Op op);
Verdict run_end_if(Evaluation& run, Op op);
Verdict run_verify(Evaluation& run, Op op);
Verdict run_return(Evaluation& run, Op op);
Verdict run_check_lock_time(Evaluation& run, Op op);
Verdict run_check_sequence(Evaluation& run, Op op);
Verdict run_code_separator(Evaluation& run, Op op);
// Moving items (stack_opcodes.cpp).
Verdict run_to_alt(Evaluation& run, Op op);
Verdict run_from_alt(Evaluation& run, Op op);
Verdict run_drop(Evaluation& run, Op op);
Verdict run_copy(Evaluation& run, Op op);
Verdict run_rearrange(Evaluation& run, Op op);
Verdict run_if_dup(Evaluation& run, Op op);
Verdict run_depth(Evaluation& run, Op op);
Verdict run_pick_roll(Evaluation& run, Op op);
Verdict run_tuck(Evaluation& run, Op op);
Verdict run_size(Evaluation& run, Op op);
// Numbers, comparisons, hashes (number_opcodes.cpp).
Verdict run_small_integer(Evaluation& run, Op op);
Verdict run_equal(Evaluation& run, Op op);
Verdict run_unary(Evaluation& run, Op op);
Verdict run_binary(Evaluation& run, Op op);
Verdict run_num_equal_verify(Evaluation& run, Op op);
Verdict run_within(Evaluation& run, Op op);
Verdict run_hash(Evaluation& run, Op op);

}  // namespace kepeng::script
