// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/block.h>

#include <kepeng/crypto/sha256.h>

#include "transaction_parser.h"

namespace kepeng {

class BlockParser {
 public:
  static Result<BlockPtr, DecodeError> parse(Bytes raw) {
    Cursor measure{raw};
    measure.skip(BlockHeader::kSize);
    const std::uint64_t count = measure.read_size();
    ArenaCounts counts;
    for (std::uint64_t i = 0; i < count && measure.ok(); ++i) {
      measure_transaction(measure, WitnessForm::Allowed, counts);
    }
    if (!measure.ok()) return Err{measure.error()};
    raw.resize(measure.position());

    // The constructor is private, so make_shared cannot be used.
    std::shared_ptr<Block> block{new Block};
    block->raw_ = std::move(raw);
    block->header_ = BlockHeader::decode(block->raw_.data());
    block->hash_ = {crypto::sha256d(ByteView{block->raw_}.first(BlockHeader::kSize))};
    block->arena_bytes_ = counts.bytes();
    block->arena_.reset(new std::byte[counts.bytes()]);
    fill(*block, counts);
    return BlockPtr{std::move(block)};
  }

 private:
  static void fill(Block& block, const ArenaCounts& counts) {
    TransactionBuilder builder{block.arena_.get(), counts};
    Cursor cursor{block.raw_};
    cursor.skip(BlockHeader::kSize);
    cursor.read_size();
    const std::size_t before_transactions = cursor.position();
    for (std::size_t i = 0; i < counts.transactions; ++i) builder.build(cursor, block.raw_, WitnessForm::Allowed);
    builder.hash_all();
    block.transactions_ = builder.transactions();
    block.inputs_ = builder.inputs();
    block.outputs_ = builder.outputs();
    block.stripped_size_ = before_transactions;
    for (const Transaction& tx : block.transactions_) block.stripped_size_ += tx.stripped_size;
  }
};

Result<BlockPtr, DecodeError> parse_block(Bytes raw) {
  return BlockParser::parse(std::move(raw));
}

}  // namespace kepeng
