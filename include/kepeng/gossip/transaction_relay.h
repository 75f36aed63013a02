// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// TransactionRelay: unconfirmed transactions between peers: who is asked for which, who is told of which, and when.
//
// What the mempool holds is mirrored here by its events, so that nobody waits for it. New ones are announced at random
// moments (one shared by all who call us, so that many connections see no more than one does), ours like anybody's, and
// at a bounded rate; a peer gets only what it may have heard of (reliability P-12, P-13, P-28). What was refused is
// remembered until the next block; what lacks its parents waits in the orphanage, and a parent that pays too little is
// tried again together with its child. Judging is done elsewhere: a transaction goes out as an action and its outcome
// comes back. Peer thread.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <kepeng/base/random.h>
#include <kepeng/gossip/actions.h>
#include <kepeng/gossip/compact_blocks.h>
#include <kepeng/gossip/orphanage.h>
#include <kepeng/gossip/permissions.h>
#include <kepeng/gossip/recent_set.h>
#include <kepeng/gossip/transaction_requests.h>

namespace kepeng::gossip {

// What became of a transaction that was handed in.
enum class Judgement : std::uint8_t {
  Accepted,
  AlreadyHere,
  MissingInputs,
  FeeTooLow,      // a child may pay for it
  WitnessFault,   // another witness may do
  RefusedAnyhow,  // for something that no witness changes
  Refused,        // perhaps for its witness
  NotJudged,      // a failure of ours: it may come again
};

// A transaction that the mempool has taken in.
struct PooledTransaction {
  PackedTxPtr tx;
  std::int64_t fee_per_kvb = 0;     // its own
  std::int64_t mined_per_kvb = 0;   // of the chunk in which it would be mined
  bool is_to_be_asked_for = false;  // ours, and nobody has asked for it yet
  bool is_news = true;              // else peers may have it, and are not told: it was here before a restart
};

// How far in the pool's order, in each of its classes by fee.
struct RelayPlaces {
  static constexpr std::size_t kClasses = 24;
  std::array<std::uint64_t, kClasses> of{};
};

class RelayPool;

class TransactionRelay final : public TransactionSource {
 public:
  struct PeerFacts {
    Direction direction = Direction::Inbound;
    bool by_wtxid = true;            // BIP339
    bool wants_transactions = true;  // BIP37's flag
    bool takes_fee_filter = true;    // BIP133
    Permissions permissions{};
  };
  static constexpr double kAnnouncedPerSecond = 14;
  // To one peer, so many a second: to those that we chose more.
  explicit TransactionRelay(Prng& random, double announced_per_second = kAnnouncedPerSecond);
  ~TransactionRelay() override;

  // After the handshake, with those that transactions are exchanged with.
  void add_peer(PeerId peer, const PeerFacts& facts, Moment now, Actions& out);
  void remove_peer(PeerId peer);

  // --- messages
  void on_announced(PeerId peer, const wire::InventoryItem& item, Moment now);
  void on(PeerId peer, const TxPtr& tx, Moment now, Actions& out);
  void on_missing(PeerId peer, const wire::InventoryItem& item);
  // The answer to a question for a transaction. False: it is not to be had.
  bool serve(PeerId peer, const wire::InventoryItem& item, Actions& out);
  // BIP35: everything, at once.
  void serve_all(PeerId peer, Actions& out);
  void on_fee_filter(PeerId peer, std::int64_t sats_per_kvb);
  void on_tick(Moment now, Actions& out);

  // --- the mempool
  void on_added(const PooledTransaction& pooled);
  enum class Removed : std::uint8_t { Confirmed, Otherwise };
  void on_removed(const PackedTxPtr& tx, Removed why);
  void on_judged(PeerId peer, const TxPtr& tx, Judgement judgement, Moment now, Actions& out);
  // Of a parent and its child.
  struct Family {
    TxPtr parent;
    TxPtr child;
    Judgement of_parent = Judgement::NotJudged;
    Judgement of_child = Judgement::NotJudged;
  };
  void on_package_judged(const Family& family, Actions& out);
  // Its owner wants it to be heard of: whoever does not know it is told once more.
  void tell_again(const Wtxid& wtxid);
  // The tip has moved: what was refused may be fine now.
  void on_tip();
  // What waited for these need not wait any longer.
  void on_block(std::span<const Transaction> transactions, Actions& out);
  // Blocks have left the chain and others have come: what those held may come again, and what was lacking may be there.
  void on_reorganised(Actions& out);
  // Who wants only some transactions (BIP37); asked for each announcement.
  using Filter = std::function<bool(PeerId, const PackedTxPtr&)>;
  void set_filter(Filter filter) { filter_ = std::move(filter); }
  // Satoshi for 1,000 virtual bytes. Less than `relay` is never taken; less than `pool` is not now.
  struct MinimumFees {
    std::int64_t relay = 0;
    std::int64_t pool = 0;
  };
  void set_minimum_fees(const MinimumFees& fees) { minimum_fees_ = fees; }
  // While the chain is far behind nothing can be judged: peers hear that no fee is enough.
  void set_catching_up(bool is_catching_up) { is_catching_up_ = is_catching_up; }
  // BIP37: a peer that wanted none at first.
  void set_wants_transactions(PeerId peer);

  // --- looking
  void visit(const std::function<void(const PackedTxPtr&)>& visitor) const override;
  struct Counts {
    std::size_t to_announce = 0;
    std::size_t requested = 0;
    std::uint64_t sequence = 0;  // up to which it was told
  };
  Counts counts(PeerId peer) const;
  // How far behind announcements are, of those who call us or of those whom we call: of the peer that waits for most,
  // and what may be told to the one that may be told least.
  struct Backlog {
    std::size_t transactions = 0;
    double count_left = 0;
    double bytes_left = 0;
  };
  enum class Side : std::uint8_t { Inbound, Outbound };
  Backlog backlog(Side side) const;
  // So much of this peer's waits to be judged that it should not be heard before some of it is.
  bool has_enough_waiting(PeerId peer) const;
  // What waits to be judged, in memory: of all peers, of one.
  std::size_t waiting_bytes() const { return waiting_bytes_; }
  std::size_t waiting_bytes(PeerId peer) const;
  const Orphanage& orphans() const { return orphans_; }

 private:
  struct Peer {
    PeerFacts facts;
    RelayPlaces told_up_to;
    std::set<std::uint64_t> told_ahead{};  // places of what others need that were told
    RecentSet known;
    Moment next_announcement;
    Moment next_fee_filter;
    std::int64_t fee_filter = 0;
    std::int64_t fee_filter_told = 0;  // as good as none
    double tokens = 0;                 // transactions that it may be told of
    double bytes = 0;                  // and their bytes
    Moment tokens_at;
    std::size_t waiting = 0;  // to be judged
    std::size_t waiting_bytes = 0;
  };

  bool is_known(const TransactionName& name) const;
  void announce(PeerId id, Peer& peer, Moment now, Actions& out);
  void tell(Peer& peer, const PackedTransaction& tx, wire::Inv& inv);
  void tell_parents(PeerId id, Peer& peer, const PackedTransaction& tx, wire::Inv& inv);
  std::int64_t fee_to_tell();
  bool is_to_be_told_sooner(const Peer& peer) const;
  void tell_fee_filter(PeerId id, Peer& peer, Moment now, Actions& out);
  void ask(PeerId id, Moment now, Actions& out);
  void hand_in(PeerId peer, const TxPtr& tx, Actions& out);
  bool begin_judgement(PeerId peer, const Transaction& tx);
  void end_judgement(const Wtxid& wtxid);
  void ask_for_parents(PeerId id, const TxPtr& tx, Moment now);
  void adopt(PeerId peer, const TxPtr& tx, Moment now);
  void try_children(const Transaction& parent, Actions& out);
  bool try_package(PeerId peer, const TxPtr& parent, Actions& out);
  void forget_requests(const Txid& txid, const Wtxid& wtxid);
  void note_refusal(const Transaction& tx, Judgement judgement);
  Moment random_moment(Moment now, std::int64_t mean_ms);
  wire::InventoryItem item_for(const Peer& peer, const PackedTransaction& tx) const;

  Prng& random_;
  const double announced_per_second_;
  std::map<PeerId, Peer> peers_;
  TransactionRequests requests_;
  Orphanage orphans_;
  std::unique_ptr<RelayPool> pool_;
  std::set<Wtxid> to_be_asked_for_;
  RecentSet refused_;          // by wtxid; by txid only what no other witness can mend
  RecentSet may_be_paid_for_;  // refused for their fee
  RecentSet confirmed_;
  struct Waiting {
    PeerId from;
    std::size_t bytes = 0;
  };
  std::map<Wtxid, Waiting> under_judgement_;
  std::size_t waiting_bytes_ = 0;
  Moment next_inbound_;  // when those who call us are told again
  Moment next_reminder_;
  MinimumFees minimum_fees_;
  bool is_catching_up_ = false;
  Filter filter_;
};

}  // namespace kepeng::gossip
