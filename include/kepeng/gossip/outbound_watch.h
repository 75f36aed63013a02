// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// OutboundWatch: are the peers that we chose worth their places?
//
// Who is twenty minutes behind the work that our tip had is asked for headers, and given up when two more minutes bring
// nothing better; four full peers that were first to show a chain as good as ours are spared, so that nobody can talk
// us out of all of them at once. When no block has come for three spacings and none is under way, our own view may be
// the stale one: the plan may then try one more full connection. Of connections beyond their number the one that was
// slowest to bring new blocks goes again, once it has had half a minute and owes us nothing (reliability P-08, P-23).
//
// The driver shows it all its outbound peers every few seconds (`look`), carries out the actions, and hands `tip` to
// OutboundPlan. No clock and no sockets. Peer thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include <kepeng/gossip/actions.h>
#include <kepeng/gossip/outbound_plan.h>

namespace kepeng::gossip {

class OutboundWatch {
 public:
  // `spacing` is the network's between blocks.
  OutboundWatch(const OutboundNumbers& numbers, std::int64_t spacing_seconds)
      : numbers_{numbers}, stale_after_ms_{3 * spacing_seconds * 1'000} {}

  // Of peers whose handshake is over; those that we did not choose are passed over.
  struct Facts {
    PeerId peer;
    ConnectionKind kind;
    wire::AddressNetwork network;
    Moment connected;
    Moment last_block;                         // that it brought; zero: none
    const chain::Entry* best_known = nullptr;  // the last block that it is known to have
    bool owes_blocks = false;
  };
  struct View {
    std::span<const Facts> peers;
    const chain::Entry* tip = nullptr;
  };
  void look(const View& view, Moment now, Actions& out);
  OutboundPlan::View::Tip tip() const { return tip_state_; }

 private:
  // A peer that is behind.
  struct Lag {
    const chain::Entry* goal = nullptr;  // our tip when its time began
    Moment until;
    bool is_asked = false;
  };
  void forget_the_gone(const View& view);
  void protect(const Facts& peer, const View& view);
  void watch_lag(const Facts& peer, const View& view, Moment now, Actions& out);
  void watch_tip(const View& view, Moment now);
  void drop_extra_block_relay(const View& view, Moment now, Actions& out);
  void drop_extra_full_relay(const View& view, Moment now, Actions& out);

  OutboundNumbers numbers_;
  std::int64_t stale_after_ms_;
  std::map<PeerId, Lag> lags_;
  std::set<PeerId> protected_;
  const chain::Entry* last_tip_ = nullptr;
  Moment tip_since_;
  Moment next_tip_check_;
  OutboundPlan::View::Tip tip_state_ = OutboundPlan::View::Tip::Current;
};

}  // namespace kepeng::gossip
