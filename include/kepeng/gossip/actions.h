// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What a conversation wants done. Plain values: whoever drives the conversations carries them out, in order.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include <kepeng/chain/entry.h>
#include <kepeng/gossip/peer.h>
#include <kepeng/wire/message.h>

namespace kepeng::gossip {

// What a peer has brought upon itself.
enum class Blame {
  None,        // we part, and may meet again
  Discourage,  // it broke the protocol or sent what is invalid: its address is the last to be chosen again
};

struct Send {
  PeerId peer;
  wire::Message message;
};
struct Disconnect {
  PeerId peer;
  std::string reason;
  Blame blame = Blame::None;
};
// The outcome comes back through `Conversations::on_headers_placed`.
struct HandInHeaders {
  PeerId peer;
  std::vector<BlockHeader> headers;
};
// The outcome comes back through `Conversations::on_block_taken`.
struct HandInBlock {
  PeerId peer;
  BlockPtr block;
};
// A block from disk, in the form that the peer asked for; the filtered ones come back through
// `Conversations::on_block_read`.
struct ServeBlock {
  PeerId peer;
  const chain::Entry* entry;
  WitnessForm form;
  enum class Shape : std::uint8_t { Whole, Filtered } shape = Shape::Whole;
};

// The outcome comes back through `Conversations::on_transaction_judged`.
struct HandInTransaction {
  PeerId peer;
  TxPtr tx;
};
// The outcome comes back through `Conversations::on_package_judged`.
struct HandInPackage {
  PeerId peer;
  TxPtr parent;
  TxPtr child;
};
// A peer has asked for a transaction of ours: it is out.
struct NoteAskedFor {
  Txid txid;
};

using Action = std::variant<Send, Disconnect, HandInHeaders, HandInBlock, ServeBlock, HandInTransaction, HandInPackage,
                            NoteAskedFor>;
using Actions = std::vector<Action>;

}  // namespace kepeng::gossip
