// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BlockServing: answers what peers ask about the chain: headers, hashes, blocks.
//
// Blocks are read and sent one at a time, as fast as the peer takes them: what it asked for waits here as hashes, and
// no block is in memory before there is room for it on the way out. Blocks that left the chain are shown only while
// they are young, so that old ones do not tell nodes apart (reliability P-21, P-30). Peer thread.
#pragma once

#include <deque>
#include <map>

#include <kepeng/gossip/actions.h>
#include <kepeng/gossip/chain_reader.h>

namespace kepeng::gossip {

class BlockServing {
 public:
  BlockServing(const ChainReader& chain, Work minimum_work) : chain_{chain}, minimum_work_{minimum_work} {}

  void remove_peer(PeerId peer) { asked_.erase(peer); }
  // The last block whose header the peer knows now, or null.
  const chain::Entry* on(PeerId peer, const wire::GetHeaders& message, Actions& out) const;
  void on(PeerId peer, const wire::GetBlocks& message, Actions& out) const;
  // `now` decides which stale blocks are young.
  void on(PeerId peer, const wire::GetData& message, UnixTime now, Actions& out);
  // The block that was to be served has left: there is room for the next. One at a time, however many questions come.
  void on_room(PeerId peer, UnixTime now, Actions& out);

  std::size_t waiting(PeerId peer) const;

 private:
  // Where the asker's chain leaves ours.
  const chain::Entry* fork_of(const chain::ChainView& view, const wire::BlockLocator& locator) const;
  bool may_be_shown(const chain::Entry& entry, UnixTime now) const;

  const ChainReader& chain_;
  Work minimum_work_;
  struct Asked {
    std::deque<wire::InventoryItem> items;
    bool is_served = false;  // a block is on its way
  };
  std::map<PeerId, Asked> asked_;
};

}  // namespace kepeng::gossip
