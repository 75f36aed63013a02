// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Permissions: what the operator grants to some peers beyond what everybody may.
//
// Written `noban,relay@10.0.0.0/8`; without a list in front, the usual ones. Value types; pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/result.h>
#include <kepeng/wire/subnet.h>

namespace kepeng::gossip {

// Bits.
enum class Permission : std::uint16_t {
  BloomFilter = 1 << 0,  // BIP37 without -peerbloomfilters
  NoBan = 1 << 1,        // never discouraged, banned or evicted; includes Download
  ForceRelay = 1 << 2,   // its transactions go on although we have them; includes Relay
  Relay = 1 << 3,        // transactions even with -blocksonly
  Mempool = 1 << 4,      // may ask for the whole mempool
  Download = 1 << 5,     // headers while we catch up, old blocks beyond the upload target
  Addr = 1 << 6,         // addresses without limit, asked for as often as it likes
};

class Permissions {
 public:
  constexpr Permissions() = default;

  constexpr bool has(Permission one) const { return (bits_ & static_cast<std::uint16_t>(one)) != 0; }
  constexpr bool is_empty() const { return bits_ == 0; }
  // With what it includes.
  void grant(Permission one);
  void grant(Permissions others) { bits_ |= others.bits_; }
  static Permissions all();
  // As RPC and options spell them.
  std::vector<std::string_view> names() const;

  friend bool operator==(Permissions, Permissions) = default;

 private:
  std::uint16_t bits_ = 0;
};

// What stands for no list.
struct UsualPermissions {
  bool relay = true;         // -whitelistrelay
  bool force_relay = false;  // -whitelistforcerelay
};

// One -whitelist: for peers in a subnet.
struct Whitelisted {
  wire::Subnet subnet;
  Permissions permissions;
  bool inbound = true;    // peers that call us
  bool outbound = false;  // peers that we call
};
// The error is a sentence.
Result<Whitelisted, std::string> parse_whitelisted(std::string_view text, const UsualPermissions& usual,
                                                   wire::NetworkAddress::Fc00 fc00 = wire::NetworkAddress::Fc00::Ipv6);

// What stands before the address of a -whitebind, and the address.
struct PermittedAddress {
  Permissions permissions;
  std::string address;
};
Result<PermittedAddress, std::string> parse_permitted_address(std::string_view text, const UsualPermissions& usual);

}  // namespace kepeng::gossip
