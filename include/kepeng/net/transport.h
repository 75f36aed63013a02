// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Transport: how frames become bytes and bytes frames, without sockets.
//
// Bytes in, frames out: `receive` takes bytes from the front of what has arrived, until a frame is whole or nothing is
// left. What is to be sent gathers until `take_output`, which may have something after any call. Memory is bounded: one
// message at a time is gathered, of at most kPayloadBytesMax bytes, and never more than kAheadBytesMax are reserved
// before their bytes are there. After an error the connection must end, without another word. One thread at a time.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include <kepeng/base/result.h>
#include <kepeng/crypto/bip324_cipher.h>
#include <kepeng/net/frame.h>

namespace kepeng::net {

using crypto::NetworkMagic;

// Of one message, on every transport.
inline constexpr std::size_t kPayloadBytesMax = 4'000'000;
inline constexpr std::size_t kAheadBytesMax = 256 << 10;

enum class TransportError : std::uint8_t {
  WrongNetwork,     // another network's magic
  MessageTooLong,   // announced, not received
  GarbageTooLong,   // BIP324: no terminator where it must have come
  Forged,           // BIP324: a packet that fails its authentication
  MalformedPacket,  // BIP324: authentic contents that are no message
  Unencrypted,      // version 1, where only BIP324 is spoken
};
const char* to_string(TransportError error);

enum class TransportKind : std::uint8_t { Detecting, V1, V2 };
// "detecting", "v1", "v2": as RPC spells them.
std::string_view name_of(TransportKind kind);

class Transport {
 public:
  virtual ~Transport() = default;

  // Moves the front of `bytes` behind what it has taken.
  virtual Result<Received, TransportError> receive(ByteView& bytes) = 0;
  // Not before the two sides agree on how to talk. Once true it stays so.
  virtual bool is_ready() const = 0;
  // Only when ready.
  virtual void send(const MessageName& name, ByteView payload) = 0;

  virtual TransportKind kind() const = 0;
  // The same on both sides, when they are alone with each other (BIP324).
  virtual std::optional<crypto::Hash32> session_id() const { return std::nullopt; }
  // What it holds of the peer's bytes.
  virtual std::size_t memory_bytes() const = 0;

  bool has_output() const { return !output_.empty(); }
  Bytes take_output() { return std::exchange(output_, {}); }

 protected:
  Bytes output_;
};

}  // namespace kepeng::net
