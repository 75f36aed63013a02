// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BlockServing: answers what peers ask about the chain: headers, hashes, blocks.
//
// Blocks are read and sent one at a time, as fast as the peer takes them: what it asked for waits here as hashes, and
// no block is in memory before there is room for it on the way out. Blocks that left the chain are shown only while
// they are young, so that old ones do not tell nodes apart, and a pruned node gives no more than it promises
// (BIP159; reliability P-21, P-30). Old blocks stay here when the day's upload is nearly used up. Peer thread.
#pragma once

#include <deque>
#include <map>

#include <kepeng/gossip/actions.h>
#include <kepeng/gossip/chain_reader.h>
#include <kepeng/gossip/permissions.h>
#include <kepeng/gossip/upload_target.h>

namespace kepeng::gossip {

class BlockServing {
 public:
  struct Options {
    Work minimum_work;
    bool is_limited = false;  // only the last blocks are promised (BIP159)
    UploadTarget upload{};
  };
  BlockServing(const ChainReader& chain, const Options& options) : chain_{chain}, options_{options} {}

  // From now on.
  enum class Promise : std::uint8_t { AllBlocks, LastBlocks };
  void promise(Promise what) { options_.is_limited = what == Promise::LastBlocks; }

  void remove_peer(PeerId peer) {
    asked_.erase(peer);
    goes_on_after_.erase(peer);
  }
  // The last block whose header the peer knows now, or null.
  const chain::Entry* on(PeerId peer, const wire::GetHeaders& message, Permissions permissions, Actions& out) const;
  void on(PeerId peer, const wire::GetBlocks& message, Actions& out);
  // `now` decides which blocks are young.
  void on(PeerId peer, const wire::GetData& message, Permissions permissions, UnixTime now, Actions& out);
  // The block that was to be served has left: there is room for the next. One at a time, however many questions come.
  void on_room(PeerId peer, UnixTime now, Actions& out);

  std::size_t waiting(PeerId peer) const;
  // Bytes of any kind that left for any peer.
  void note_sent(std::uint64_t bytes, UnixTime now) { options_.upload.note_sent(bytes, now); }
  UploadTarget::Status upload(UnixTime now) const { return options_.upload.status(now); }

 private:
  struct Asked {
    std::deque<wire::InventoryItem> items;
    Permissions permissions;
    bool is_served = false;  // a block is on its way
    bool goes_on = false;    // and when it has left, the peer is told of the tip
  };
  // Where the asker's chain leaves ours.
  const chain::Entry* fork_of(const chain::ChainView& view, const wire::BlockLocator& locator) const;
  bool may_be_shown(const chain::Entry& entry, UnixTime now) const;
  // Why the peer has to go for asking, or null.
  const char* refusal(const chain::Entry& entry, const wire::InventoryItem& item, Permissions permissions,
                      UnixTime now) const;

  const ChainReader& chain_;
  Options options_;
  std::map<PeerId, Asked> asked_;
  // The last hash of a full answer to getblocks: when that block is served the peer is told of the tip, so that it asks
  // for more.
  std::map<PeerId, BlockHash> goes_on_after_;
};

}  // namespace kepeng::gossip
