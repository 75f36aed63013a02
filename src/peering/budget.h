// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Budget: memory that all peers draw on and that each of them has to give back by itself: messages that have begun to
// come and do not end, bytes that wait for somebody to take them. Private to peering.
//
// When more is drawn than there is, somebody has to go: of those who hold more than an equal share, the one that has
// given nothing back for the longest time; those that we chose only after all that called us. Peer thread.
#pragma once

#include <map>
#include <optional>

#include <kepeng/gossip/peer.h>
#include <kepeng/net/connections.h>

namespace kepeng::peering {

class Budget {
 public:
  explicit Budget(std::size_t bytes_max) : bytes_max_{bytes_max} {}

  // It holds so much now.
  void set(net::ConnectionId id, std::size_t bytes, gossip::Direction direction, gossip::Moment now);
  void forget(net::ConnectionId id);
  // Who has to go, while there is somebody. Forgotten at once, as its memory will be free.
  std::optional<net::ConnectionId> take_overdrawn();

  std::size_t held() const { return bytes_; }
  std::size_t held(net::ConnectionId id) const;

 private:
  struct Holder {
    std::size_t bytes = 0;
    gossip::Moment since;  // of the last time that it had less than before
    bool was_chosen = false;
  };
  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::map<net::ConnectionId, Holder> holders_;
};

}  // namespace kepeng::peering
