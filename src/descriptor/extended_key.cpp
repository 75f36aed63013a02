// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/extended_key.h>

#include <algorithm>

#include <kepeng/crypto/hmac.h>
#include <kepeng/crypto/ripemd160.h>
#include <kepeng/crypto/secret.h>
#include <kepeng/descriptor/base58.h>

namespace kepeng::descriptor {
namespace {

constexpr std::size_t kKeyOffset = 45;
constexpr std::uint8_t kDepthMax = 255;

using Version = std::array<std::uint8_t, 4>;

Err<std::string> refuse(std::string message) {
  return Err{std::move(message)};
}

// Version, place and chain code; the key's 33 bytes follow.
Bytes encode_head(const Version& version, const KeyPlace& place, const crypto::Hash32& chain_code) {
  Bytes payload;
  payload.reserve(kExtendedKeyBytes);
  append(payload, version);
  payload.push_back(place.depth);
  append(payload, place.parent);
  payload.resize(payload.size() + 4);
  store_be(payload.data() + payload.size() - 4, place.child);
  append(payload, chain_code);
  return payload;
}

struct Head {
  KeyPlace place;
  crypto::Hash32 chain_code;
};

Result<Head, std::string> decode_head(ByteView payload, const Version& version) {
  if (payload.size() != kExtendedKeyBytes) return refuse("An extended key has 78 bytes");
  if (!equal(payload.first(4), version)) return refuse("The version is not that of such a key on this network");
  Head head;
  head.place.depth = payload[4];
  std::copy_n(payload.begin() + 5, 4, head.place.parent.begin());
  head.place.child = load_be<std::uint32_t>(payload.data() + 9);
  std::copy_n(payload.begin() + 13, 32, head.chain_code.begin());
  const bool is_master = head.place.depth == 0;
  if (is_master && head.place.parent != KeyFingerprint{}) return refuse("A key of depth zero has no parent");
  if (is_master && head.place.child != 0) return refuse("A key of depth zero has no child number");
  return head;
}

// HMAC-SHA512 under the chain code: the left half is added to the key, the right half is the new chain code.
struct Derivation {
  Derivation(ByteView mac_key, ByteView message) : both{crypto::hmac_sha512(mac_key, message)} {}
  ~Derivation() { crypto::wipe_secret(both); }
  Derivation(const Derivation&) = delete;
  Derivation& operator=(const Derivation&) = delete;

  crypto::Hash32 half(std::size_t which) const {
    crypto::Hash32 hash;
    std::copy_n(both.begin() + static_cast<std::ptrdiff_t>(32 * which), 32, hash.begin());
    return hash;
  }

  crypto::Hash64 both;
};

std::array<std::uint8_t, 37> child_message(ByteView key33, std::uint32_t child) {
  std::array<std::uint8_t, 37> message;
  std::copy(key33.begin(), key33.end(), message.begin());
  store_be(message.data() + 33, child);
  return message;
}

KeyPlace child_place(const KeyPlace& parent, const crypto::CompressedKey& parent_key, std::uint32_t child) {
  return {static_cast<std::uint8_t>(parent.depth + 1), fingerprint_of(parent_key), child};
}

}  // namespace

KeyFingerprint fingerprint_of(const crypto::CompressedKey& key) {
  const crypto::Hash20 hash = crypto::hash160(key);
  return {hash[0], hash[1], hash[2], hash[3]};
}

std::optional<ExtendedPublicKey> ExtendedPublicKey::derive(std::uint32_t child) const {
  if (child >= kHardened || place.depth == kDepthMax) return std::nullopt;
  const Derivation derivation{chain_code, child_message(key, child)};
  const auto child_key = crypto::tweak_add(key, derivation.half(0));
  if (!child_key) return std::nullopt;
  return ExtendedPublicKey{child_place(place, key, child), derivation.half(1), *child_key};
}

std::optional<ExtendedPublicKey> ExtendedPublicKey::derive(std::span<const std::uint32_t> path) const {
  std::optional<ExtendedPublicKey> at = *this;
  for (const std::uint32_t child : path) {
    if (at) at = at->derive(child);
  }
  return at;
}

std::optional<ExtendedPrivateKey> ExtendedPrivateKey::from_seed(ByteView seed) {
  if (seed.size() < kSeedBytesMin || seed.size() > kSeedBytesMax) return std::nullopt;
  const Derivation derivation{as_bytes("Bitcoin seed"), seed};
  const auto key = crypto::PrivateKey::from_bytes(ByteView{derivation.both}.first(32));
  if (!key) return std::nullopt;
  return ExtendedPrivateKey{{}, derivation.half(1), *key};
}

std::optional<ExtendedPrivateKey> ExtendedPrivateKey::derive(std::uint32_t child, const crypto::Signer& signer) const {
  if (place.depth == kDepthMax) return std::nullopt;
  const crypto::CompressedKey public_key = signer.public_key(key);
  crypto::CompressedKey padded{};
  std::copy(key.bytes().begin(), key.bytes().end(), padded.begin() + 1);
  auto message = child_message(child >= kHardened ? padded : public_key, child);
  const Derivation derivation{chain_code, message};
  crypto::wipe_secret(padded);
  crypto::wipe_secret(message);
  crypto::Hash32 tweak = derivation.half(0);
  const auto child_key = crypto::tweak_add(key, tweak);
  crypto::wipe_secret(tweak);
  if (!child_key) return std::nullopt;
  return ExtendedPrivateKey{child_place(place, public_key, child), derivation.half(1), *child_key};
}

std::optional<ExtendedPrivateKey> ExtendedPrivateKey::derive(std::span<const std::uint32_t> path,
                                                             const crypto::Signer& signer) const {
  std::optional<ExtendedPrivateKey> at = *this;
  for (const std::uint32_t child : path) {
    if (at) at = at->derive(child, signer);
  }
  return at;
}

ExtendedPublicKey ExtendedPrivateKey::neuter(const crypto::Signer& signer) const {
  return {place, chain_code, signer.public_key(key)};
}

std::string to_text(const ExtendedPublicKey& key, const params::NetworkParams& network) {
  Bytes payload = encode_head(network.ext_public_prefix, key.place, key.chain_code);
  append(payload, key.key);
  return encode_base58_check(payload);
}

std::string to_text(const ExtendedPrivateKey& key, const params::NetworkParams& network) {
  Bytes payload = encode_head(network.ext_secret_prefix, key.place, key.chain_code);
  payload.push_back(0);
  append(payload, key.key.bytes());
  std::string text = encode_base58_check(payload);
  crypto::wipe_secret(payload);
  return text;
}

Result<ExtendedPublicKey, std::string> decode_extended_public_key(ByteView payload,
                                                                  const params::NetworkParams& network) {
  KP_TRY(const Head head, decode_head(payload, network.ext_public_prefix));
  // A compressed key, so not the other encodings that signatures may be verified with.
  if (!crypto::is_valid_public_key(payload.subspan(kKeyOffset))) return refuse("The bytes are no public key");
  ExtendedPublicKey key{head.place, head.chain_code, {}};
  std::copy(payload.begin() + kKeyOffset, payload.end(), key.key.begin());
  return key;
}

Result<ExtendedPublicKey, std::string> parse_extended_public_key(std::string_view text,
                                                                 const params::NetworkParams& network) {
  const auto payload = decode_base58_check(text, kExtendedKeyBytes);
  if (!payload) return refuse("Not base 58 with a right checksum, or too long");
  return decode_extended_public_key(*payload, network);
}

Result<ExtendedPrivateKey, std::string> parse_extended_private_key(std::string_view text,
                                                                   const params::NetworkParams& network) {
  auto payload = decode_base58_check(text, kExtendedKeyBytes);
  if (!payload) return refuse("Not base 58 with a right checksum, or too long");
  KP_TRY(const Head head, decode_head(*payload, network.ext_secret_prefix));
  const bool is_padded = (*payload)[kKeyOffset] == 0;
  const auto key = crypto::PrivateKey::from_bytes(ByteView{*payload}.subspan(kKeyOffset + 1));
  crypto::wipe_secret(*payload);
  if (!is_padded) return refuse("The byte before a private key is zero");
  if (!key) return refuse("The number is no private key");
  return ExtendedPrivateKey{head.place, head.chain_code, *key};
}

}  // namespace kepeng::descriptor
