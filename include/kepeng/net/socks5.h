// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Socks5: asks a SOCKS5 proxy for a connection (RFC 1928, with name and password by RFC 1929), without sockets.
//
// The target's name goes to the proxy as it is: nothing is looked up here, so nothing about it leaks. Different
// credentials make Tor use different circuits (stream isolation). Bytes in, bytes out; at most one reply's worth of
// bytes is kept. What the proxy sends beyond its reply belongs to the target and is handed back.
#pragma once

#include <optional>
#include <string>

#include <kepeng/base/bytes.h>
#include <kepeng/net/endpoint.h>

namespace kepeng::net {

struct ProxyCredentials {
  std::string user;  // at most 255 bytes, as the password
  std::string password;
};

class Socks5 {
 public:
  Socks5(Endpoint target, std::optional<ProxyCredentials> credentials);

  // The first bytes to send.
  Bytes greeting() const;

  struct Step {
    enum class Kind { NeedsMore, Connected, Failed };
    Kind kind = Kind::NeedsMore;
    Bytes send;           // to the proxy
    Bytes rest;           // Connected: what came from the target already
    std::string problem;  // Failed: a sentence
  };
  // Takes bytes from the proxy, cut anyhow.
  Step take(ByteView bytes);

 private:
  enum class Awaits { Method, Login, Reply, Nothing };
  Step on_method();
  Step on_login();
  Step on_reply();
  Step fail(std::string why);
  Bytes request() const;

  Endpoint target_;
  std::optional<ProxyCredentials> credentials_;
  Awaits awaits_ = Awaits::Method;
  Bytes received_;
};

}  // namespace kepeng::net
