// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/addresses.h>

#include <algorithm>

#include "codec.h"

namespace kepeng::wire {
namespace {

constexpr std::size_t kV1EntryBytes = 4 + 8 + 16 + 2;
constexpr std::size_t kV2EntryBytesMin = 4 + 1 + 1 + 1 + 2;

constexpr std::array kNetworks{AddressNetwork::Ipv4, AddressNetwork::Ipv6, AddressNetwork::Onion, AddressNetwork::I2p,
                               AddressNetwork::Cjdns};

std::uint16_t read_port(Reader& from) {
  const ByteView bytes = from.read_bytes(2);
  return from.ok() ? load_be<std::uint16_t>(bytes.data()) : std::uint16_t{0};
}

void append_port(Bytes& to, std::uint16_t port) {
  to.push_back(static_cast<std::uint8_t>(port >> 8));
  to.push_back(static_cast<std::uint8_t>(port));
}

// Another network in the clothes of IPv6, or CJDNS outside its prefix: BIP155 has them ignored.
bool is_disguised(const NetworkAddress& address) {
  const ByteView bytes = address.bytes();
  if (address.network() == AddressNetwork::Cjdns) return bytes[0] != 0xfc;
  if (address.network() != AddressNetwork::Ipv6) return false;
  constexpr std::array<std::uint8_t, 12> kMappedIpv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr std::array<std::uint8_t, 6> kOldOnion{0xfd, 0x87, 0xd8, 0x7e, 0xeb, 0x43};
  return equal(bytes.first(12), kMappedIpv4) || equal(bytes.first(6), kOldOnion);
}

// nullopt: read whole, and to be left out (or the reader has failed).
std::optional<NetworkAddress> read_bip155(Reader& from) {
  const auto id = from.read_le<std::uint8_t>();
  const ByteView bytes = from.limited_bytes(kAddressBytesMax, WireError::AddressTooLong);
  const auto known = std::find_if(kNetworks.begin(), kNetworks.end(),
                                  [&](auto network) { return static_cast<unsigned>(network) == id; });
  if (!from.ok() || known == kNetworks.end()) return std::nullopt;
  if (bytes.size() != address_bytes(*known)) {
    from.reject(WireError::WrongAddressLength);
    return std::nullopt;
  }
  const NetworkAddress address = NetworkAddress::of(*known, bytes);
  if (is_disguised(address)) return std::nullopt;
  return address;
}

}  // namespace

void read(Reader& from, Addr& to) {
  to.entries.resize(from.count(kAddressesMax, kV1EntryBytes));
  for (AddressEntry& entry : to.entries) {
    entry.last_seen = from.read_le<std::uint32_t>();
    entry.services = from.read_le<std::uint64_t>();
    const ByteView bytes = from.read_bytes(16);
    if (!from.ok()) return;
    NetworkAddress::V1 v1;
    std::copy(bytes.begin(), bytes.end(), v1.begin());
    entry.endpoint = {NetworkAddress::from_v1(v1), read_port(from)};
  }
}

void write(Bytes& to, const Addr& message) {
  append_compact_size(to, message.entries.size());
  for (const AddressEntry& entry : message.entries) {
    append_le(to, entry.last_seen);
    append_le(to, entry.services);
    append(to, entry.endpoint.address.to_v1());
    append_port(to, entry.endpoint.port);
  }
}

void read(Reader& from, AddrV2& to) {
  const std::size_t count = from.count(kAddressesMax, kV2EntryBytesMin);
  to.entries.reserve(count);
  for (std::size_t i = 0; i < count && from.ok(); ++i) {
    AddressEntry entry;
    entry.last_seen = from.read_le<std::uint32_t>();
    entry.services = from.read_compact();
    const auto address = read_bip155(from);
    entry.endpoint.port = read_port(from);
    if (!address) continue;
    entry.endpoint.address = *address;
    to.entries.push_back(entry);
  }
}

void write(Bytes& to, const AddrV2& message) {
  append_compact_size(to, message.entries.size());
  for (const AddressEntry& entry : message.entries) {
    append_le(to, entry.last_seen);
    append_compact_size(to, entry.services);
    to.push_back(static_cast<std::uint8_t>(entry.endpoint.address.network()));
    append_var_bytes(to, entry.endpoint.address.bytes());
    append_port(to, entry.endpoint.port);
  }
}

}  // namespace kepeng::wire
