// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "subnet.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <span>

namespace kepeng::http {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kAddressBits = 128;
constexpr unsigned kMappedBits = 96;

// The number of leading ones of a netmask whose first `skip` bits do not count; nullopt when a one follows a zero.
std::optional<unsigned> mask_bits(const AddressBytes& mask, unsigned skip) {
  unsigned bits = 0;
  bool ended = false;
  for (unsigned i = skip; i < kAddressBits; ++i) {
    const bool one = (mask[i / 8] >> (7 - i % 8)) & 1;
    if (one && ended) return std::nullopt;
    if (one) ++bits;
    ended = ended || !one;
  }
  return bits;
}

std::optional<unsigned> parse_bits(const std::string& text, bool ipv4) {
  const unsigned skip = ipv4 ? kMappedBits : 0;
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (error == std::errc{} && end == text.data() + text.size()) {
    if (bits > kAddressBits - skip) return std::nullopt;
    return skip + bits;
  }
  const auto mask = parse_address(text);
  if (!mask || is_ipv4(*mask) != ipv4) return std::nullopt;
  const auto ones = mask_bits(*mask, skip);
  if (!ones) return std::nullopt;
  return skip + *ones;
}

}  // namespace

std::optional<AddressBytes> parse_address(const std::string& text) {
  AddressBytes address{};
  if (::inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  std::ranges::copy(kMappedPrefix, address.begin());
  if (::inet_pton(AF_INET, text.c_str(), address.data() + kMappedPrefix.size()) == 1) return address;
  return std::nullopt;
}

bool is_ipv4(const AddressBytes& address) {
  return std::ranges::equal(kMappedPrefix, std::span{address}.first<12>());
}

std::optional<Subnet> Subnet::parse(const std::string& text) {
  const auto slash = text.find('/');
  const auto network = parse_address(text.substr(0, slash));
  if (!network) return std::nullopt;
  if (slash == std::string::npos) return Subnet{*network, kAddressBits};
  const auto bits = parse_bits(text.substr(slash + 1), is_ipv4(*network));
  if (!bits) return std::nullopt;
  return Subnet{*network, *bits};
}

bool Subnet::contains(const AddressBytes& address) const {
  for (unsigned i = 0; i < bits_; i += 8) {
    const unsigned compared = std::min(bits_ - i, 8U);
    const auto mask = static_cast<std::uint8_t>(0xff00U >> compared);
    if ((network_[i / 8] & mask) != (address[i / 8] & mask)) return false;
  }
  return true;
}

}  // namespace kepeng::http
