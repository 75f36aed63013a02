// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ReceivePool: what peers have sent and the peer thread has not looked at yet, of each and of all (reliability P-02).
// Private to peering.
//
// Who has sent too much is read no further until he has been heard; meanwhile his TCP waits. One peer may have
// `peer_max` here; once all together have more than `all_max`, nobody may have more than an equal share. Each piece
// counts for what it costs, so that many small ones are not cheap. Thread-safe: the net thread adds, the peer thread
// takes away.
#pragma once

#include <set>
#include <unordered_map>
#include <vector>

#include <kepeng/base/guarded.h>
#include <kepeng/net/connections.h>

namespace kepeng::peering {

class ReceivePool {
 public:
  struct Limits {
    std::size_t peer_max = 5'000'000;
    std::size_t peer_low = 1'000'000;  // at this a peer that was too fast is read again
    std::size_t all_max = 16u << 20;   // the rest of 64 MiB is for messages that have begun (links.cpp)
    std::size_t share_min = 64u << 10;
  };
  static constexpr std::size_t kPieceCost = 256;  // of the task, the allocation and the list

  ReceivePool() : ReceivePool(Limits{}) {}
  explicit ReceivePool(const Limits& limits) : limits_{limits} {}

  enum class Reading : std::uint8_t { GoesOn, Pauses };
  // A piece has come. Pauses: from now on, until `take` names the connection.
  Reading add(net::ConnectionId id, std::size_t bytes);
  // It has been dealt with. Whom to read again.
  std::vector<net::ConnectionId> take(net::ConnectionId id, std::size_t bytes);
  // The connection is gone; its pieces count until they are taken.
  void forget(net::ConnectionId id);

  std::size_t held() const;
  std::size_t held(net::ConnectionId id) const;

 private:
  struct Account {
    std::size_t bytes = 0;
    bool is_gone = false;
  };
  struct State {
    std::unordered_map<net::ConnectionId, Account> accounts;
    std::set<net::ConnectionId> paused;
    std::size_t bytes = 0;
  };
  std::size_t share(const State& state) const;

  const Limits limits_;
  Guarded<State> state_;
};

}  // namespace kepeng::peering
