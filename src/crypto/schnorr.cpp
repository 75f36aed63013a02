// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/schnorr.h>

#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

namespace kepeng::crypto {
namespace {

bool read_xonly(ByteView bytes, secp256k1_xonly_pubkey& key) {
  return bytes.size() == 32 && secp256k1_xonly_pubkey_parse(secp256k1_context_static, &key, bytes.data()) == 1;
}

}  // namespace

bool verify_schnorr(ByteView public_key, ByteView signature, ByteView message) {
  secp256k1_xonly_pubkey key;
  if (signature.size() != 64 || !read_xonly(public_key, key)) return false;
  return secp256k1_schnorrsig_verify(secp256k1_context_static, signature.data(), message.data(), message.size(),
                                     &key) == 1;
}

bool is_valid_xonly_key(ByteView public_key) {
  secp256k1_xonly_pubkey key;
  return read_xonly(public_key, key);
}

bool check_taproot_tweak(const TweakedKey& output, ByteView internal_key, const Hash32& tweak) {
  secp256k1_xonly_pubkey key;
  if (!read_xonly(internal_key, key)) return false;
  return secp256k1_xonly_pubkey_tweak_add_check(secp256k1_context_static, output.key.data(),
                                                static_cast<int>(output.parity), &key, tweak.data()) == 1;
}

}  // namespace kepeng::crypto
