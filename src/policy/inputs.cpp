// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What may be spent, and with what: old outputs without surprises, witnesses without padding.

#include <algorithm>

#include <kepeng/consensus/rules.h>
#include <kepeng/policy/standard.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/script_reader.h>
#include <kepeng/script/sigops.h>

namespace kepeng::policy {
namespace {

using script::OutputType;

constexpr std::uint64_t kLegacySigopsMax = 2'500;  // BIP54
constexpr unsigned kRedeemSigopsMax = 15;
constexpr std::size_t kWitnessScriptBytesMax = 3'600;
constexpr std::size_t kWitnessItemsMax = 100;
constexpr std::size_t kWitnessItemBytesMax = 80;
constexpr std::size_t kTapscriptItemBytesMax = 80;
constexpr std::uint8_t kAnnexTag = 0x50;         // BIP341
constexpr std::uint8_t kLeafVersionMask = 0xfe;  // BIP341
constexpr std::uint8_t kTapscriptLeaf = 0xc0;    // BIP342

Err<Rejection> refused(std::string detail) {
  return Err{Rejection{Rejection::Kind::Inputs, "bad-txns-nonstandard-inputs", std::move(detail)}};
}

std::string at_input(std::size_t input) {
  return "input " + std::to_string(input) + " ";
}

Result<Unit, Rejection> check_input(const TxIn& input, const consensus::Coin& coin, std::size_t number) {
  const OutputType type = script::output_type(coin.output.script_pubkey);
  if (type == OutputType::NonStandard) return refused(at_input(number) + "script unknown");
  if (type == OutputType::WitnessUnknown) return refused(at_input(number) + "witness program is undefined");
  if (type != OutputType::ScriptHash) return Unit{};
  const ByteView redeem = script::last_push(input.script_sig);
  if (redeem.data() == nullptr) return refused(at_input(number) + "P2SH redeemscript missing");
  if (script::count_sigops(redeem, script::SigopCounting::Exact) > kRedeemSigopsMax) {
    return refused(at_input(number) + "p2sh redeemscript sigops exceed limit");
  }
  return Unit{};
}

// BIP341: the annex goes off first.
bool is_standard_taproot(std::span<const ByteView> stack) {
  if (stack.size() >= 2 && !stack.back().empty() && stack.back()[0] == kAnnexTag) return false;  // nobody knows a use
  if (stack.size() < 2) return !stack.empty();
  const ByteView control = stack.back();
  if (control.empty()) return false;
  if ((control[0] & kLeafVersionMask) != kTapscriptLeaf) return true;
  const auto items = stack.first(stack.size() - 2);
  return std::all_of(items.begin(), items.end(), [](ByteView item) { return item.size() <= kTapscriptItemBytesMax; });
}

bool is_standard_v0_script(std::span<const ByteView> stack) {
  if (stack.back().size() > kWitnessScriptBytesMax) return false;
  const auto items = stack.first(stack.size() - 1);
  return items.size() <= kWitnessItemsMax &&
         std::all_of(items.begin(), items.end(), [](ByteView item) { return item.size() <= kWitnessItemBytesMax; });
}

bool has_standard_witness(const TxIn& input, const consensus::Coin& coin) {
  ByteView script = coin.output.script_pubkey;
  if (input.witness.empty()) return true;
  if (script::is_anchor(script)) return false;  // needs none
  const bool is_nested = script::is_p2sh(script);
  if (is_nested) script = script::last_push(input.script_sig);
  if (script.data() == nullptr) return false;
  const auto program = script::witness_program(script);
  if (!program) return false;
  if (program->version == 0 && program->program.size() == 32) return is_standard_v0_script(input.witness);
  if (program->version == 1 && program->program.size() == 32 && !is_nested) return is_standard_taproot(input.witness);
  return true;
}

}  // namespace

Result<Unit, Rejection> check_inputs(const Transaction& tx, std::span<const consensus::Coin> coins) {
  if (tx.is_coinbase()) return Unit{};
  if (consensus::executable_legacy_sigops(tx, coins) > kLegacySigopsMax) {
    return refused("non-witness sigops exceed bip54 limit");
  }
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) KP_TRY_VOID(check_input(tx.inputs[i], coins[i], i));
  return Unit{};
}

Result<Unit, Rejection> check_witness(const Transaction& tx, std::span<const consensus::Coin> coins) {
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) {
    if (has_standard_witness(tx.inputs[i], coins[i])) continue;
    return Err{Rejection{Rejection::Kind::Witness, "bad-witness-nonstandard"}};
  }
  return Unit{};
}

}  // namespace kepeng::policy
