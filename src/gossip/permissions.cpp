// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/permissions.h>

#include <algorithm>
#include <array>

namespace kepeng::gossip {
namespace {

struct Name {
  std::string_view text;
  Permission permission;
};
constexpr std::array kNames{Name{"bloomfilter", Permission::BloomFilter},
                            Name{"noban", Permission::NoBan},
                            Name{"forcerelay", Permission::ForceRelay},
                            Name{"relay", Permission::Relay},
                            Name{"mempool", Permission::Mempool},
                            Name{"download", Permission::Download},
                            Name{"addr", Permission::Addr}};

Permissions usual_permissions(const UsualPermissions& usual) {
  Permissions granted;
  if (usual.force_relay) granted.grant(Permission::ForceRelay);
  if (usual.relay) granted.grant(Permission::Relay);
  granted.grant(Permission::Mempool);
  granted.grant(Permission::NoBan);
  return granted;
}

struct Granted {
  Permissions permissions;
  bool inbound = false;
  bool outbound = false;
  std::string_view rest;  // behind the @
};

Result<Granted, std::string> parse_list(std::string_view text, const UsualPermissions& usual) {
  Granted granted;
  const std::size_t at = text.find('@');
  granted.rest = at == std::string_view::npos ? text : text.substr(at + 1);
  if (at == std::string_view::npos) {
    granted.permissions = usual_permissions(usual);
    return granted;
  }
  std::string_view list = text.substr(0, at);
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view word = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const auto name = std::find_if(kNames.begin(), kNames.end(), [&](const Name& one) { return one.text == word; });
    if (name != kNames.end()) {
      granted.permissions.grant(name->permission);
    } else if (word == "all") {
      granted.permissions.grant(Permissions::all());
    } else if (word == "in") {
      granted.inbound = true;
    } else if (word == "out") {
      granted.outbound = true;
    } else if (!word.empty()) {
      return Err{"Invalid P2P permission: '" + std::string{word} + "'"};
    }
  }
  return granted;
}

}  // namespace

void Permissions::grant(Permission one) {
  bits_ |= static_cast<std::uint16_t>(one);
  if (one == Permission::NoBan) grant(Permission::Download);
  if (one == Permission::ForceRelay) grant(Permission::Relay);
}

Permissions Permissions::all() {
  Permissions every;
  for (const Name& name : kNames) every.grant(name.permission);
  return every;
}

std::vector<std::string_view> Permissions::names() const {
  std::vector<std::string_view> found;
  for (const Name& name : kNames) {
    if (has(name.permission)) found.push_back(name.text);
  }
  return found;
}

Result<Whitelisted, std::string> parse_whitelisted(std::string_view text, const UsualPermissions& usual,
                                                   wire::NetworkAddress::Fc00 fc00) {
  KP_TRY(const Granted granted, parse_list(text, usual));
  const auto subnet = wire::Subnet::from_string(granted.rest, fc00);
  if (!subnet) return Err{"Invalid netmask specified in -whitelist: '" + std::string{granted.rest} + "'"};
  const bool says_direction = granted.inbound || granted.outbound;
  return Whitelisted{*subnet, granted.permissions, granted.inbound || !says_direction, granted.outbound};
}

Result<PermittedAddress, std::string> parse_permitted_address(std::string_view text, const UsualPermissions& usual) {
  KP_TRY(const Granted granted, parse_list(text, usual));
  if (granted.inbound || granted.outbound) {
    return Err{std::string{"-whitebind may only be used for incoming connections (\"out\" and \"in\" have no place)"}};
  }
  return PermittedAddress{granted.permissions, std::string{granted.rest}};
}

}  // namespace kepeng::gossip
