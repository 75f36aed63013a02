// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <arpa/inet.h>

#include <algorithm>

#include <kepeng/base/base32.h>
#include <kepeng/crypto/sha3.h>
#include <kepeng/wire/network_address.h>

namespace kepeng::wire {
namespace {

constexpr std::string_view kOnionSuffix = ".onion";
constexpr std::string_view kI2pSuffix = ".b32.i2p";
constexpr std::uint8_t kOnionVersion = 3;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kOnionBytes = kKeyBytes + 2 + 1;  // key, checksum, version

std::array<std::uint8_t, 2> onion_checksum(ByteView key) {
  Bytes message;
  append(message, as_bytes(".onion checksum"));
  append(message, key);
  message.push_back(kOnionVersion);
  const crypto::Hash32 hash = crypto::sha3_256(message);
  return {hash[0], hash[1]};
}

std::string onion_text(ByteView key) {
  Bytes name{key.begin(), key.end()};
  append(name, onion_checksum(key));
  name.push_back(kOnionVersion);
  return to_base32(name).append(kOnionSuffix);
}

std::optional<NetworkAddress> parse_onion(std::string_view name) {
  const auto bytes = from_base32(name);
  if (!bytes || bytes->size() != kOnionBytes || bytes->back() != kOnionVersion) return std::nullopt;
  const ByteView key = ByteView{*bytes}.first(kKeyBytes);
  if (!equal(onion_checksum(key), ByteView{*bytes}.subspan(kKeyBytes, 2))) return std::nullopt;
  return NetworkAddress::of(AddressNetwork::Onion, key);
}

std::optional<NetworkAddress> parse_i2p(std::string_view name) {
  const auto bytes = from_base32(name);
  if (!bytes || bytes->size() != kKeyBytes) return std::nullopt;
  return NetworkAddress::of(AddressNetwork::I2p, *bytes);
}

std::string ipv4_text(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += '.';
    text += std::to_string(byte);
  }
  return text;
}

std::string group_text(unsigned group) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 12; shift >= 0; shift -= 4) {
    if (!text.empty() || shift == 0 || group >> shift != 0) text += kDigits[group >> shift & 15];
  }
  return text;
}

// RFC 5952: the longest run of two or more zero groups is left out, the first of equals.
std::string ipv6_text(ByteView bytes) {
  std::array<unsigned, 8> groups;
  for (std::size_t i = 0; i < 8; ++i) groups[i] = load_be<std::uint16_t>(bytes.data() + 2 * i);
  std::size_t hole = 8;
  std::size_t hole_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > hole_length) {
      hole = i;
      hole_length = end - i;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == hole) {
      text += "::";
      i += hole_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += group_text(groups[i]);
  }
  return text;
}

bool has_suffix(std::string_view text, std::string_view suffix) {
  if (text.size() < suffix.size()) return false;
  return std::equal(
      suffix.begin(), suffix.end(), text.end() - static_cast<std::ptrdiff_t>(suffix.size()),
      [](char want, char have) { return want == (have >= 'A' && have <= 'Z' ? have - 'A' + 'a' : have); });
}

std::optional<NetworkAddress> parse_ip(std::string_view text, NetworkAddress::Fc00 cjdns) {
  const std::string terminated{text};
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  std::array<std::uint8_t, 4> ipv4;
  if (inet_pton(AF_INET, terminated.c_str(), ipv4.data()) == 1) return NetworkAddress::ipv4(ipv4);
  NetworkAddress::V1 ipv6;
  if (inet_pton(AF_INET6, terminated.c_str(), ipv6.data()) != 1) return std::nullopt;
  if (cjdns == NetworkAddress::Fc00::Cjdns && ipv6[0] == 0xfc) return NetworkAddress::of(AddressNetwork::Cjdns, ipv6);
  return NetworkAddress::from_v1(ipv6);
}

}  // namespace

std::optional<NetworkAddress> NetworkAddress::from_string(std::string_view text, Fc00 cjdns) {
  constexpr std::size_t kTextMax = 100;  // no address has more
  if (text.size() > kTextMax) return std::nullopt;
  if (has_suffix(text, kOnionSuffix)) return parse_onion(text.substr(0, text.size() - kOnionSuffix.size()));
  if (has_suffix(text, kI2pSuffix)) return parse_i2p(text.substr(0, text.size() - kI2pSuffix.size()));
  return parse_ip(text, cjdns);
}

std::string NetworkAddress::to_string() const {
  switch (network_) {
    case AddressNetwork::Ipv4:
      return ipv4_text(bytes());
    case AddressNetwork::Ipv6:
    case AddressNetwork::Cjdns:
      return ipv6_text(bytes());
    case AddressNetwork::Onion:
      return onion_text(bytes());
    case AddressNetwork::I2p:
      return to_base32(bytes()).append(kI2pSuffix);
  }
  return {};
}

std::string Endpoint::to_string() const {
  const std::string host = address.to_string();
  const bool has_colons = host.find(':') != std::string::npos;
  return (has_colons ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
  std::string_view host = text;
  std::string_view port;
  const std::size_t colon = text.rfind(':');
  const bool is_bracketed = text.starts_with('[');
  const bool has_port =
      colon != text.npos && (is_bracketed ? colon > 0 && text[colon - 1] == ']' : text.find(':') == colon);
  if (has_port) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (is_bracketed) {
    if (host.size() < 2 || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
  }
  const auto address = NetworkAddress::from_string(host);
  if (!address) return std::nullopt;
  if (!has_port) return Endpoint{*address, default_port};
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos) return std::nullopt;
  unsigned number = 0;
  for (const char digit : port) number = number * 10 + static_cast<unsigned>(digit - '0');
  if (number > 0xffff) return std::nullopt;
  return Endpoint{*address, static_cast<std::uint16_t>(number)};
}

}  // namespace kepeng::wire
