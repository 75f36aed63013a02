// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/signature_encoding.h>

#include <kepeng/crypto/ecdsa.h>

namespace kepeng::script {
namespace {

// One DER integer at the start of `rest`: tag, length below 0x80, a positive number without padding. Takes it off.
bool take_positive_integer(ByteView& rest) {
  if (rest.size() < 3 || rest[0] != 0x02) return false;
  const std::size_t length = rest[1];
  if (length == 0 || length > rest.size() - 2) return false;
  const ByteView number = rest.subspan(2, length);
  if ((number[0] & 0x80) != 0) return false;
  if (length > 1 && number[0] == 0 && (number[1] & 0x80) == 0) return false;
  rest = rest.subspan(2 + length);
  return true;
}

}  // namespace

bool is_strict_der(ByteView signature) {
  // 30 len 02 len R 02 len S type: R and S have 1 to 33 bytes in any signature that can verify.
  if (signature.size() < 9 || signature.size() > 73) return false;
  if (signature[0] != 0x30 || signature[1] != signature.size() - 3) return false;
  ByteView rest = signature.subspan(2, signature.size() - 3);
  return take_positive_integer(rest) && take_positive_integer(rest) && rest.empty();
}

bool has_defined_hash_type(ByteView signature) {
  if (signature.empty()) return false;
  const std::uint8_t type = signature.back() & 0x7f;
  return type >= 1 && type <= 3;
}

bool is_compressed_key(ByteView public_key) {
  return public_key.size() == 33 && (public_key[0] == 0x02 || public_key[0] == 0x03);
}

bool is_compressed_or_uncompressed_key(ByteView public_key) {
  return is_compressed_key(public_key) || (public_key.size() == 65 && public_key[0] == 0x04);
}

bool has_key_length(ByteView public_key) {
  if (is_compressed_key(public_key)) return true;
  return public_key.size() == 65 && (public_key[0] == 0x04 || public_key[0] == 0x06 || public_key[0] == 0x07);
}

Verdict check_signature_encoding(ByteView signature, Flags flags) {
  if (signature.empty()) return Unit{};
  const bool low_s = flags.has(Flag::LowS);
  const bool strict = flags.has(Flag::StrictEnc);
  if ((flags.has(Flag::DerSig) || low_s || strict) && !is_strict_der(signature)) return Err{ScriptError::SigDer};
  if (low_s && !crypto::is_low_s(signature.first(signature.size() - 1))) return Err{ScriptError::SigHighS};
  if (strict && !has_defined_hash_type(signature)) return Err{ScriptError::SigHashtype};
  return Unit{};
}

Verdict check_key_encoding(ByteView public_key, Flags flags, SigVersion version) {
  if (flags.has(Flag::StrictEnc) && !is_compressed_or_uncompressed_key(public_key)) return Err{ScriptError::PubkeyType};
  if (version == SigVersion::WitnessV0 && flags.has(Flag::WitnessPubkeyType) && !is_compressed_key(public_key)) {
    return Err{ScriptError::WitnessPubkeyType};
  }
  return Unit{};
}

}  // namespace kepeng::script
