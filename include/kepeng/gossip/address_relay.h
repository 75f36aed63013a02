// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// AddressRelay: what peers tell each other about where nodes are.
//
// Peers that we chose are asked once for what they know. What arrives goes into the address book at a bounded rate;
// fresh addresses in small messages, which nodes send about themselves, go on to one or two peers that are the same all
// day, so that they spread without flooding. Who connected to us may ask once, and gets a part of the book that is the
// same for everybody on its network for a day: neither asking often nor asking from many addresses shows more of it
// (reliability P-16, P-17). Inbound peers take part from when they first speak of addresses. Peer thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include <kepeng/gossip/actions.h>
#include <kepeng/gossip/address_book.h>
#include <kepeng/gossip/ban_list.h>
#include <kepeng/gossip/handshake.h>
#include <kepeng/gossip/recent_set.h>

namespace kepeng::gossip {

struct AddressRelayNumbers {
  double tokens_per_second = 0.1;  // addresses that a peer may tell us
  double tokens_max = 1000;
  double tokens_for_question = 1000;                  // the answer to our getaddr is welcome whole
  std::int64_t send_every_ms = 30'000;                // on average
  std::int64_t tell_of_us_every_ms = 24 * 3'600'000;  // on average
  std::int64_t answer_kept_min_ms = 21 * 3'600'000;
  std::int64_t answer_kept_spread_ms = 6 * 3'600'000;
};

class AddressRelay {
 public:
  struct Context {
    AddressBook& book;
    const BanList& bans;
    Prng& random;
    crypto::SipHashKey key;
    std::set<wire::AddressNetwork> reachable;  // networks that we can connect to
  };
  explicit AddressRelay(Context context, const AddressRelayNumbers& numbers = {})
      : with_{std::move(context)}, numbers_{numbers} {}

  using Now = gossip::Now;
  enum class Form : std::uint8_t { V1, V2 };                  // BIP155
  enum class Exchange : std::uint8_t { Addresses, Nothing };  // block-only connections exchange none
  struct PeerFacts {
    Direction direction;
    Form form;
    Exchange exchange;
    wire::NetworkAddress address;
    enum class Limit : std::uint8_t { Usual, None } limit = Limit::Usual;  // None: the operator trusts it
    std::optional<wire::AddressNetwork> through{};                         // where that is not the address's own
    std::optional<wire::AddressEntry> our_address{};                       // as the peer says

    wire::AddressNetwork network() const { return through.value_or(address.network()); }
  };
  // After the handshake.
  void add_peer(PeerId peer, const PeerFacts& facts, Now now, Actions& out);
  void remove_peer(PeerId peer) { peers_.erase(peer); }

  void on(PeerId peer, const wire::GetAddr& message, Now now, Actions& out);
  void on(PeerId peer, const wire::Addr& message, Now now) { take(peer, message.entries, now); }
  void on(PeerId peer, const wire::AddrV2& message, Now now) { take(peer, message.entries, now); }
  void on_tick(Now now, Actions& out);

  // Where we can be reached; none while we have nothing to offer. Told now and then to everybody who may know.
  // A new one soon.
  void set_own(std::vector<wire::AddressEntry> own);
  enum class Telling : std::uint8_t { Yes, No };  // No: we have nothing to offer yet
  void set_telling(Telling telling) { telling_ = telling; }
  void set_reachable(std::set<wire::AddressNetwork> networks) { with_.reachable = std::move(networks); }

  struct Counts {
    std::uint64_t processed = 0;
    std::uint64_t rate_limited = 0;
    bool takes_part = false;
  };
  Counts counts(PeerId peer) const;

 private:
  struct Peer {
    PeerFacts facts;
    bool takes_part = false;
    bool awaits_answer = false;  // to our getaddr
    bool was_answered = false;   // its getaddr
    double tokens = 1;
    Moment tokens_at;
    Moment next_send;
    Moment next_own;
    RecentSet known;
    std::vector<wire::AddressEntry> waiting;
    Counts counts{};
  };
  struct Answer {
    std::vector<wire::AddressEntry> entries;
    Moment good_until;
  };

  void take(PeerId id, const std::vector<wire::AddressEntry>& entries, Now now);
  static bool take_token(Peer& peer);
  void refill(Peer& peer, Moment now) const;
  void relay(PeerId from, const wire::AddressEntry& entry, Now now);
  std::vector<wire::AddressEntry> own_for(const Peer& peer) const;
  void put(Peer& peer, const wire::AddressEntry& entry);
  void send_waiting(PeerId id, Peer& peer, Actions& out);
  const std::vector<wire::AddressEntry>& answer_for(wire::AddressNetwork network, Now now);
  Moment random_moment(Moment now, std::int64_t mean_ms);

  Context with_;
  AddressRelayNumbers numbers_;
  std::map<PeerId, Peer> peers_;
  std::map<wire::AddressNetwork, Answer> answers_;
  std::vector<wire::AddressEntry> own_;
  Telling telling_ = Telling::Yes;
};

}  // namespace kepeng::gossip
