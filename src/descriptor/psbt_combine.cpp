// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <set>

#include "psbt_fields.h"

namespace kepeng::descriptor {
namespace {

Err<std::string> refuse(std::string message) {
  return Err{std::move(message)};
}

// What makes two PSBTs the same: BIP174 and BIP370. Sequences may change in version 2.
Txid identity_of(const Psbt& psbt) {
  MutableTransaction tx = unsigned_transaction(psbt);
  if (psbt.version == PsbtVersion::V2) {
    for (MutableTxIn& input : tx.inputs) input.sequence = 0;
  }
  return tx.freeze()->txid;
}

void merge(PsbtMap& into, const PsbtMap& other) {
  into.pairs().insert(other.pairs().begin(), other.pairs().end());
}

void merge_all(std::vector<PsbtMap>& into, const std::vector<PsbtMap>& other) {
  for (std::size_t i = 0; i < into.size(); ++i) merge(into[i], other[i]);
}

void append_maps(std::vector<PsbtMap>& to, std::vector<PsbtMap>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Pairs that do not describe the transaction itself.
void keep_other_pairs(PsbtMap& into, const PsbtMap& from) {
  for (const auto& [key, value] : from.pairs()) {
    const PsbtField* field = find_field(PsbtScope::Global, key);
    const bool describes =
        field != nullptr && (field->in_v0 != Presence::Optional || field->in_v2 != Presence::Optional);
    if (!describes) into.pairs().try_emplace(key, value);
  }
}

// Required lock times of version 2 inputs are fields of theirs; in version 0 they are not there.
void set_version_fields(Psbt& psbt, const std::vector<PsbtMap>& inputs, const std::vector<PsbtMap>& outputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) merge(psbt.inputs[i], inputs[i]);
  for (std::size_t i = 0; i < outputs.size(); ++i) merge(psbt.outputs[i], outputs[i]);
}

}  // namespace

Result<Psbt, std::string> combine_psbts(std::span<const Psbt> psbts) {
  KP_ASSERT(!psbts.empty());
  Psbt combined = psbts[0];
  const Txid identity = identity_of(combined);
  for (const Psbt& psbt : psbts.subspan(1)) {
    if (psbt.version != combined.version || identity_of(psbt) != identity) {
      return refuse("PSBTs not compatible (different transactions)");
    }
    merge(combined.global, psbt.global);
    merge_all(combined.inputs, psbt.inputs);
    merge_all(combined.outputs, psbt.outputs);
  }
  return combined;
}

Result<Psbt, std::string> join_psbts(std::span<const Psbt> psbts) {
  KP_ASSERT(!psbts.empty());
  MutableTransaction tx;
  tx.version = 1;
  tx.lock_time = 0xffffffff;
  std::set<OutPoint> spent;
  std::vector<PsbtMap> inputs;
  std::vector<PsbtMap> outputs;
  Psbt joined;
  for (const Psbt& psbt : psbts) {
    if (psbt.version != psbts[0].version) return refuse("PSBTs of different versions cannot be joined");
    MutableTransaction own = unsigned_transaction(psbt);
    // The highest version and the lowest lock time serve all of them.
    tx.version = std::max(tx.version, own.version);
    tx.lock_time = std::min(tx.lock_time, own.lock_time);
    for (const MutableTxIn& input : own.inputs) {
      if (!spent.insert(input.prevout).second) {
        return refuse("Input " + input.prevout.txid.to_string() + ":" + std::to_string(input.prevout.index) +
                      " exists in multiple PSBTs");
      }
    }
    std::move(own.inputs.begin(), own.inputs.end(), std::back_inserter(tx.inputs));
    std::move(own.outputs.begin(), own.outputs.end(), std::back_inserter(tx.outputs));
    Psbt copy = psbt;
    append_maps(inputs, copy.inputs);
    append_maps(outputs, copy.outputs);
    keep_other_pairs(joined.global, psbt.global);
  }
  const PsbtMap others = std::move(joined.global);
  joined = make_psbt(tx, psbts[0].version);
  merge(joined.global, others);
  set_version_fields(joined, inputs, outputs);
  return joined;
}

}  // namespace kepeng::descriptor
