// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The stages of a block's progress through the rules, each a type that only its stage can make.
//
// Checked: everything holds that needs no coins. Resolved: every input has its coin and the rules about amounts,
// maturity and order hold. Verified: the scripts hold. Holding the object is the proof. Shared across threads as
// immutable values.
#pragma once

#include <memory>
#include <vector>

#include <kepeng/base/result.h>
#include <kepeng/consensus/errors.h>
#include <kepeng/params/network.h>
#include <kepeng/primitives/block.h>
#include <kepeng/script/flags.h>

namespace kepeng::consensus {

// An unspent output and where it came from. The script's memory belongs to whoever holds the coin.
struct Coin {
  TxOut output;
  Height height = 0;
  bool is_coinbase = false;
};

// The block by itself: structure, merkle root, sizes, transactions one by one.
class CheckedBlock {
 public:
  const Block& block() const { return *block_; }
  const BlockPtr& shared() const { return block_; }
  // Legacy signature operations of each transaction (not yet times four).
  std::span<const std::uint32_t> legacy_sigops() const { return legacy_sigops_; }

 private:
  friend Result<CheckedBlock, BlockRejection> check_block(BlockPtr, const params::NetworkParams&);
  friend Result<CheckedBlock, BlockRejection> check_proposal(BlockPtr, const params::NetworkParams&);
  CheckedBlock(BlockPtr block, std::vector<std::uint32_t> legacy_sigops)
      : block_{std::move(block)}, legacy_sigops_{std::move(legacy_sigops)} {}

  BlockPtr block_;
  std::vector<std::uint32_t> legacy_sigops_;
};

}  // namespace kepeng::consensus
