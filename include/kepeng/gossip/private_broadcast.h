// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// PrivateBroadcast: gives transactions of ours to strangers whom we meet for nothing else, so that nobody learns whose
// they are.
//
// A transaction waits here and nowhere else: the mempool knows nothing of it until it comes from somebody like any
// other; then it is ours no more. Three peers get it, each over a connection of its own that hides us: a version that
// says the same of everybody, one announcement, the transaction, a ping whose answer shows that it has arrived, and
// good-bye. What nobody has sent back after some minutes is given to one more, if it would still be taken. Whom we met
// is kept in memory only, and not in the address book. Bounded: transactions, their bytes, attempts, connections
// (reliability P-29). Whoever drives it finds the ways, and tells what came of them. Peer thread; randomness is handed
// in.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include <kepeng/gossip/actions.h>
#include <kepeng/gossip/address_book.h>
#include <kepeng/gossip/ban_list.h>

namespace kepeng::gossip {

struct PrivateLimits {
  std::size_t transactions_max = 10'000;
  std::size_t bytes_max = 100u << 20;  // of all transactions: several blocks
  std::size_t attempts_max = 1'000;    // of one
  std::size_t connections_max = 64;    // at once
  std::size_t peers_shown_max = 100;   // of one transaction, the last ones
};

class PrivateBroadcast {
 public:
  static constexpr int kCopies = 3;
  static constexpr std::int64_t kConnectionMs = 180'000;  // from the first step to the last word
  static constexpr std::int64_t kReviewSeconds = 120;     // and up to so many more at random:
  static constexpr std::int64_t kReviewSpreadSeconds = 60;
  static constexpr std::int64_t kSamePeerSeconds = 600;  // before a peer may get the same again

  struct Context {
    AddressBook& book;
    const BanList& bans;
    Prng& random;
  };
  explicit PrivateBroadcast(const Context& context, const PrivateLimits& limits = {})
      : with_{context}, limits_{limits} {}

  // --- transactions
  enum class Added : std::uint8_t { New, Again, NoRoom };
  // One that is here already begins anew.
  Added add(const TxPtr& tx, UnixTime now);
  // Those with this txid or wtxid; they are here no more.
  std::vector<TxPtr> abort(const crypto::Hash32& id);
  // It came from somebody, or is public in another way. True if it was here.
  bool on_seen(const Wtxid& wtxid);
  // What the mempool has to be asked about, once: would it still be taken? The answer goes to `on_reviewed`.
  std::vector<TxPtr> take_due_for_review(UnixTime now);
  enum class Review : std::uint8_t { StillGood, NoLonger, NotJudged };
  void on_reviewed(const Wtxid& wtxid, Review review, UnixTime now);

  struct Meeting {
    wire::Endpoint peer;
    UnixTime sent;
    std::optional<UnixTime> received;
  };
  struct Report {
    TxPtr tx;
    UnixTime added;
    std::size_t attempts_left = 0;
    std::vector<Meeting> peers;
  };
  std::vector<Report> all() const;

  // --- connections
  struct View {
    std::set<wire::AddressNetwork> networks;  // to which a way that hides us is open
    std::set<wire::Endpoint> avoid;           // ourselves
  };
  // Whom to connect to now; follow with `on_calling`.
  std::optional<KnownAddress> next_call(const View& view, Now now);
  // `nonce`: of the version; by it we know when we have met ourselves.
  void on_calling(PeerId peer, const wire::Endpoint& endpoint, std::uint64_t nonce, Moment now);
  void on_connected(PeerId peer, Actions& out);
  void on_message(PeerId peer, const wire::Message& message, Now now, Actions& out);
  // Also one that never came about.
  void on_disconnected(PeerId peer, Now now);
  void on_tick(Now now, Actions& out);
  std::size_t connections() const { return calls_.size(); }

 private:
  struct Transaction {
    TxPtr tx;
    std::uint64_t serial = 0;  // another one when the same comes again
    UnixTime added;
    int copies_wanted = kCopies;
    int under_way = 0;
    std::size_t attempts = 0;
    std::vector<Meeting> peers;
    UnixTime next_review;
    bool is_in_review = false;
  };
  enum class Stage : std::uint8_t { Calling, Version, Verack, Offered, Sent };
  struct Call {
    wire::Endpoint endpoint;
    std::uint64_t nonce = 0;
    Moment since;
    Stage stage = Stage::Calling;
    struct Carried {
      Wtxid wtxid;
      std::uint64_t serial = 0;
    };
    std::optional<Carried> carries{};
  };

  bool wants_more(const Transaction& one) const;
  bool was_told(const Transaction& one, const wire::Endpoint& endpoint, UnixTime now) const;
  // The transaction that has been given to the fewest.
  Transaction* choose_for(const wire::Endpoint& endpoint, UnixTime now);
  std::optional<KnownAddress> draw(const View& view, Now now);
  bool is_worth_a_call(const wire::Endpoint& endpoint, const View& view, UnixTime now);
  // Null when it was taken back meanwhile.
  Transaction* carried_by(const Call& call);
  void on_version(PeerId peer, const wire::Version& version, Now now, Actions& out);
  void offer(PeerId peer, Call& call, Now now, Actions& out);
  void hand_over(PeerId peer, const wire::GetData& asked, Now now, Actions& out);
  void on_pong(PeerId peer, Call& call, const wire::Pong& pong, Now now, Actions& out);
  void part(PeerId peer, std::string reason, Now now, Actions& out);
  void forget(std::map<Wtxid, Transaction>::iterator which);
  UnixTime review_time(UnixTime now);
  void pace(Moment now);

  Context with_;
  PrivateLimits limits_;
  std::map<Wtxid, Transaction> transactions_;
  std::size_t bytes_ = 0;
  std::uint64_t next_serial_ = 1;
  std::map<PeerId, Call> calls_;
  Moment next_call_;
  int failures_ = 0;  // in a row
};

}  // namespace kepeng::gossip
