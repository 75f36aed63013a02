// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// TransactionRequests: of whom to ask which announced transaction, so that silence of many costs little time.
//
// A transaction is asked of one peer at a time. Peers that we chose come first; others, those that only know txids, and
// those that owe much already, wait two seconds. Who does not answer in a minute has lost the question to another
// announcer, drawn by a secret number so that nobody can arrange to be first. What one peer may announce, and what it
// may be asked at once, is bounded (reliability P-12). Memory and time are proportional to announcements. Peer thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include <kepeng/crypto/siphash.h>
#include <kepeng/gossip/peer.h>
#include <kepeng/primitives/hash.h>

namespace kepeng::gossip {

// By which of its two names a transaction is spoken of.
struct TransactionName {
  crypto::Hash32 hash{};
  bool is_wtxid = true;

  static TransactionName of(const Wtxid& wtxid) { return {wtxid.bytes, true}; }
  static TransactionName of(const Txid& txid) { return {txid.bytes, false}; }
  friend auto operator<=>(const TransactionName&, const TransactionName&) = default;
};

class TransactionRequests {
 public:
  explicit TransactionRequests(crypto::SipHashKey key) : key_{key} {}

  enum class Standing : std::uint8_t { Preferred, Usual, Free };  // Free: the operator lets it announce without limits
  void add_peer(PeerId peer, Standing standing);
  void remove_peer(PeerId peer);

  // The peer says that it has it. Nothing happens if it said so before, or says too much.
  void on_announced(PeerId peer, const TransactionName& name, Moment now);
  // It came, or the peer has it not: whoever else announced it may be asked.
  void on_answered(PeerId peer, const TransactionName& name);
  // Nobody is to be asked for it any more: it is here, or is not wanted.
  void forget(const TransactionName& name);
  // What to ask of this peer now. Counts as asked.
  std::vector<TransactionName> due(PeerId peer, Moment now);

  // All who have said that they have it, whatever became of that.
  std::vector<PeerId> announcers(const TransactionName& name) const;
  std::size_t announced(PeerId peer) const;
  std::size_t in_flight(PeerId peer) const;
  std::size_t size() const { return total_; }

 private:
  struct Announcement {
    Moment ready;  // not to be asked earlier
    std::optional<Moment> asked;
    bool is_done = false;  // had its turn
  };
  struct Transaction {
    std::map<PeerId, Announcement> by;
  };
  struct Peer {
    Standing standing = Standing::Usual;
    std::set<TransactionName> announced;
    std::size_t in_flight = 0;
    std::vector<TransactionName> to_ask;  // chosen, and not fetched by `due` yet
  };

  // Something may have become due: looks again at those whose time has come.
  void wake(Moment now);
  void look_again(const TransactionName& name, Moment now);
  std::optional<PeerId> choose(const TransactionName& name, const Transaction& transaction, Moment now) const;
  std::uint64_t rank(const TransactionName& name, PeerId peer) const;
  void drop_if_done(const TransactionName& name);
  void expire(Moment now);
  void erase(const TransactionName& name, Transaction& transaction, PeerId peer);

  crypto::SipHashKey key_;
  std::map<PeerId, Peer> peers_;
  std::map<TransactionName, Transaction> transactions_;
  std::multimap<Moment, TransactionName> wakings_;  // when to look again
  std::multimap<Moment, std::pair<TransactionName, PeerId>> deadlines_;
  std::size_t total_ = 0;
};

}  // namespace kepeng::gossip
