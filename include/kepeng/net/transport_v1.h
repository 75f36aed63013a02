// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// TransportV1: frames in the clear: magic, name, length, checksum, payload. Contract: transport.h.
#pragma once

#include <kepeng/net/gather.h>
#include <kepeng/net/transport.h>

namespace kepeng::net {

class TransportV1 final : public Transport {
 public:
  static constexpr std::size_t kHeaderBytes = 24;

  explicit TransportV1(const NetworkMagic& magic) : magic_{magic} { header_.expect(kHeaderBytes); }

  Result<Received, TransportError> receive(ByteView& bytes) override;
  bool is_ready() const override { return true; }
  void send(const MessageName& name, ByteView payload) override;
  TransportKind kind() const override { return TransportKind::V1; }
  std::size_t memory_bytes() const override { return header_.memory_bytes() + payload_.memory_bytes(); }

 private:
  // False as soon as what is there of the magic is another's.
  bool is_our_network() const;
  Received finish();

  NetworkMagic magic_;
  Gather header_;
  Gather payload_;
};

}  // namespace kepeng::net
