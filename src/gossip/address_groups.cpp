// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/address_groups.h>

#include <algorithm>

namespace kepeng::gossip {
namespace {

using wire::AddressNetwork;
using wire::NetworkAddress;

// The first byte of a group; networks have their own numbers.
constexpr std::uint8_t kLocal = 0xff;
constexpr std::uint8_t kUnroutable = 0xfe;
constexpr std::uint8_t kAutonomousSystem = 0xfd;

// `bits` bits of `bytes`, the rest zero; as many as a group holds.
AddressGroup prefix(AddressNetwork network, ByteView bytes, unsigned bits) {
  AddressGroup group;
  group.bytes[0] = static_cast<std::uint8_t>(network);
  for (unsigned i = 0; i * 8 < bits; ++i) {
    const unsigned kept = std::min(8u, bits - i * 8);
    group.bytes[1 + i] = static_cast<std::uint8_t>(bytes[i] & (0xff00u >> kept));
  }
  return group;
}

AddressGroup ipv6_group(ByteView bytes) {
  // Hurricane Electric gives a /48 to whoever asks, out of a /32; a /36 of it counts as one.
  constexpr std::array<std::uint8_t, 4> kTunnelBroker{0x20, 0x01, 0x04, 0x70};
  return prefix(AddressNetwork::Ipv6, bytes, equal(bytes.first(4), kTunnelBroker) ? 36 : 32);
}

}  // namespace

AddressGroup AddressGroups::group_of(const NetworkAddress& address) const {
  if (address.is_local()) return {{kLocal}};
  if (!address.is_routable()) return {{kUnroutable}};
  if (const Asn asn = asn_of(address); asn != 0) {
    AddressGroup group{{kAutonomousSystem}};
    store_le(group.bytes.data() + 1, asn);
    return group;
  }
  if (const auto ipv4 = address.linked_ipv4()) return prefix(AddressNetwork::Ipv4, *ipv4, 16);
  switch (address.network()) {
    case AddressNetwork::Ipv6:
      return ipv6_group(address.bytes());
    case AddressNetwork::Cjdns:
      return prefix(AddressNetwork::Cjdns, address.bytes(), 12);  // behind the constant fc
    case AddressNetwork::Ipv4:
    case AddressNetwork::Onion:
    case AddressNetwork::I2p:
      break;
  }
  return prefix(address.network(), address.bytes(), 4);
}

}  // namespace kepeng::gossip
