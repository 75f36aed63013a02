// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What all conversations call a peer, why it is here, and the moments they are told. Value types.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include <kepeng/base/time.h>

namespace kepeng::gossip {

// Never used again for another connection.
struct PeerId {
  std::uint64_t number = 0;
  friend auto operator<=>(PeerId, PeerId) = default;
};

// Of a clock that only goes forward; its zero means nothing.
struct Moment {
  std::int64_t ms = 0;
  friend auto operator<=>(Moment, Moment) = default;
  friend Moment operator+(Moment moment, std::int64_t milliseconds) { return {moment.ms + milliseconds}; }
  friend std::int64_t operator-(Moment later, Moment earlier) { return later.ms - earlier.ms; }
};

struct Now {
  Moment moment;
  UnixTime time;
};

enum class Direction {
  Inbound,
  Outbound,  // chosen by us: it must have something to give
  Manual,    // chosen by the operator
};

// What a connection is for.
enum class ConnectionKind : std::uint8_t {
  FullRelay,
  BlockRelay,    // nothing but blocks: shows less of us
  Feeler,        // is there somebody? and good-bye
  AddressFetch,  // whom else do you know? and good-bye
  Manual,
  Inbound,
  PrivateBroadcast,  // one transaction of ours, and good-bye
};
// "outbound-full-relay" and so on: as RPC spells them.
std::string_view name_of(ConnectionKind kind);
constexpr Direction direction_of(ConnectionKind kind) {
  if (kind == ConnectionKind::Inbound) return Direction::Inbound;
  return kind == ConnectionKind::Manual ? Direction::Manual : Direction::Outbound;
}

// Blocks aside, are transactions spoken of?
constexpr bool relays_transactions(ConnectionKind kind) {
  return kind == ConnectionKind::FullRelay || kind == ConnectionKind::Manual || kind == ConnectionKind::Inbound;
}

}  // namespace kepeng::gossip
