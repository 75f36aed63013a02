// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/transport_v2.h>

#include <kepeng/base/random.h>
#include <kepeng/crypto/secret.h>

#include "short_ids.h"

namespace kepeng::net {
namespace {

using crypto::V2Cipher;
using crypto::V2Packet;
using crypto::V2Role;

constexpr std::size_t kKeyBytes = std::tuple_size_v<crypto::EllSwiftKey>;
constexpr std::size_t kTerminatorBytes = std::tuple_size_v<crypto::GarbageTerminator>;
// After its length.
constexpr std::size_t kPacketOverhead = V2Cipher::kExpansion - V2Cipher::kLengthSize;
constexpr std::uint8_t kLongName = 0;

// How version 1 begins: magic, "version", zeros.
constexpr std::size_t kV1StartBytes = 16;
std::array<std::uint8_t, kV1StartBytes> v1_start(const NetworkMagic& magic) {
  std::array<std::uint8_t, kV1StartBytes> start{0, 0, 0, 0, 'v', 'e', 'r', 's', 'i', 'o', 'n'};
  std::copy(magic.begin(), magic.end(), start.begin());
  return start;
}

template <std::size_t N>
std::array<std::uint8_t, N> random_array() {
  std::array<std::uint8_t, N> bytes;
  fill_random(bytes);
  return bytes;
}

crypto::PrivateKey random_key() {
  while (true) {
    if (const auto key = crypto::PrivateKey::from_bytes(random_array<32>())) return *key;
  }
}

}  // namespace

V2Identity V2Identity::fresh(const crypto::Signer& signer, std::size_t garbage_bytes_max) {
  KP_ASSERT(garbage_bytes_max <= TransportV2::kGarbageBytesMax);
  const crypto::PrivateKey key = random_key();
  Bytes garbage(random_u64() % (garbage_bytes_max + 1));
  fill_random(garbage);
  return {key, crypto::ellswift_create(signer, key, random_array<32>()), std::move(garbage), {}};
}

TransportV2::TransportV2(const Setting& setting, V2Identity identity)
    : signer_{setting.signer},
      magic_{setting.magic},
      role_{setting.role},
      network_key_{setting.network_key},
      identity_{std::move(identity)},
      state_{setting.role == V2Role::Initiator ? State::Key : State::Detecting} {
  KP_ASSERT(identity_->garbage.size() <= kGarbageBytesMax);
  gathered_.expect(state_ == State::Key ? kKeyBytes : kV1StartBytes);
  if (role_ == V2Role::Initiator) send_key();
}

Result<Received, TransportError> TransportV2::receive(ByteView& bytes) {
  while (true) {
    KP_TRY(Received received, step(bytes));
    const bool is_something = !std::holds_alternative<std::monostate>(received);
    if (is_something || bytes.empty()) return received;
  }
}

Result<Received, TransportError> TransportV2::step(ByteView& bytes) {
  switch (state_) {
    case State::Detecting:
      KP_TRY_VOID(detect(bytes));
      break;
    case State::Key:
      KP_TRY_VOID(take_key(bytes));
      break;
    case State::Garbage:
      KP_TRY_VOID(take_garbage(bytes));
      break;
    case State::Length:
      KP_TRY_VOID(take_length(bytes));
      break;
    case State::Packet:
      return take_packet(bytes);
    case State::V1:
      return v1_->receive(bytes);
  }
  return Received{};
}

Result<Unit, TransportError> TransportV2::detect(ByteView& bytes) {
  const bool is_whole = gathered_.take(bytes);
  const ByteView known = gathered_.bytes();
  if (!equal(known, ByteView{v1_start(magic_)}.first(known.size()))) {
    gathered_.extend(kKeyBytes);
    state_ = State::Key;
    send_key();
    return take_key(bytes);
  }
  if (!is_whole) return Unit{};
  if (network_key_ != nullptr) return Err{TransportError::Unencrypted};
  v1_ = std::make_unique<TransportV1>(magic_);
  const Bytes start = gathered_.release();
  ByteView rest = start;
  const auto received = v1_->receive(rest);
  KP_ASSERT(received.ok() && rest.empty());  // less than a header, and ours
  identity_.reset();
  state_ = State::V1;
  return Unit{};
}

Result<Unit, TransportError> TransportV2::take_key(ByteView& bytes) {
  const bool is_whole = gathered_.take(bytes);
  const ByteView known = gathered_.bytes();
  // By chance a key never looks like this; version 1 of another network always does.
  const auto name_at = magic_.size();
  if (role_ == V2Role::Responder && known.size() >= kV1StartBytes &&
      equal(known.subspan(name_at, kV1StartBytes - name_at), ByteView{v1_start(magic_)}.subspan(name_at))) {
    return Err{TransportError::WrongNetwork};
  }
  // Nor like the magic that every message of version 1 begins with: somebody complains of what he cannot read.
  if (role_ == V2Role::Initiator && known.size() >= name_at && equal(known.first(name_at), magic_)) {
    return Err{TransportError::Unencrypted};
  }
  if (is_whole) agree();
  return Unit{};
}

void TransportV2::send_key() {
  append(output_, identity_->public_key);
  append(output_, identity_->garbage);
}

void TransportV2::agree() {
  crypto::EllSwiftExchange exchange{.ours = identity_->public_key, .theirs = {}, .role = role_};
  std::copy(gathered_.bytes().begin(), gathered_.bytes().end(), exchange.theirs.begin());
  crypto::Hash32 secret = crypto::v2_ecdh(signer_, identity_->key, exchange);
  if (network_key_ != nullptr) secret = crypto::bind_to_network(secret, *network_key_);
  cipher_ = std::make_unique<V2Cipher>(crypto::derive_v2_keys(secret, magic_), role_);
  crypto::wipe_secret(secret);
  append(output_, cipher_->send_terminator());
  cipher_->encrypt(output_, identity_->version_contents, identity_->garbage);
  identity_.reset();
  gathered_.release();
  state_ = State::Garbage;
}

Result<Unit, TransportError> TransportV2::take_garbage(ByteView& bytes) {
  while (!bytes.empty()) {
    garbage_.push_back(bytes[0]);
    bytes = bytes.subspan(1);
    if (garbage_.size() < kTerminatorBytes) continue;
    if (equal(ByteView{garbage_}.last(kTerminatorBytes), cipher_->receive_terminator())) {
      garbage_.resize(garbage_.size() - kTerminatorBytes);
      gathered_.expect(V2Cipher::kLengthSize);
      state_ = State::Length;
      return Unit{};
    }
    if (garbage_.size() == kGarbageBytesMax + kTerminatorBytes) return Err{TransportError::GarbageTooLong};
  }
  return Unit{};
}

Result<Unit, TransportError> TransportV2::take_length(ByteView& bytes) {
  if (!gathered_.take(bytes)) return Unit{};
  const std::span<const std::uint8_t, V2Cipher::kLengthSize> encrypted{gathered_.bytes().data(), V2Cipher::kLengthSize};
  const std::uint32_t length = cipher_->decrypt_length(encrypted);
  if (length > kContentsBytesMax) return Err{TransportError::MessageTooLong};
  gathered_.expect(length + kPacketOverhead);
  state_ = State::Packet;
  return Unit{};
}

Result<Received, TransportError> TransportV2::take_packet(ByteView& bytes) {
  if (!gathered_.take(bytes)) return Received{};
  Bytes packet = gathered_.release();
  // The garbage is a part of the first packet, which thereby authenticates it.
  const auto opened = cipher_->decrypt(packet, garbage_);
  if (!opened) return Err{TransportError::Forged};
  garbage_ = Bytes{};
  gathered_.expect(V2Cipher::kLengthSize);
  state_ = State::Length;
  if (opened->kind == V2Packet::Decoy) return Received{};
  if (std::exchange(expects_, Expects::Messages) == Expects::Version) return Received{};
  return to_message(std::move(packet), opened->contents);
}

// `contents` are inside `packet`, which becomes the payload.
Result<Received, TransportError> TransportV2::to_message(Bytes packet, ByteView contents) const {
  if (contents.empty()) return Err{TransportError::MalformedPacket};
  const std::uint8_t id = contents[0];
  const std::size_t name_bytes = id == kLongName ? 1 + MessageName::kSize : 1;
  if (contents.size() < name_bytes) return Err{TransportError::MalformedPacket};
  const auto name = id == kLongName ? MessageName::from_wire(contents.subspan(1)) : name_of_short_id(id);
  if (!name) return Received{id == kLongName ? Dropped::BadName : Dropped::UnknownShortId};
  const std::size_t payload_bytes = contents.size() - name_bytes;
  const auto payload_at = V2Cipher::kHeaderSize + name_bytes;
  packet.resize(payload_at + payload_bytes);
  packet.erase(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(payload_at));
  return Received{Frame{*name, std::move(packet)}};
}

void TransportV2::send(const MessageName& name, ByteView payload) {
  KP_ASSERT(is_ready() && payload.size() <= kPayloadBytesMax);
  if (v1_ != nullptr) {
    v1_->send(name, payload);
    return append(output_, v1_->take_output());
  }
  Bytes contents;
  contents.reserve(1 + MessageName::kSize + payload.size());
  const auto short_id = short_id_of(name);
  contents.push_back(short_id.value_or(kLongName));
  if (!short_id) append(contents, name.wire());
  append(contents, payload);
  send_packet(contents, V2Packet::Genuine);
}

void TransportV2::send_packet(ByteView contents, V2Packet packet) {
  KP_ASSERT(cipher_ != nullptr);
  cipher_->encrypt(output_, contents, {}, packet);
}

TransportKind TransportV2::kind() const {
  if (v1_ != nullptr) return TransportKind::V1;
  return expects_ == Expects::Messages ? TransportKind::V2 : TransportKind::Detecting;
}

std::optional<crypto::Hash32> TransportV2::session_id() const {
  if (kind() != TransportKind::V2) return std::nullopt;
  return cipher_->session_id();
}

std::size_t TransportV2::memory_bytes() const {
  return gathered_.memory_bytes() + garbage_.capacity() + (v1_ == nullptr ? 0 : v1_->memory_bytes());
}

bool TransportV2::may_speak_v1() const {
  if (network_key_ != nullptr || role_ != V2Role::Initiator || state_ != State::Key) return false;
  const ByteView known = gathered_.bytes();
  return known.empty() || (known.size() >= magic_.size() && equal(known.first(magic_.size()), magic_));
}

}  // namespace kepeng::net
