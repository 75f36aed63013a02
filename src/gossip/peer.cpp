// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/peer.h>

#include <array>

namespace kepeng::gossip {
namespace {

// In the order of ConnectionKind.
constexpr std::array<std::string_view, 7> kKindNames{
    "outbound-full-relay", "block-relay-only", "feeler", "addr-fetch", "manual", "inbound", "private-broadcast"};

}  // namespace

std::string_view name_of(ConnectionKind kind) {
  return kKindNames.at(static_cast<std::size_t>(kind));
}

}  // namespace kepeng::gossip
