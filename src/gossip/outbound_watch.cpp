// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/outbound_watch.h>

#include <algorithm>

#include <kepeng/chain/locator.h>
#include <kepeng/gossip/handshake.h>

namespace kepeng::gossip {
namespace {

constexpr std::int64_t kLagMs = 20 * 60'000;
constexpr std::int64_t kAnswerMs = 2 * 60'000;
constexpr std::size_t kProtectedMax = 4;
constexpr std::int64_t kTipCheckMs = 10 * 60'000;
constexpr std::int64_t kTrialMs = 30'000;  // what a further connection gets to show a better chain

using Facts = OutboundWatch::Facts;
using Tip = OutboundPlan::View::Tip;

bool is_watched(const Facts& peer) {
  return peer.kind == ConnectionKind::FullRelay || peer.kind == ConnectionKind::BlockRelay;
}

bool has_work_of(const Facts& peer, const chain::Entry& goal) {
  return peer.best_known != nullptr && !(peer.best_known->chain_work < goal.chain_work);
}

std::vector<const Facts*> of_kind(const OutboundWatch::View& view, ConnectionKind kind) {
  std::vector<const Facts*> found;
  for (const Facts& peer : view.peers) {
    if (peer.kind == kind) found.push_back(&peer);
  }
  return found;
}

bool had_its_trial(const Facts& peer, Moment now) {
  return now - peer.connected >= kTrialMs && !peer.owes_blocks;
}

}  // namespace

void OutboundWatch::look(const View& view, Moment now, Actions& out) {
  forget_the_gone(view);
  for (const Facts& peer : view.peers) {
    if (!is_watched(peer)) continue;
    protect(peer, view);
    watch_lag(peer, view, now, out);
  }
  watch_tip(view, now);
  drop_extra_block_relay(view, now, out);
  drop_extra_full_relay(view, now, out);
}

void OutboundWatch::forget_the_gone(const View& view) {
  const auto is_gone = [&](PeerId id) {
    return std::none_of(view.peers.begin(), view.peers.end(), [&](const Facts& peer) { return peer.peer == id; });
  };
  std::erase_if(lags_, [&](const auto& item) { return is_gone(item.first); });
  std::erase_if(protected_, is_gone);
}

void OutboundWatch::protect(const Facts& peer, const View& view) {
  if (peer.kind != ConnectionKind::FullRelay || protected_.size() >= kProtectedMax) return;
  if (has_work_of(peer, *view.tip)) protected_.insert(peer.peer);
}

void OutboundWatch::watch_lag(const Facts& peer, const View& view, Moment now, Actions& out) {
  if (protected_.contains(peer.peer)) return;
  if (has_work_of(peer, *view.tip)) {
    lags_.erase(peer.peer);
    return;
  }
  Lag& lag = lags_[peer.peer];
  // Who has come as far as we were then gets as much time again for what is new since.
  if (lag.goal == nullptr || has_work_of(peer, *lag.goal)) {
    lag = {view.tip, now + kLagMs, false};
  } else if (now < lag.until) {
    return;
  } else if (!lag.is_asked) {
    lag.is_asked = true;
    lag.until = now + kAnswerMs;
    const chain::Entry* from = lag.goal->parent != nullptr ? lag.goal->parent : lag.goal;
    out.push_back(Send{peer.peer, wire::GetHeaders{{kProtocolVersion, chain::make_locator(from), {}}}});
  } else {
    out.push_back(Disconnect{peer.peer, "its chain has been behind ours for too long"});
  }
}

void OutboundWatch::watch_tip(const View& view, Moment now) {
  if (view.tip != last_tip_) {
    last_tip_ = view.tip;
    tip_since_ = now;
    tip_state_ = Tip::Current;
    next_tip_check_ = now + std::min(stale_after_ms_, kTipCheckMs);
  }
  if (now < next_tip_check_) return;
  next_tip_check_ = now + kTipCheckMs;
  const bool is_coming =
      std::any_of(view.peers.begin(), view.peers.end(), [](const Facts& peer) { return peer.owes_blocks; });
  tip_state_ = now - tip_since_ >= stale_after_ms_ && !is_coming ? Tip::Stale : Tip::Current;
}

// The newest one goes, unless it brought a block later than the one before it.
void OutboundWatch::drop_extra_block_relay(const View& view, Moment now, Actions& out) {
  auto peers = of_kind(view, ConnectionKind::BlockRelay);
  if (peers.size() <= numbers_.block_relay || peers.size() < 2) return;
  std::sort(peers.begin(), peers.end(), [](const Facts* a, const Facts* b) { return a->peer > b->peer; });
  const Facts* leaving = peers[0]->last_block > peers[1]->last_block ? peers[1] : peers[0];
  if (had_its_trial(*peers[0], now) && had_its_trial(*leaving, now)) {
    out.push_back(Disconnect{leaving->peer, "a further block connection brought nothing new"});
  }
}

// The one whose last block came longest ago; the newest among equals. The only one in its network stays.
void OutboundWatch::drop_extra_full_relay(const View& view, Moment now, Actions& out) {
  const auto peers = of_kind(view, ConnectionKind::FullRelay);
  if (peers.size() <= numbers_.full_relay) return;
  const bool is_on_trial =
      std::any_of(peers.begin(), peers.end(), [&](const Facts* peer) { return now - peer->connected < kTrialMs; });
  if (is_on_trial) return;
  const Facts* slowest = nullptr;
  for (const Facts* peer : peers) {
    const auto in_network =
        std::count_if(peers.begin(), peers.end(), [&](const Facts* other) { return other->network == peer->network; });
    if (protected_.contains(peer->peer) || in_network == 1 || !had_its_trial(*peer, now)) continue;
    const bool is_slower = slowest == nullptr || peer->last_block < slowest->last_block ||
                           (peer->last_block == slowest->last_block && peer->peer > slowest->peer);
    if (is_slower) slowest = peer;
  }
  if (slowest == nullptr) return;
  out.push_back(Disconnect{slowest->peer, "of more full connections than are needed the slowest"});
  // Enough until the next check.
  tip_state_ = Tip::Current;
}

}  // namespace kepeng::gossip
