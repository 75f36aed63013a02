// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>

#include <kepeng/crypto/ripemd160.h>

#include "psbt_fields.h"

namespace kepeng::descriptor {
namespace {

constexpr std::uint8_t kHighestPlainType = 0xfc;

void append_pair(Bytes& to, ByteView key, ByteView value) {
  append_var_bytes(to, key);
  append_var_bytes(to, value);
}

// bitcoind keeps signatures by the hash of their key and writes them so.
void append_by_key_hash(Bytes& to, std::vector<PsbtMap::Entry> entries, std::uint8_t type) {
  std::sort(entries.begin(), entries.end(), [](const PsbtMap::Entry& a, const PsbtMap::Entry& b) {
    return crypto::hash160(a.key_data) < crypto::hash160(b.key_data);
  });
  for (const PsbtMap::Entry& entry : entries) {
    Bytes key{type};
    append(key, entry.key_data);
    append_pair(to, key, entry.value);
  }
}

void append_map(Bytes& to, const PsbtMap& map, PsbtScope scope) {
  for (const PsbtField& field : psbt_fields()) {
    if (field.scope != scope) continue;
    if (scope == PsbtScope::Input && field.type == static_cast<std::uint8_t>(PsbtIn::PartialSig)) {
      append_by_key_hash(to, map.all(PsbtIn::PartialSig), field.type);
      continue;
    }
    for (auto at = map.pairs().lower_bound({field.type}); at != map.pairs().end() && at->first[0] == field.type; ++at) {
      append_pair(to, at->first, at->second);
    }
  }
  for (const auto& [key, value] : map.pairs()) {
    if (find_field(scope, key) == nullptr) append_pair(to, key, value);
  }
  to.push_back(0);
}

Bytes le_bytes(std::uint32_t number) {
  Bytes bytes;
  append_le(bytes, number);
  return bytes;
}
Bytes compact_bytes(std::uint64_t number) {
  Bytes bytes;
  append_compact_size(bytes, number);
  return bytes;
}

}  // namespace

std::optional<ByteView> PsbtMap::find_key(std::uint8_t type) const {
  const auto found = pairs_.find({type});
  if (found == pairs_.end()) return std::nullopt;
  return ByteView{found->second};
}

std::vector<PsbtMap::Entry> PsbtMap::all_keys(std::uint8_t type) const {
  static_assert(kHighestPlainType < 0xfd, "types of one byte");
  std::vector<Entry> entries;
  for (auto at = pairs_.lower_bound({type}); at != pairs_.end() && at->first[0] == type; ++at) {
    entries.push_back({ByteView{at->first}.subspan(1), at->second});
  }
  return entries;
}

Bytes encode_psbt(const Psbt& psbt) {
  Bytes bytes{0x70, 0x73, 0x62, 0x74, 0xff};
  append_map(bytes, psbt.global, PsbtScope::Global);
  for (const PsbtMap& input : psbt.inputs) append_map(bytes, input, PsbtScope::Input);
  for (const PsbtMap& output : psbt.outputs) append_map(bytes, output, PsbtScope::Output);
  return bytes;
}

Psbt make_psbt(const MutableTransaction& tx, PsbtVersion version) {
  Psbt psbt;
  psbt.version = version;
  psbt.inputs.resize(tx.inputs.size());
  psbt.outputs.resize(tx.outputs.size());
  if (version == PsbtVersion::V0) {
    MutableTransaction bare = tx;
    for (MutableTxIn& input : bare.inputs) input.script_sig.clear();
    psbt.global.set(PsbtGlobal::UnsignedTx, bare.serialize(WitnessForm::Forbidden));
    return psbt;
  }
  psbt.global.set(PsbtGlobal::TxVersion, le_bytes(tx.version));
  psbt.global.set(PsbtGlobal::FallbackLockTime, le_bytes(tx.lock_time));
  psbt.global.set(PsbtGlobal::InputCount, compact_bytes(tx.inputs.size()));
  psbt.global.set(PsbtGlobal::OutputCount, compact_bytes(tx.outputs.size()));
  psbt.global.set(PsbtGlobal::Version, le_bytes(2));
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) {
    const ByteView txid = tx.inputs[i].prevout.txid.view();
    psbt.inputs[i].set(PsbtIn::PreviousTxid, Bytes(txid.begin(), txid.end()));
    psbt.inputs[i].set(PsbtIn::OutputIndex, le_bytes(tx.inputs[i].prevout.index));
    psbt.inputs[i].set(PsbtIn::Sequence, le_bytes(tx.inputs[i].sequence));
  }
  for (std::size_t i = 0; i < tx.outputs.size(); ++i) {
    Bytes amount;
    append_le(amount, tx.outputs[i].value.sats);
    psbt.outputs[i].set(PsbtOut::Amount, std::move(amount));
    psbt.outputs[i].set(PsbtOut::Script, tx.outputs[i].script_pubkey);
  }
  return psbt;
}

}  // namespace kepeng::descriptor
