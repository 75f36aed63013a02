// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/wire/reconstruction.h>

#include "support/vectors.h"
#include "wire_samples.h"

namespace kepeng::wire::test {
namespace {

using kepeng::test::read_shared;

// Transactions of the block at these positions.
std::vector<TxPtr> pick(const BlockPtr& block, const std::vector<std::uint16_t>& indexes) {
  std::vector<TxPtr> picked;
  for (const std::uint16_t index : indexes) picked.push_back(share_transaction(block, index));
  return picked;
}

BlockReconstruction begin(const CmpctBlock& message) {
  auto begun = BlockReconstruction::begin(message);
  EXPECT_TRUE(begun.ok());
  return std::move(begun).value();
}

// The recorded messages are of version 1, whose short ids are of txids.
TEST(CompactBlock, RecordedShortIdsMatchTheirBlocks) {
  KEPENG_NEED_VECTORS();
  const std::pair<const char*, const char*> kRows[] = {
      {"compact426884.raw", "chain/blocks/main/0426884-1f472973.blk"},
      {"compact898352.raw", "chain/blocks/testnet3/0898352-32b98fca.blk"},
  };
  for (const auto& [name, block_name] : kRows) {
    const Message decoded = *decode("cmpctblock", read_shared(std::string{"vectors/p2p/bip152/"} + name));
    const auto& message = std::get<CmpctBlock>(decoded);
    const BlockPtr block = *parse_block(read_shared(block_name));
    ASSERT_EQ(message.header.hash(), block->hash());
    ASSERT_EQ(message.transactions(), block->transactions().size());
    ASSERT_EQ(message.prefilled.size(), 1u);
    EXPECT_EQ(message.prefilled[0].tx->txid, block->transactions()[0].txid);
    const auto key = short_id_key(message.header, message.nonce);
    for (std::size_t i = 0; i < message.short_ids.size(); ++i) {
      EXPECT_EQ(message.short_ids[i], short_id(key, {block->transactions()[i + 1].txid.bytes}));
    }
  }
}

TEST(CompactBlock, RebuiltFromAPool) {
  const BlockPtr block = sample_block(500, 30);
  const CmpctBlock message = make_compact_block(block, 99);
  BlockReconstruction rebuilt = begin(message);
  for (std::uint32_t i = 0; i < 5000; ++i) rebuilt.offer(sample_transaction(i, 30));
  ASSERT_TRUE(rebuilt.is_complete());
  EXPECT_TRUE(rebuilt.missing().empty());
  EXPECT_TRUE(equal((*rebuilt.assemble())->raw(), block->raw()));
}

TEST(CompactBlock, MissingPositionsAreAskedForAndAnswered) {
  const BlockPtr block = sample_block(300, 30);
  BlockReconstruction rebuilt = begin(make_compact_block(block, 1));
  for (std::size_t i = 1; i < 300; ++i) {
    if (i % 7 != 3) rebuilt.offer(share_transaction(block, i));
  }
  const GetBlockTxn request{block->hash(), rebuilt.missing()};
  ASSERT_EQ(request.indexes.size(), 43u);
  EXPECT_EQ(request.indexes[0], 3);
  const Message asked = *decode("getblocktxn", encode(request));
  const auto reply = answer(block, std::get<GetBlockTxn>(asked));
  ASSERT_TRUE(reply.has_value());
  const Message answered = *decode("blocktxn", encode(*reply));
  ASSERT_TRUE(rebuilt.supply(std::get<BlockTxn>(answered).transactions).ok());
  EXPECT_TRUE(equal((*rebuilt.assemble())->raw(), block->raw()));
}

TEST(CompactBlock, B020_WrongNumberOfTransactions) {
  const BlockPtr block = sample_block(4);
  BlockReconstruction rebuilt = begin(make_compact_block(block, 1));
  EXPECT_EQ(rebuilt.supply(pick(block, {1, 2})).error(), CompactFailure::WrongTransactions);
  EXPECT_EQ(rebuilt.supply(pick(block, {0, 1, 2, 3})).error(), CompactFailure::WrongTransactions);
  EXPECT_EQ(rebuilt.missing().size(), 3u);
  // Wrong ones show in the block, which then has another merkle root than its header says.
  ASSERT_TRUE(rebuilt.supply(pick(block, {1, 1, 3})).ok());
  EXPECT_FALSE(equal((*rebuilt.assemble())->raw(), block->raw()));
  EXPECT_EQ(rebuilt.supply(pick(block, {1})).error(), CompactFailure::WrongTransactions);
}

TEST(CompactBlock, B022_PositionsOutsideTheBlock) {
  const BlockPtr block = sample_block(4);
  EXPECT_TRUE(answer(block, {block->hash(), {0, 3}}).has_value());
  EXPECT_FALSE(answer(block, {block->hash(), {0, 4}}).has_value());
  EXPECT_FALSE(answer(block, {block->hash(), {65535}}).has_value());
}

TEST(CompactBlock, C129_IndexesMustNotOverflow) {
  const auto request = [](const std::vector<std::uint64_t>& differences) {
    Bytes payload(32);
    append_compact_size(payload, differences.size());
    for (const std::uint64_t difference : differences) append_compact_size(payload, difference);
    return payload;
  };
  const Message highest = *decode("getblocktxn", request({0, 65'534}));
  EXPECT_EQ(std::get<GetBlockTxn>(highest).indexes, (std::vector<std::uint16_t>{0, 65'535}));
  for (const auto& differences : std::vector<std::vector<std::uint64_t>>{{65'536},
                                                                         {0, 65'535},
                                                                         {65'535, 0},
                                                                         {1, 65'535},
                                                                         {0x100000000},
                                                                         {UINT64_MAX},
                                                                         {0, UINT64_MAX},
                                                                         {5, UINT64_MAX - 5}}) {
    EXPECT_EQ(error_of("getblocktxn", request(differences)), WireError::IndexOverflow);
  }
}

TEST(CompactBlock, C129_PrefilledPositions) {
  const TxPtr tx = sample_transaction(1);
  const auto payload = [&](std::size_t short_ids, const std::vector<std::uint64_t>& differences) {
    Bytes bytes(88);
    append(bytes, zeros_for(short_ids, short_ids, kShortIdBytes));
    append_compact_size(bytes, differences.size());
    for (const std::uint64_t difference : differences) {
      append_compact_size(bytes, difference);
      append(bytes, tx->raw);
    }
    return bytes;
  };
  EXPECT_EQ(error_of("cmpctblock", payload(0, {65'535, 0})), WireError::IndexOverflow);
  EXPECT_EQ(error_of("cmpctblock", payload(65'535, {0})), WireError::TooManyEntries);
  EXPECT_EQ(error_of("cmpctblock", payload(65'536, {})), WireError::TooManyEntries);
  EXPECT_EQ(error_of("cmpctblock", payload(65'534, {0})), std::nullopt);

  const auto failure = [&](std::size_t short_ids, const std::vector<std::uint64_t>& differences) {
    const Message message = *decode("cmpctblock", payload(short_ids, differences));
    return BlockReconstruction::begin(std::get<CmpctBlock>(message));
  };
  EXPECT_EQ(failure(0, {}).error(), CompactFailure::Empty);
  EXPECT_EQ(failure(1, {2}).error(), CompactFailure::BadIndex);
  EXPECT_EQ(failure(0, {1}).error(), CompactFailure::BadIndex);
  EXPECT_EQ(failure(2, {0}).error(), CompactFailure::ShortIdCollision);
  EXPECT_TRUE(failure(1, {1}).ok());
  EXPECT_TRUE(failure(0, {0, 0}).ok());
}

TEST(CompactBlock, PrefilledAnywhere) {
  const BlockPtr block = sample_block(6);
  CmpctBlock message = make_compact_block(block, 4);
  message.prefilled = {{1, share_transaction(block, 1)}, {4, share_transaction(block, 4)}};
  message.short_ids.clear();
  const auto key = short_id_key(message.header, message.nonce);
  for (const std::size_t i : {0u, 2u, 3u, 5u})
    message.short_ids.push_back(short_id(key, block->transactions()[i].wtxid));
  const Message sent = *decode("cmpctblock", encode(message));
  BlockReconstruction rebuilt = begin(std::get<CmpctBlock>(sent));
  EXPECT_EQ(rebuilt.missing(), (std::vector<std::uint16_t>{0, 2, 3, 5}));
  for (std::uint32_t i = 0; i < 6; ++i) rebuilt.offer(sample_transaction(i));
  EXPECT_TRUE(equal((*rebuilt.assemble())->raw(), block->raw()));
}

// Two transactions for one short id cannot be had cheaply; a wrong id in the message has the same effect.
TEST(CompactBlock, TwoCandidatesForOnePositionAreNone) {
  const BlockPtr block = sample_block(3);
  CmpctBlock message = make_compact_block(block, 4);
  const auto key = short_id_key(message.header, message.nonce);
  const TxPtr stranger = sample_transaction(77);
  message.short_ids[0] = short_id(key, stranger->wtxid);
  BlockReconstruction rebuilt = begin(message);
  rebuilt.offer(stranger);
  rebuilt.offer(stranger);
  EXPECT_EQ(rebuilt.missing(), (std::vector<std::uint16_t>{2}));
  rebuilt.offer(share_transaction(block, 2));
  EXPECT_TRUE(rebuilt.is_complete());
  EXPECT_FALSE(equal((*rebuilt.assemble())->raw(), block->raw()));
}

}  // namespace
}  // namespace kepeng::wire::test
