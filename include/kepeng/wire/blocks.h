// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Whole blocks, and blocks cut down to proofs (BIP37). Plain structs; the codec is behind message.h.
//
// A block's payload becomes the block's own bytes, without a copy. Bytes behind the block are an error: they would be
// memory that nobody accounts for.
#pragma once

#include <kepeng/primitives/block.h>

namespace kepeng::wire {

struct BlockMessage {
  BlockPtr block;
  WitnessForm form = WitnessForm::Allowed;  // only for encoding: peers from before BIP144 get no witness
};

// A header and a partial merkle tree, taken apart as far as the wire goes.
struct MerkleBlock {
  BlockHeader header;
  std::uint32_t transactions = 0;  // as claimed
  std::vector<Hash256<struct MerkleNodeTag>> hashes;
  Bytes flags;  // bits, the lowest of a byte first
};

}  // namespace kepeng::wire
