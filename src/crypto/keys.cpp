// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/keys.h>

#include <openssl/crypto.h>
#include <secp256k1.h>
#include <secp256k1_ecdh.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_recovery.h>
#include <secp256k1_schnorrsig.h>

#include <algorithm>
#include <utility>

#include <kepeng/base/assert.h>

namespace kepeng::crypto {
namespace {

const secp256k1_context* verifier() {
  return secp256k1_context_static;
}

std::optional<secp256k1_pubkey> read_public_key(ByteView bytes) {
  secp256k1_pubkey key;
  if (bytes.empty() || secp256k1_ec_pubkey_parse(verifier(), &key, bytes.data(), bytes.size()) != 1) return {};
  return key;
}

template <class Key>
Key serialize(const secp256k1_pubkey& key, unsigned flags) {
  Key out;
  std::size_t size = out.size();
  secp256k1_ec_pubkey_serialize(verifier(), out.data(), &size, &key, flags);
  KP_ASSERT(size == out.size());
  return out;
}

CompressedKey compressed(const secp256k1_pubkey& key) {
  return serialize<CompressedKey>(key, SECP256K1_EC_COMPRESSED);
}

TweakedKey xonly(const secp256k1_pubkey& key) {
  secp256k1_xonly_pubkey x;
  int parity = 0;
  KP_ASSERT(secp256k1_xonly_pubkey_from_pubkey(verifier(), &x, &parity, &key) == 1);
  TweakedKey out;
  secp256k1_xonly_pubkey_serialize(verifier(), out.key.data(), &x);
  out.parity = static_cast<Parity>(parity);
  return out;
}

// A key pair that is wiped when it goes out of scope.
struct KeyPair {
  secp256k1_keypair pair;
  KeyPair(const secp256k1_context* context, const PrivateKey& key) {
    KP_ASSERT(secp256k1_keypair_create(context, &pair, key.bytes().data()) == 1);
  }
  KeyPair(const KeyPair&) = delete;
  KeyPair& operator=(const KeyPair&) = delete;
  ~KeyPair() { OPENSSL_cleanse(&pair, sizeof pair); }
};

}  // namespace

PrivateKey::PrivateKey(ByteView bytes) {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

PrivateKey::~PrivateKey() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

std::optional<PrivateKey> PrivateKey::from_bytes(ByteView bytes) {
  if (bytes.size() != kSize || secp256k1_ec_seckey_verify(verifier(), bytes.data()) != 1) return std::nullopt;
  return PrivateKey{bytes};
}

std::optional<PrivateKey> tweak_add(const PrivateKey& key, const Hash32& tweak) {
  auto sum = key.bytes();
  const bool valid = secp256k1_ec_seckey_tweak_add(verifier(), sum.data(), tweak.data()) == 1;
  std::optional<PrivateKey> result;
  if (valid) result = PrivateKey::from_bytes(sum);
  OPENSSL_cleanse(sum.data(), sum.size());
  return result;
}

bool is_valid_public_key(ByteView public_key) {
  return read_public_key(public_key).has_value();
}

std::optional<CompressedKey> compress_public_key(ByteView public_key) {
  const auto key = read_public_key(public_key);
  if (!key) return std::nullopt;
  return compressed(*key);
}

std::optional<UncompressedKey> decompress_public_key(ByteView public_key) {
  const auto key = read_public_key(public_key);
  if (!key) return std::nullopt;
  return serialize<UncompressedKey>(*key, SECP256K1_EC_UNCOMPRESSED);
}

std::optional<CompressedKey> tweak_add(ByteView public_key, const Hash32& tweak) {
  auto key = read_public_key(public_key);
  if (!key || secp256k1_ec_pubkey_tweak_add(verifier(), &*key, tweak.data()) != 1) return std::nullopt;
  return compressed(*key);
}

std::optional<TweakedKey> to_xonly(ByteView public_key) {
  const auto key = read_public_key(public_key);
  if (!key) return std::nullopt;
  return xonly(*key);
}

std::optional<TweakedKey> taproot_tweak_public_key(ByteView internal_key, const Hash32& tweak) {
  secp256k1_xonly_pubkey internal;
  secp256k1_pubkey output;
  if (internal_key.size() != 32) return std::nullopt;
  if (secp256k1_xonly_pubkey_parse(verifier(), &internal, internal_key.data()) != 1) return std::nullopt;
  if (secp256k1_xonly_pubkey_tweak_add(verifier(), &output, &internal, tweak.data()) != 1) return std::nullopt;
  return xonly(output);
}

std::optional<CompressedKey> recover_public_key(const RecoverableSignature& signature, const Hash32& message_hash) {
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey key;
  if (signature.recovery_id > 3) return std::nullopt;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(verifier(), &parsed, signature.signature.data(),
                                                          signature.recovery_id) != 1) {
    return std::nullopt;
  }
  if (secp256k1_ecdsa_recover(verifier(), &key, &parsed, message_hash.data()) != 1) return std::nullopt;
  return compressed(key);
}

struct Signer::Context {
  secp256k1_context* secret = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { secp256k1_context_destroy(secret); }
};

Signer::Signer(const Hash32& seed) : context_{std::make_unique<Context>()} {
  KP_ASSERT(secp256k1_context_randomize(context_->secret, seed.data()) == 1);
}
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;
Signer::~Signer() = default;

CompressedKey Signer::public_key(const PrivateKey& key) const {
  secp256k1_pubkey point;
  KP_ASSERT(secp256k1_ec_pubkey_create(context_->secret, &point, key.bytes().data()) == 1);
  return compressed(point);
}

TweakedKey Signer::xonly_key(const PrivateKey& key) const {
  return *to_xonly(public_key(key));
}

CompactSignature Signer::sign_ecdsa_compact(const PrivateKey& key, const Hash32& message_hash,
                                            RGrinding grinding) const {
  CompactSignature compact;
  // The first try has no extra entropy; later ones count up in it, as other signers do, so that results agree.
  Hash32 extra{};
  for (std::uint32_t attempt = 0;; store_le(extra.data(), ++attempt)) {
    secp256k1_ecdsa_signature signature;
    KP_ASSERT(secp256k1_ecdsa_sign(context_->secret, &signature, message_hash.data(), key.bytes().data(),
                                   secp256k1_nonce_function_rfc6979, attempt == 0 ? nullptr : extra.data()) == 1);
    secp256k1_ecdsa_signature_serialize_compact(verifier(), compact.data(), &signature);
    if (grinding == RGrinding::Off || compact[0] < 0x80) break;
  }
  // A fault during signing can reveal the key; do not let such a signature out.
  KP_ASSERT(verify_ecdsa_compact(public_key(key), compact, message_hash));
  return compact;
}

Bytes Signer::sign_ecdsa(const PrivateKey& key, const Hash32& message_hash, RGrinding grinding) const {
  return to_der(sign_ecdsa_compact(key, message_hash, grinding));
}

RecoverableSignature Signer::sign_recoverable(const PrivateKey& key, const Hash32& message_hash) const {
  secp256k1_ecdsa_recoverable_signature signature;
  KP_ASSERT(secp256k1_ecdsa_sign_recoverable(context_->secret, &signature, message_hash.data(), key.bytes().data(),
                                             secp256k1_nonce_function_rfc6979, nullptr) == 1);
  RecoverableSignature out;
  int id = 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(verifier(), out.signature.data(), &id, &signature);
  out.recovery_id = static_cast<std::uint8_t>(id);
  KP_ASSERT(recover_public_key(out, message_hash) == public_key(key));
  return out;
}

Hash64 Signer::sign_schnorr(const PrivateKey& key, ByteView message, const Hash32& auxiliary) const {
  const KeyPair pair{context_->secret, key};
  Hash32 aux = auxiliary;
  secp256k1_schnorrsig_extraparams parameters = SECP256K1_SCHNORRSIG_EXTRAPARAMS_INIT;
  parameters.ndata = aux.data();
  Hash64 signature;
  KP_ASSERT(secp256k1_schnorrsig_sign_custom(context_->secret, signature.data(), message.data(), message.size(),
                                             &pair.pair, &parameters) == 1);
  KP_ASSERT(verify_schnorr(xonly_key(key).key, signature, message));
  return signature;
}

std::optional<PrivateKey> Signer::taproot_tweak(const PrivateKey& key, const Hash32& tweak) const {
  KeyPair pair{context_->secret, key};
  if (secp256k1_keypair_xonly_tweak_add(context_->secret, &pair.pair, tweak.data()) != 1) return std::nullopt;
  Hash32 secret;
  KP_ASSERT(secp256k1_keypair_sec(verifier(), secret.data(), &pair.pair) == 1);
  std::optional<PrivateKey> result = PrivateKey::from_bytes(secret);
  OPENSSL_cleanse(secret.data(), secret.size());
  return result;
}

std::optional<Hash32> Signer::ecdh(const PrivateKey& key, ByteView public_key) const {
  const auto point = read_public_key(public_key);
  Hash32 secret;
  if (!point || secp256k1_ecdh(context_->secret, secret.data(), &*point, key.bytes().data(),
                               secp256k1_ecdh_hash_function_sha256, nullptr) != 1) {
    return std::nullopt;
  }
  return secret;
}

std::optional<Hash32> Signer::ecdh_x(const PrivateKey& key, ByteView public_key) const {
  const auto point = read_public_key(public_key);
  const auto x_alone = [](unsigned char* out, const unsigned char* x, const unsigned char*, void*) {
    std::copy(x, x + 32, out);
    return 1;
  };
  Hash32 secret;
  if (!point || secp256k1_ecdh(context_->secret, secret.data(), &*point, key.bytes().data(), x_alone, nullptr) != 1) {
    return std::nullopt;
  }
  return secret;
}

}  // namespace kepeng::crypto
