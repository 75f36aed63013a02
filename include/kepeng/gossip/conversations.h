// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Conversations: everything a node says to its peers. Messages and moments in, actions out; no sockets, no clock.
//
// Here it is decided whose message it is; the conversations themselves have a file each: handshake, header_sync,
// block_download, block_serving, compact_blocks. Whoever drives it (a node with sockets, or a simulation) carries out
// the actions in their order and reports what came of them. One thread, the peer thread.
#pragma once

#include <map>
#include <set>

#include <kepeng/gossip/block_download.h>
#include <kepeng/gossip/block_serving.h>
#include <kepeng/gossip/compact_blocks.h>
#include <kepeng/gossip/handshake.h>
#include <kepeng/gossip/header_sync.h>

namespace kepeng::gossip {

class Conversations {
 public:
  struct Dependencies {
    const ChainReader& chain;
    const params::NetworkParams& network;
    Prng& random;
    const TransactionSource* transactions = nullptr;  // for blocks to be put together from
  };
  struct Options {
    SelfPortrait self;
    Work minimum_work;
    DownloadLimits download;
  };
  Conversations(const Dependencies& dependencies, Options options);

  using Now = HeaderSync::Now;

  // --- connections
  void on_connected(PeerId peer, Direction direction, Now now, Actions& out);
  void on_disconnected(PeerId peer, Now now, Actions& out);
  void on_message(PeerId peer, wire::Message message, Now now, Actions& out);
  // There is room for more on the way to the peer.
  void on_room(PeerId peer, Now now, Actions& out);
  // About every 100 ms.
  void on_tick(Now now, Actions& out);
  // The operator wants to know how far away everybody is.
  void ping_all(Now now, Actions& out);

  // --- what came of actions, and what happens in the chain
  void on_headers_placed(PeerId peer, const HeaderSync::Placed& placed, Now now, Actions& out);
  void on_block_taken(PeerId peer, const BlockHash& hash, const std::optional<consensus::BlockRejection>& rejection,
                      Now now, Actions& out);
  // Found later, with its coins: the peer that brought it answers for it.
  void on_block_condemned(const BlockHash& hash, const consensus::BlockRejection& rejection, Actions& out);
  // The tip has moved.
  void on_tip(Now now, Actions& out);

  // --- looking
  struct PeerFacts {
    PeerId peer;
    Direction direction;
    std::optional<PeerPortrait> portrait;
    bool is_ready = false;  // the handshake is over
    const chain::Entry* best_known = nullptr;
    std::vector<Height> in_flight;  // blocks that it was asked for
    Height presync_height = -1;     // how far its headers were counted, while that goes on
    std::int64_t ping_ms = -1;
    std::int64_t ping_min_ms = -1;
    std::int64_t waits_for_pong_ms = -1;
    Moment connected;
    bool wants_headers = false;
  };
  std::vector<PeerFacts> peers(Moment now) const;

 private:
  struct Peer {
    Handshake handshake;
    Moment connected;
    bool wants_headers = false;  // BIP130
    std::uint64_t ping_nonce = 0;
    std::optional<Moment> ping_sent;
    Moment next_ping;
    std::int64_t ping_ms = -1;
    std::int64_t ping_min_ms = -1;
    const chain::Entry* announced = nullptr;  // the last block that it was told of
  };

  void on_ready(PeerId id, Peer& peer, Now now, Actions& out);
  void handle(PeerId id, Peer& peer, wire::Message& message, Now now, Actions& out);
  void on_pong(PeerId id, Peer& peer, const wire::Pong& pong, Now now);
  void on_inv(PeerId id, const wire::Inv& inv, Now now, Actions& out);
  void on_block(PeerId id, BlockPtr block, Now now, Actions& out);
  void handle_compact(PeerId id, wire::Message& message, Now now, Actions& out);
  void on_compact(PeerId id, wire::CmpctBlock message, Now now, Actions& out);
  void on_get_data(PeerId id, wire::GetData& message, Now now, Actions& out);
  void announce_compact(const chain::ChainView& view, Actions& out);
  bool has_block(PeerId id, const Peer& peer, const chain::Entry& entry) const;
  bool is_worth_taking(const BlockPtr& block) const;
  void ping(PeerId id, Peer& peer, Now now, Actions& out);
  void announce(PeerId id, Peer& peer, const chain::ChainView& view, Actions& out);
  void plan_downloads(Now now, Actions& out);
  void note_best_known(PeerId id);

  Dependencies with_;
  Options options_;
  HeaderSync header_sync_;
  BlockDownload download_;
  BlockServing serving_;
  CompactBlocks compact_;
  std::map<PeerId, Peer> peers_;
  std::multiset<std::uint64_t> our_nonces_;
  std::unordered_map<BlockHash, PeerId, BlockHashHasher> brought_by_;  // blocks that are not judged yet
  std::deque<BlockPtr> fresh_;                                         // that were handed in last, near the tip
  const chain::Entry* announced_tip_ = nullptr;
};

}  // namespace kepeng::gossip
