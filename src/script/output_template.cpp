// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/output_template.h>

#include <kepeng/script/script_number.h>
#include <kepeng/script/script_reader.h>
#include <kepeng/script/signature_encoding.h>

namespace kepeng::script {
namespace {

constexpr std::array<std::string_view, 11> kNames{
    "nonstandard",
    "anchor",
    "pubkey",
    "pubkeyhash",
    "scripthash",
    "multisig",
    "nulldata",
    "witness_v0_keyhash",
    "witness_v0_scripthash",
    "witness_v1_taproot",
    "witness_unknown",
};

OutputType program_type(ByteView script, const WitnessProgram& program) {
  if (is_p2wpkh(script)) return OutputType::WitnessV0KeyHash;
  if (is_p2wsh(script)) return OutputType::WitnessV0ScriptHash;
  if (is_p2tr(script)) return OutputType::WitnessV1Taproot;
  if (is_anchor(script)) return OutputType::Anchor;
  return program.version == 0 ? OutputType::NonStandard : OutputType::WitnessUnknown;
}

bool is_p2pk(ByteView script) {
  if (script.size() != 35 && script.size() != 67) return false;
  const std::size_t key_size = script.size() - 2;
  return script[0] == key_size && script.back() == to_byte(Op::CheckSig) && has_key_length(script.subspan(1, key_size));
}

// A count of keys or signatures: OP_1 ... OP_16 or a minimal push of a number, 1 to 20.
std::optional<std::uint8_t> read_count(const ScriptStep& step) {
  if (is_small_integer(step.op)) {
    const int number = small_integer(step.op);
    return number >= 1 ? std::optional{static_cast<std::uint8_t>(number)} : std::nullopt;
  }
  if (!is_data_push(step.op) || !is_minimal_push(step)) return std::nullopt;
  const auto number = decode_number(step.data, {4, NumberEncoding::Minimal});
  if (!number || *number < 1 || *number > static_cast<std::int64_t>(kMultisigKeysMax)) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

std::optional<OutputTemplate> match_multisig(ByteView script) {
  if (script.empty() || script.back() != to_byte(Op::CheckMultisig)) return std::nullopt;
  OutputTemplate found;
  found.type = OutputType::MultiSig;
  ScriptReader reader{script};
  auto step = reader.next();
  const auto required = step ? read_count(*step) : std::nullopt;
  if (!required) return std::nullopt;
  found.keys_required = *required;
  for (step = reader.next(); step && has_key_length(step->data); step = reader.next()) {
    if (found.key_count == kMultisigKeysMax) return std::nullopt;
    found.keys[found.key_count++] = step->data;
  }
  const auto total = step ? read_count(*step) : std::nullopt;
  if (!total || *total != found.key_count || *total < *required) return std::nullopt;
  if (reader.position() + 1 != script.size()) return std::nullopt;
  return found;
}

}  // namespace

std::string_view name_of(OutputType type) {
  return kNames[static_cast<unsigned>(type)];
}

OutputTemplate classify_output(ByteView script) {
  const auto found = [](OutputType type, ByteView payload, std::uint8_t version = 0) {
    OutputTemplate result;
    result.type = type;
    result.witness_version = version;
    result.payload = payload;
    return result;
  };
  if (is_p2sh(script)) return found(OutputType::ScriptHash, script.subspan(2, 20));
  if (const auto program = witness_program(script)) {
    const OutputType type = program_type(script, *program);
    if (type == OutputType::NonStandard) return {};
    return found(type, program->program, program->version);
  }
  if (!script.empty() && script[0] == to_byte(Op::Return) && is_push_only(script.subspan(1))) {
    return found(OutputType::NullData, {});
  }
  if (is_p2pk(script)) return found(OutputType::PubKey, script.subspan(1, script.size() - 2));
  if (is_p2pkh(script)) return found(OutputType::PubKeyHash, script.subspan(3, 20));
  return match_multisig(script).value_or(OutputTemplate{});
}

OutputType output_type(ByteView script_pubkey) {
  return classify_output(script_pubkey).type;
}

std::optional<WitnessProgram> witness_program(ByteView script) {
  if (script.size() < 4 || script.size() > 42) return std::nullopt;
  const Op version = static_cast<Op>(script[0]);
  if (!is_small_integer(version) || script[1] != script.size() - 2) return std::nullopt;
  return WitnessProgram{static_cast<std::uint8_t>(small_integer(version)), script.subspan(2)};
}

bool is_p2sh(ByteView script) {
  return script.size() == 23 && script[0] == to_byte(Op::Hash160) && script[1] == 20 &&
         script[22] == to_byte(Op::Equal);
}

bool is_p2pkh(ByteView script) {
  return script.size() == 25 && script[0] == to_byte(Op::Dup) && script[1] == to_byte(Op::Hash160) && script[2] == 20 &&
         script[23] == to_byte(Op::EqualVerify) && script[24] == to_byte(Op::CheckSig);
}

bool is_p2wpkh(ByteView script) {
  return script.size() == 22 && script[0] == to_byte(Op::Zero) && script[1] == 20;
}

bool is_p2wsh(ByteView script) {
  return script.size() == 34 && script[0] == to_byte(Op::Zero) && script[1] == 32;
}

bool is_p2tr(ByteView script) {
  return script.size() == 34 && script[0] == to_byte(Op::One) && script[1] == 32;
}

bool is_anchor(ByteView script) {
  constexpr std::array<std::uint8_t, 4> kAnchor{to_byte(Op::One), 0x02, 0x4e, 0x73};
  return equal(script, kAnchor);
}

}  // namespace kepeng::script
