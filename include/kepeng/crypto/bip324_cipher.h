// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The packet cipher of BIP324: what both sides derive from the shared secret, and packets under it.
//
// A packet on the wire is its encrypted length (3 bytes), then its encrypted header and contents with a tag. Each side
// handles its packets in order; one thread at a time. Decryption fails only for forged or damaged bytes, after which
// the connection must end.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/ellswift.h>
#include <kepeng/crypto/fschacha20.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

using GarbageTerminator = std::array<std::uint8_t, 16>;
using NetworkMagic = std::array<std::uint8_t, 4>;

// Decoys are to be dropped by the receiver.
enum class V2Packet : std::uint8_t { Genuine, Decoy };

// Derived from the shared secret. The four keys are wiped when it is destroyed.
struct V2Keys {
  CipherKey initiator_length{};
  CipherKey initiator_packet{};
  CipherKey responder_length{};
  CipherKey responder_packet{};
  GarbageTerminator initiator_terminator{};
  GarbageTerminator responder_terminator{};
  Hash32 session_id{};

  V2Keys() = default;
  V2Keys(const V2Keys&) = default;
  V2Keys& operator=(const V2Keys&) = default;
  ~V2Keys();
};
V2Keys derive_v2_keys(const Hash32& shared_secret, const NetworkMagic& magic);

// A secret that the nodes of a closed network share (doc/network-key.md). Wiped when it is destroyed.
class NetworkKey {
 public:
  explicit NetworkKey(const Hash32& bytes) : bytes_{bytes} {}
  NetworkKey(const NetworkKey&) = default;
  NetworkKey& operator=(const NetworkKey&) = default;
  ~NetworkKey();

  const Hash32& bytes() const { return bytes_; }

 private:
  Hash32 bytes_;
};

// What goes into `derive_v2_keys` in place of the shared secret: only who knows both can make it.
Hash32 bind_to_network(const Hash32& shared_secret, const NetworkKey& key);

class V2Cipher {
 public:
  static constexpr std::size_t kLengthSize = 3;
  static constexpr std::size_t kHeaderSize = 1;
  // What a packet has more than its contents.
  static constexpr std::size_t kExpansion = kLengthSize + kHeaderSize + ChaCha20Poly1305::kTagSize;
  static constexpr std::uint32_t kRekeyInterval = 224;
  static constexpr std::size_t kMostContents = (1 << 24) - 1;

  V2Cipher(const V2Keys& keys, V2Role role);

  const Hash32& session_id() const { return session_id_; }
  const GarbageTerminator& send_terminator() const { return send_terminator_; }
  const GarbageTerminator& receive_terminator() const { return receive_terminator_; }

  // Appends the next packet. `associated_data` is the garbage that was sent, for the first packet after it.
  void encrypt(Bytes& to, ByteView contents, ByteView associated_data, V2Packet kind = V2Packet::Genuine);

  // The length of contents that the next 3 bytes announce. Once per packet.
  std::uint32_t decrypt_length(std::span<const std::uint8_t, kLengthSize> bytes);

  struct Opened {
    V2Packet kind;
    ByteView contents;  // inside the bytes that were given
  };
  // The rest of that packet (header, contents, tag), decrypted where it is: packets are large, so nothing is copied.
  std::optional<Opened> decrypt(ByteSpan bytes, ByteView associated_data);

 private:
  FSChaCha20 send_length_;
  FSChaCha20 receive_length_;
  FSChaCha20Poly1305 send_packet_;
  FSChaCha20Poly1305 receive_packet_;
  GarbageTerminator send_terminator_;
  GarbageTerminator receive_terminator_;
  Hash32 session_id_;
};

}  // namespace kepeng::crypto
