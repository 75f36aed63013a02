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

#include <kepeng/net/passage.h>

namespace kepeng::net {

struct ProxyCredentials {
  std::string user;  // at most 255 bytes, as the password
  std::string password;
};

class Socks5 final : public Passage {
 public:
  Socks5(Endpoint target, std::optional<ProxyCredentials> credentials);

  Bytes greeting() const override;
  Step take(ByteView bytes) override;

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
