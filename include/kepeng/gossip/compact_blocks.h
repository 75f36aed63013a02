// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// CompactBlocks: new blocks in a few kilobytes, because the receiver has most of their transactions (BIP152, version
// 2).
//
// Three peers that were first with a block announce the next ones to us unasked; at least one of them is a peer that we
// chose, so that nobody who connects to us decides when we hear of blocks. A block is put together from what we have;
// what is missing is asked of up to three peers at once, the last place kept for one that we chose (reliability P-19).
// A message is looked at only when its header has the proof of work that it needs and could become the tip. What is
// kept for blocks under way is bounded, and so are the recent blocks that are served from memory. Peer thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include <kepeng/base/random.h>
#include <kepeng/gossip/actions.h>
#include <kepeng/gossip/chain_reader.h>
#include <kepeng/gossip/handshake.h>
#include <kepeng/params/network.h>
#include <kepeng/wire/reconstruction.h>

namespace kepeng::gossip {

// Transactions that may be in the next block. Abstract, so that gossip knows no mempool.
class TransactionSource {
 public:
  virtual ~TransactionSource() = default;
  virtual void visit(const std::function<void(const PackedTxPtr&)>& visitor) const = 0;
};

class CompactBlocks {
 public:
  struct Context {
    const ChainReader& chain;
    const params::NetworkParams& network;
    const TransactionSource* transactions;  // null: none
    Prng& random;
    std::size_t extra_max = kExtraMax;  // transactions that are kept though they are not in the mempool
  };
  static constexpr std::size_t kExtraMax = 100;
  static constexpr std::size_t kExtraBytesMax = 10'000'000;
  explicit CompactBlocks(const Context& context) : with_{context} {}

  // After the handshake.
  void add_peer(PeerId peer, Direction direction, Actions& out);
  void remove_peer(PeerId peer);
  void on(PeerId peer, const wire::SendCmpct& message);

  // What a message has led to, for the caller to go on with.
  struct Heard {
    BlockPtr block;  // whole: to be handed in
    enum class Next : std::uint8_t { Nothing, AskForHeaders, TakeHeader } next = Next::Nothing;
  };
  Heard on(PeerId peer, wire::CmpctBlock message, Moment now, Actions& out);
  Heard on(PeerId peer, const wire::BlockTxn& message, Actions& out);
  // A block that is to be served whole instead, or null.
  const chain::Entry* on(PeerId peer, const wire::GetBlockTxn& message, Actions& out);
  // The peer asked for the block in this form. False: it is to be served whole.
  bool serve(PeerId peer, const chain::Entry& entry, Actions& out);

  // The block is the tip now. Tells those who want to hear at once; `lacks` says who has the block before it and not
  // this one. The rest is told by headers.
  void on_new_tip(const BlockPtr& block, const std::function<bool(PeerId)>& lacks, Actions& out);
  // This peer was the first with a new tip: it becomes one of those who announce at once.
  void note_first(PeerId peer, Actions& out);
  // A transaction that the pool does not keep, but a block might have.
  void note_extra(const TxPtr& tx);

  // Would asking this peer for a compact block make sense?
  bool gives_compact(PeerId peer) const;
  bool is_announcing(PeerId peer) const;  // to us, unasked
  bool wants_announcements(PeerId peer) const;
  std::size_t under_way() const { return partials_.size(); }
  // Of the blocks that are being put together from what this peer sends.
  std::size_t memory_bytes(PeerId peer) const;

 private:
  struct Peer {
    Direction direction;
    bool gives_compact = false;
    bool wants_announcements = false;
  };
  struct Partial {
    PeerId peer;
    BlockHash hash;
    Moment since;
    wire::BlockReconstruction block;
  };

  std::optional<Heard> judge(PeerId peer, const wire::CmpctBlock& message, const BlockHash& hash, Actions& out) const;
  bool has_slot(PeerId peer, const BlockHash& hash) const;
  void offer_all(wire::BlockReconstruction& block) const;
  Heard finish(PeerId peer, const wire::BlockReconstruction& block, const BlockHash& hash, Actions& out) const;
  void keep(Partial partial, Actions& out);
  void ask_whole(PeerId peer, const BlockHash& hash, Actions& out) const;
  BlockPtr recent(const BlockHash& hash) const;

  Context with_;
  std::map<PeerId, Peer> peers_;
  std::deque<PeerId> announcers_;  // the latest first
  std::vector<Partial> partials_;  // the oldest first
  std::deque<BlockPtr> recent_;    // the latest first
  std::deque<TxPtr> extra_;        // the latest first
  std::size_t extra_bytes_ = 0;
};

}  // namespace kepeng::gossip
