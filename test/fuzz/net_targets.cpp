// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/endpoint.h>
#include <kepeng/net/socks5.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using net::Endpoint;
using net::Socks5;

Seeds endpoint_seeds() {
  return {bytes_of("1.2.3.4:8333"), bytes_of("[::1]:8333"), bytes_of("::1"), bytes_of("name.onion:1"), bytes_of(":")};
}

FUZZ_TARGET(endpoint, endpoint_seeds) {
  const auto parsed = Endpoint::parse(as_text(input), 8333);
  if (!parsed) return;
  KP_ASSERT(parsed->host.size() <= input.size());
  KP_ASSERT(Endpoint::parse(parsed->to_string(), 1) == *parsed);
}

// Whether there is a password, then what the proxy says.
Seeds socks5_seeds() {
  return {{0, 5, 0, 5, 0, 0, 1, 1, 2, 3, 4, 0x20, 0x8d, 7, 7},
          {1, 5, 2, 1, 0, 5, 0, 0, 3, 2, 'a', 'b', 0, 80},
          {0, 5, 0xff},
          {0, 5, 0, 5, 1, 0, 1, 0, 0, 0, 0, 0, 0}};
}

Socks5::Step whole(Socks5& proxy, ByteView bytes) {
  return proxy.take(bytes);
}

// Byte by byte, as a network may cut it, until it is decided.
Socks5::Step in_pieces(Socks5& proxy, ByteView bytes) {
  Socks5::Step last;
  Bytes sent;
  while (!bytes.empty() && last.kind == Socks5::Step::Kind::NeedsMore) {
    last = proxy.take(bytes.first(1));
    bytes = bytes.subspan(1);
    append(sent, last.send);
  }
  last.send = sent;
  append(last.rest, bytes);
  return last;
}

FUZZ_TARGET(socks5, socks5_seeds) {
  Input fields{input};
  const bool has_password = fields.flip();
  const auto credentials = has_password ? std::optional{net::ProxyCredentials{"user", "secret"}} : std::nullopt;
  const ByteView bytes = fields.rest();
  Socks5 one{{"name.example", 8333}, credentials};
  Socks5 other{{"name.example", 8333}, credentials};
  KP_ASSERT(one.greeting() == other.greeting() && !one.greeting().empty());
  const auto at_once = bounded_by(bytes.size(), 4, [&] { return whole(one, bytes); });
  const auto cut = in_pieces(other, bytes);
  KP_ASSERT(at_once.kind == cut.kind && at_once.problem == cut.problem);
  if (at_once.kind == Socks5::Step::Kind::Failed) {
    KP_ASSERT(!at_once.problem.empty());
    return;
  }
  KP_ASSERT(at_once.send == cut.send);
  if (at_once.kind == Socks5::Step::Kind::Connected)
    KP_ASSERT(at_once.rest == cut.rest && at_once.rest.size() < bytes.size());
}

}  // namespace
}  // namespace kepeng::fuzz
