// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Extended keys (BIP32): a key, its chain code and its place in the tree of derived keys, and their text (xpub, xprv).
//
// Parsing refuses whatever BIP32 calls invalid: a version that belongs to another kind or network, a padding byte that
// is not zero, a master key with a parent, numbers that are no key. Deriving gives nullopt below depth 255, for
// hardened children of public keys, and in the case (1 in 2^127) that a child is no key. Values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <kepeng/base/result.h>
#include <kepeng/crypto/keys.h>
#include <kepeng/params/network.h>

namespace kepeng::descriptor {

// Child numbers from here on are hardened: they need the private key of the parent.
inline constexpr std::uint32_t kHardened = 0x80000000;
inline constexpr std::size_t kSeedBytesMin = 16;
inline constexpr std::size_t kSeedBytesMax = 64;
// Payload of the text, without its checksum.
inline constexpr std::size_t kExtendedKeyBytes = 78;

using KeyFingerprint = std::array<std::uint8_t, 4>;
// The first bytes of the HASH160 of a public key.
KeyFingerprint fingerprint_of(const crypto::CompressedKey& key);

// Where in the tree: a master key has all zeros.
struct KeyPlace {
  std::uint8_t depth = 0;
  KeyFingerprint parent{};
  std::uint32_t child = 0;

  friend bool operator==(const KeyPlace&, const KeyPlace&) = default;
};

struct ExtendedPublicKey {
  KeyPlace place;
  crypto::Hash32 chain_code{};
  crypto::CompressedKey key{};

  std::optional<ExtendedPublicKey> derive(std::uint32_t child) const;
  std::optional<ExtendedPublicKey> derive(std::span<const std::uint32_t> path) const;

  friend bool operator==(const ExtendedPublicKey&, const ExtendedPublicKey&) = default;
};

struct ExtendedPrivateKey {
  KeyPlace place;
  crypto::Hash32 chain_code{};
  crypto::PrivateKey key;

  // nullopt unless the seed has 16 to 64 bytes.
  static std::optional<ExtendedPrivateKey> from_seed(ByteView seed);

  std::optional<ExtendedPrivateKey> derive(std::uint32_t child, const crypto::Signer& signer) const;
  std::optional<ExtendedPrivateKey> derive(std::span<const std::uint32_t> path, const crypto::Signer& signer) const;
  // The public key at the same place.
  ExtendedPublicKey neuter(const crypto::Signer& signer) const;
};

std::string to_text(const ExtendedPublicKey& key, const params::NetworkParams& network);
std::string to_text(const ExtendedPrivateKey& key, const params::NetworkParams& network);
// The error is a text for the user.
Result<ExtendedPublicKey, std::string> parse_extended_public_key(std::string_view text,
                                                                 const params::NetworkParams& network);
Result<ExtendedPrivateKey, std::string> parse_extended_private_key(std::string_view text,
                                                                   const params::NetworkParams& network);
// The 78 bytes under the text; PSBT stores keys so.
Result<ExtendedPublicKey, std::string> decode_extended_public_key(ByteView payload,
                                                                  const params::NetworkParams& network);

}  // namespace kepeng::descriptor
