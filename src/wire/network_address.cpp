// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/network_address.h>

#include <algorithm>

#include <kepeng/base/assert.h>

namespace kepeng::wire {
namespace {

// The first `bits` bits of an address.
struct Prefix {
  std::array<std::uint8_t, 16> bytes;
  unsigned bits;
};

bool starts_with(ByteView address, const Prefix& prefix) {
  const unsigned whole = prefix.bits / 8;
  if (!std::equal(prefix.bytes.begin(), prefix.bytes.begin() + whole, address.begin())) return false;
  const unsigned rest = prefix.bits % 8;
  return rest == 0 || ((prefix.bytes[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

template <std::size_t N>
bool starts_with_any(ByteView address, const std::array<Prefix, N>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const Prefix& prefix) { return starts_with(address, prefix); });
}

constexpr Prefix kMappedIpv4{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr Prefix kCjdns{{0xfc}, 8};

constexpr std::array kInvalidIpv4{
    Prefix{{0, 0, 0, 0}, 32},
    Prefix{{255, 255, 255, 255}, 32},
};
constexpr std::array kLocalIpv4{
    Prefix{{127}, 8},
    Prefix{{0}, 8},
};
constexpr std::array kPrivateIpv4{
    Prefix{{10}, 8},        Prefix{{192, 168}, 16},  // RFC1918
    Prefix{{172, 16}, 12},  Prefix{{198, 18}, 15},   // RFC1918, RFC2544
    Prefix{{169, 254}, 16}, Prefix{{100, 64}, 10},   // RFC3927, RFC6598
};
constexpr std::array kDocumentationIpv4{
    Prefix{{192, 0, 2}, 24},
    Prefix{{198, 51, 100}, 24},
    Prefix{{203, 0, 113}, 24},
};

constexpr std::array kInvalidIpv6{
    Prefix{{}, 128},                                   // nowhere
    Prefix{{0x20, 0x01, 0x0d, 0xb8}, 32},              // RFC3849: documentation
    Prefix{{0xfd, 0x6b, 0x88, 0xc0, 0x87, 0x24}, 48},  // names that bitcoind gives to sources of addresses
    Prefix{{0xfd, 0x87, 0xd8, 0x7e, 0xeb, 0x43}, 48},  // Tor's second version
};
constexpr std::array kPrivateIpv6{
    Prefix{{0xfc}, 7},         // RFC4193
    Prefix{{0xfe, 0x80}, 64},  // RFC4862
};
constexpr std::array kUnroutableIpv6{
    Prefix{{0x20, 0x01, 0x00, 0x10}, 28},  // RFC4843
    Prefix{{0x20, 0x01, 0x00, 0x20}, 28},  // RFC7343
};
constexpr Prefix kLoopback{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128};
// IETF's reserve; of it only the translation of RFC6145 is in use.
constexpr Prefix kReserved{{}, 16};
constexpr Prefix kTranslatedIpv4{{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 96};  // RFC6145
constexpr Prefix kWellKnownNat64{{0x00, 0x64, 0xff, 0x9b}, 96};                    // RFC6052
constexpr Prefix k6to4{{0x20, 0x02}, 16};                                          // RFC3964
constexpr Prefix kTeredo{{0x20, 0x01, 0, 0}, 32};                                  // RFC4380

struct NetworkRow {
  AddressNetwork network;
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array kNetworks{
    NetworkRow{AddressNetwork::Ipv4, "ipv4", 4},    NetworkRow{AddressNetwork::Ipv6, "ipv6", 16},
    NetworkRow{AddressNetwork::Onion, "onion", 32}, NetworkRow{AddressNetwork::I2p, "i2p", 32},
    NetworkRow{AddressNetwork::Cjdns, "cjdns", 16},
};

const NetworkRow& row_of(AddressNetwork network) {
  const auto row =
      std::find_if(kNetworks.begin(), kNetworks.end(), [&](const auto& known) { return known.network == network; });
  KP_ASSERT(row != kNetworks.end());
  return *row;
}

}  // namespace

std::string_view name_of(AddressNetwork network) {
  return row_of(network).name;
}

std::size_t address_bytes(AddressNetwork network) {
  return row_of(network).bytes;
}

NetworkAddress NetworkAddress::of(AddressNetwork network, ByteView bytes) {
  KP_ASSERT(bytes.size() == address_bytes(network));
  NetworkAddress address;
  address.network_ = network;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

NetworkAddress NetworkAddress::ipv4(const std::array<std::uint8_t, 4>& bytes) {
  return of(AddressNetwork::Ipv4, bytes);
}

NetworkAddress NetworkAddress::from_v1(const V1& bytes) {
  if (starts_with(bytes, kMappedIpv4)) return of(AddressNetwork::Ipv4, ByteView{bytes}.last(4));
  return of(AddressNetwork::Ipv6, bytes);
}

NetworkAddress::V1 NetworkAddress::to_v1() const {
  V1 v1{};
  if (network_ == AddressNetwork::Ipv6) std::copy_n(bytes_.begin(), v1.size(), v1.begin());
  if (network_ == AddressNetwork::Ipv4) {
    v1 = kMappedIpv4.bytes;
    std::copy_n(bytes_.begin(), 4, v1.begin() + 12);
  }
  return v1;
}

bool NetworkAddress::is_valid() const {
  switch (network_) {
    case AddressNetwork::Ipv4:
      return !starts_with_any(bytes(), kInvalidIpv4);
    case AddressNetwork::Ipv6:
      return !starts_with_any(bytes(), kInvalidIpv6) && !starts_with(bytes(), kMappedIpv4);
    case AddressNetwork::Cjdns:
      return starts_with(bytes(), kCjdns);
    case AddressNetwork::Onion:
    case AddressNetwork::I2p:
      return true;
  }
  return false;
}

bool NetworkAddress::is_local() const {
  if (network_ == AddressNetwork::Ipv4) return starts_with_any(bytes(), kLocalIpv4);
  return network_ == AddressNetwork::Ipv6 && starts_with(bytes(), kLoopback);
}

bool NetworkAddress::is_private() const {
  if (network_ == AddressNetwork::Ipv4) return starts_with_any(bytes(), kPrivateIpv4);
  return network_ == AddressNetwork::Ipv6 && starts_with_any(bytes(), kPrivateIpv6);
}

bool NetworkAddress::is_routable() const {
  if (!is_valid() || is_local() || is_private()) return false;
  if (network_ == AddressNetwork::Ipv4) return !starts_with_any(bytes(), kDocumentationIpv4);
  if (network_ != AddressNetwork::Ipv6) return true;
  if (starts_with(bytes(), kReserved)) return starts_with(bytes(), kTranslatedIpv4);
  return !starts_with_any(bytes(), kUnroutableIpv6);
}

std::optional<std::array<std::uint8_t, 4>> NetworkAddress::linked_ipv4() const {
  std::array<std::uint8_t, 4> linked;
  if (network_ == AddressNetwork::Ipv4) {
    std::copy_n(bytes_.begin(), 4, linked.begin());
    return linked;
  }
  if (network_ != AddressNetwork::Ipv6) return std::nullopt;
  if (starts_with(bytes(), kTranslatedIpv4) || starts_with(bytes(), kWellKnownNat64)) {
    std::copy_n(bytes_.begin() + 12, 4, linked.begin());
  } else if (starts_with(bytes(), k6to4)) {
    std::copy_n(bytes_.begin() + 2, 4, linked.begin());
  } else if (starts_with(bytes(), kTeredo)) {
    std::transform(bytes_.begin() + 12, bytes_.begin() + 16, linked.begin(),
                   [](std::uint8_t byte) { return static_cast<std::uint8_t>(~byte); });
  } else {
    return std::nullopt;
  }
  return linked;
}

}  // namespace kepeng::wire
