// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Passage: what is said to a go-between (a SOCKS5 proxy, an I2P router) until its connection has become one with the
// target, without sockets.
//
// Bytes in, bytes out; what is kept of the go-between's bytes is bounded. What it sends beyond its last word belongs to
// the target and is handed back. Used once; one thread at a time.
#pragma once

#include <optional>
#include <string>

#include <kepeng/base/bytes.h>
#include <kepeng/net/endpoint.h>

namespace kepeng::net {

class Passage {
 public:
  virtual ~Passage() = default;

  // The first bytes to send.
  virtual Bytes greeting() const = 0;

  struct Step {
    enum class Kind : std::uint8_t {
      NeedsMore,
      Waits,  // everything is agreed; somebody may come at any time, or never
      Connected,
      Failed,
    };
    Kind kind = Kind::NeedsMore;
    Bytes send{};                      // to the go-between
    Bytes rest{};                      // Connected: what came from the target already
    std::optional<Endpoint> remote{};  // Connected, if who it is was not known before
    std::string problem{};             // Failed: a sentence
  };
  // Takes bytes from the go-between, cut anyhow.
  virtual Step take(ByteView bytes) = 0;
};

}  // namespace kepeng::net
