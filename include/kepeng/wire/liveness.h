// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Messages that show that a peer is there, and two that only old peers send. Plain structs; the codec is behind
// message.h. Sources: BIP31, BIP61.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <kepeng/base/bytes.h>

namespace kepeng::wire {

// Without a nonce it asks for no answer (peers before BIP31).
struct Ping {
  std::optional<std::uint64_t> nonce;
};
struct Pong {
  std::uint64_t nonce = 0;
};

// Retired: received, never sent. Text is any bytes.
struct Reject {
  std::string message;
  std::uint8_t code = 0;
  std::string reason;
  Bytes data;  // the hash of what was rejected, if any
};
struct Alert {
  Bytes content;
  Bytes signature;
};

}  // namespace kepeng::wire
