// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "short_ids.h"

#include <algorithm>
#include <array>

namespace kepeng::net {
namespace {

// From 1 on.
constexpr std::array<std::string_view, 28> kNames{
    "addr",        "block",       "blocktxn",     "cmpctblock", "feefilter",    "filteradd", "filterclear",
    "filterload",  "getblocks",   "getblocktxn",  "getdata",    "getheaders",   "headers",   "inv",
    "mempool",     "merkleblock", "notfound",     "ping",       "pong",         "sendcmpct", "tx",
    "getcfilters", "cfilter",     "getcfheaders", "cfheaders",  "getcfcheckpt", "cfcheckpt", "addrv2",
};
// BIP434's came later; it is understood but not sent, for not everyone has it.
constexpr std::uint8_t kFeatureId = 37;

}  // namespace

std::optional<MessageName> name_of_short_id(std::uint8_t id) {
  if (id == kFeatureId) return MessageName::from_text("feature");
  if (id == 0 || id > kNames.size()) return std::nullopt;
  return MessageName::from_text(kNames[id - 1u]);
}

std::optional<std::uint8_t> short_id_of(const MessageName& name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name.text());
  if (found == kNames.end()) return std::nullopt;
  return static_cast<std::uint8_t>(found - kNames.begin() + 1);
}

}  // namespace kepeng::net
