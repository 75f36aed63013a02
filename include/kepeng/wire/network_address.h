// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Where a node can be reached: an address on one of the networks of BIP155, and a port.
//
// A NetworkAddress holds whatever 16 bytes an old-style `addr` carried, so that they can be passed on unchanged; ask
// `is_routable` before connecting to one or telling others. The forms: `v1` (16 bytes, IPv4 mapped into IPv6), BIP155
// (network id and bytes), text. Immutable values; pure functions.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kepeng/base/bytes.h>

namespace kepeng::wire {

// The ids of BIP155; 3 was Tor's second version, which is gone.
enum class AddressNetwork : std::uint8_t { Ipv4 = 1, Ipv6 = 2, Onion = 4, I2p = 5, Cjdns = 6 };

// "ipv4", "ipv6", "onion", "i2p", "cjdns": as RPC and options spell them.
std::string_view name_of(AddressNetwork network);
std::size_t address_bytes(AddressNetwork network);

class NetworkAddress {
 public:
  using V1 = std::array<std::uint8_t, 16>;

  // "::", which is nowhere.
  NetworkAddress() = default;
  static NetworkAddress ipv4(const std::array<std::uint8_t, 4>& bytes);
  // `bytes` are as many as the network has; not for IPv4 inside IPv6 (from_v1 sees to that).
  static NetworkAddress of(AddressNetwork network, ByteView bytes);
  static NetworkAddress from_v1(const V1& bytes);
  // IPv4 and IPv6 in their usual forms, .onion (version 3, with its checksum), .b32.i2p; IPv6 in fc00::/8 is CJDNS
  // only when `cjdns` says so, for the same bytes are private IPv6 addresses.
  enum class Fc00 : std::uint8_t { Ipv6, Cjdns };
  static std::optional<NetworkAddress> from_string(std::string_view text, Fc00 cjdns = Fc00::Ipv6);

  AddressNetwork network() const { return network_; }
  ByteView bytes() const { return ByteView{bytes_}.first(address_bytes(network_)); }
  // All zero for networks that it cannot name.
  V1 to_v1() const;
  bool has_v1_form() const { return network_ == AddressNetwork::Ipv4 || network_ == AddressNetwork::Ipv6; }
  // Without brackets and port.
  std::string to_string() const;

  // False for what is no address at all: nowhere, the broadcast address, documentation ranges, names that only
  // look like IPv6 addresses (Tor's second version, bitcoind's internal ones), CJDNS outside fc00::/8.
  bool is_valid() const;
  // Could somebody on the other side of the world reach it?
  bool is_routable() const;
  // The machine itself.
  bool is_local() const;
  // A private network's (RFC1918, RFC4193 and their like), CJDNS aside.
  bool is_private() const;
  // The IPv4 address inside one of the IPv6 transition formats, or the IPv4 address itself.
  std::optional<std::array<std::uint8_t, 4>> linked_ipv4() const;

  friend auto operator<=>(const NetworkAddress&, const NetworkAddress&) = default;

 private:
  AddressNetwork network_ = AddressNetwork::Ipv6;
  std::array<std::uint8_t, 32> bytes_{};
};

struct Endpoint {
  NetworkAddress address;
  std::uint16_t port = 0;

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
  // "1.2.3.4:8333", "[::1]:8333", "abc.onion:8333".
  std::string to_string() const;
};

// "host", "host:port" or "[host]:port"; the default port where there is none. nullopt unless host is an address and
// port a number up to 65535.
std::optional<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port);

}  // namespace kepeng::wire
