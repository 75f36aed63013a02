// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// OutboundPlan: which connection to open next, so that whoever wants to surround us must own much of the network.
//
// Eight connections relay everything, two only blocks (they show less of us), none two in one group of addresses. Block
// connections from before a restart come first, once (anchors). When the slots are full, short-lived ones go on: a
// feeler every two minutes tries an address that nobody tried, or one whose place in the book is wanted by another; a
// further block connection every five minutes looks whether others know a better chain; so does a full one when our tip
// is stale; a connection to a network that we have none to keeps us from being cut off with one of them (reliability
// P-23, P-24). Asked about twice a second; randomness is handed in. Peer thread.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <vector>

#include <kepeng/gossip/address_book.h>
#include <kepeng/gossip/ban_list.h>
#include <kepeng/gossip/peer.h>

namespace kepeng::gossip {

struct OutboundNumbers {
  std::size_t full_relay = 8;
  std::size_t block_relay = 2;
  std::int64_t feeler_every_ms = 2 * 60'000;  // on average, as the following
  std::int64_t extra_block_relay_every_ms = 5 * 60'000;
  std::int64_t extra_network_every_ms = 5 * 60'000;

  // Nobody is called.
  static OutboundNumbers none() { return {0, 0, 0, 0, 0}; }
  bool is_none() const { return full_relay == 0 && block_relay == 0; }
};

class OutboundPlan {
 public:
  struct Context {
    AddressBook& book;
    const BanList& bans;
    Prng& random;
    std::set<wire::AddressNetwork> reachable;
  };
  explicit OutboundPlan(Context context, const OutboundNumbers& numbers = {})
      : with_{std::move(context)}, numbers_{numbers} {}

  // Block connections of the last run. Used once each.
  void set_anchors(std::vector<wire::Endpoint> anchors) { anchors_ = std::move(anchors); }

  void set_reachable(std::set<wire::AddressNetwork> networks) { with_.reachable = std::move(networks); }

  // Every connection, those that are being made included.
  struct Live {
    wire::Endpoint endpoint;
    ConnectionKind kind;
  };
  struct View {
    std::span<const Live> live;
    enum class Tip : std::uint8_t { Current, Stale } tip = Tip::Current;
    enum class Sync : std::uint8_t { CatchingUp, Done } sync = Sync::Done;  // extra connections wait until it is done
  };
  using Now = gossip::Now;
  struct Attempt {
    wire::Endpoint endpoint;
    ConnectionKind kind;
  };
  // The next one, if there is reason and somebody to connect to. Notes the attempt in no place: report how it went to
  // the book (note_attempt, note_success).
  std::optional<Attempt> next(const View& view, Now now);

  // The block connections that are worth remembering over a restart.
  static std::vector<wire::Endpoint> anchors_of(std::span<const Live> live);

 private:
  struct Want {
    ConnectionKind kind;
    std::optional<wire::AddressNetwork> network{};
  };
  std::optional<Want> want(const View& view, Now now);
  std::optional<wire::AddressNetwork> missing_network(const View& view);
  std::optional<Attempt> next_anchor(const View& view, Now now);
  std::optional<wire::Endpoint> choose(const Want& want, const View& view, Now now);
  std::optional<KnownAddress> draw(const Want& want, Now now);
  bool is_acceptable(const KnownAddress& known, const Want& want, Now now, int tries) const;
  // Each of the timers rings at random moments, first a while after the start.
  bool is_due(std::optional<Moment>& timer, std::int64_t mean_ms, Moment now);

  Context with_;
  OutboundNumbers numbers_;
  std::vector<wire::Endpoint> anchors_;
  std::optional<Moment> next_feeler_;
  std::optional<Moment> next_extra_block_relay_;
  std::optional<Moment> next_extra_network_;
};

}  // namespace kepeng::gossip
