// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/endpoint.h>

#include <algorithm>
#include <charconv>

#include <kepeng/net/i2p_destination.h>

namespace kepeng::net {
namespace {

constexpr std::size_t kPathBytesMax = 107;  // sockaddr_un, and a zero
constexpr std::size_t kHostBytesMax = 255;  // RFC 1928 has one byte for the length of a name

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

std::string Endpoint::to_string() const {
  if (is_path()) return "unix:" + host;
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<Endpoint> Endpoint::at_path(std::string_view path) {
  if (!path.starts_with('/') || path.size() > kPathBytesMax || path.find('\0') != std::string_view::npos)
    return std::nullopt;
  return Endpoint{std::string{path}, 0};
}

std::optional<Endpoint> Endpoint::parse(std::string_view text, std::uint16_t default_port) {
  std::string_view host = text;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
    if (!rest.empty()) port = rest.substr(1);
  } else if (const auto colons = std::count(text.begin(), text.end(), ':'); colons == 1) {
    // More than one colon is an IPv6 address without a port.
    const std::size_t at = text.find(':');
    host = text.substr(0, at);
    port = text.substr(at + 1);
  }
  if (host.empty() || host.size() > kHostBytesMax) return std::nullopt;
  if (host.find_first_of(" \t\r\n/[]") != std::string_view::npos) return std::nullopt;
  const bool has_no_ports = host.ends_with(kI2pSuffix);
  const auto number = port ? parse_port(*port) : std::optional{has_no_ports ? std::uint16_t{0} : default_port};
  if (!number || (port && (*number == 0) != has_no_ports)) return std::nullopt;
  return Endpoint{std::string{host}, *number};
}

}  // namespace kepeng::net
