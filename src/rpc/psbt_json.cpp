// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// decodepsbt's answer: every pair with its meaning, in the members and the order that bitcoind gives them.

#include <fmt/core.h>

#include <array>
#include <map>

#include <kepeng/base/hex.h>
#include <kepeng/descriptor/base58.h>
#include <kepeng/descriptor/extended_key.h>
#include <kepeng/rpc/tx_json.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/script_text.h>

#include "psbt_arguments.h"

namespace kepeng::rpc {
namespace {

using descriptor::Psbt;
using descriptor::PsbtGlobal;
using descriptor::PsbtIn;
using descriptor::PsbtMap;
using descriptor::PsbtOut;
using descriptor::PsbtVersion;
using Entries = std::vector<PsbtMap::Entry>;

constexpr std::size_t kKeyBytes = 33;
constexpr std::size_t kHashBytes = 32;

// --- parts -----------------------------------------------------------------------------------------------------------

// "m/0h/1"
std::string path_text(ByteView numbers) {
  std::string text = "m";
  for (std::size_t at = 0; at < numbers.size(); at += 4) {
    const auto number = load_le<std::uint32_t>(numbers.data() + at);
    text += fmt::format("/{}{}", number & ~descriptor::kHardened, number >= descriptor::kHardened ? "h" : "");
  }
  return text;
}

void write_origin(json::Writer& out, ByteView origin) {
  out.field_hex("master_fingerprint", origin.first(4));
  out.field("path", path_text(origin.subspan(4)));
}

void write_script(json::Writer& out, std::string_view name, std::optional<ByteView> script) {
  if (!script) return;
  out.key(name);
  out.begin_object();
  out.field("asm", script::to_asm(*script));
  out.field_hex("hex", *script);
  out.field("type", script::name_of(script::output_type(*script)));
  out.end_object();
}

void write_hex(json::Writer& out, std::string_view name, std::optional<ByteView> value) {
  if (value) out.field_hex(name, *value);
}

void write_number(json::Writer& out, std::string_view name, std::optional<ByteView> value) {
  if (value) out.field(name, load_le<std::uint32_t>(value->data()));
}

// An object with the key data of each pair as a name.
void write_by_key(json::Writer& out, std::string_view name, const Entries& entries) {
  if (entries.empty()) return;
  out.key(name);
  out.begin_object();
  for (const PsbtMap::Entry& entry : entries) out.field_hex(to_hex(entry.key_data), entry.value);
  out.end_object();
}

// An array with one object for each pair.
template <class Write>
void write_each(json::Writer& out, std::string_view name, const Entries& entries, const Write& write) {
  if (entries.empty()) return;
  out.key(name);
  out.begin_array();
  for (const PsbtMap::Entry& entry : entries) {
    out.begin_object();
    write(entry);
    out.end_object();
  }
  out.end_array();
}

void write_derivations(json::Writer& out, const Entries& entries) {
  write_each(out, "bip32_derivs", entries, [&](const PsbtMap::Entry& entry) {
    out.field_hex("pubkey", entry.key_data);
    write_origin(out, entry.value);
  });
}

void write_tap_derivations(json::Writer& out, const Entries& entries) {
  write_each(out, "taproot_bip32_derivs", entries, [&](const PsbtMap::Entry& entry) {
    Cursor cursor{entry.value};
    const std::uint64_t count = cursor.read_size();
    const ByteView hashes = cursor.read_bytes(static_cast<std::size_t>(count) * kHashBytes);
    out.field_hex("pubkey", entry.key_data);
    write_origin(out, entry.value.subspan(cursor.position()));
    out.key("leaf_hashes");
    out.begin_array();
    for (std::size_t at = 0; at < hashes.size(); at += kHashBytes) out.hex(hashes.subspan(at, kHashBytes));
    out.end_array();
  });
}

void write_participants(json::Writer& out, const Entries& entries) {
  write_each(out, "musig2_participant_pubkeys", entries, [&](const PsbtMap::Entry& entry) {
    out.field_hex("aggregate_pubkey", entry.key_data);
    out.key("participant_pubkeys");
    out.begin_array();
    for (std::size_t at = 0; at < entry.value.size(); at += kKeyBytes) out.hex(entry.value.subspan(at, kKeyBytes));
    out.end_array();
  });
}

void write_musig2(json::Writer& out, std::string_view name, std::string_view value_name, const Entries& entries) {
  write_each(out, name, entries, [&](const PsbtMap::Entry& entry) {
    out.field_hex("participant_pubkey", entry.key_data.first(kKeyBytes));
    out.field_hex("aggregate_pubkey", entry.key_data.subspan(kKeyBytes, kKeyBytes));
    if (entry.key_data.size() > 2 * kKeyBytes) out.field_hex("leaf_hash", entry.key_data.subspan(2 * kKeyBytes));
    out.field_hex(value_name, entry.value);
  });
}

enum class WhenEmpty : std::uint8_t { Omit, Write };

void write_proprietary(json::Writer& out, const Entries& entries, WhenEmpty when_empty) {
  if (entries.empty() && when_empty == WhenEmpty::Omit) return;
  out.key("proprietary");
  out.begin_array();
  for (const PsbtMap::Entry& entry : entries) {
    Cursor cursor{entry.key_data};
    out.begin_object();
    out.field_hex("identifier", cursor.read_var_bytes());
    out.field("subtype", cursor.read_compact());
    out.field_hex("key", entry.key_data.subspan(cursor.position()));
    out.field_hex("value", entry.value);
    out.end_object();
  }
  out.end_array();
}

template <class Type>
void write_unknown(json::Writer& out, const PsbtMap& map, WhenEmpty when_empty) {
  bool is_open = when_empty == WhenEmpty::Write;
  const auto open = [&] {
    out.key("unknown");
    out.begin_object();
  };
  if (is_open) open();
  for (const auto& [key, value] : map.pairs()) {
    if (descriptor::is_known(static_cast<Type>(key.front()))) continue;
    if (!is_open) open();
    is_open = true;
    out.field_hex(to_hex(key), value);
  }
  if (is_open) out.end_object();
}

// "ALL", "NONE|ANYONECANPAY"; empty for what is no type.
std::string sighash_text(std::uint32_t type) {
  constexpr std::array<std::string_view, 4> kNames{"DEFAULT", "ALL", "NONE", "SINGLE"};
  const std::uint32_t base = type & ~0x80u;
  if (base >= kNames.size() || (base == 0 && type != 0)) return {};
  return std::string{kNames[base]} + (base != type ? "|ANYONECANPAY" : "");
}

// --- inputs ----------------------------------------------------------------------------------------------------------

void write_utxos(json::Writer& out, const PsbtMap& input, const params::NetworkParams& network) {
  if (const auto raw = input.find(PsbtIn::WitnessUtxo)) {
    Cursor cursor{*raw};
    out.key("witness_utxo");
    out.begin_object();
    out.field_amount("amount", cursor.read_le<std::int64_t>());
    out.key("scriptPubKey");
    out.begin_object();
    write_script_members(out, cursor.read_var_bytes(), network, HexMember::Write);
    out.end_object();
    out.end_object();
  }
  if (const auto raw = input.find(PsbtIn::NonWitnessUtxo)) {
    const auto tx = parse_transaction(Bytes(raw->begin(), raw->end()));
    out.key("non_witness_utxo");
    out.begin_object();
    write_transaction_members(out, {.tx = **tx, .network = network, .hex = HexMember::Omit});
    out.end_object();
  }
}

void write_final_scripts(json::Writer& out, const PsbtMap& input) {
  if (const auto script_sig = input.find(PsbtIn::FinalScriptSig)) {
    out.key("final_scriptSig");
    out.begin_object();
    out.field("asm", script::to_asm(*script_sig, script::SighashSuffix::Decode));
    out.field_hex("hex", *script_sig);
    out.end_object();
  }
  if (const auto witness = input.find(PsbtIn::FinalScriptWitness)) {
    out.key("final_scriptwitness");
    out.begin_array();
    Cursor cursor{*witness};
    for (std::uint64_t left = cursor.read_size(); left > 0; --left) out.hex(cursor.read_var_bytes());
    out.end_array();
  }
}

void write_place(json::Writer& out, const PsbtMap& input) {
  if (const auto txid = input.find(PsbtIn::PreviousTxid)) out.key("previous_txid"), out.hex_reversed(*txid);
  write_number(out, "previous_vout", input.find(PsbtIn::OutputIndex));
  write_number(out, "sequence", input.find(PsbtIn::Sequence));
  write_number(out, "time_locktime", input.find(PsbtIn::RequiredTimeLockTime));
  write_number(out, "height_locktime", input.find(PsbtIn::RequiredHeightLockTime));
}

// One object for each leaf, with all control blocks that lead to it.
void write_leaf_scripts(json::Writer& out, const PsbtMap& input) {
  std::map<Bytes, std::vector<ByteView>> control_blocks;  // by script and version
  for (const PsbtMap::Entry& entry : input.all(PsbtIn::TapLeafScript)) {
    control_blocks[Bytes(entry.value.begin(), entry.value.end())].push_back(entry.key_data);
  }
  if (control_blocks.empty()) return;
  out.key("taproot_scripts");
  out.begin_array();
  for (const auto& [leaf, blocks] : control_blocks) {
    out.begin_object();
    out.field_hex("script", ByteView{leaf}.first(leaf.size() - 1));
    out.field("leaf_ver", leaf.back());
    out.key("control_blocks");
    out.begin_array();
    for (const ByteView block : blocks) out.hex(block);
    out.end_array();
    out.end_object();
  }
  out.end_array();
}

void write_taproot(json::Writer& out, const PsbtMap& input) {
  write_hex(out, "taproot_key_path_sig", input.find(PsbtIn::TapKeySig));
  write_each(out, "taproot_script_path_sigs", input.all(PsbtIn::TapScriptSig), [&](const PsbtMap::Entry& entry) {
    out.field_hex("pubkey", entry.key_data.first(kHashBytes));
    out.field_hex("leaf_hash", entry.key_data.subspan(kHashBytes));
    out.field_hex("sig", entry.value);
  });
  write_leaf_scripts(out, input);
  write_tap_derivations(out, input.all(PsbtIn::TapBip32Derivation));
  write_hex(out, "taproot_internal_key", input.find(PsbtIn::TapInternalKey));
  write_hex(out, "taproot_merkle_root", input.find(PsbtIn::TapMerkleRoot));
  write_participants(out, input.all(PsbtIn::Musig2ParticipantPubkeys));
  write_musig2(out, "musig2_pubnonces", "pubnonce", input.all(PsbtIn::Musig2PubNonce));
  write_musig2(out, "musig2_partial_sigs", "partial_sig", input.all(PsbtIn::Musig2PartialSig));
}

void write_input(json::Writer& out, const PsbtMap& input, const params::NetworkParams& network) {
  out.begin_object();
  write_utxos(out, input, network);
  write_by_key(out, "partial_signatures", input.all(PsbtIn::PartialSig));
  if (const auto type = input.find(PsbtIn::SighashType)) {
    out.field("sighash", sighash_text(load_le<std::uint32_t>(type->data())));
  }
  write_script(out, "redeem_script", input.find(PsbtIn::RedeemScript));
  write_script(out, "witness_script", input.find(PsbtIn::WitnessScript));
  write_derivations(out, input.all(PsbtIn::Bip32Derivation));
  write_final_scripts(out, input);
  write_by_key(out, "ripemd160_preimages", input.all(PsbtIn::Ripemd160));
  write_by_key(out, "sha256_preimages", input.all(PsbtIn::Sha256));
  write_by_key(out, "hash160_preimages", input.all(PsbtIn::Hash160));
  write_by_key(out, "hash256_preimages", input.all(PsbtIn::Hash256));
  write_place(out, input);
  write_taproot(out, input);
  write_proprietary(out, input.all(PsbtIn::Proprietary), WhenEmpty::Omit);
  write_unknown<PsbtIn>(out, input, WhenEmpty::Omit);
  out.end_object();
}

// --- outputs ---------------------------------------------------------------------------------------------------------

void write_tap_tree(json::Writer& out, const PsbtMap& output) {
  const auto tree = output.find(PsbtOut::TapTree);
  if (!tree) return;
  out.key("taproot_tree");
  out.begin_array();
  for (Cursor cursor{*tree}; cursor.remaining() > 0;) {
    out.begin_object();
    out.field("depth", cursor.read_le<std::uint8_t>());
    out.field("leaf_ver", cursor.read_le<std::uint8_t>());
    out.field_hex("script", cursor.read_var_bytes());
    out.end_object();
  }
  out.end_array();
}

void write_output(json::Writer& out, const PsbtMap& output, const params::NetworkParams& network) {
  out.begin_object();
  write_script(out, "redeem_script", output.find(PsbtOut::RedeemScript));
  write_script(out, "witness_script", output.find(PsbtOut::WitnessScript));
  write_derivations(out, output.all(PsbtOut::Bip32Derivation));
  if (const auto amount = output.find(PsbtOut::Amount)) {
    out.field_amount("amount", load_le<std::int64_t>(amount->data()));
  }
  if (const auto script = output.find(PsbtOut::Script)) {
    out.key("script");
    out.begin_object();
    write_script_members(out, *script, network, HexMember::Write);
    out.end_object();
  }
  write_hex(out, "taproot_internal_key", output.find(PsbtOut::TapInternalKey));
  write_tap_tree(out, output);
  write_tap_derivations(out, output.all(PsbtOut::TapBip32Derivation));
  write_participants(out, output.all(PsbtOut::Musig2ParticipantPubkeys));
  write_proprietary(out, output.all(PsbtOut::Proprietary), WhenEmpty::Omit);
  write_unknown<PsbtOut>(out, output, WhenEmpty::Omit);
  out.end_object();
}

// --- the whole -------------------------------------------------------------------------------------------------------

void write_xpubs(json::Writer& out, const PsbtMap& global) {
  out.key("global_xpubs");
  out.begin_array();
  for (const PsbtMap::Entry& entry : global.all(PsbtGlobal::Xpub)) {
    out.begin_object();
    out.field("xpub", descriptor::encode_base58_check(entry.key_data));
    write_origin(out, entry.value);
    out.end_object();
  }
  out.end_array();
}

void write_version_2(json::Writer& out, const Psbt& psbt) {
  constexpr std::uint8_t kInputsModifiable = 1;
  constexpr std::uint8_t kOutputsModifiable = 2;
  constexpr std::uint8_t kHasSighashSingle = 4;
  write_number(out, "tx_version", psbt.global.find(PsbtGlobal::TxVersion));
  write_number(out, "fallback_locktime", psbt.global.find(PsbtGlobal::FallbackLockTime));
  out.field("input_count", psbt.inputs.size());
  out.field("output_count", psbt.outputs.size());
  if (const auto flags = psbt.global.find(PsbtGlobal::TxModifiable)) {
    out.field("inputs_modifiable", (flags->front() & kInputsModifiable) != 0);
    out.field("outputs_modifiable", (flags->front() & kOutputsModifiable) != 0);
    out.field("has_sighash_single", (flags->front() & kHasSighashSingle) != 0);
  }
}

// nullopt unless everything that is spent is known and can be counted.
std::optional<std::int64_t> fee_of(const Psbt& psbt, const MutableTransaction& tx) {
  Amount total;
  for (std::size_t i = 0; i < psbt.inputs.size(); ++i) {
    const auto coin = descriptor::spent_output(psbt.inputs[i], tx.inputs[i].prevout);
    if (!coin || !coin->value.in_money_range()) return std::nullopt;
    total.sats += coin->value.sats;
    if (!total.in_money_range()) return std::nullopt;
  }
  Amount spent;
  for (const MutableTxOut& output : tx.outputs) {
    const auto sum = spent.checked_add(output.value);
    if (!output.value.in_money_range() || !sum || !sum->in_money_range()) return std::nullopt;
    spent = *sum;
  }
  return total.sats - spent.sats;
}

}  // namespace

void write_psbt_members(json::Writer& out, const Psbt& psbt, const params::NetworkParams& network) {
  const MutableTransaction tx = descriptor::unsigned_transaction(psbt);
  const bool is_version_2 = psbt.version == PsbtVersion::V2;
  if (!is_version_2) {
    out.key("tx");
    out.begin_object();
    write_transaction_members(out, {.tx = *tx.freeze(), .network = network, .hex = HexMember::Omit});
    out.end_object();
  }
  write_xpubs(out, psbt.global);
  if (is_version_2) write_version_2(out, psbt);
  out.field("psbt_version", static_cast<std::uint32_t>(psbt.version));
  write_proprietary(out, psbt.global.all(PsbtGlobal::Proprietary), WhenEmpty::Write);
  write_unknown<PsbtGlobal>(out, psbt.global, WhenEmpty::Write);
  out.key("inputs");
  out.begin_array();
  for (const PsbtMap& input : psbt.inputs) write_input(out, input, network);
  out.end_array();
  out.key("outputs");
  out.begin_array();
  for (const PsbtMap& output : psbt.outputs) write_output(out, output, network);
  out.end_array();
  if (const auto fee = fee_of(psbt, tx)) out.field_amount("fee", *fee);
}

}  // namespace kepeng::rpc
