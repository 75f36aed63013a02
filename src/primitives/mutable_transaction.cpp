// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/mutable_transaction.h>

#include <algorithm>

namespace kepeng {

MutableTransaction::MutableTransaction(const Transaction& tx) : version{tx.version}, lock_time{tx.lock_time} {
  for (const TxIn& input : tx.inputs) {
    MutableTxIn& copy = inputs.emplace_back();
    copy.prevout = input.prevout;
    copy.script_sig.assign(input.script_sig.begin(), input.script_sig.end());
    copy.sequence = input.sequence;
    for (const ByteView item : input.witness) copy.witness.emplace_back(item.begin(), item.end());
  }
  for (const TxOut& output : tx.outputs) {
    outputs.push_back({output.value, Bytes(output.script_pubkey.begin(), output.script_pubkey.end())});
  }
}

bool MutableTransaction::has_witness() const {
  return std::any_of(inputs.begin(), inputs.end(), [](const MutableTxIn& input) { return !input.witness.empty(); });
}

Bytes MutableTransaction::serialize(WitnessForm form) const {
  const bool with_witness = form == WitnessForm::Allowed && has_witness();
  Bytes raw;
  append_le(raw, version);
  if (with_witness) append(raw, Bytes{0, 1});
  append_compact_size(raw, inputs.size());
  for (const MutableTxIn& input : inputs) {
    append(raw, input.prevout.txid.view());
    append_le(raw, input.prevout.index);
    append_var_bytes(raw, input.script_sig);
    append_le(raw, input.sequence);
  }
  append_compact_size(raw, outputs.size());
  for (const MutableTxOut& output : outputs) {
    append_le(raw, output.value.sats);
    append_var_bytes(raw, output.script_pubkey);
  }
  if (with_witness) {
    for (const MutableTxIn& input : inputs) {
      append_compact_size(raw, input.witness.size());
      for (const Bytes& item : input.witness) append_var_bytes(raw, item);
    }
  }
  append_le(raw, lock_time);
  return raw;
}

TxPtr MutableTransaction::freeze() const {
  const WitnessForm form = inputs.empty() ? WitnessForm::Forbidden : WitnessForm::Allowed;
  auto parsed = parse_transaction(serialize(form), form);
  KP_ASSERT(parsed.ok());
  return std::move(parsed).value();
}

Bytes serialize_block(const BlockHeader& header, std::span<const TxPtr> transactions) {
  const auto encoded = header.encode();
  Bytes raw(encoded.begin(), encoded.end());
  append_compact_size(raw, transactions.size());
  for (const TxPtr& tx : transactions) append(raw, tx->raw);
  return raw;
}

}  // namespace kepeng
