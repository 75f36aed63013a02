// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include <kepeng/crypto/keys.h>
#include <kepeng/crypto/ripemd160.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/descriptor/extended_key.h>
#include <kepeng/script/signature_encoding.h>
#include <kepeng/script/taproot.h>

#include "psbt_fields.h"

namespace kepeng::descriptor {
namespace {

using Entry = PsbtMap::Entry;
using Checked = Result<Unit, std::string>;

constexpr std::size_t kXOnlyBytes = 32;
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kCompressedBytes = 33;
constexpr std::size_t kPubNonceBytes = 66;
constexpr std::uint32_t kLockTimeThreshold = 500'000'000;
constexpr unsigned kTapDepthMax = 128;

Err<std::string> refuse(std::string message) {
  return Err{std::move(message)};
}
std::string_view scope_name(const PsbtField& field) {
  constexpr std::array<std::string_view, 3> kNames{"Global", "Input", "Output"};
  return kNames[static_cast<std::size_t>(field.scope)];
}

// --- values of one size ----------------------------------------------------------------------------------------------

template <std::size_t size>
Checked has_size(const PsbtField&, const Entry& entry) {
  if (entry.value.size() != size) return refuse("Size of value was not the stated size");
  return Unit{};
}

Checked is_compact_size(const PsbtField&, const Entry& entry) {
  Cursor cursor{entry.value};
  cursor.read_size();
  if (!cursor.ok() || cursor.remaining() != 0) return refuse("Size of value was not the stated size");
  return Unit{};
}

Checked is_time(const PsbtField& field, const Entry& entry) {
  KP_TRY_VOID(has_size<4>(field, entry));
  const auto time = load_le<std::uint32_t>(entry.value.data());
  if (time < kLockTimeThreshold) return refuse(fmt::format("Required time based locktime is invalid ({})", time));
  return Unit{};
}

Checked is_height(const PsbtField& field, const Entry& entry) {
  KP_TRY_VOID(has_size<4>(field, entry));
  const auto height = load_le<std::uint32_t>(entry.value.data());
  if (height == 0 || height >= kLockTimeThreshold) {
    return refuse(fmt::format("Required height based locktime is invalid ({})", height));
  }
  return Unit{};
}

// --- transactions and outputs ----------------------------------------------------------------------------------------

Checked is_unsigned_transaction(const PsbtField&, const Entry& entry) {
  const auto tx = parse_transaction(Bytes(entry.value.begin(), entry.value.end()), WitnessForm::Forbidden);
  if (!tx) return refuse("The unsigned transaction cannot be decoded");
  const auto inputs = (*tx)->inputs;
  if (std::any_of(inputs.begin(), inputs.end(), [](const TxIn& input) { return !input.script_sig.empty(); })) {
    return refuse("Unsigned tx does not have empty scriptSigs and scriptWitnesses.");
  }
  return Unit{};
}

Checked is_transaction(const PsbtField&, const Entry& entry) {
  if (!parse_transaction(Bytes(entry.value.begin(), entry.value.end()))) {
    return refuse("A transaction that an input spends from cannot be decoded");
  }
  return Unit{};
}

Checked is_output(const PsbtField&, const Entry& entry) {
  Cursor cursor{entry.value};
  cursor.skip(8);
  cursor.read_var_bytes();
  if (!cursor.ok() || cursor.remaining() != 0) return refuse("Size of value was not the stated size");
  return Unit{};
}

Checked is_witness_stack(const PsbtField&, const Entry& entry) {
  if (!decode_witness_stack(entry.value)) return refuse("Size of value was not the stated size");
  return Unit{};
}

// --- keys and signatures ---------------------------------------------------------------------------------------------

bool is_key(ByteView bytes) {
  return crypto::is_valid_public_key(bytes);
}
bool is_compressed(ByteView bytes) {
  return bytes.size() == kCompressedBytes && is_key(bytes);
}

Checked has_public_key(const PsbtField& field, const Entry& entry) {
  const std::size_t size = entry.key_data.size();
  if (size != kCompressedBytes && size != 65) {
    return refuse(fmt::format("Size of key was not the expected size for the type {} {}", scope_name(field),
                              field.label));
  }
  if (!is_key(entry.key_data)) return refuse("Invalid pubkey");
  return Unit{};
}

Checked is_partial_signature(const PsbtField& field, const Entry& entry) {
  KP_TRY_VOID(has_public_key(field, entry));
  if (!script::is_strict_der(entry.value) || !script::has_defined_hash_type(entry.value)) {
    return refuse("Signature is not a valid encoding");
  }
  return Unit{};
}

// Fingerprint, then the numbers of the path.
bool is_key_origin(ByteView bytes) {
  return bytes.size() >= 4 && bytes.size() % 4 == 0;
}

Checked is_derivation(const PsbtField& field, const Entry& entry) {
  KP_TRY_VOID(has_public_key(field, entry));
  if (!is_key_origin(entry.value)) return refuse("Invalid length for HD key path");
  return Unit{};
}

Checked is_xpub(const PsbtField&, const Entry& entry) {
  if (!is_compressed(entry.key_data.last(kCompressedBytes))) return refuse("Invalid pubkey");
  if (!is_key_origin(entry.value)) return refuse("Invalid length for HD key path");
  return Unit{};
}

template <class Hash, Hash (*hash)(ByteView)>
Checked is_preimage(const PsbtField& field, const Entry& entry) {
  if (!equal(hash(entry.value), entry.key_data)) {
    return refuse(fmt::format("{} {} does not match its hash", scope_name(field), field.label));
  }
  return Unit{};
}

// --- taproot ---------------------------------------------------------------------------------------------------------

Checked is_schnorr_signature(const PsbtField& field, const Entry& entry) {
  const std::size_t size = entry.value.size();
  if (size == 64 || size == 65) return Unit{};
  return refuse(fmt::format("{} {} is not 64 or 65 bytes", scope_name(field), field.label));
}

Checked is_leaf_script(const PsbtField&, const Entry& entry) {
  if (!script::is_control_block_size(entry.key_data.size())) {
    return refuse("Input Taproot leaf script key's control block size is not valid");
  }
  if (entry.value.empty()) return refuse("Input Taproot leaf script must be at least 1 byte");
  return Unit{};
}

Checked is_tap_derivation(const PsbtField& field, const Entry& entry) {
  Cursor cursor{entry.value};
  const std::uint64_t hashes = cursor.read_size();
  // The count is compared before anything is multiplied by it.
  const bool fits = cursor.ok() && hashes <= cursor.remaining() / kHashBytes;
  if (fits) cursor.skip(static_cast<std::size_t>(hashes) * kHashBytes);
  if (!fits || !is_key_origin(entry.value.subspan(cursor.position()))) {
    return refuse(fmt::format("{} Taproot BIP32 keypath has an invalid length", scope_name(field)));
  }
  return Unit{};
}

// Leaves in depth-first order, which make one whole tree.
Checked is_tap_tree(const PsbtField&, const Entry& entry) {
  if (entry.value.empty()) return refuse("Output Taproot tree must not be empty");
  Cursor cursor{entry.value};
  std::vector<unsigned> open;  // depths of finished subtrees that wait for their sibling
  while (cursor.ok() && cursor.remaining() > 0) {
    unsigned depth = cursor.read_le<std::uint8_t>();
    const auto leaf_version = cursor.read_le<std::uint8_t>();
    cursor.read_var_bytes();
    if (depth > kTapDepthMax) return refuse("Output Taproot tree has as leaf greater than Taproot maximum depth");
    if (script::leaf_version_of(leaf_version) != leaf_version) {
      return refuse("Output Taproot tree has a leaf with an invalid leaf version");
    }
    for (; depth > 0 && !open.empty() && open.back() == depth; --depth) open.pop_back();
    if (!open.empty() && open.back() >= depth) return refuse("Output Taproot tree is malformed");
    open.push_back(depth);
  }
  if (!cursor.ok() || open != std::vector{0u}) return refuse("Output Taproot tree is malformed");
  return Unit{};
}

// --- MuSig2 ----------------------------------------------------------------------------------------------------------

Checked are_participants(const PsbtField& field, const Entry& entry) {
  if (!is_compressed(entry.key_data)) {
    return refuse(fmt::format("{} musig2 aggregate pubkey is invalid", scope_name(field)));
  }
  std::size_t at = 0;
  for (; at + kCompressedBytes <= entry.value.size(); at += kCompressedBytes) {
    if (!is_compressed(entry.value.subspan(at, kCompressedBytes))) {
      return refuse(fmt::format("{} musig2 participant pubkey is invalid", scope_name(field)));
    }
  }
  if (at == 0 || at != entry.value.size()) {
    return refuse(fmt::format("{} musig2 participants pubkeys value size is not a multiple of 33", scope_name(field)));
  }
  return Unit{};
}

// Participant, aggregate and, for script paths, the leaf.
Checked has_musig2_key(const PsbtField& field, const Entry& entry) {
  const std::size_t size = entry.key_data.size();
  if (size != 2 * kCompressedBytes && size != 2 * kCompressedBytes + kHashBytes) {
    return refuse(fmt::format("{} {} key is not expected size", scope_name(field), field.label));
  }
  if (!is_compressed(entry.key_data.first(kCompressedBytes))) return refuse("musig2 participant pubkey is invalid");
  if (!is_compressed(entry.key_data.subspan(kCompressedBytes, kCompressedBytes))) {
    return refuse("musig2 aggregate pubkey is invalid");
  }
  return Unit{};
}

Checked is_pub_nonce(const PsbtField& field, const Entry& entry) {
  KP_TRY_VOID(has_musig2_key(field, entry));
  if (entry.value.size() != kPubNonceBytes) return refuse("Input musig2 pubnonce value is not 66 bytes");
  return Unit{};
}

Checked is_musig2_partial_signature(const PsbtField& field, const Entry& entry) {
  KP_TRY_VOID(has_musig2_key(field, entry));
  return has_size<32>(field, entry);
}

// --- proprietary -----------------------------------------------------------------------------------------------------

Checked has_identifier(const PsbtField&, const Entry& entry) {
  Cursor cursor{entry.key_data};
  cursor.read_var_bytes();
  cursor.read_compact();
  if (!cursor.ok()) return refuse("A proprietary key has no identifier or no subtype");
  return Unit{};
}

// --- the table -------------------------------------------------------------------------------------------------------

constexpr auto kGlobal = PsbtScope::Global;
constexpr auto kIn = PsbtScope::Input;
constexpr auto kOut = PsbtScope::Output;
constexpr auto kMust = Presence::Required;
constexpr auto kMay = Presence::Optional;
constexpr auto kNever = Presence::Forbidden;

constexpr std::uint8_t t(PsbtGlobal type) {
  return static_cast<std::uint8_t>(type);
}
constexpr std::uint8_t t(PsbtIn type) {
  return static_cast<std::uint8_t>(type);
}
constexpr std::uint8_t t(PsbtOut type) {
  return static_cast<std::uint8_t>(type);
}

// clang-format off
constexpr PsbtField kFields[] = {
    {kGlobal, t(PsbtGlobal::UnsignedTx), "PSBT_GLOBAL_UNSIGNED_TX", "Unsigned TX", 0, is_unsigned_transaction, kMust, kNever},
    {kGlobal, t(PsbtGlobal::Xpub), "PSBT_GLOBAL_XPUB", "XPub", kExtendedKeyBytes, is_xpub},
    {kGlobal, t(PsbtGlobal::TxVersion), "PSBT_GLOBAL_TX_VERSION", "TX Version", 0, has_size<4>, kNever, kMust},
    {kGlobal, t(PsbtGlobal::FallbackLockTime), "PSBT_GLOBAL_FALLBACK_LOCKTIME", "Fallback Locktime", 0, has_size<4>, kNever, kMay},
    {kGlobal, t(PsbtGlobal::InputCount), "PSBT_GLOBAL_INPUT_COUNT", "Input Count", 0, is_compact_size, kNever, kMust},
    {kGlobal, t(PsbtGlobal::OutputCount), "PSBT_GLOBAL_OUTPUT_COUNT", "Output Count", 0, is_compact_size, kNever, kMust},
    {kGlobal, t(PsbtGlobal::TxModifiable), "PSBT_GLOBAL_TX_MODIFIABLE", "TX Modifiable Flags", 0, has_size<1>, kNever, kMay},
    {kGlobal, t(PsbtGlobal::Version), "PSBT_GLOBAL_VERSION", "PSBT Version", 0, has_size<4>, kMay, kMust},
    {kGlobal, t(PsbtGlobal::Proprietary), "PSBT_GLOBAL_PROPRIETARY", "Proprietary", kAnySize, has_identifier},

    {kIn, t(PsbtIn::NonWitnessUtxo), "PSBT_IN_NON_WITNESS_UTXO", "Non-witness UTXO", 0, is_transaction},
    {kIn, t(PsbtIn::WitnessUtxo), "PSBT_IN_WITNESS_UTXO", "Witness UTXO", 0, is_output},
    {kIn, t(PsbtIn::PartialSig), "PSBT_IN_PARTIAL_SIG", "Partial Signature", kAnySize, is_partial_signature},
    {kIn, t(PsbtIn::SighashType), "PSBT_IN_SIGHASH_TYPE", "Sighash Type", 0, has_size<4>},
    {kIn, t(PsbtIn::RedeemScript), "PSBT_IN_REDEEM_SCRIPT", "redeemScript", 0, nullptr},
    {kIn, t(PsbtIn::WitnessScript), "PSBT_IN_WITNESS_SCRIPT", "witnessScript", 0, nullptr},
    {kIn, t(PsbtIn::Bip32Derivation), "PSBT_IN_BIP32_DERIVATION", "BIP32 keypath", kAnySize, is_derivation},
    {kIn, t(PsbtIn::Ripemd160), "PSBT_IN_RIPEMD160", "ripemd160 preimage", 20, is_preimage<crypto::Hash20, crypto::ripemd160>},
    {kIn, t(PsbtIn::Sha256), "PSBT_IN_SHA256", "sha256 preimage", 32, is_preimage<crypto::Hash32, crypto::sha256>},
    {kIn, t(PsbtIn::Hash160), "PSBT_IN_HASH160", "hash160 preimage", 20, is_preimage<crypto::Hash20, crypto::hash160>},
    {kIn, t(PsbtIn::Hash256), "PSBT_IN_HASH256", "hash256 preimage", 32, is_preimage<crypto::Hash32, crypto::sha256d>},
    {kIn, t(PsbtIn::TapKeySig), "PSBT_IN_TAP_KEY_SIG", "Taproot key path signature", 0, is_schnorr_signature},
    {kIn, t(PsbtIn::TapScriptSig), "PSBT_IN_TAP_SCRIPT_SIG", "Taproot script path signature", kXOnlyBytes + kHashBytes, is_schnorr_signature},
    {kIn, t(PsbtIn::TapLeafScript), "PSBT_IN_TAP_LEAF_SCRIPT", "Taproot leaf script", kAnySize, is_leaf_script},
    {kIn, t(PsbtIn::TapBip32Derivation), "PSBT_IN_TAP_BIP32_DERIVATION", "Taproot BIP32 keypath", kXOnlyBytes, is_tap_derivation},
    {kIn, t(PsbtIn::TapInternalKey), "PSBT_IN_TAP_INTERNAL_KEY", "Taproot internal key", 0, has_size<kXOnlyBytes>},
    {kIn, t(PsbtIn::TapMerkleRoot), "PSBT_IN_TAP_MERKLE_ROOT", "Taproot merkle root", 0, has_size<kHashBytes>},
    {kIn, t(PsbtIn::Musig2ParticipantPubkeys), "PSBT_IN_MUSIG2_PARTICIPANT_PUBKEYS", "MuSig2 Participants Pubkeys", kCompressedBytes, are_participants},
    {kIn, t(PsbtIn::Musig2PubNonce), "PSBT_IN_MUSIG2_PUB_NONCE", "musig2 pubnonce", kAnySize, is_pub_nonce},
    {kIn, t(PsbtIn::Musig2PartialSig), "PSBT_IN_MUSIG2_PARTIAL_SIG", "musig2 partial sig", kAnySize, is_musig2_partial_signature},
    {kIn, t(PsbtIn::FinalScriptSig), "PSBT_IN_FINAL_SCRIPTSIG", "Final scriptSig", 0, nullptr},
    {kIn, t(PsbtIn::FinalScriptWitness), "PSBT_IN_FINAL_SCRIPTWITNESS", "Final scriptWitness", 0, is_witness_stack},
    {kIn, t(PsbtIn::PreviousTxid), "PSBT_IN_PREVIOUS_TXID", "Previous TXID", 0, has_size<kHashBytes>, kNever, kMust},
    {kIn, t(PsbtIn::OutputIndex), "PSBT_IN_OUTPUT_INDEX", "Output Index", 0, has_size<4>, kNever, kMust},
    {kIn, t(PsbtIn::Sequence), "PSBT_IN_SEQUENCE", "Sequence", 0, has_size<4>, kNever, kMay},
    {kIn, t(PsbtIn::RequiredTimeLockTime), "PSBT_IN_REQUIRED_TIME_LOCKTIME", "Required Time Locktime", 0, is_time, kNever, kMay},
    {kIn, t(PsbtIn::RequiredHeightLockTime), "PSBT_IN_REQUIRED_HEIGHT_LOCKTIME", "Required Height Locktime", 0, is_height, kNever, kMay},
    {kIn, t(PsbtIn::Proprietary), "PSBT_IN_PROPRIETARY", "Proprietary", kAnySize, has_identifier},

    {kOut, t(PsbtOut::RedeemScript), "PSBT_OUT_REDEEM_SCRIPT", "redeemScript", 0, nullptr},
    {kOut, t(PsbtOut::WitnessScript), "PSBT_OUT_WITNESS_SCRIPT", "witnessScript", 0, nullptr},
    {kOut, t(PsbtOut::Bip32Derivation), "PSBT_OUT_BIP32_DERIVATION", "BIP32 keypath", kAnySize, is_derivation},
    {kOut, t(PsbtOut::Amount), "PSBT_OUT_AMOUNT", "Amount", 0, has_size<8>, kNever, kMust},
    {kOut, t(PsbtOut::Script), "PSBT_OUT_SCRIPT", "Script", 0, nullptr, kNever, kMust},
    {kOut, t(PsbtOut::TapInternalKey), "PSBT_OUT_TAP_INTERNAL_KEY", "Taproot internal key", 0, has_size<kXOnlyBytes>},
    {kOut, t(PsbtOut::TapTree), "PSBT_OUT_TAP_TREE", "Taproot tree", 0, is_tap_tree},
    {kOut, t(PsbtOut::TapBip32Derivation), "PSBT_OUT_TAP_BIP32_DERIVATION", "Taproot BIP32 keypath", kXOnlyBytes, is_tap_derivation},
    {kOut, t(PsbtOut::Musig2ParticipantPubkeys), "PSBT_OUT_MUSIG2_PARTICIPANT_PUBKEYS", "MuSig2 Participants Pubkeys", kCompressedBytes, are_participants},
    {kOut, t(PsbtOut::Proprietary), "PSBT_OUT_PROPRIETARY", "Proprietary", kAnySize, has_identifier},
};
// clang-format on

}  // namespace

bool is_known(PsbtGlobal type) {
  return find_field(PsbtScope::Global, Bytes{t(type)}) != nullptr;
}
bool is_known(PsbtIn type) {
  return find_field(PsbtScope::Input, Bytes{t(type)}) != nullptr;
}
bool is_known(PsbtOut type) {
  return find_field(PsbtScope::Output, Bytes{t(type)}) != nullptr;
}

std::span<const PsbtField> psbt_fields() {
  return kFields;
}

const PsbtField* find_field(PsbtScope scope, ByteView key) {
  for (const PsbtField& field : kFields) {
    if (field.scope == scope && field.type == key.front()) return &field;
  }
  return nullptr;
}

Result<Unit, std::string> check_pair(PsbtScope scope, ByteView key, ByteView value) {
  const PsbtField* field = find_field(scope, key);
  if (field == nullptr) return Unit{};
  const Entry entry{key.subspan(1), value};
  if (field->key_size != kAnySize && entry.key_data.size() != field->key_size) {
    return refuse(fmt::format("Size of key was not {} for the type {} {}", field->key_size + 1, scope_name(*field),
                              field->label));
  }
  return field->check == nullptr ? Unit{} : field->check(*field, entry);
}

Result<Unit, std::string> check_presence(PsbtScope scope, const PsbtMap& map, PsbtVersion version) {
  const auto number = static_cast<std::uint32_t>(version);
  for (const PsbtField& field : kFields) {
    if (field.scope != scope || field.presence(version) == Presence::Optional) continue;
    const bool is_there = map.pairs().contains({field.type});
    if (is_there && field.presence(version) == Presence::Forbidden) {
      return refuse(fmt::format("{} is not allowed in PSBTv{}", field.name, number));
    }
    if (!is_there && field.presence(version) == Presence::Required) {
      return refuse(fmt::format("{} is required in PSBTv{}", field.name, number));
    }
  }
  return Unit{};
}

std::optional<std::vector<Bytes>> decode_witness_stack(ByteView bytes) {
  Cursor cursor{bytes};
  const std::uint64_t count = cursor.read_size();
  std::vector<Bytes> items;
  for (std::uint64_t i = 0; i < count && cursor.ok(); ++i) {
    const ByteView item = cursor.read_var_bytes();
    items.emplace_back(item.begin(), item.end());
  }
  if (!cursor.ok() || cursor.remaining() != 0) return std::nullopt;
  return items;
}

}  // namespace kepeng::descriptor
