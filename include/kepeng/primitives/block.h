// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Block: parsed once, hashed once, immutable after.
//
// Owns the raw bytes and one arena with every transaction, input, output and witness item of the block as flat arrays,
// in block order; all txids and wtxids are computed together by a multi-lane SHA-256. Share as BlockPtr. Memory is
// bounded by the bytes that really arrived: at most 16 bytes of arena for each byte of block.
#pragma once

#include <memory>
#include <span>

#include <kepeng/primitives/block_header.h>
#include <kepeng/primitives/transaction.h>

namespace kepeng {

class Block {
 public:
  const BlockHeader& header() const { return header_; }
  const BlockHash& hash() const { return hash_; }
  std::span<const Transaction> transactions() const { return transactions_; }
  // All inputs (outputs) of the block in order; each transaction's are a part of it.
  std::span<const TxIn> inputs() const { return inputs_; }
  std::span<const TxOut> outputs() const { return outputs_; }
  ByteView raw() const { return raw_; }
  std::uint64_t total_size() const { return raw_.size(); }
  std::uint64_t stripped_size() const { return stripped_size_; }
  std::uint64_t weight() const { return 3 * stripped_size_ + raw_.size(); }
  // Bytes of memory held.
  std::uint64_t memory_bytes() const { return raw_.capacity() + arena_bytes_; }

 private:
  friend class BlockParser;
  Block() = default;

  BlockHeader header_;
  BlockHash hash_;
  Bytes raw_;
  std::unique_ptr<std::byte[]> arena_;
  std::uint64_t arena_bytes_ = 0;
  std::uint64_t stripped_size_ = 0;
  std::span<const Transaction> transactions_;
  std::span<const TxIn> inputs_;
  std::span<const TxOut> outputs_;
};

using BlockPtr = std::shared_ptr<const Block>;

// The block at the start of `raw`. Bytes after it are dropped, never kept or hashed; compare `raw().size()` with what
// was given to know whether there were any.
Result<BlockPtr, DecodeError> parse_block(Bytes raw);

// A transaction of a block, keeping the block alive.
inline TxPtr share_transaction(const BlockPtr& block, std::size_t index) {
  return TxPtr{block, &block->transactions()[index]};
}

}  // namespace kepeng
