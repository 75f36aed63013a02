// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Compact blocks made and unmade (BIP152, version 2): short ids, the message for a block, and the block from a message.
//
// BlockReconstruction takes the transactions that we have, says which positions are missing, takes those, and gives the
// block. A wrong transaction with the right short id can get in (one in 2^48 by chance), so the block's merkle root
// decides: when it fails, ask for the whole block, and blame nobody. Lookup costs do not depend on how a peer chose its
// short ids. Value type, one thread at a time.
#pragma once

#include <optional>
#include <span>

#include <kepeng/crypto/siphash.h>
#include <kepeng/primitives/packed_transaction.h>
#include <kepeng/wire/compact_blocks.h>

namespace kepeng::wire {

// The key of a block's short ids.
crypto::SipHashKey short_id_key(const BlockHeader& header, std::uint64_t nonce);
ShortId short_id(crypto::SipHashKey key, const Wtxid& wtxid);

// With the coinbase, which nobody can have.
CmpctBlock make_compact_block(const BlockPtr& block, std::uint64_t nonce);
// nullopt: the block has no such position.
std::optional<BlockTxn> answer(const BlockPtr& block, const GetBlockTxn& request);

enum class CompactFailure : std::uint8_t {
  Empty,              // a block without transactions: misbehaviour
  BadIndex,           // a position past the end, or twice: misbehaviour
  ShortIdCollision,   // two transactions of the block share a short id: ask for the whole block
  WrongTransactions,  // not as many as were asked for: misbehaviour
};

class BlockReconstruction {
 public:
  static Result<BlockReconstruction, CompactFailure> begin(CmpctBlock message);

  const BlockHeader& header() const { return header_; }
  std::size_t size() const { return slots_.size(); }

  // A transaction that may be in the block. When two different ones fit a position it stays missing.
  void offer(const TxPtr& tx);
  void offer(const PackedTxPtr& packed);
  bool is_complete() const { return filled_ == slots_.size(); }
  // Rising.
  std::vector<std::uint16_t> missing() const;

  // Those of `missing()`, in its order.
  Result<Unit, CompactFailure> supply(std::span<const TxPtr> transactions);
  // Without its transactions, most of which somebody else holds as well.
  std::size_t memory_bytes() const {
    return slots_.capacity() * sizeof(Slot) + wanted_.capacity() * sizeof(Wanted) +
           filter_.capacity() * sizeof(filter_[0]);
  }
  // Complete. Fails only when the pieces make no block.
  Result<BlockPtr, DecodeError> assemble() const;

 private:
  struct Slot {
    TxPtr tx;
    bool is_ambiguous = false;
  };
  struct Wanted {
    ShortId id;
    std::uint16_t index;
  };

  BlockReconstruction(const BlockHeader& header, std::size_t size) : header_{header}, slots_{size} {}
  void fill(const Wanted& wanted, const TxPtr& tx);
  // Null if the block has no such short id.
  const Wanted* find(ShortId id) const;
  void index_short_ids(const std::vector<ShortId>& ids);

  BlockHeader header_;
  crypto::SipHashKey key_;
  std::vector<Slot> slots_;
  std::vector<Wanted> wanted_;         // by id
  std::vector<std::uint64_t> filter_;  // a bit for the low bits of each wanted id: most offers end here
  std::size_t filled_ = 0;
};

}  // namespace kepeng::wire
