// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Subnet: a range of IP addresses. Addresses are held as 16 bytes; IPv4 in its mapped form, so that a connection over a
// dual-stack socket and one over IPv4 look the same. Immutable values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kepeng::http {

using AddressBytes = std::array<std::uint8_t, 16>;

// An IPv4 or IPv6 literal, without brackets or zone.
std::optional<AddressBytes> parse_address(const std::string& text);
bool is_ipv4(const AddressBytes& address);

class Subnet {
 public:
  // "1.2.3.4", "1.2.3.0/24", "1.2.3.0/255.255.255.0", "::1", "fe80::/10". Bits beyond the mask are ignored; a mask with
  // holes is refused.
  static std::optional<Subnet> parse(const std::string& text);
  bool contains(const AddressBytes& address) const;

 private:
  Subnet(const AddressBytes& network, unsigned bits) : network_{network}, bits_{bits} {}
  AddressBytes network_;
  unsigned bits_;
};

}  // namespace kepeng::http
