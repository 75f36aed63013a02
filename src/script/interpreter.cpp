// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/interpreter.h>

#include <kepeng/crypto/sha256.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/taproot.h>

#include "direct_paths.h"
#include "evaluation.h"
#include "signature_checks.h"

namespace kepeng::script {

struct Interpreter::Memory {
  Stack main;
  Stack alt;
  Stack saved;  // what scriptSig left, for the redeem script
  Scratch scratch;
};

namespace {

enum class Wrapping : std::uint8_t { Native, P2sh };

std::int64_t serialized_size(std::span<const ByteView> witness) {
  std::size_t size = compact_size_length(witness.size());
  for (const ByteView item : witness) size += compact_size_length(item.size()) + item.size();
  return static_cast<std::int64_t>(size);
}

// The general path: every script runs.
class Verification {
 public:
  struct Stacks {
    Stack& main;
    Stack& alt;
    Stack& saved;
  };

  Verification(const ScriptSpend& spend, Flags flags, Stacks stacks, Scratch& scratch)
      : spend_{spend}, flags_{flags}, stacks_{stacks}, scratch_{scratch} {}

  Verdict run() {
    if (flags_.has(Flag::SigPushOnly) && !is_push_only(spend_.script_sig)) return Err{ScriptError::SigPushOnly};
    const bool p2sh = flags_.has(Flag::P2sh) && is_p2sh(spend_.script_pubkey);
    stacks_.main.clear();
    KP_TRY_VOID(run_script(spend_.script_sig, SigVersion::Base));
    if (p2sh) stacks_.saved.assign(stacks_.main);
    KP_TRY_VOID(run_to_true(spend_.script_pubkey));
    if (flags_.has(Flag::Witness)) KP_TRY_VOID(verify_native_witness());
    if (p2sh) KP_TRY_VOID(verify_p2sh());
    if (flags_.has(Flag::CleanStack) && items_left_ != 1) return Err{ScriptError::CleanStack};
    if (flags_.has(Flag::Witness) && !ran_witness_ && !spend_.witness.empty()) {
      return Err{ScriptError::WitnessUnexpected};
    }
    return Unit{};
  }

 private:
  Verdict run_script(ByteView script, SigVersion version, TapscriptContext* tapscript = nullptr) {
    Evaluation evaluation{spend_, flags_, version, script, stacks_.main, stacks_.alt, scratch_, tapscript};
    return evaluate(evaluation);
  }

  // A legacy script that must leave a true item on top.
  Verdict run_to_true(ByteView script) {
    KP_TRY_VOID(run_script(script, SigVersion::Base));
    if (stacks_.main.empty() || !is_true(stacks_.main.top())) return Err{ScriptError::EvalFalse};
    items_left_ = stacks_.main.size();
    return Unit{};
  }

  Verdict verify_native_witness() {
    const auto program = witness_program(spend_.script_pubkey);
    if (!program) return Unit{};
    if (!spend_.script_sig.empty()) return Err{ScriptError::WitnessMalleated};
    return verify_program(*program, Wrapping::Native);
  }

  Verdict verify_p2sh() {
    if (!is_push_only(spend_.script_sig)) return Err{ScriptError::SigPushOnly};
    stacks_.main.swap(stacks_.saved);
    KP_ASSERT(!stacks_.main.empty());  // the hash of its top was just compared
    const StackItem redeem = stacks_.main.item(0);
    stacks_.main.pop();
    KP_TRY_VOID(run_to_true(redeem.view()));
    if (!flags_.has(Flag::Witness)) return Unit{};
    const auto program = witness_program(redeem.view());
    if (!program) return Unit{};
    const bool only_redeem = spend_.script_sig.size() == 1 + redeem.size() && spend_.script_sig[0] == redeem.size();
    if (!only_redeem) return Err{ScriptError::WitnessMalleatedP2sh};
    return verify_program(*program, Wrapping::P2sh);
  }

  Verdict verify_program(const WitnessProgram& program, Wrapping wrapping) {
    ran_witness_ = true;
    items_left_ = 1;
    if (program.version == 0) return verify_version_0(program.program);
    if (wrapping == Wrapping::Native && program.version == 1) {
      if (program.program.size() == 32) return verify_taproot(program.program);
      if (is_anchor(spend_.script_pubkey)) return Unit{};
    }
    if (flags_.has(Flag::DiscourageUpgradableWitnessProgram)) {
      return Err{ScriptError::DiscourageUpgradableWitnessProgram};
    }
    return Unit{};
  }

  Verdict verify_version_0(ByteView program) {
    const std::span<const ByteView> witness = spend_.witness;
    if (program.size() == 32) {
      if (witness.empty()) return Err{ScriptError::WitnessProgramWitnessEmpty};
      if (!equal(crypto::sha256(witness.back()), program)) return Err{ScriptError::WitnessProgramMismatch};
      return run_witness_script(witness.back(), witness.first(witness.size() - 1), SigVersion::WitnessV0);
    }
    if (program.size() != 20) return Err{ScriptError::WitnessProgramWrongLength};
    if (witness.size() != 2) return Err{ScriptError::WitnessProgramMismatch};
    const KeyHashScript implied{program};
    return run_witness_script(implied.view(), witness, SigVersion::WitnessV0);
  }

  Verdict verify_taproot(ByteView output_key) {
    if (!flags_.has(Flag::Taproot)) return Unit{};
    std::span<const ByteView> items = spend_.witness;
    if (items.empty()) return Err{ScriptError::WitnessProgramWitnessEmpty};
    TapscriptContext context;
    if (items.size() >= 2 && !items.back().empty() && items.back()[0] == kAnnexTag) {
      context.annex = annex_hash(items.back());
      items = items.first(items.size() - 1);
    }
    if (items.size() == 1) {
      return check_schnorr_signature(spend_, {output_key, items[0]},
                                     {spend_.input, kSighashDefault, context.annex, {}});
    }
    const ByteView control = items.back();
    const ByteView script = items[items.size() - 2];
    if (!is_control_block_size(control.size())) return Err{ScriptError::TaprootWrongControlSize};
    // The commitment comes before the leaf version: an unknown version is free to spend only for those it was made for.
    const TapLeaf leaf{leaf_version_of(control[0]), script};
    context.position.leaf_hash = tap_leaf_hash(leaf);
    if (!check_tap_commitment(control, output_key, context.position.leaf_hash)) {
      return Err{ScriptError::WitnessProgramMismatch};
    }
    if (leaf.version == kTapscriptLeafVersion) return run_tapscript(script, items.first(items.size() - 2), context);
    if (flags_.has(Flag::DiscourageUpgradableTaprootVersion)) {
      return Err{ScriptError::DiscourageUpgradableTaprootVersion};
    }
    return Unit{};
  }

  Verdict run_tapscript(ByteView script, std::span<const ByteView> items, TapscriptContext& context) {
    ScriptReader reader{script};
    while (const auto step = reader.next()) {
      if (!info_of(step->op).op_success) continue;
      if (flags_.has(Flag::DiscourageOpSuccess)) return Err{ScriptError::DiscourageOpSuccess};
      return Unit{};
    }
    if (reader.truncated()) return Err{ScriptError::BadOpcode};
    if (items.size() > kStackItemsMax) return Err{ScriptError::StackSize};
    context.budget = serialized_size(spend_.witness) + kSignatureBudgetFree;
    return run_witness_script(script, items, SigVersion::Tapscript, &context);
  }

  Verdict run_witness_script(ByteView script, std::span<const ByteView> items, SigVersion version,
                             TapscriptContext* tapscript = nullptr) {
    stacks_.main.clear();
    for (const ByteView item : items) {
      if (item.size() > kElementSizeMax) return Err{ScriptError::PushSize};
      stacks_.main.push(StackItem::borrowed(item));
    }
    KP_TRY_VOID(run_script(script, version, tapscript));
    if (stacks_.main.size() != 1) return Err{ScriptError::CleanStack};
    if (!is_true(stacks_.main.top())) return Err{ScriptError::EvalFalse};
    return Unit{};
  }

  const ScriptSpend& spend_;
  Flags flags_;
  Stacks stacks_;
  Scratch& scratch_;
  bool ran_witness_ = false;
  std::size_t items_left_ = 0;  // after the last legacy script; 1 after a witness program
};

}  // namespace

Interpreter::Interpreter(Path path) : path_{path}, memory_{std::make_unique<Memory>()} {}
Interpreter::Interpreter(Interpreter&&) noexcept = default;
Interpreter& Interpreter::operator=(Interpreter&&) noexcept = default;
Interpreter::~Interpreter() = default;

Verdict Interpreter::verify_input(const SpendContext& context, Flags flags) {
  KP_ASSERT(context.input < context.tx.inputs.size() && context.spent.size() == context.tx.inputs.size());
  const TxIn& input = context.tx.inputs[context.input];
  const TxOut& coin = context.spent[context.input];
  return verify({context.tx, context.input, input.script_sig, coin.script_pubkey, input.witness, coin.value,
                 context.spent, context.hashes, context.cache},
                flags);
}

Verdict Interpreter::verify(const ScriptSpend& spend, Flags flags) {
  KP_ASSERT(spend.input < spend.tx.inputs.size());
  if (path_ == Path::Direct) {
    if (const auto verdict = verify_directly(spend, flags)) return *verdict;
  }
  Memory& memory = *memory_;
  return Verification{spend, flags, {memory.main, memory.alt, memory.saved}, memory.scratch}.run();
}

}  // namespace kepeng::script
