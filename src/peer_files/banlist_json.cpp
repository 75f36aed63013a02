// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_files/banlist_json.h>

#include <kepeng/base/files.h>
#include <kepeng/json/reader.h>
#include <kepeng/json/writer.h>

#include "set_aside.h"

namespace kepeng::peer_files {
namespace {

using gossip::BanList;
using wire::NetworkAddress;
using wire::Subnet;

constexpr std::string_view kList = "banned_nets";
constexpr std::string_view kVersion = "version";
constexpr std::string_view kCreated = "ban_created";
constexpr std::string_view kUntil = "banned_until";
constexpr std::string_view kAddress = "address";
constexpr std::int64_t kVersionNumber = 1;

// Addresses of IPv6 always have their length behind them here, so what has none is CJDNS.
std::optional<Subnet> subnet_from(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return Subnet::from_string(text);
  const auto address = NetworkAddress::from_string(text, NetworkAddress::Fc00::Cjdns);
  if (!address) return std::nullopt;
  return Subnet{*address};
}

std::optional<std::int64_t> number_at(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? std::nullopt : value->as_int64();
}

std::optional<BanList::Entry> ban_from(const json::Value& object) {
  const auto created = number_at(object, kCreated);
  const auto until = number_at(object, kUntil);
  const json::Value* address = object.find(kAddress);
  if (number_at(object, kVersion) != kVersionNumber || !created || !until) return std::nullopt;
  if (address == nullptr || address->as_string() == nullptr) return std::nullopt;
  const auto subnet = subnet_from(*address->as_string());
  if (!subnet) return std::nullopt;
  return BanList::Entry{*subnet, {{*created}, {*until}}};
}

}  // namespace

std::string bans_to_json(const BanList& list) {
  std::string text;
  json::Writer out{text, json::Layout::Indented};
  out.begin_object();
  out.key(kList);
  out.begin_array();
  for (const auto& [subnet, ban] : list.entries()) {
    out.begin_object();
    out.field(kVersion, kVersionNumber);
    out.field(kCreated, ban.created.seconds);
    out.field(kUntil, ban.until.seconds);
    out.field(kAddress, subnet.to_string());
    out.end_object();
  }
  out.end_array();
  out.end_object();
  text += '\n';
  return text;
}

Result<ReadBans, std::string> bans_from_json(std::string_view text) {
  const auto parsed = json::parse(text);
  if (!parsed) {
    return Err{"it is not JSON (" + parsed.error().message + " at byte " + std::to_string(parsed.error().position) +
               ")"};
  }
  const json::Value* list = parsed->find(kList);
  if (list == nullptr || !list->is_array()) return Err{std::string{"it has no list \"banned_nets\""}};
  ReadBans read;
  for (const json::Value& item : list->items()) {
    if (auto ban = ban_from(item)) {
      read.bans.push_back(std::move(*ban));
    } else {
      ++read.left_out;
    }
  }
  return read;
}

Result<Unit, Fault> save_bans(Env& env, const std::string& path, const BanList& list) {
  const std::string text = bans_to_json(list);
  if (text.size() > kBansBytesMax) {
    return Err{Fault{FaultKind::Unsupported, "There are too many bans to be kept in " + path + ". Ban wider subnets."}};
  }
  return write_file_atomically(env, path, as_bytes(text));
}

std::optional<std::string> load_bans(Env& env, const std::string& path, BanList& list, UnixTime now) {
  ReadBans read;
  auto warning = read_or_set_aside(env, {path, kBansBytesMax}, [&](ByteView bytes) -> Result<Unit, std::string> {
    KP_TRY(read, bans_from_json(as_text(bytes)));
    return Unit{};
  });
  for (const auto& [subnet, ban] : read.bans) {
    if (now < ban.until) list.ban(subnet, ban);
  }
  if (read.left_out != 0) {
    warning = "Bans in " + path + " that cannot be understood are left out: " + std::to_string(read.left_out) + ".";
  }
  return warning;
}

}  // namespace kepeng::peer_files
