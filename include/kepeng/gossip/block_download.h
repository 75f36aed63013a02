// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BlockDownload: which block to ask of which peer, so that many peers together are as fast as the sum of them.
//
// Blocks on the way to the best header are asked for in order, each of one peer at a time, from a window above the last
// settled block that is bounded in blocks and in bytes. A peer gets as much at once as it delivers in a few seconds, by
// its measured speed. When the window waits for one peer alone, the block that is missing is asked of a second one, and
// the first is given up if it stays silent; what stands far back in a slow peer's queue is asked of one that has
// nothing to do. Other branches with more work than ours are asked for as well, of peers that have them, so that a
// header whose block is withheld stops nobody. No sockets, no clock: `plan` and `overdue` are asked with the moment.
// Rules and numbers: interfaces of the network (16 in flight to begin with, 1,024 blocks of window, stalling 2 to 64
// seconds, block timeout). Peer thread.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <kepeng/chain/entry.h>
#include <kepeng/gossip/peer.h>

namespace kepeng::gossip {

// What a peer says it can give (BIP159).
enum class Serves { Everything, LastBlocks };

struct DownloadLimits {
  Height window_blocks = 1024;
  std::uint64_t window_bytes = 192ull << 20;  // asked for, or here and not yet settled; by the average size
  std::size_t in_flight_first = 16;           // of one peer, before its speed is known
  std::size_t in_flight_min = 2;
  std::size_t in_flight_max = 128;
  std::int64_t horizon_ms = 4'000;  // a peer's share of the window: what it delivers in this time
  std::int64_t second_source_ms = 500;
  std::int64_t stall_min_ms = 2'000;
  std::int64_t stall_max_ms = 64'000;
  std::int64_t block_timeout_ms = 600'000;  // and half of it for each other peer that delivers
};

class BlockDownload {
 public:
  explicit BlockDownload(const DownloadLimits& limits = {}) : limits_{limits} {}

  void add_peer(PeerId peer, Serves serves);
  // What it was asked for is asked of others.
  void remove_peer(PeerId peer);
  // The last block of the peer's chain that we know to be there.
  void set_best_known(PeerId peer, const chain::Entry* entry);

  struct Target {
    const chain::Entry* settled = nullptr;
    const chain::Entry* best = nullptr;  // the header to go to
  };
  struct Request {
    PeerId peer;
    std::vector<const chain::Entry*> blocks;
  };
  // What to ask for now. Everything returned counts as asked for.
  std::vector<Request> plan(const Target& target, Moment now);

  // The operator's wish, beside the plan: counts as asked for. False if the peer was asked for it already.
  bool ask_of(PeerId peer, const chain::Entry& entry, Moment now);

  enum class Asked { OfThisPeer, OfAnother, OfNobody };
  // A block came, of `bytes`. It is not asked for again, whoever brought it, until `on_taken` says what became of it.
  Asked on_block(PeerId peer, const BlockHash& hash, std::size_t bytes, Moment now);
  // A block that nobody was asked for was handed in: it need not be asked for, until `on_taken`.
  void on_unasked(const BlockHash& hash) { arrived_.insert(hash); }
  // The block has been stored or refused: from here on the tree knows whether it is here.
  void on_taken(const BlockHash& hash) { arrived_.erase(hash); }
  // The peer does not have it (notfound), or what it sent was no good: another is asked.
  void on_missing(PeerId peer, const BlockHash& hash);
  // The peer has answered in another form, and the block came from elsewhere before.
  void on_needless(PeerId peer, const BlockHash& hash);

  struct Overdue {
    PeerId peer;
    std::string reason;
  };
  // Peers that hold up everything; the caller disconnects and removes them.
  std::vector<Overdue> overdue(Moment now);

  std::size_t in_flight(PeerId peer) const;
  std::size_t in_flight() const { return asked_.size(); }
  std::vector<Height> heights_in_flight(PeerId peer) const;  // ascending

 private:
  struct Peer {
    Serves serves = Serves::Everything;
    const chain::Entry* best_known = nullptr;
    std::size_t in_flight = 0;
    std::unordered_set<BlockHash, BlockHashHasher> owed;  // on their way too, but here from elsewhere by now
    double bytes_per_ms = 0;                              // smoothed; 0: not known yet
    std::optional<Moment> busy_since;    // with something in flight or owed, the last delivery or the request
    std::optional<Moment> stalls_since;  // the window waits for it alone
    std::vector<BlockHash> missing;      // it does not have these

    std::size_t queue() const { return in_flight + owed.size(); }
    // How long it takes for so many blocks; 0 while that is not known.
    double milliseconds_for(std::size_t blocks, double block_bytes) const {
      return bytes_per_ms > 0 ? static_cast<double>(blocks) * block_bytes / bytes_per_ms : 0;
    }
  };
  struct Source {
    PeerId peer;
    Moment since;
  };
  struct AskedFor {
    const chain::Entry* entry = nullptr;
    std::vector<Source> of;  // one, or more when the first is slow

    bool is_of(PeerId peer) const {
      return std::any_of(of.begin(), of.end(), [&](const Source& source) { return source.peer == peer; });
    }
  };

  using Requests = std::map<PeerId, Request>;
  bool ask_for(const std::vector<const chain::Entry*>& missing, Requests& requests, Moment now);
  void hurry(const std::vector<const chain::Entry*>& missing, Requests& requests, Moment now);
  void request(std::pair<PeerId, Peer*> of, const chain::Entry* entry, Requests& requests, Moment now);
  std::vector<const chain::Entry*> other_ways(const Target& target) const;
  std::size_t room_of(const Peer& peer) const;
  bool can_give(const Peer& peer, const chain::Entry& entry) const;
  std::vector<const chain::Entry*> missing_in_window(const Target& target, bool& is_whole) const;
  Peer* choose(const chain::Entry& entry, const AskedFor& asked, PeerId& chosen);
  void ask(PeerId id, Peer& peer, const chain::Entry* entry, Moment now);
  void share_out(const std::vector<const chain::Entry*>& missing, Requests& requests, Moment now);
  double expected_ms(const AskedFor& asked, std::map<PeerId, std::size_t>& positions) const;
  static void note_delivery(Peer& peer, std::size_t bytes, Moment now);
  static void note_answer(Peer& peer, Moment now);
  static void forget_debts(Peer& peer, Moment now);
  bool end_request(PeerId peer, const BlockHash& hash);
  bool is_late(const AskedFor& asked, Moment now) const;
  void note_stall(std::optional<PeerId> holds_up, Moment now);

  DownloadLimits limits_;
  std::map<PeerId, Peer> peers_;
  std::unordered_map<BlockHash, AskedFor, BlockHashHasher> asked_;
  std::unordered_set<BlockHash, BlockHashHasher> arrived_;  // on their way into the tree
  double average_bytes_ = 100'000;
  std::int64_t stall_ms_ = 0;  // grows when a peer was given up for stalling, shrinks with every block
};

}  // namespace kepeng::gossip
