// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/output_template.h>

#include "hash_writing.h"
#include "sighash_state.h"

namespace kepeng::script {
namespace {

const crypto::TaggedHasher& sighash_tag() {
  static const crypto::TaggedHasher tag{"TapSighash"};
  return tag;
}

constexpr std::uint8_t kEpoch = 0;
constexpr std::uint8_t kKeyVersion = 0;

constexpr bool is_defined(std::uint8_t hash_type) {
  return hash_type <= kSighashSingle || (hash_type >= 0x81 && hash_type <= 0x83);
}

void write_all_inputs(crypto::Sha256& to, const Transaction& tx, const SpentOutputs& spent) {
  const PrecomputedHashes::Taproot* ready = spent.hashes != nullptr ? spent.hashes->taproot() : nullptr;
  if (ready != nullptr) {
    to.write(ready->prevouts).write(ready->amounts).write(ready->scripts).write(ready->sequences);
    return;
  }
  to.write(hash_prevouts(tx).finalize()).write(hash_amounts(spent.outputs).finalize());
  to.write(hash_scripts(spent.outputs).finalize()).write(hash_sequences(tx).finalize());
}

void write_all_outputs(crypto::Sha256& to, const Transaction& tx, const SpentOutputs& spent) {
  const PrecomputedHashes::Taproot* ready = spent.hashes != nullptr ? spent.hashes->taproot() : nullptr;
  to.write(ready != nullptr ? ready->outputs : hash_outputs(tx.outputs).finalize());
}

}  // namespace

std::optional<crypto::Hash32> taproot_sighash(const Transaction& tx, const TaprootMessage& message,
                                              const SpentOutputs& spent) {
  KP_ASSERT(message.input < tx.inputs.size() && spent.outputs.size() == tx.inputs.size());
  if (!is_defined(message.hash_type)) return std::nullopt;
  const bool only_this = anyone_can_pay(message.hash_type);
  const std::uint32_t outputs = message.hash_type & 3;
  if (outputs == kSighashSingle && message.input >= tx.outputs.size()) return std::nullopt;

  crypto::Sha256 hasher = sighash_tag().start();
  write_le(hasher, kEpoch);
  write_le(hasher, message.hash_type);
  write_le(hasher, tx.version);
  write_le(hasher, tx.lock_time);
  if (!only_this) write_all_inputs(hasher, tx, spent);
  if (outputs == kSighashDefault || outputs == kSighashAll) write_all_outputs(hasher, tx, spent);

  write_le(hasher, static_cast<std::uint8_t>((message.tapscript ? 2 : 0) + (message.annex ? 1 : 0)));
  if (only_this) {
    const TxIn& input = tx.inputs[message.input];
    write_outpoint(hasher, input.prevout);
    write_output(hasher, spent.outputs[message.input]);
    write_le(hasher, input.sequence);
  } else {
    write_le(hasher, message.input);
  }
  if (message.annex) hasher.write(*message.annex);
  if (outputs == kSighashSingle) hasher.write(hash_outputs(tx.outputs.subspan(message.input, 1)).finalize());
  if (message.tapscript) {
    hasher.write(message.tapscript->leaf_hash);
    write_le(hasher, kKeyVersion);
    write_le(hasher, message.tapscript->code_separator);
  }
  return hasher.finalize();
}

}  // namespace kepeng::script
