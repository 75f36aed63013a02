// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Private and public keys: making, checking, tweaking and signing.
//
// A PrivateKey always holds a number in 1..n-1 and wipes it when destroyed. `Signer` owns the blinded tables that
// secret operations need: make one from fresh randomness and keep it; its const methods are thread-safe. Operations on
// public keys are pure functions. nullopt means: the input is no key, or the result would be none.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/ecdsa.h>
#include <kepeng/crypto/hash_types.h>
#include <kepeng/crypto/schnorr.h>

namespace kepeng::crypto {

using CompressedKey = std::array<std::uint8_t, 33>;
using UncompressedKey = std::array<std::uint8_t, 65>;

class PrivateKey {
 public:
  static constexpr std::size_t kSize = 32;

  // nullopt unless 32 bytes, big-endian, above zero and below the group order.
  static std::optional<PrivateKey> from_bytes(ByteView bytes);

  PrivateKey(const PrivateKey&) = default;
  PrivateKey& operator=(const PrivateKey&) = default;
  ~PrivateKey();

  const std::array<std::uint8_t, kSize>& bytes() const { return bytes_; }

 private:
  explicit PrivateKey(ByteView bytes);
  std::array<std::uint8_t, kSize> bytes_;
};

// (key + tweak) mod n, as BIP32 derives children.
std::optional<PrivateKey> tweak_add(const PrivateKey& key, const Hash32& tweak);

// Any encoding that ECDSA verification accepts, on the curve.
bool is_valid_public_key(ByteView public_key);
std::optional<CompressedKey> compress_public_key(ByteView public_key);
std::optional<UncompressedKey> decompress_public_key(ByteView public_key);
// public_key + tweak * G, as BIP32 derives children.
std::optional<CompressedKey> tweak_add(ByteView public_key, const Hash32& tweak);

// The x coordinate and parity of a key.
std::optional<TweakedKey> to_xonly(ByteView public_key);

// BIP341: internal_key (32 bytes, x only) + tweak * G.
std::optional<TweakedKey> taproot_tweak_public_key(ByteView internal_key, const Hash32& tweak);

// Which nonces ECDSA signing accepts: `Low` tries until r needs 32 bytes in DER, so signatures are at most 71 bytes.
enum class RGrinding : std::uint8_t { Off, Low };

struct RecoverableSignature {
  CompactSignature signature{};
  std::uint8_t recovery_id = 0;  // 0..3
};

// The key that made the signature over this hash.
std::optional<CompressedKey> recover_public_key(const RecoverableSignature& signature, const Hash32& message_hash);

class Signer {
 public:
  // `seed`: 32 fresh random bytes; they blind the computations against side channels and never reach a result.
  explicit Signer(const Hash32& seed);
  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;
  ~Signer();

  CompressedKey public_key(const PrivateKey& key) const;
  TweakedKey xonly_key(const PrivateKey& key) const;

  // RFC 6979 nonces, low S. `sign_ecdsa` verifies its own result and gives strict DER without a hash type byte.
  Bytes sign_ecdsa(const PrivateKey& key, const Hash32& message_hash, RGrinding grinding = RGrinding::Low) const;
  CompactSignature sign_ecdsa_compact(const PrivateKey& key, const Hash32& message_hash,
                                      RGrinding grinding = RGrinding::Off) const;
  RecoverableSignature sign_recoverable(const PrivateKey& key, const Hash32& message_hash) const;

  // BIP340; `auxiliary` is 32 random bytes (zeros are allowed). Verifies its own result.
  Hash64 sign_schnorr(const PrivateKey& key, ByteView message, const Hash32& auxiliary) const;

  // BIP341 key path: the private key of taproot_tweak_public_key(x of key, tweak).
  std::optional<PrivateKey> taproot_tweak(const PrivateKey& key, const Hash32& tweak) const;

  // SHA-256 of the compressed shared point (plain ECDH), and its x coordinate alone.
  std::optional<Hash32> ecdh(const PrivateKey& key, ByteView public_key) const;
  std::optional<Hash32> ecdh_x(const PrivateKey& key, ByteView public_key) const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace kepeng::crypto
