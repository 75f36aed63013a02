// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BloomServing: light clients that send a Bloom filter and get what matches it (BIP37), where the operator offers that.
//
// A peer has one filter at a time, which grows by the outpoints of what it matched if it asked for that. A block is
// answered by a proof of the transactions that match, then those transactions themselves. Where it is not offered, its
// messages end the connection. Memory: one filter a peer, of at most 36,000 bytes. Peer thread.
#pragma once

#include <map>
#include <set>

#include <kepeng/gossip/actions.h>
#include <kepeng/wire/bloom_filter.h>

namespace kepeng::gossip {

// Does the filter match the transaction: its id, data in its output scripts, what it spends, data in its input scripts?
// Outputs that match are put into the filter as its mode says, so that their spending will match.
bool match_and_update(wire::BloomFilter& filter, const Transaction& tx);

class BloomServing {
 public:
  enum class Offer : std::uint8_t { No, Yes };
  explicit BloomServing(Offer offer) : offer_{offer} {}

  // Offered to this peer at least, because the operator says so.
  void allow(PeerId peer) { allowed_.insert(peer); }
  void remove_peer(PeerId peer) {
    filters_.erase(peer);
    allowed_.erase(peer);
  }
  void on(PeerId peer, wire::FilterLoad message, Actions& out);
  void on(PeerId peer, const wire::FilterAdd& message, Actions& out);
  void on(PeerId peer, const wire::FilterClear& message, Actions& out);

  bool is_open_to(PeerId peer) const { return offer_ == Offer::Yes || allowed_.contains(peer); }
  bool has_filter(PeerId peer) const { return filters_.contains(peer); }
  // For relay to the peer: true without a filter.
  bool wants(PeerId peer, const Transaction& tx);
  // The answer to a request for a filtered block; none without a filter.
  void serve(PeerId peer, const BlockPtr& block, Actions& out);

 private:
  // False: the peer is sent away.
  bool is_offered(PeerId peer, Actions& out) const;

  Offer offer_;
  std::set<PeerId> allowed_;
  std::map<PeerId, wire::BloomFilter> filters_;
};

}  // namespace kepeng::gossip
