// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mempool/attempt.h>

#include <algorithm>

#include <kepeng/script/output_template.h>
#include <kepeng/script/sigops.h>

namespace kepeng::mempool {
namespace {

using policy::Rejection;

// A witness program, which nothing without a witness can spend.
bool spends_program(const Attempt& attempt) {
  for (std::size_t i = 0; i < attempt.spent.coins.size(); ++i) {
    ByteView script = attempt.spent.coins[i].output.script_pubkey;
    if (script::is_anchor(script)) continue;
    if (script::is_p2sh(script)) script = script::last_push(attempt.tx().inputs[i].script_sig);
    if (script::witness_program(script)) return true;
  }
  return false;
}

Rejection rejection_of(const Attempt& attempt, std::uint32_t input, script::ScriptError error) {
  const Transaction& tx = attempt.tx();
  const OutPoint& prevout = tx.inputs[input].prevout;
  Rejection rejection{Rejection::Kind::NotStandard,
                      "mempool-script-verify-flag-failed (" + std::string{script::reject_text(error)} + ")",
                      "input " + std::to_string(input) + " of " + tx.txid.to_string() + " (wtxid " +
                          tx.wtxid.to_string() + "), spending " + prevout.txid.to_string() + ":" +
                          std::to_string(prevout.index)};
  // Whoever passed it on may have cut off the witness, or changed it.
  if (tx.has_witness() || spends_program(attempt)) rejection.kind = Rejection::Kind::Witness;
  return rejection;
}

}  // namespace

std::vector<TxOut> SpentHere::outputs() const {
  std::vector<TxOut> all;
  all.reserve(coins.size());
  for (const consensus::Coin& coin : coins) all.push_back(coin.output);
  return all;
}

ScriptVerdict check_scripts(const Attempt& attempt, const ScriptTools& tools) {
  const Transaction& tx = attempt.tx();
  const std::vector<TxOut> outputs = attempt.spent.outputs();
  const script::PrecomputedHashes hashes{tx, outputs};
  for (std::uint32_t input = 0; input < tx.inputs.size(); ++input) {
    const auto verdict =
        tools.interpreter.verify_input({tx, input, outputs, &hashes, tools.cache}, script::kStandardFlags);
    if (!verdict) return Err{rejection_of(attempt, input, verdict.error())};
  }
  return Unit{};
}

}  // namespace kepeng::mempool
