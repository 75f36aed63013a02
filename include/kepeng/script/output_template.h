// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What kind of output a scriptPubKey makes, as bitcoind's Solver tells them apart.
//
// Everything returned looks into the script that was given. Pure functions, no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <kepeng/base/bytes.h>
#include <kepeng/script/limits.h>

namespace kepeng::script {

enum class OutputType : std::uint8_t {
  NonStandard,
  Anchor,
  PubKey,
  PubKeyHash,
  ScriptHash,
  MultiSig,
  NullData,
  WitnessV0KeyHash,
  WitnessV0ScriptHash,
  WitnessV1Taproot,
  WitnessUnknown,
};

// "nonstandard", "anchor", "pubkey", "pubkeyhash", ... as in RPC answers.
std::string_view name_of(OutputType type);

struct OutputTemplate {
  OutputType type = OutputType::NonStandard;
  std::uint8_t witness_version = 0;  // of witness programs
  // Key, hash or program. Empty for multisig, null data and nonstandard outputs.
  ByteView payload;
  // Multisig only.
  std::uint8_t keys_required = 0;
  std::uint8_t key_count = 0;
  std::array<ByteView, kMultisigKeysMax> keys{};

  std::span<const ByteView> key_list() const { return std::span{keys}.first(key_count); }
};

OutputTemplate classify_output(ByteView script_pubkey);
// The type alone, without the views.
OutputType output_type(ByteView script_pubkey);

struct WitnessProgram {
  std::uint8_t version = 0;
  ByteView program;  // 2 to 40 bytes
};

// OP_0 or OP_1 ... OP_16, then one direct push of 2 to 40 bytes, and nothing else.
std::optional<WitnessProgram> witness_program(ByteView script);

bool is_p2sh(ByteView script);
bool is_p2pkh(ByteView script);
bool is_p2wpkh(ByteView script);
bool is_p2wsh(ByteView script);
bool is_p2tr(ByteView script);
bool is_anchor(ByteView script);

// Can never be spent and needs no coin: starts with OP_RETURN, or is longer than a script that can run.
constexpr bool is_unspendable(ByteView script_pubkey) {
  return (!script_pubkey.empty() && script_pubkey[0] == 0x6a) || script_pubkey.size() > kScriptSizeMax;
}

}  // namespace kepeng::script
