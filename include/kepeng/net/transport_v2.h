// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// TransportV2: encrypted frames (BIP324), for both sides. Contract: transport.h.
//
// The initiator sends its key and garbage at once. The responder first looks at what comes: 16 bytes that only an
// unencrypted `version` begins with make it speak version 1 from there on; anything else is a key. An initiator whose
// peer closes before it has sent a byte, or answers in version 1 (`Unencrypted`), has met one that knows nothing else:
// `may_speak_v1`. Decoys are dropped as they come.
//
// With a network key, both sides must have it: the keys of the packets depend on it too, so a stranger's terminator is
// never found and ours never by him. Version 1 is not spoken then, in neither direction.
#pragma once

#include <memory>
#include <optional>

#include <kepeng/crypto/keys.h>
#include <kepeng/net/gather.h>
#include <kepeng/net/transport.h>
#include <kepeng/net/transport_v1.h>

namespace kepeng::net {

// What one connection is made of; never used again.
struct V2Identity {
  crypto::PrivateKey key;
  crypto::EllSwiftKey public_key;
  Bytes garbage;           // at most kGarbageBytesMax
  Bytes version_contents;  // of the first packet; nobody reads them yet

  static V2Identity fresh(const crypto::Signer& signer, std::size_t garbage_bytes_max);
};

class TransportV2 final : public Transport {
 public:
  static constexpr std::size_t kGarbageBytesMax = 4095;
  // Of a packet: a long name and a payload.
  static constexpr std::size_t kContentsBytesMax = 1 + MessageName::kSize + kPayloadBytesMax;

  struct Setting {
    const crypto::Signer& signer;  // outlives it
    NetworkMagic magic;
    crypto::V2Role role;
    const crypto::NetworkKey* network_key = nullptr;  // outlives it; null: an open network
  };
  TransportV2(const Setting& setting, V2Identity identity);

  Result<Received, TransportError> receive(ByteView& bytes) override;
  bool is_ready() const override { return v1_ != nullptr || cipher_ != nullptr; }
  void send(const MessageName& name, ByteView payload) override;
  TransportKind kind() const override;
  std::optional<crypto::Hash32> session_id() const override;
  std::size_t memory_bytes() const override;

  // Any contents as a packet of their own; for decoys. Ready, and not version 1.
  void send_packet(ByteView contents, crypto::V2Packet packet);
  bool may_speak_v1() const;

 private:
  enum class State { Detecting, Key, Garbage, Length, Packet, V1 };

  // One step of `receive`, as far as one state goes.
  Result<Received, TransportError> step(ByteView& bytes);
  Result<Unit, TransportError> detect(ByteView& bytes);
  Result<Unit, TransportError> take_key(ByteView& bytes);
  Result<Unit, TransportError> take_garbage(ByteView& bytes);
  Result<Unit, TransportError> take_length(ByteView& bytes);
  Result<Received, TransportError> take_packet(ByteView& bytes);
  Result<Received, TransportError> to_message(Bytes packet, ByteView contents) const;

  void send_key();
  void agree();

  const crypto::Signer& signer_;
  const NetworkMagic magic_;
  const crypto::V2Role role_;
  const crypto::NetworkKey* const network_key_;
  std::optional<V2Identity> identity_;  // until the keys are agreed
  std::unique_ptr<crypto::V2Cipher> cipher_;
  std::unique_ptr<TransportV1> v1_;

  State state_;
  Gather gathered_;  // key, length or packet
  Bytes garbage_;    // the peer's, until its first packet has authenticated it
  enum class Expects { Version, Messages };
  Expects expects_ = Expects::Version;
};

}  // namespace kepeng::net
