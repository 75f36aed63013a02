// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the mempool itself says about fees: which rate the next blocks take, and how its size spreads over the rates.
//
// Both are fed the chunks of the mempool in the order in which a miner takes them, those that pay most first. Pure
// value types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kepeng/cluster/fee_size.h>

namespace kepeng::fees {

// Satoshi for 1,000 virtual bytes, of a chunk whose size is weight; rounded up, never below 0.
std::int64_t rate_of(const cluster::FeeSize& chunk);

class Outlook {
 public:
  struct NextBlock {
    std::int64_t weight = 0;
    bool is_full = false;      // the next chunk did not fit
    std::int64_t least = 0;    // what its cheapest chunk pays; meaningful if there is one
    std::int64_t at_half = 0;  // what is paid where half of the block is filled; 0 if it is not
    std::int64_t at_three_quarters = 0;
  };
  struct Shape {
    std::int64_t block_weight;  // that a block has for transactions
    std::size_t blocks;         // to look ahead
  };
  explicit Outlook(const Shape& shape) : shape_{shape}, blocks_(shape.blocks) {}

  void take(const cluster::FeeSize& chunk);

  const std::vector<NextBlock>& blocks() const { return blocks_; }
  std::int64_t weight() const { return weight_; }

 private:
  Shape shape_;
  std::vector<NextBlock> blocks_;
  std::size_t current_ = 0;
  std::int64_t weight_ = 0;
};

// Pairs of rate and size, rates falling, as Electrum's mempool.get_fee_histogram wants them: `size` virtual bytes pay
// `rate` or more, and less than the pair before. A pair holds at least 100,000 bytes, each a tenth more than the one
// before, so that there are few of them however full the mempool is.
class Histogram {
 public:
  struct Bin {
    std::int64_t rate;
    std::int64_t size;
  };
  void take(const cluster::FeeSize& chunk);
  // After the last chunk.
  std::vector<Bin> finish();

 private:
  std::vector<Bin> bins_;
  std::int64_t weight_ = 0;  // not yet in a bin
  std::int64_t rate_ = 0;    // of the last chunk
  double size_wanted_ = 100'000;
};

}  // namespace kepeng::fees
