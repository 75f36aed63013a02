// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/output_template.h>

#include "hash_writing.h"
#include "sighash_state.h"

namespace kepeng::script {

crypto::Sha256 hash_prevouts(const Transaction& tx) {
  crypto::Sha256 hasher;
  for (const TxIn& input : tx.inputs) write_outpoint(hasher, input.prevout);
  return hasher;
}

crypto::Sha256 hash_sequences(const Transaction& tx) {
  crypto::Sha256 hasher;
  for (const TxIn& input : tx.inputs) write_le(hasher, input.sequence);
  return hasher;
}

crypto::Sha256 hash_outputs(std::span<const TxOut> outputs) {
  crypto::Sha256 hasher;
  for (const TxOut& output : outputs) write_output(hasher, output);
  return hasher;
}

crypto::Sha256 hash_amounts(std::span<const TxOut> spent) {
  crypto::Sha256 hasher;
  for (const TxOut& output : spent) write_le(hasher, output.value.sats);
  return hasher;
}

crypto::Sha256 hash_scripts(std::span<const TxOut> spent) {
  crypto::Sha256 hasher;
  for (const TxOut& output : spent) write_var_bytes(hasher, output.script_pubkey);
  return hasher;
}

void PrecomputedHashes::compute(const Transaction& tx, std::span<const TxOut> spent) {
  KP_ASSERT(spent.empty() || spent.size() == tx.inputs.size());
  has_bip143_ = has_taproot_ = has_legacy_ = false;
  std::size_t legacy_inputs = 0;
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) {
    if (tx.inputs[i].witness.empty()) {
      ++legacy_inputs;
    } else if (!spent.empty() && is_p2tr(spent[i].script_pubkey)) {
      has_taproot_ = true;
    } else {
      has_bip143_ = true;
    }
  }
  if (has_bip143_ || has_taproot_) compute_segwit(tx, spent);
  if (legacy_inputs > 1) compute_legacy(tx);
}

void PrecomputedHashes::compute_segwit(const Transaction& tx, std::span<const TxOut> spent) {
  taproot_.prevouts = hash_prevouts(tx).finalize();
  taproot_.sequences = hash_sequences(tx).finalize();
  taproot_.outputs = hash_outputs(tx.outputs).finalize();
  if (has_taproot_) {
    taproot_.amounts = hash_amounts(spent).finalize();
    taproot_.scripts = hash_scripts(spent).finalize();
  }
  if (has_bip143_) {
    bip143_.prevouts = crypto::sha256(taproot_.prevouts);
    bip143_.sequences = crypto::sha256(taproot_.sequences);
    bip143_.outputs = crypto::sha256(taproot_.outputs);
  }
}

void PrecomputedHashes::compute_legacy(const Transaction& tx) {
  has_legacy_ = true;
  Bytes& blank = legacy_.blank;
  blank.resize(sizeof tx.version);
  store_le(blank.data(), tx.version);
  append_compact_size(blank, tx.inputs.size());
  legacy_.first_input = blank.size();
  for (const TxIn& input : tx.inputs) {
    append(blank, input.prevout.txid.view());
    append_le(blank, input.prevout.index);
    blank.push_back(0);
    append_le(blank, input.sequence);
  }
  const std::size_t inputs_end = blank.size();
  append_compact_size(blank, tx.outputs.size());
  for (const TxOut& output : tx.outputs) {
    append_le(blank, output.value.sats);
    append_var_bytes(blank, output.script_pubkey);
  }
  append_le(blank, tx.lock_time);

  crypto::Sha256 state;
  state.write(ByteView{blank}.first(legacy_.first_input));
  legacy_.states.assign(1, state);
  constexpr std::size_t kStep = kBlankInputSize * kInputsPerState;
  for (std::size_t at = legacy_.first_input; at + kStep < inputs_end; at += kStep) {
    legacy_.states.push_back(state.write(ByteView{blank}.subspan(at, kStep)));
  }
}

}  // namespace kepeng::script
