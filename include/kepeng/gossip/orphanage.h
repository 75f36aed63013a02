// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Orphanage: transactions that came before what they spend, kept until that comes.
//
// An orphan belongs to every peer that announced it, and stays as long as one of them has room: each has a share of its
// own that nobody can take away, and only who uses more than a share loses what it brought first (reliability P-14).
// What may be kept in all grows with the number of peers. Peer thread.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <vector>

#include <kepeng/gossip/peer.h>
#include <kepeng/primitives/transaction.h>

namespace kepeng::gossip {

struct OrphanageLimits {
  std::uint64_t weight_per_peer = 404'000;  // the largest transaction, or many small ones
  std::size_t score_max = 3'000;            // of all: how long it may take to go through them
};

class Orphanage {
 public:
  explicit Orphanage(const OrphanageLimits& limits = {}) : limits_{limits} {}

  // True if it is a new one. What was too much is gone afterwards, perhaps this one.
  bool add(const TxPtr& tx, PeerId from);
  // Another peer has it too. False if it is not here.
  bool add_announcer(const Wtxid& wtxid, PeerId peer);
  bool contains(const Wtxid& wtxid) const { return orphans_.contains(wtxid); }
  TxPtr find(const Wtxid& wtxid) const;
  // With any witness.
  std::vector<TxPtr> find(const Txid& txid) const;
  void remove(const Wtxid& wtxid);
  void remove_peer(PeerId peer);
  // A block has these: they are no orphans any more, nor is what spends the same coins.
  void remove_confirmed(std::span<const Transaction> transactions);

  // Those that spend an output of this one, the youngest first.
  std::vector<TxPtr> children_of(const Transaction& parent) const;
  std::set<PeerId> announcers(const Wtxid& wtxid) const;

  struct Orphan {
    TxPtr tx;
    std::set<PeerId> from;
    std::uint64_t order = 0;
  };
  std::vector<Orphan> all() const;
  std::size_t size() const { return orphans_.size(); }
  std::uint64_t weight_of(PeerId peer) const;

 private:
  struct Share {
    std::uint64_t weight = 0;
    std::size_t score = 0;
    std::map<std::uint64_t, Wtxid> by_order;  // the oldest first
  };
  static std::size_t score_of(const Transaction& tx) { return 1 + tx.inputs.size() / 10; }
  void give(Orphan& orphan, PeerId peer);
  void take(const Wtxid& wtxid, PeerId peer);
  void trim();

  OrphanageLimits limits_;
  std::map<Wtxid, Orphan> orphans_;
  std::map<OutPoint, std::set<Wtxid>> by_prevout_;
  std::map<Txid, std::set<Wtxid>> by_txid_;
  std::map<PeerId, Share> shares_;
  std::uint64_t next_order_ = 0;
  std::uint64_t weight_ = 0;  // shared ones count once for each share
  std::size_t score_ = 0;
};

}  // namespace kepeng::gossip
