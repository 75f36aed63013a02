// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What all conversations call a peer, and the moments they are told. Value types.
#pragma once

#include <compare>
#include <cstdint>

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

}  // namespace kepeng::gossip
