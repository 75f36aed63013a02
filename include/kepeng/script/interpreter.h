// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Interpreter: decides whether an input may spend its coin.
//
// Holds the stacks and scratch memory of evaluation, so that inputs in the steady state allocate nothing: keep one per
// worker thread. Not thread-safe, no state between calls. The usual outputs (P2PKH, P2WPKH also inside P2SH, taproot
// key path) are judged without running their scripts; the verdict, reason included, is that of the general path, which
// `Path::General` forces.
#pragma once

#include <memory>
#include <span>

#include <kepeng/primitives/transaction.h>
#include <kepeng/script/flags.h>
#include <kepeng/script/script_error.h>
#include <kepeng/script/sighash.h>
#include <kepeng/script/signature_cache.h>

namespace kepeng::script {

struct SpendContext {
  const Transaction& tx;
  std::uint32_t input = 0;
  std::span<const TxOut> spent;               // one per input
  const PrecomputedHashes* hashes = nullptr;  // of tx and spent; helps, may be absent
  SignatureCache* cache = nullptr;            // may be absent
};

// The same question with every part given by itself, for tools and tests.
struct ScriptSpend {
  const Transaction& tx;
  std::uint32_t input = 0;
  ByteView script_sig;
  ByteView script_pubkey;
  std::span<const ByteView> witness;
  Amount amount{};
  // One per input, or empty if not all are known: a taproot signature then fails with SpentOutputsMissing.
  std::span<const TxOut> spent;
  const PrecomputedHashes* hashes = nullptr;
  SignatureCache* cache = nullptr;
};

class Interpreter {
 public:
  enum class Path : std::uint8_t { Direct, General };

  explicit Interpreter(Path path = Path::Direct);
  Interpreter(Interpreter&&) noexcept;
  Interpreter& operator=(Interpreter&&) noexcept;
  ~Interpreter();

  // `context.input` is below the number of inputs, `context.spent` complete.
  Verdict verify_input(const SpendContext& context, Flags flags);
  Verdict verify(const ScriptSpend& spend, Flags flags);

 private:
  struct Memory;
  Path path_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace kepeng::script
