// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/tx_decode.h>

#include <algorithm>

#include <kepeng/base/hex.h>

#include "script_sanity.h"

namespace kepeng::rpc {
namespace {

bool is_sane(ByteView script) {
  return has_valid_ops(script) && script.size() <= script::kScriptSizeMax;
}

bool is_sane(const Transaction& tx) {
  const bool inputs_sane = tx.is_coinbase() || std::all_of(tx.inputs.begin(), tx.inputs.end(),
                                                           [](const TxIn& input) { return is_sane(input.script_sig); });
  return inputs_sane && std::all_of(tx.outputs.begin(), tx.outputs.end(),
                                    [](const TxOut& output) { return is_sane(output.script_pubkey); });
}

TxPtr parse(const Bytes& raw, WitnessForm form) {
  auto tx = parse_transaction(raw, form);
  return tx ? std::move(tx).value() : nullptr;
}

}  // namespace

TxPtr decode_transaction(std::string_view hex, TransactionForms forms) {
  const auto raw = from_hex(hex);
  if (!raw) return nullptr;
  const TxPtr with_witness = forms == TransactionForms::Plain ? nullptr : parse(*raw, WitnessForm::Allowed);
  if (with_witness != nullptr && is_sane(*with_witness)) return with_witness;
  const TxPtr plain = forms == TransactionForms::Witness ? nullptr : parse(*raw, WitnessForm::Forbidden);
  if (plain != nullptr && is_sane(*plain)) return plain;
  return with_witness != nullptr ? with_witness : plain;
}

}  // namespace kepeng::rpc
