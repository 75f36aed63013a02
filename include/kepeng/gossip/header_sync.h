// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// HeaderSync: learns from each peer the headers of its chain, one long answer at a time.
//
// Every peer is asked once after the handshake, one after the other, so that a node far behind does not fetch the same
// headers from all; who announces something new is asked at once. Headers that do not show the work of a chain worth
// following are kept nowhere: a peer that claims to have more goes through HeaderPresync. Peer thread.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include <kepeng/base/random.h>
#include <kepeng/consensus/errors.h>
#include <kepeng/gossip/actions.h>
#include <kepeng/gossip/chain_reader.h>
#include <kepeng/gossip/handshake.h>
#include <kepeng/gossip/header_presync.h>
#include <kepeng/params/network.h>

namespace kepeng::gossip {

class HeaderSync {
 public:
  struct Context {
    const ChainReader& chain;
    const params::NetworkParams& network;
    Work minimum_work;
    Prng& random;
  };
  explicit HeaderSync(const Context& context) : with_{context} {}

  using Now = gossip::Now;
  // Those whom we chose are asked first: whoever calls us may want to hold us up.
  void add_peer(PeerId peer, Direction direction, Now now, Actions& out);
  void remove_peer(PeerId peer, Now now, Actions& out);
  void on(PeerId peer, const wire::Headers& message, Now now, Actions& out);
  // The header of a compact block, which a peer may pass on before it has judged the block (BIP152): that we know it
  // for invalid by now is not its fault.
  void on_compact(PeerId peer, const BlockHeader& header, Now now, Actions& out);
  // A block that the peer announces and that is not known: asks for what leads to it.
  void on_unknown_block(PeerId peer, Now now, Actions& out);

  struct Placed {
    const chain::Entry* last = nullptr;
    std::optional<consensus::BlockRejection> rejection;
  };
  // What became of the headers that were handed in.
  void on_placed(PeerId peer, const Placed& placed, Now now, Actions& out);
  // Something that the peer has was refused for now: it is asked for it again in a while.
  void ask_again(PeerId peer, Now now);
  void on_tick(Now now, Actions& out);

  // The last block that the peer is known to have; null before it showed one.
  const chain::Entry* best_known(PeerId peer) const;
  // How far its headers were counted, or -1 when they are not.
  Height presync_height(PeerId peer) const;
  // What is kept of its headers meanwhile.
  std::size_t presync_bytes(PeerId peer) const;

 private:
  struct Peer {
    Direction direction = Direction::Inbound;
    bool is_asked = false;              // its first question
    bool may_have_more = false;         // the message that was handed in was full
    std::size_t compact_handed_in = 0;  // headers of compact blocks whose outcome is to come
    std::optional<Moment> waits_since;
    std::optional<Moment> ask_again;  // it had headers that were too new
    const chain::Entry* best_known = nullptr;
    std::unique_ptr<HeaderPresync> presync;
  };

  void ask(PeerId id, Peer& peer, const chain::Entry* from, Moment now, Actions& out);
  void ask_next(Now now, Actions& out);
  void finish(PeerId id, Now now, Actions& out);
  bool have_proof_of_work(const std::vector<BlockHeader>& headers) const;
  bool is_beside_presync(const Peer& peer, const wire::Headers& message) const;
  void judge(PeerId id, Peer& peer, const wire::Headers& message, Now now, Actions& out);
  void feed_presync(PeerId id, Peer& peer, const wire::Headers& message, Now now, Actions& out);
  Work work_wanted() const;
  void note_known(Peer& peer, const chain::Entry* entry);

  Context with_;
  std::map<PeerId, Peer> peers_;
  std::optional<PeerId> asking_;  // whose first, long answer is under way
  Moment asking_until_;           // all of it has to be here by then (P-09)
};

}  // namespace kepeng::gossip
