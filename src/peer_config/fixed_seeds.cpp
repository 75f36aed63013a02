// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "fixed_seeds.h"

#include <algorithm>
#include <sstream>

#include <kepeng/base/files.h>
#include <kepeng/net/endpoint.h>

namespace kepeng::peer_config {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;
constexpr wire::Services kServices = wire::kNodeNetwork | wire::kNodeWitness;

// Without the remark and the space around it.
std::string address_of(std::string line) {
  line.resize(std::min(line.size(), line.find('#')));
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t first = std::min(line.size(), line.find_first_not_of(kSpace));
  return line.substr(first, line.find_last_not_of(kSpace) + 1 - first);
}

}  // namespace

Result<std::vector<wire::AddressEntry>, Fault> fixed_seeds_from(const config::Options& options,
                                                                const params::NetworkParams& network, Env& env,
                                                                wire::NetworkAddress::Fc00 fc00) {
  std::vector<wire::AddressEntry> seeds;
  if (!options.get_bool("fixedseeds")) return seeds;
  const std::string path = (options.network_directory() / "seeds.txt").string();
  const auto file = read_file(env, path, kFileBytesMax);
  if (!file && file.error().kind == FaultKind::NotFound) return seeds;
  if (!file) return Err{file.error()};
  std::istringstream lines{std::string{as_text(*file)}};
  std::string whole;
  for (std::size_t number = 1; std::getline(lines, whole); ++number) {
    const std::string line = address_of(whole);
    if (line.empty()) continue;
    const auto at = net::Endpoint::parse(line, network.p2p_port);
    const auto address = at ? wire::NetworkAddress::from_string(at->host, fc00) : std::nullopt;
    const std::string where = path + ", line " + std::to_string(number) + ": ";
    if (!address) {
      return Err{Fault{FaultKind::Config,
                       where + "'" + line + "' is no address. Write an IP, .onion or .b32.i2p address to a line."}};
    }
    if (seeds.size() == kFixedSeedsMax) {
      return Err{Fault{FaultKind::Config, where + "more than " + std::to_string(kFixedSeedsMax) + " addresses."}};
    }
    seeds.push_back({0, kServices, {*address, at->port}});
  }
  return seeds;
}

}  // namespace kepeng::peer_config
