// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The transaction that a PSBT is about, whatever its version.

#include <algorithm>

#include "psbt_fields.h"

namespace kepeng::descriptor {
namespace {

template <class Type>
std::optional<std::uint32_t> number_in(const PsbtMap& map, Type type) {
  const auto value = map.find(type);
  if (!value) return std::nullopt;
  return load_le<std::uint32_t>(value->data());
}

MutableTransaction stated_transaction(const Psbt& psbt) {
  const ByteView raw = *psbt.global.find(PsbtGlobal::UnsignedTx);
  const auto tx = parse_transaction(Bytes(raw.begin(), raw.end()), WitnessForm::Forbidden);
  KP_ASSERT(tx.ok());
  return MutableTransaction{**tx};
}

TxPtr previous_transaction(const PsbtMap& input) {
  const auto raw = input.find(PsbtIn::NonWitnessUtxo);
  if (!raw) return nullptr;
  auto tx = parse_transaction(Bytes(raw->begin(), raw->end()));
  KP_ASSERT(tx.ok());
  return std::move(tx).value();
}

}  // namespace

std::optional<std::uint32_t> lock_time_of(const Psbt& psbt) {
  if (psbt.version == PsbtVersion::V0) return stated_transaction(psbt).lock_time;
  std::optional<std::uint32_t> height{0};  // nullopt once an input can only have a time
  std::optional<std::uint32_t> time{0};
  for (const PsbtMap& input : psbt.inputs) {
    const auto own_time = number_in(input, PsbtIn::RequiredTimeLockTime);
    const auto own_height = number_in(input, PsbtIn::RequiredHeightLockTime);
    if (!own_time && !own_height) continue;
    time = own_time && time ? std::optional{std::max(*time, *own_time)} : std::nullopt;
    height = own_height && height ? std::optional{std::max(*height, *own_height)} : std::nullopt;
    if (!time && !height) return std::nullopt;
  }
  if (height && *height > 0) return height;
  if (time && *time > 0) return time;
  return number_in(psbt.global, PsbtGlobal::FallbackLockTime).value_or(0);
}

MutableTransaction unsigned_transaction(const Psbt& psbt) {
  if (psbt.version == PsbtVersion::V0) return stated_transaction(psbt);
  MutableTransaction tx;
  tx.version = *number_in(psbt.global, PsbtGlobal::TxVersion);
  tx.lock_time = lock_time_of(psbt).value_or(0);
  for (const PsbtMap& input : psbt.inputs) {
    const OutPoint prevout{Txid::from_bytes(input.find(PsbtIn::PreviousTxid)->data()),
                           *number_in(input, PsbtIn::OutputIndex)};
    tx.inputs.push_back({prevout, {}, number_in(input, PsbtIn::Sequence).value_or(0xffffffff), {}});
  }
  for (const PsbtMap& output : psbt.outputs) {
    const ByteView script = *output.find(PsbtOut::Script);
    tx.outputs.push_back(
        {Amount{load_le<std::int64_t>(output.find(PsbtOut::Amount)->data())}, Bytes(script.begin(), script.end())});
  }
  return tx;
}

std::optional<MutableTxOut> spent_output(const PsbtMap& input, const OutPoint& prevout) {
  if (const TxPtr previous = previous_transaction(input)) {
    if (prevout.index >= previous->outputs.size()) return std::nullopt;
    const TxOut& output = previous->outputs[prevout.index];
    return MutableTxOut{output.value, Bytes(output.script_pubkey.begin(), output.script_pubkey.end())};
  }
  const auto raw = input.find(PsbtIn::WitnessUtxo);
  if (!raw) return std::nullopt;
  Cursor cursor{*raw};
  const Amount value{cursor.read_le<std::int64_t>()};
  const ByteView script = cursor.read_var_bytes();
  return MutableTxOut{value, Bytes(script.begin(), script.end())};
}

bool is_final(const PsbtMap& input) {
  return input.find(PsbtIn::FinalScriptSig) || input.find(PsbtIn::FinalScriptWitness);
}

std::optional<MutableTransaction> extract_transaction(const Psbt& psbt) {
  if (!std::all_of(psbt.inputs.begin(), psbt.inputs.end(), is_final) || !lock_time_of(psbt)) return std::nullopt;
  MutableTransaction tx = unsigned_transaction(psbt);
  for (std::size_t i = 0; i < psbt.inputs.size(); ++i) {
    if (const auto script_sig = psbt.inputs[i].find(PsbtIn::FinalScriptSig)) {
      tx.inputs[i].script_sig.assign(script_sig->begin(), script_sig->end());
    }
    if (const auto witness = psbt.inputs[i].find(PsbtIn::FinalScriptWitness)) {
      tx.inputs[i].witness = *decode_witness_stack(*witness);
    }
  }
  return tx;
}

}  // namespace kepeng::descriptor
