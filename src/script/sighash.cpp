// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/sighash.h>

#include <kepeng/script/script_reader.h>

#include "hash_writing.h"
#include "sighash_state.h"

namespace kepeng::script {
namespace {

// With its length, without its separators.
void write_legacy_script_code(crypto::Sha256& to, ByteView script) {
  if (as_text(script).find(static_cast<char>(Op::CodeSeparator)) == std::string_view::npos) {
    return write_var_bytes(to, script);  // no byte of it can be a separator: the usual case
  }
  std::size_t separators = 0;
  ScriptReader counter{script};
  while (const auto step = counter.next()) separators += step->op == Op::CodeSeparator ? 1 : 0;
  write_compact_size(to, script.size() - separators);

  ScriptReader reader{script};
  std::size_t kept_from = 0;
  while (const auto step = reader.next()) {
    if (step->op != Op::CodeSeparator) continue;
    to.write(script.subspan(kept_from, reader.position() - 1 - kept_from));
    kept_from = reader.position();
  }
  to.write(script.subspan(kept_from));
}

void write_legacy_inputs(crypto::Sha256& to, const Transaction& tx, const EcdsaMessage& message) {
  if (anyone_can_pay(message.hash_type)) {
    const TxIn& input = tx.inputs[message.input];
    write_compact_size(to, 1);
    write_outpoint(to, input.prevout);
    write_legacy_script_code(to, message.script_code);
    return write_le(to, input.sequence);
  }
  const bool all_sequences = outputs_signed(message.hash_type) == OutputsSigned::All;
  write_compact_size(to, tx.inputs.size());
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) {
    const bool own = i == message.input;
    write_outpoint(to, tx.inputs[i].prevout);
    if (own) {
      write_legacy_script_code(to, message.script_code);
    } else {
      write_compact_size(to, 0);
    }
    write_le(to, own || all_sequences ? tx.inputs[i].sequence : 0);
  }
}

void write_legacy_outputs(crypto::Sha256& to, const Transaction& tx, const EcdsaMessage& message) {
  switch (outputs_signed(message.hash_type)) {
    case OutputsSigned::All:
      write_compact_size(to, tx.outputs.size());
      for (const TxOut& output : tx.outputs) write_output(to, output);
      return;
    case OutputsSigned::None:
      return write_compact_size(to, 0);
    case OutputsSigned::Single:
      write_compact_size(to, std::uint64_t{message.input} + 1);
      for (std::uint32_t i = 0; i < message.input; ++i) write_output(to, TxOut{Amount{-1}, {}});
      return write_output(to, tx.outputs[message.input]);
  }
}

// ALL over all inputs, from the copy with empty scripts: only the bytes since the last kept state are hashed again.
crypto::Sha256 legacy_state_from(const PrecomputedHashes::Legacy& legacy, const EcdsaMessage& message) {
  constexpr std::size_t kOutPointSize = 36;
  const std::size_t nearest = message.input / PrecomputedHashes::kInputsPerState;
  const std::size_t from =
      legacy.first_input + nearest * PrecomputedHashes::kInputsPerState * PrecomputedHashes::kBlankInputSize;
  const std::size_t script_at = legacy.first_input + message.input * PrecomputedHashes::kBlankInputSize + kOutPointSize;
  const ByteView blank{legacy.blank};
  crypto::Sha256 state = legacy.states[nearest];
  state.write(blank.subspan(from, script_at - from));
  write_legacy_script_code(state, message.script_code);
  state.write(blank.subspan(script_at + 1));
  return state;
}

}  // namespace

bool is_single_without_output(const Transaction& tx, const EcdsaMessage& message) {
  return outputs_signed(message.hash_type) == OutputsSigned::Single && message.input >= tx.outputs.size();
}

crypto::Hash32 sighash_one() {
  return crypto::Hash32{1};
}

crypto::Sha256 legacy_sighash_state(const Transaction& tx, const EcdsaMessage& message,
                                    const PrecomputedHashes* hashes) {
  KP_ASSERT(message.input < tx.inputs.size());
  const PrecomputedHashes::Legacy* legacy = hashes != nullptr ? hashes->legacy() : nullptr;
  const bool whole = outputs_signed(message.hash_type) == OutputsSigned::All && !anyone_can_pay(message.hash_type);
  if (legacy != nullptr && whole) return legacy_state_from(*legacy, message);
  crypto::Sha256 state;
  write_le(state, tx.version);
  write_legacy_inputs(state, tx, message);
  write_legacy_outputs(state, tx, message);
  write_le(state, tx.lock_time);
  return state;
}

crypto::Sha256 bip143_sighash_state(const Transaction& tx, const EcdsaMessage& message,
                                    const PrecomputedHashes* hashes) {
  KP_ASSERT(message.input < tx.inputs.size());
  const PrecomputedHashes::Bip143* ready = hashes != nullptr ? hashes->bip143() : nullptr;
  const TxIn& input = tx.inputs[message.input];
  const OutputsSigned outputs = outputs_signed(message.hash_type);
  const bool others = !anyone_can_pay(message.hash_type);
  crypto::Hash32 prevouts{};
  crypto::Hash32 sequences{};
  crypto::Hash32 outputs_hash{};
  if (others) prevouts = ready != nullptr ? ready->prevouts : hash_prevouts(tx).finalize_double();
  if (others && outputs == OutputsSigned::All) {
    sequences = ready != nullptr ? ready->sequences : hash_sequences(tx).finalize_double();
  }
  if (outputs == OutputsSigned::All) {
    outputs_hash = ready != nullptr ? ready->outputs : hash_outputs(tx.outputs).finalize_double();
  } else if (outputs == OutputsSigned::Single && message.input < tx.outputs.size()) {
    outputs_hash = hash_outputs(tx.outputs.subspan(message.input, 1)).finalize_double();
  }

  crypto::Sha256 state;
  write_le(state, tx.version);
  state.write(prevouts).write(sequences);
  write_outpoint(state, input.prevout);
  write_var_bytes(state, message.script_code);
  write_le(state, message.amount.sats);
  write_le(state, input.sequence);
  state.write(outputs_hash);
  write_le(state, tx.lock_time);
  return state;
}

crypto::Hash32 finish_sighash(crypto::Sha256 state, std::uint32_t hash_type) {
  write_le(state, hash_type);
  return state.finalize_double();
}

crypto::Hash32 legacy_sighash(const Transaction& tx, const EcdsaMessage& message, const PrecomputedHashes* hashes) {
  if (is_single_without_output(tx, message)) return sighash_one();
  return finish_sighash(legacy_sighash_state(tx, message, hashes), message.hash_type);
}

crypto::Hash32 bip143_sighash(const Transaction& tx, const EcdsaMessage& message, const PrecomputedHashes* hashes) {
  return finish_sighash(bip143_sighash_state(tx, message, hashes), message.hash_type);
}

}  // namespace kepeng::script
