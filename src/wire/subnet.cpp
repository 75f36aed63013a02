// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/subnet.h>

#include <algorithm>
#include <bit>

namespace kepeng::wire {
namespace {

bool can_be_cut(AddressNetwork network) {
  return network == AddressNetwork::Ipv4 || network == AddressNetwork::Ipv6;
}

unsigned bits_of(AddressNetwork network) {
  return static_cast<unsigned>(address_bytes(network) * 8);
}

NetworkAddress masked(const NetworkAddress& address, unsigned bits) {
  Bytes bytes{address.bytes().begin(), address.bytes().end()};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned kept = std::min(8u, bits - std::min(bits, static_cast<unsigned>(i * 8)));
    bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00u >> kept));
  }
  return NetworkAddress::of(address.network(), bytes);
}

// Ones, then zeros.
std::optional<unsigned> bits_of_mask(const NetworkAddress& mask) {
  unsigned bits = 0;
  for (const std::uint8_t byte : mask.bytes()) bits += static_cast<unsigned>(std::popcount(byte));
  const NetworkAddress ones = NetworkAddress::of(mask.network(), Bytes(mask.bytes().size(), 0xff));
  return masked(ones, bits) == mask ? std::optional{bits} : std::nullopt;
}

std::optional<unsigned> parse_bits(std::string_view text) {
  if (text.empty() || text.size() > 3 || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  unsigned bits = 0;
  for (const char digit : text) bits = bits * 10 + static_cast<unsigned>(digit - '0');
  return bits;
}

}  // namespace

Subnet::Subnet(const NetworkAddress& address) : Subnet{address, bits_of(address.network())} {}

std::optional<Subnet> Subnet::of(const NetworkAddress& address, unsigned bits) {
  const unsigned whole = bits_of(address.network());
  if (bits > whole || (bits < whole && !can_be_cut(address.network()))) return std::nullopt;
  return Subnet{masked(address, bits), bits};
}

std::optional<Subnet> Subnet::from_string(std::string_view text, NetworkAddress::Fc00 fc00) {
  const std::size_t slash = text.find('/');
  const auto address = NetworkAddress::from_string(text.substr(0, slash), fc00);
  if (!address) return std::nullopt;
  if (slash == text.npos) return Subnet{*address};
  const std::string_view length = text.substr(slash + 1);
  if (const auto bits = parse_bits(length)) return of(*address, *bits);
  const auto mask = NetworkAddress::from_string(length);
  if (!mask || mask->network() != address->network() || !can_be_cut(mask->network())) return std::nullopt;
  const auto bits = bits_of_mask(*mask);
  return bits ? of(*address, *bits) : std::nullopt;
}

bool Subnet::contains(const NetworkAddress& address) const {
  return address.network() == base_.network() && masked(address, bits_) == base_;
}

std::string Subnet::to_string() const {
  if (!can_be_cut(base_.network())) return base_.to_string();
  return base_.to_string() + "/" + std::to_string(bits_);
}

}  // namespace kepeng::wire
