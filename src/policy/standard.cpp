// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/policy/standard.h>

#include <algorithm>

#include <kepeng/script/output_template.h>
#include <kepeng/script/script_reader.h>

namespace kepeng::policy {
namespace {

using script::OutputType;

constexpr std::uint32_t kVersionMin = 1;
constexpr std::uint32_t kVersionMax = 3;
constexpr std::size_t kScriptSigBytesMax = 1'650;  // a P2SH multisig of 15 keys fits
constexpr std::size_t kBareMultisigKeysMax = 3;
constexpr std::size_t kDustOutputsMax = 1;

Err<Rejection> not_standard(std::string reason) {
  return Err{Rejection{Rejection::Kind::NotStandard, std::move(reason)}};
}

bool only_pushes(ByteView script) {
  script::ScriptReader reader{script};
  while (const auto step = reader.next()) {
    if (step->op > script::Op::Sixteen) return false;
  }
  return !reader.truncated();
}

bool is_standard_output(const script::OutputTemplate& output) {
  if (output.type == OutputType::MultiSig) {
    return output.key_count >= 1 && output.key_count <= kBareMultisigKeysMax && output.keys_required >= 1 &&
           output.keys_required <= output.key_count;
  }
  return output.type != OutputType::NonStandard;
}

Result<Unit, Rejection> check_outputs(const Transaction& tx, const Policy& policy) {
  std::uint64_t data_left = policy.data_bytes.value_or(0);
  std::size_t dust = 0;
  for (const TxOut& output : tx.outputs) {
    const auto shape = script::classify_output(output.script_pubkey);
    if (!is_standard_output(shape)) return not_standard("scriptpubkey");
    if (shape.type == OutputType::NullData) {
      if (output.script_pubkey.size() > data_left) return not_standard("datacarrier");
      data_left -= output.script_pubkey.size();
    }
    if (shape.type == OutputType::MultiSig && !policy.permits_bare_multisig) return not_standard("bare-multisig");
    if (is_dust(output, policy.dust)) ++dust;
  }
  if (dust > kDustOutputsMax) return not_standard("dust");
  return Unit{};
}

}  // namespace

Result<Unit, Rejection> check_standard(const Transaction& tx, const Policy& policy) {
  if (tx.version < kVersionMin || tx.version > kVersionMax) return not_standard("version");
  if (tx.weight() > kStandardWeightMax) return not_standard("tx-size");
  for (const TxIn& input : tx.inputs) {
    if (input.script_sig.size() > kScriptSigBytesMax) return not_standard("scriptsig-size");
    if (!only_pushes(input.script_sig)) return not_standard("scriptsig-not-pushonly");
  }
  return check_outputs(tx, policy);
}

Result<Unit, Rejection> check_ephemeral(const Transaction& tx, Amount fee, Amount modified_fee, const Policy& policy) {
  if (fee == Amount{} && modified_fee == Amount{}) return Unit{};
  const bool has_dust = std::any_of(tx.outputs.begin(), tx.outputs.end(),
                                    [&](const TxOut& output) { return is_dust(output, policy.dust); });
  if (!has_dust) return Unit{};
  return Err{Rejection{Rejection::Kind::NotStandard, "dust", "tx with dust output must be 0-fee"}};
}

Amount dust_threshold(const TxOut& output, FeeRate dust) {
  // What names the coin, its sequence, lengths, and the least that signs: a fourth of it inside a witness.
  constexpr std::int64_t kInputBytes = 32 + 4 + 1 + 107 + 4;
  constexpr std::int64_t kWitnessInputBytes = 32 + 4 + 1 + 107 / 4 + 4;
  if (script::is_unspendable(output.script_pubkey)) return Amount{};
  const auto script_bytes = static_cast<std::int64_t>(output.script_pubkey.size());
  const std::int64_t length_bytes = static_cast<std::int64_t>(compact_size_length(output.script_pubkey.size()));
  const bool is_witness = script::witness_program(output.script_pubkey).has_value();
  const std::int64_t size = 8 + length_bytes + script_bytes + (is_witness ? kWitnessInputBytes : kInputBytes);
  return dust.fee_for(size);
}

bool is_dust(const TxOut& output, FeeRate dust) {
  return output.value < dust_threshold(output, dust);
}

std::int64_t adjusted_weight(std::uint64_t weight, std::uint64_t sigops_cost, const Policy& policy) {
  return static_cast<std::int64_t>(std::max(weight, sigops_cost * policy.bytes_per_sigop));
}

}  // namespace kepeng::policy
