// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "address_record.h"

namespace kepeng::gossip {
namespace {

// In front of each: who wrote it, and that addresses are in the form of BIP155.
constexpr std::uint32_t kRecordVersion = 220'000 | 1u << 29;
constexpr std::uint32_t kRecordFlags = ~((1u << 19) - 1);
constexpr std::uint64_t kAddressBytesMax = 512;

}  // namespace

void append_network_address(Bytes& to, const wire::NetworkAddress& address) {
  to.push_back(static_cast<std::uint8_t>(address.network()));
  append_var_bytes(to, address.bytes());
}

wire::NetworkAddress read_network_address(Cursor& from) {
  using wire::AddressNetwork;
  const auto id = from.read_le<std::uint8_t>();
  const std::uint64_t length = from.read_size();
  if (length > kAddressBytesMax) from.fail(DecodeError::SizeTooLarge);
  const ByteView bytes = from.read_bytes(length);
  for (const auto network : {AddressNetwork::Ipv4, AddressNetwork::Ipv6, AddressNetwork::Onion, AddressNetwork::I2p,
                             AddressNetwork::Cjdns}) {
    if (from.ok() && id == static_cast<std::uint8_t>(network) && length == wire::address_bytes(network)) {
      return wire::NetworkAddress::of(network, bytes);
    }
  }
  return {};
}

void append_address_record(Bytes& to, const wire::AddressEntry& entry) {
  append_le(to, kRecordVersion);
  append_le(to, entry.last_seen);
  append_compact_size(to, entry.services);
  append_network_address(to, entry.endpoint.address);
  to.push_back(static_cast<std::uint8_t>(entry.endpoint.port >> 8));
  to.push_back(static_cast<std::uint8_t>(entry.endpoint.port));
}

wire::AddressEntry read_address_record(Cursor& from) {
  wire::AddressEntry entry;
  if ((from.read_le<std::uint32_t>() & kRecordFlags) != (kRecordVersion & kRecordFlags)) {
    from.fail(DecodeError::UnknownOptionalData);
  }
  entry.last_seen = from.read_le<std::uint32_t>();
  entry.services = from.read_compact();
  entry.endpoint.address = read_network_address(from);
  const ByteView port = from.read_bytes(2);
  if (from.ok()) entry.endpoint.port = load_be<std::uint16_t>(port.data());
  return entry;
}

}  // namespace kepeng::gossip
