// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Signature hashes up to, but not including, the hash type: what several signatures of one script can share. Also the
// parts that all inputs share. Private to the module; pure functions.
#pragma once

#include <optional>
#include <span>

#include <kepeng/script/sighash.h>

namespace kepeng::script {

enum class OutputsSigned : std::uint8_t { All, None, Single };

// Legacy and BIP143: every type that is neither NONE nor SINGLE means ALL.
constexpr OutputsSigned outputs_signed(std::uint32_t hash_type) {
  switch (hash_type & 0x1f) {
    case kSighashNone:
      return OutputsSigned::None;
    case kSighashSingle:
      return OutputsSigned::Single;
    default:
      return OutputsSigned::All;
  }
}
constexpr bool anyone_can_pay(std::uint32_t hash_type) {
  return (hash_type & kSighashAnyoneCanPay) != 0;
}

// SINGLE without an output of that index: the hash is the number 1 in the legacy form.
bool is_single_without_output(const Transaction& tx, const EcdsaMessage& message);
crypto::Hash32 sighash_one();

// Not for is_single_without_output.
crypto::Sha256 legacy_sighash_state(const Transaction& tx, const EcdsaMessage& message,
                                    const PrecomputedHashes* hashes);
crypto::Sha256 bip143_sighash_state(const Transaction& tx, const EcdsaMessage& message,
                                    const PrecomputedHashes* hashes);
crypto::Hash32 finish_sighash(crypto::Sha256 state, std::uint32_t hash_type);

// Hashers that have taken in a part of every input or output; finalize for BIP341, finalize_double for BIP143.
crypto::Sha256 hash_prevouts(const Transaction& tx);
crypto::Sha256 hash_sequences(const Transaction& tx);
crypto::Sha256 hash_outputs(std::span<const TxOut> outputs);
crypto::Sha256 hash_amounts(std::span<const TxOut> spent);
crypto::Sha256 hash_scripts(std::span<const TxOut> spent);

}  // namespace kepeng::script
