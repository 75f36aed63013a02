// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>

#include <kepeng/crypto/ripemd160.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/script/builder.h>
#include <kepeng/script/interpreter.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/script_reader.h>
#include <kepeng/script/taproot.h>

#include "psbt_fields.h"

namespace kepeng::descriptor {
namespace {

using script::OutputTemplate;
using script::OutputType;
using Stack = std::vector<Bytes>;

struct Satisfaction {
  Bytes script_sig;
  Stack witness;
};

Bytes owned(ByteView view) {
  return Bytes(view.begin(), view.end());
}

// --- signatures of the input -----------------------------------------------------------------------------------------

// Of this key; nullopt if there is none.
std::optional<Bytes> signature_by(const PsbtMap& input, ByteView key) {
  Bytes name{static_cast<std::uint8_t>(PsbtIn::PartialSig)};
  append(name, key);
  const auto found = input.pairs().find(name);
  if (found == input.pairs().end()) return std::nullopt;
  return found->second;
}

struct KeyAndSignature {
  Bytes key;
  Bytes signature;
};
std::optional<KeyAndSignature> signature_by_hash(const PsbtMap& input, ByteView key_hash) {
  for (const PsbtMap::Entry& entry : input.all(PsbtIn::PartialSig)) {
    if (equal(crypto::hash160(entry.key_data), key_hash))
      return KeyAndSignature{owned(entry.key_data), owned(entry.value)};
  }
  return std::nullopt;
}

// --- scripts that ask for signatures ---------------------------------------------------------------------------------

std::optional<Stack> satisfy_multisig(const PsbtMap& input, const OutputTemplate& output) {
  Stack stack{{}};  // the item that CHECKMULTISIG takes too much
  for (const ByteView key : output.key_list()) {
    if (stack.size() == output.keys_required + 1u) break;
    if (auto signature = signature_by(input, key)) stack.push_back(std::move(*signature));
  }
  if (stack.size() != output.keys_required + 1u) return std::nullopt;
  return stack;
}

// What a script that runs as it stands wants on the stack.
std::optional<Stack> satisfy_script(const PsbtMap& input, ByteView script) {
  const OutputTemplate output = script::classify_output(script);
  if (output.type == OutputType::MultiSig) return satisfy_multisig(input, output);
  if (output.type == OutputType::PubKey) {
    auto signature = signature_by(input, output.payload);
    return signature ? std::optional{Stack{std::move(*signature)}} : std::nullopt;
  }
  if (output.type == OutputType::PubKeyHash) {
    auto found = signature_by_hash(input, output.payload);
    return found ? std::optional{Stack{std::move(found->signature), std::move(found->key)}} : std::nullopt;
  }
  return std::nullopt;
}

// `<key> CHECKSIG`: the form of a leaf that one key spends.
std::optional<ByteView> single_key_of(ByteView leaf_script) {
  script::ScriptReader reader{leaf_script};
  const auto push = reader.next();
  const auto check = reader.next();
  if (!push || push->data.size() != 32 || !check || check->op != script::Op::CheckSig || !reader.at_end()) {
    return std::nullopt;
  }
  return push->data;
}

std::optional<Stack> satisfy_leaf(const PsbtMap& input, const PsbtMap::Entry& leaf) {
  const ByteView leaf_script = leaf.value.first(leaf.value.size() - 1);
  const auto key = single_key_of(leaf_script);
  if (!key) return std::nullopt;
  Bytes name{static_cast<std::uint8_t>(PsbtIn::TapScriptSig)};
  append(name, *key);
  append(name, script::tap_leaf_hash({leaf.value.back(), leaf_script}));
  const auto found = input.pairs().find(name);
  if (found == input.pairs().end()) return std::nullopt;
  return Stack{found->second, owned(leaf_script), owned(leaf.key_data)};
}

std::optional<Stack> satisfy_taproot(const PsbtMap& input) {
  if (const auto signature = input.find(PsbtIn::TapKeySig)) return Stack{owned(*signature)};
  for (const PsbtMap::Entry& leaf : input.all(PsbtIn::TapLeafScript)) {
    if (auto stack = satisfy_leaf(input, leaf)) return stack;
  }
  return std::nullopt;
}

std::optional<Stack> satisfy_witness_program(const PsbtMap& input, const OutputTemplate& output) {
  if (output.type == OutputType::WitnessV1Taproot) return satisfy_taproot(input);
  if (output.type == OutputType::WitnessV0KeyHash) {
    auto found = signature_by_hash(input, output.payload);
    return found ? std::optional{Stack{std::move(found->signature), std::move(found->key)}} : std::nullopt;
  }
  const auto witness_script = input.find(PsbtIn::WitnessScript);
  if (output.type != OutputType::WitnessV0ScriptHash || !witness_script) return std::nullopt;
  auto stack = satisfy_script(input, *witness_script);
  if (stack) stack->push_back(owned(*witness_script));
  return stack;
}

bool is_witness_program(const OutputTemplate& output) {
  return output.type == OutputType::WitnessV0KeyHash || output.type == OutputType::WitnessV0ScriptHash ||
         output.type == OutputType::WitnessV1Taproot;
}

Bytes pushes_of(const Stack& stack) {
  script::ScriptBuilder builder;
  for (const Bytes& item : stack) builder.push(item);
  return builder.take();
}

std::optional<Satisfaction> satisfy(const PsbtMap& input, ByteView script_pubkey) {
  OutputTemplate output = script::classify_output(script_pubkey);
  std::optional<ByteView> redeem_script;
  if (output.type == OutputType::ScriptHash) {
    redeem_script = input.find(PsbtIn::RedeemScript);
    if (!redeem_script) return std::nullopt;
    script_pubkey = *redeem_script;
    output = script::classify_output(script_pubkey);
  }
  Satisfaction result;
  if (is_witness_program(output)) {
    auto witness = satisfy_witness_program(input, output);
    if (!witness) return std::nullopt;
    result.witness = std::move(*witness);
    if (redeem_script) result.script_sig = pushes_of({owned(*redeem_script)});
    return result;
  }
  auto stack = satisfy_script(input, script_pubkey);
  if (!stack) return std::nullopt;
  if (redeem_script) stack->push_back(owned(*redeem_script));
  result.script_sig = pushes_of(*stack);
  return result;
}

// --- the input -------------------------------------------------------------------------------------------------------

// Every signature must be of the type that the input asks for, if it asks.
bool has_right_hash_types(const PsbtMap& input) {
  const auto wanted = input.find(PsbtIn::SighashType);
  if (!wanted) return true;
  const auto type = load_le<std::uint32_t>(wanted->data());
  const auto of_ecdsa = [&](const PsbtMap::Entry& entry) { return entry.value.back() == type; };
  const auto of_schnorr = [&](ByteView signature) { return (signature.size() == 65 ? signature.back() : 0u) == type; };
  const auto signatures = input.all(PsbtIn::PartialSig);
  const auto leaf_signatures = input.all(PsbtIn::TapScriptSig);
  const auto key_signature = input.find(PsbtIn::TapKeySig);
  return std::all_of(signatures.begin(), signatures.end(), of_ecdsa) &&
         std::all_of(leaf_signatures.begin(), leaf_signatures.end(),
                     [&](const PsbtMap::Entry& entry) { return of_schnorr(entry.value); }) &&
         (!key_signature || of_schnorr(*key_signature));
}

// What all inputs spend; empty if one of them is not known.
std::vector<TxOut> all_spent(const std::vector<std::optional<MutableTxOut>>& coins) {
  std::vector<TxOut> spent;
  for (const auto& coin : coins) {
    if (!coin) return {};
    spent.push_back({coin->value, coin->script_pubkey});
  }
  return spent;
}

bool verifies(const Transaction& tx, std::uint32_t index, const std::vector<std::optional<MutableTxOut>>& coins,
              const Satisfaction& satisfaction) {
  const std::vector<TxOut> spent = all_spent(coins);
  const std::vector<ByteView> witness(satisfaction.witness.begin(), satisfaction.witness.end());
  const script::ScriptSpend spend{.tx = tx,
                                  .input = index,
                                  .script_sig = satisfaction.script_sig,
                                  .script_pubkey = coins[index]->script_pubkey,
                                  .witness = witness,
                                  .amount = coins[index]->value,
                                  .spent = spent};
  return script::Interpreter{}.verify(spend, script::kStandardFlags).ok();
}

Bytes encode_witness_stack(const Stack& stack) {
  Bytes bytes;
  append_compact_size(bytes, stack.size());
  for (const Bytes& item : stack) append_var_bytes(bytes, item);
  return bytes;
}

// Stays with a final input: what it spends, where it stands in version 2, and what nobody knows.
bool outlives_signing(const PsbtField* field) {
  if (field == nullptr || field->in_v0 == Presence::Forbidden) return true;
  const auto type = static_cast<PsbtIn>(field->type);
  return type == PsbtIn::NonWitnessUtxo || type == PsbtIn::WitnessUtxo || type == PsbtIn::Proprietary;
}

void make_final(PsbtMap& input, Satisfaction satisfaction) {
  std::erase_if(input.pairs(),
                [](const auto& pair) { return !outlives_signing(find_field(PsbtScope::Input, pair.first)); });
  if (!satisfaction.script_sig.empty()) input.set(PsbtIn::FinalScriptSig, std::move(satisfaction.script_sig));
  if (!satisfaction.witness.empty()) {
    input.set(PsbtIn::FinalScriptWitness, encode_witness_stack(satisfaction.witness));
  }
}

}  // namespace

void finalize_psbt(Psbt& psbt) {
  if (!lock_time_of(psbt)) return;
  const MutableTransaction unsigned_tx = unsigned_transaction(psbt);
  const TxPtr tx = unsigned_tx.freeze();
  std::vector<std::optional<MutableTxOut>> coins;
  for (std::size_t i = 0; i < psbt.inputs.size(); ++i) {
    coins.push_back(spent_output(psbt.inputs[i], unsigned_tx.inputs[i].prevout));
  }
  for (std::uint32_t i = 0; i < psbt.inputs.size(); ++i) {
    PsbtMap& input = psbt.inputs[i];
    if (is_final(input) || !coins[i] || !has_right_hash_types(input)) continue;
    auto satisfaction = satisfy(input, coins[i]->script_pubkey);
    if (!satisfaction) continue;
    // An output without its transaction may lie about its amount, which only witness signatures commit to.
    if (!input.find(PsbtIn::NonWitnessUtxo) && satisfaction->witness.empty()) continue;
    if (verifies(*tx, i, coins, *satisfaction)) make_final(input, std::move(*satisfaction));
  }
}

}  // namespace kepeng::descriptor
