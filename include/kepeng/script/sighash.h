// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Signature hashes: what a signature signs, in the legacy form, that of BIP143 and that of BIP341/BIP342.
//
// PrecomputedHashes holds what all inputs of a transaction share: make it once, then any number of threads may read it.
// Every function takes it as an optional help; results never depend on it. It must be of the same transaction.
// Pure functions; `input` is below the number of inputs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <kepeng/crypto/hash_types.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/primitives/transaction.h>

namespace kepeng::script {

inline constexpr std::uint32_t kSighashDefault = 0x00;  // taproot: like All, without a byte
inline constexpr std::uint32_t kSighashAll = 0x01;
inline constexpr std::uint32_t kSighashNone = 0x02;
inline constexpr std::uint32_t kSighashSingle = 0x03;
inline constexpr std::uint32_t kSighashAnyoneCanPay = 0x80;

class PrecomputedHashes {
 public:
  PrecomputedHashes() = default;
  PrecomputedHashes(const Transaction& tx, std::span<const TxOut> spent) { compute(tx, spent); }

  // Forgets the former transaction, keeps its memory. `spent` has one output per input, or is empty when not all are
  // known: then nothing of taproot is computed. Computes only what the inputs can need.
  void compute(const Transaction& tx, std::span<const TxOut> spent);

  // Double SHA-256 of all outpoints, sequences and outputs.
  struct Bip143 {
    crypto::Hash32 prevouts{};
    crypto::Hash32 sequences{};
    crypto::Hash32 outputs{};
  };
  // Single SHA-256 of those, and of the amounts and scripts of the spent outputs.
  struct Taproot {
    crypto::Hash32 prevouts{};
    crypto::Hash32 amounts{};
    crypto::Hash32 scripts{};
    crypto::Hash32 sequences{};
    crypto::Hash32 outputs{};
  };
  // The transaction with empty scripts, for legacy hashes of many inputs, and hash states inside it.
  struct Legacy {
    Bytes blank;
    std::size_t first_input = 0;         // where inputs start; each has kBlankInputSize bytes
    std::vector<crypto::Sha256> states;  // before input 0, kInputsPerState, 2 kInputsPerState ...
  };
  static constexpr std::size_t kBlankInputSize = 41;
  static constexpr std::size_t kInputsPerState = 64;

  const Bip143* bip143() const { return has_bip143_ ? &bip143_ : nullptr; }
  const Taproot* taproot() const { return has_taproot_ ? &taproot_ : nullptr; }
  const Legacy* legacy() const { return has_legacy_ ? &legacy_ : nullptr; }

 private:
  void compute_segwit(const Transaction& tx, std::span<const TxOut> spent);
  void compute_legacy(const Transaction& tx);

  bool has_bip143_ = false;
  bool has_taproot_ = false;
  bool has_legacy_ = false;
  Bip143 bip143_;
  Taproot taproot_;
  Legacy legacy_;
};

// What an ECDSA signature is about.
struct EcdsaMessage {
  std::uint32_t input = 0;
  ByteView script_code;
  std::uint32_t hash_type = kSighashAll;  // a byte in signatures; all 32 bits are hashed
  Amount amount{};                        // of the coin; BIP143 only
};

// Separators are taken out of the script code here; finding and deleting signatures is the interpreter's.
crypto::Hash32 legacy_sighash(const Transaction& tx, const EcdsaMessage& message,
                              const PrecomputedHashes* hashes = nullptr);
crypto::Hash32 bip143_sighash(const Transaction& tx, const EcdsaMessage& message,
                              const PrecomputedHashes* hashes = nullptr);

// BIP342: where in which leaf the signature is checked.
struct TapscriptPosition {
  crypto::Hash32 leaf_hash{};
  std::uint32_t code_separator = 0xffffffff;  // index of the last executed one, counted in opcodes
};

struct TaprootMessage {
  std::uint32_t input = 0;
  std::uint8_t hash_type = kSighashDefault;
  std::optional<crypto::Hash32> annex;         // annex_hash()
  std::optional<TapscriptPosition> tapscript;  // empty: key path
};

struct SpentOutputs {
  std::span<const TxOut> outputs;  // one per input
  const PrecomputedHashes* hashes = nullptr;
};

// nullopt: the hash type is undefined, or SINGLE without an output of that index. `spent.outputs` is complete.
std::optional<crypto::Hash32> taproot_sighash(const Transaction& tx, const TaprootMessage& message,
                                              const SpentOutputs& spent);

}  // namespace kepeng::script
