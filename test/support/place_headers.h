// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What an engine does with headers that a peer has brought, without one.
#pragma once

#include <span>

#include <kepeng/chain/header_tree.h>
#include <kepeng/gossip/header_sync.h>

namespace kepeng::test {

// As far as they obey the rules.
inline gossip::HeaderSync::Placed place_headers(chain::HeaderTree& tree, std::span<const BlockHeader> headers,
                                                UnixTime now) {
  gossip::HeaderSync::Placed placed;
  for (const BlockHeader& header : headers) {
    const auto entry = tree.place(header, now);
    if (!entry) {
      placed.rejection = entry.error();
      break;
    }
    placed.last = *entry;
  }
  return placed;
}

}  // namespace kepeng::test
