// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "direct_paths.h"

#include <algorithm>

#include <kepeng/crypto/ripemd160.h>
#include <kepeng/script/opcodes.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/script_number.h>
#include <kepeng/script/signature_encoding.h>

#include "signature_checks.h"

namespace kepeng::script {
namespace {

// Signatures that verify have 70 to 73 bytes or a little less. In this range a push is direct and minimal, and it
// cannot stand in the 25 bytes of a key hash script, so nothing would be deleted from it.
constexpr std::size_t kSignatureSizeMin = 40;
constexpr std::size_t kSignatureSizeMax = 73;

bool is_usual_size(ByteView signature) {
  return signature.size() >= kSignatureSizeMin && signature.size() <= kSignatureSizeMax;
}

// What CHECKSIG as the last opcode of a script makes of its two operands.
Verdict judge(const ScriptSpend& spend, Flags flags, const KeyedSignature& signed_by, const crypto::Hash32& hash) {
  if (verify_ecdsa_signature(spend, signed_by, hash)) return Unit{};
  return Err{flags.has(Flag::NullFail) ? ScriptError::SigNullFail : ScriptError::EvalFalse};
}

// scriptSig of exactly two direct pushes.
std::optional<KeyedSignature> read_key_hash_script_sig(ByteView script_sig) {
  if (script_sig.empty()) return std::nullopt;
  const std::size_t signature_size = script_sig[0];
  if (script_sig.size() < 2 + signature_size) return std::nullopt;
  const KeyedSignature found{script_sig.subspan(2 + signature_size), script_sig.subspan(1, signature_size)};
  if (!is_usual_size(found.signature) || !has_key_length(found.public_key)) return std::nullopt;
  if (script_sig[1 + signature_size] != found.public_key.size()) return std::nullopt;
  return found;
}

std::optional<Verdict> verify_p2pkh(const ScriptSpend& spend, Flags flags) {
  if (!spend.witness.empty()) return std::nullopt;
  const auto signed_by = read_key_hash_script_sig(spend.script_sig);
  if (!signed_by) return std::nullopt;
  if (!equal(crypto::hash160(signed_by->public_key), spend.script_pubkey.subspan(3, 20))) return std::nullopt;
  if (const auto form = check_signature_encoding(signed_by->signature, flags); !form) return form;
  if (const auto form = check_key_encoding(signed_by->public_key, flags, SigVersion::Base); !form) return form;
  const EcdsaMessage message{spend.input, spend.script_pubkey, signed_by->signature.back(), spend.amount};
  return judge(spend, flags, *signed_by, legacy_sighash(spend.tx, message, spend.hashes));
}

std::optional<Verdict> verify_key_hash_program(const ScriptSpend& spend, Flags flags, ByteView program) {
  if (spend.witness.size() != 2) return std::nullopt;
  const KeyedSignature signed_by{spend.witness[1], spend.witness[0]};
  if (!is_usual_size(signed_by.signature) || !has_key_length(signed_by.public_key)) return std::nullopt;
  if (!equal(crypto::hash160(signed_by.public_key), program)) return std::nullopt;
  if (const auto form = check_signature_encoding(signed_by.signature, flags); !form) return form;
  if (const auto form = check_key_encoding(signed_by.public_key, flags, SigVersion::WitnessV0); !form) return form;
  const KeyHashScript script_code{program};
  const EcdsaMessage message{spend.input, script_code.view(), signed_by.signature.back(), spend.amount};
  return judge(spend, flags, signed_by, bip143_sighash(spend.tx, message, spend.hashes));
}

std::optional<Verdict> verify_wrapped_key_hash(const ScriptSpend& spend, Flags flags) {
  const ByteView script_sig = spend.script_sig;
  if (!flags.has(Flag::P2sh) || script_sig.size() != 23 || script_sig[0] != 22) return std::nullopt;
  const ByteView redeem = script_sig.subspan(1);
  if (!is_p2wpkh(redeem)) return std::nullopt;
  if (!equal(crypto::hash160(redeem), spend.script_pubkey.subspan(2, 20))) return std::nullopt;
  return verify_key_hash_program(spend, flags, redeem.subspan(2));
}

std::optional<Verdict> verify_taproot_key(const ScriptSpend& spend, Flags flags) {
  if (!flags.has(Flag::Taproot) || spend.witness.size() != 1) return std::nullopt;
  const ByteView output_key = spend.script_pubkey.subspan(2);
  if (!is_true(output_key)) return std::nullopt;
  return check_schnorr_signature(spend, {output_key, spend.witness[0]}, {spend.input, kSighashDefault, {}, {}});
}

}  // namespace

KeyHashScript::KeyHashScript(ByteView key_hash) {
  KP_ASSERT(key_hash.size() == 20);
  bytes_ = {to_byte(Op::Dup), to_byte(Op::Hash160), 20};
  std::copy(key_hash.begin(), key_hash.end(), bytes_.begin() + 3);
  bytes_[23] = to_byte(Op::EqualVerify);
  bytes_[24] = to_byte(Op::CheckSig);
}

std::optional<Verdict> verify_directly(const ScriptSpend& spend, Flags flags) {
  if (is_p2pkh(spend.script_pubkey)) return verify_p2pkh(spend, flags);
  if (!flags.has(Flag::Witness)) return std::nullopt;
  if (is_p2sh(spend.script_pubkey)) return verify_wrapped_key_hash(spend, flags);
  if (!spend.script_sig.empty()) return std::nullopt;
  if (is_p2wpkh(spend.script_pubkey)) return verify_key_hash_program(spend, flags, spend.script_pubkey.subspan(2));
  if (is_p2tr(spend.script_pubkey)) return verify_taproot_key(spend, flags);
  return std::nullopt;
}

}  // namespace kepeng::script
