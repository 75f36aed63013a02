// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/asmap.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using namespace gossip;

// RETURN 1; JUMP, RETURN 1, RETURN 2; DEFAULT 3, MATCH, RETURN 1.
Seeds asmap_seeds() {
  return {{0, 0, 0}, {0x01, 0, 0, 0, 0, 0x02}, {0x07, 0, 0x32, 0, 0}, {0x07, 0, 0x32, 0, 0, 0}};
}

// The sanity check is the proof that no address leads the interpreter astray.
FUZZ_TARGET(asmap, asmap_seeds) {
  const auto map = bounded_by(input.size(), 3, [&] { return Asmap::parse(copy_of(input)); });
  if (!map) {
    KP_ASSERT(!map.error().empty());
    return;
  }
  wire::NetworkAddress::V1 ip{};
  map->lookup(ip);
  for (std::size_t i = 0; i < ip.size() * 8; ++i) {
    ip[i / 8] = static_cast<std::uint8_t>(ip[i / 8] | 0x80u >> (i % 8));
    map->lookup(ip);
  }
  for (std::size_t i = 0; i < ip.size(); ++i) ip[i] = static_cast<std::uint8_t>(i < input.size() ? input[i] : i * 37);
  map->lookup(ip);
}

}  // namespace
}  // namespace kepeng::fuzz
