// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// PartialMerkleTree: proof that some transactions are in a block (BIP37's merkleblock, without the header).
//
// The tree is walked from the root, left before right: one bit for each node visited says whether a wanted transaction
// is below it, and a hash stands for each node that is not walked into. Whoever checks a proof must compare the root
// with the header AND the number of transactions with the block's: else an inner node can pass for a transaction
// (CVE-2017-12842). Value type; memory is bounded by the bytes read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <kepeng/crypto/hash_types.h>
#include <kepeng/primitives/encoding.h>

namespace kepeng::consensus {

class PartialMerkleTree {
 public:
  // `wanted` has one element per txid; there is at least one.
  static PartialMerkleTree make(std::vector<crypto::Hash32> txids, const std::vector<bool>& wanted);
  // Fails through the cursor.
  static PartialMerkleTree read(Cursor& from);
  void append_to(Bytes& bytes) const;

  std::uint32_t transactions() const { return transactions_; }

  struct Proven {
    crypto::Hash32 root{};
    std::vector<crypto::Hash32> txids;     // those that are proven, in block order
    std::vector<std::uint32_t> positions;  // and where they are in the block
  };
  // nullopt when the proof is none: a count no block can have, hashes or bits that are missing or left over, or equal
  // siblings (CVE-2012-2459).
  std::optional<Proven> prove() const;

 private:
  struct Walk;

  std::uint32_t transactions_ = 0;
  std::vector<crypto::Hash32> hashes_;
  std::vector<bool> bits_;
};

}  // namespace kepeng::consensus
