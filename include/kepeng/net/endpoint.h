// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Endpoint: where a connection goes to or comes from. Value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kepeng::net {

struct Endpoint {
  // An IP address as text, or a name ("...onion" included), or the path of a socket in the file system.
  std::string host;
  std::uint16_t port = 0;  // I2P has none: 0

  // "1.2.3.4:8333", "[::1]:8333", "name:8333", "unix:/run/tor/socks".
  std::string to_string() const;
  // Reads what `to_string` writes, but for paths; without a port, `default_port`. Nothing for what is neither.
  static std::optional<Endpoint> parse(std::string_view text, std::uint16_t default_port);

  // "/run/tor/socks": nothing unless it is an absolute path that a socket can have.
  static std::optional<Endpoint> at_path(std::string_view path);
  bool is_path() const { return host.starts_with('/'); }

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace kepeng::net
