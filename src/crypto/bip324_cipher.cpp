// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/bip324_cipher.h>

#include <algorithm>

#include <kepeng/base/assert.h>
#include <kepeng/crypto/hkdf.h>

#include "wipe.h"

namespace kepeng::crypto {
namespace {

constexpr std::uint8_t kDecoyBit = 0x80;

}  // namespace

V2Keys::~V2Keys() {
  wipe(initiator_length);
  wipe(initiator_packet);
  wipe(responder_length);
  wipe(responder_packet);
}

NetworkKey::~NetworkKey() {
  wipe(bytes_);
}

// The key is the salt, that is, the key of an HMAC: the result is random to whoever lacks it. To whoever has it, this
// is an ordinary extraction from the shared secret.
Hash32 bind_to_network(const Hash32& shared_secret, const NetworkKey& key) {
  return HkdfSha256{shared_secret, key.bytes()}.expand32(as_bytes("kepeng_closed_network"));
}

V2Keys derive_v2_keys(const Hash32& shared_secret, const NetworkMagic& magic) {
  Bytes salt;
  append(salt, as_bytes("bitcoin_v2_shared_secret"));
  append(salt, magic);
  const HkdfSha256 hkdf{shared_secret, salt};
  V2Keys keys;
  keys.initiator_length = hkdf.expand32(as_bytes("initiator_L"));
  keys.initiator_packet = hkdf.expand32(as_bytes("initiator_P"));
  keys.responder_length = hkdf.expand32(as_bytes("responder_L"));
  keys.responder_packet = hkdf.expand32(as_bytes("responder_P"));
  keys.session_id = hkdf.expand32(as_bytes("session_id"));
  const Hash32 terminators = hkdf.expand32(as_bytes("garbage_terminators"));
  std::copy_n(terminators.begin(), 16, keys.initiator_terminator.begin());
  std::copy_n(terminators.begin() + 16, 16, keys.responder_terminator.begin());
  return keys;
}

V2Cipher::V2Cipher(const V2Keys& keys, V2Role role)
    : send_length_{role == V2Role::Initiator ? keys.initiator_length : keys.responder_length, kRekeyInterval},
      receive_length_{role == V2Role::Initiator ? keys.responder_length : keys.initiator_length, kRekeyInterval},
      send_packet_{role == V2Role::Initiator ? keys.initiator_packet : keys.responder_packet, kRekeyInterval},
      receive_packet_{role == V2Role::Initiator ? keys.responder_packet : keys.initiator_packet, kRekeyInterval},
      send_terminator_{role == V2Role::Initiator ? keys.initiator_terminator : keys.responder_terminator},
      receive_terminator_{role == V2Role::Initiator ? keys.responder_terminator : keys.initiator_terminator},
      session_id_{keys.session_id} {}

void V2Cipher::encrypt(Bytes& to, ByteView contents, ByteView associated_data, V2Packet kind) {
  KP_ASSERT(contents.size() <= kMostContents);
  const std::size_t start = to.size();
  to.resize(start + contents.size() + kExpansion);
  const ByteSpan packet = ByteSpan{to}.subspan(start);
  const auto length = static_cast<std::uint32_t>(contents.size());
  const std::array<std::uint8_t, kLengthSize> prefix{static_cast<std::uint8_t>(length),
                                                     static_cast<std::uint8_t>(length >> 8),
                                                     static_cast<std::uint8_t>(length >> 16)};
  send_length_.crypt(prefix, packet.first(kLengthSize));
  const ByteSpan sealed = packet.subspan(kLengthSize);
  sealed[0] = kind == V2Packet::Decoy ? kDecoyBit : 0;
  std::copy(contents.begin(), contents.end(), sealed.begin() + kHeaderSize);
  send_packet_.encrypt(sealed.first(kHeaderSize + contents.size()), associated_data, sealed);
}

std::uint32_t V2Cipher::decrypt_length(std::span<const std::uint8_t, kLengthSize> bytes) {
  std::array<std::uint8_t, kLengthSize> plain;
  receive_length_.crypt(bytes, plain);
  return plain[0] | std::uint32_t{plain[1]} << 8 | std::uint32_t{plain[2]} << 16;
}

std::optional<V2Cipher::Opened> V2Cipher::decrypt(ByteSpan bytes, ByteView associated_data) {
  KP_ASSERT(bytes.size() >= kExpansion - kLengthSize);
  const ByteSpan plain = bytes.first(bytes.size() - ChaCha20Poly1305::kTagSize);
  if (!receive_packet_.decrypt(bytes, associated_data, plain)) return std::nullopt;
  return Opened{(plain[0] & kDecoyBit) != 0 ? V2Packet::Decoy : V2Packet::Genuine, plain.subspan(kHeaderSize)};
}

}  // namespace kepeng::crypto
