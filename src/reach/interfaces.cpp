// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/reach/interfaces.h>

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include <kepeng/base/hex.h>

namespace kepeng::reach {
namespace {

using wire::NetworkAddress;

constexpr unsigned kIsGateway = 2;  // RTF_GATEWAY
constexpr std::string_view kAnyIpv6 = "00000000000000000000000000000000";
constexpr std::size_t kAddressesMax = 64;

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream{line};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::optional<std::uint32_t> parse_hex(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Interface, destination, gateway, flags: addresses as the machine's words.
std::optional<Router> ipv4_router(const std::string& line) {
  const auto words = words_of(line);
  if (words.size() < 4) return std::nullopt;
  const auto destination = parse_hex(words[1]);
  const auto gateway = parse_hex(words[2]);
  const auto flags = parse_hex(words[3]);
  if (!destination || !gateway || !flags) return std::nullopt;
  if (*destination != 0 || *gateway == 0 || (*flags & kIsGateway) == 0) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  store_le(bytes.data(), *gateway);
  return Router{NetworkAddress::ipv4(bytes), words[0]};
}

// Destination, its bits, source, its bits, next hop, metric, two counters, flags, interface.
std::optional<Router> ipv6_router(const std::string& line) {
  const auto words = words_of(line);
  if (words.size() < 10 || words[0] != kAnyIpv6 || words[1] != "00" || words[4] == kAnyIpv6) return std::nullopt;
  const auto hop = from_hex(words[4]);
  const auto flags = parse_hex(words[8]);
  if (!hop || hop->size() != 16 || !flags || (*flags & kIsGateway) == 0) return std::nullopt;
  NetworkAddress::V1 bytes{};
  std::copy(hop->begin(), hop->end(), bytes.begin());
  return Router{NetworkAddress::from_v1(bytes), words[9]};
}

std::optional<Router> first_router(std::string_view text, std::optional<Router> (*read)(const std::string& line)) {
  std::istringstream stream{std::string{text}};
  for (std::string line; std::getline(stream, line);) {
    if (auto router = read(line)) return router;
  }
  return std::nullopt;
}

std::optional<NetworkAddress> address_of(const sockaddr* raw, NetworkAddress::Fc00 cjdns) {
  if (raw->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(raw)->sin_addr, bytes.size());
    return NetworkAddress::ipv4(bytes);
  }
  if (raw->sa_family != AF_INET6) return std::nullopt;
  NetworkAddress::V1 bytes{};
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(raw)->sin6_addr, bytes.size());
  const NetworkAddress address = NetworkAddress::from_v1(bytes);
  return NetworkAddress::from_string(address.to_string(), cjdns).value_or(address);
}

}  // namespace

std::optional<Router> parse_ipv4_routes(std::string_view text) {
  return first_router(text, ipv4_router);
}

std::optional<Router> parse_ipv6_routes(std::string_view text) {
  return first_router(text, ipv6_router);
}

std::optional<Router> default_router(Family family) {
  std::ifstream file{family == Family::Ipv4 ? "/proc/net/route" : "/proc/net/ipv6_route"};
  std::ostringstream text;
  text << file.rdbuf();
  return family == Family::Ipv4 ? parse_ipv4_routes(text.str()) : parse_ipv6_routes(text.str());
}

std::vector<NetworkAddress> interface_addresses(NetworkAddress::Fc00 cjdns) {
  std::vector<NetworkAddress> addresses;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return addresses;
  for (const ifaddrs* one = all; one != nullptr && addresses.size() < kAddressesMax; one = one->ifa_next) {
    const bool is_up = (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_LOOPBACK) == 0;
    if (!is_up || one->ifa_addr == nullptr) continue;
    if (const auto address = address_of(one->ifa_addr, cjdns)) addresses.push_back(*address);
  }
  ::freeifaddrs(all);
  return addresses;
}

}  // namespace kepeng::reach
