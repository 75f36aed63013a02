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
  // An IP address as text, or, where a proxy looks it up, a name ("...onion" included).
  std::string host;
  std::uint16_t port = 0;  // I2P has none: 0

  // "1.2.3.4:8333", "[::1]:8333", "name:8333".
  std::string to_string() const;
  // Reads what `to_string` writes; without a port, `default_port`. Nothing for what is neither.
  static std::optional<Endpoint> parse(std::string_view text, std::uint16_t default_port);

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace kepeng::net
