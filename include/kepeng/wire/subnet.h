// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Subnet: all addresses that begin with the same bits; of networks whose addresses are keys, one address.
//
// Value type; pure functions.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include <kepeng/wire/network_address.h>

namespace kepeng::wire {

class Subnet {
 public:
  // The address alone.
  explicit Subnet(const NetworkAddress& address);
  // The first `bits` bits of `address`; nullopt for more bits than it has, or fewer where only whole ones make sense.
  static std::optional<Subnet> of(const NetworkAddress& address, unsigned bits);
  // "1.2.3.4", "1.2.3.0/24", "1.2.3.0/255.255.255.0" and the same in IPv6; a mask has no holes.
  static std::optional<Subnet> from_string(std::string_view text,
                                           NetworkAddress::Fc00 fc00 = NetworkAddress::Fc00::Ipv6);

  bool contains(const NetworkAddress& address) const;
  // The rest of whose bits is zero.
  const NetworkAddress& base() const { return base_; }
  unsigned bits() const { return bits_; }
  // "1.2.3.0/24"; without the number of bits where it can only be one.
  std::string to_string() const;

  friend auto operator<=>(const Subnet&, const Subnet&) = default;

 private:
  Subnet(const NetworkAddress& base, unsigned bits) : base_{base}, bits_{bits} {}

  NetworkAddress base_;
  unsigned bits_;
};

}  // namespace kepeng::wire
