// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/primitives/mutable_transaction.h>

#include "support/vectors.h"

namespace kepeng {
namespace {

TxPtr simple_transaction(std::uint8_t tag, std::size_t witness_bytes) {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{tag}}, 0}, {0x51}, 0xffffffff, {}});
  if (witness_bytes != 0) tx.inputs[0].witness.push_back(Bytes(witness_bytes, tag));
  tx.outputs.push_back({Amount{tag}, {0x52}});
  return tx.freeze();
}

Bytes small_block() {
  const std::vector<TxPtr> transactions{simple_transaction(1, 0), simple_transaction(2, 40), simple_transaction(3, 0)};
  BlockHeader header;
  header.version = -2;
  header.time = 0xffffffff;
  header.target = {0x207fffff};
  header.nonce = 77;
  return serialize_block(header, transactions);
}

TEST(BlockHeader, C079_FieldsKeepTheirSigns) {
  BlockHeader header;
  header.version = INT32_MIN;
  header.previous = {{{1, 2, 3}}};
  header.merkle_root = {{{4, 5, 6}}};
  header.time = 0xffffffff;
  header.target = {0xfedcba98};
  header.nonce = 0x80000000;
  const auto raw = header.encode();
  const BlockHeader back = BlockHeader::decode(raw.data());
  EXPECT_EQ(back, header);
  EXPECT_LT(back.version, 0);
  EXPECT_EQ(back.unix_time().seconds, 4294967295);
}

TEST(Block, HoldsItsTransactionsAsViewsInBlockOrder) {
  const Bytes raw = small_block();
  const auto block = parse_block(raw);
  ASSERT_TRUE(block.ok());
  ASSERT_EQ((*block)->transactions().size(), 3u);
  EXPECT_EQ((*block)->inputs().size(), 3u);
  EXPECT_EQ((*block)->outputs().size(), 3u);
  std::uint64_t stripped = BlockHeader::kSize + 1;
  for (std::size_t i = 0; i < 3; ++i) {
    const Transaction& tx = (*block)->transactions()[i];
    const TxPtr alone = *parse_transaction(Bytes(tx.raw.begin(), tx.raw.end()));
    EXPECT_EQ(alone->txid, tx.txid);
    EXPECT_EQ(alone->wtxid, tx.wtxid);
    EXPECT_EQ(tx.inputs.data(), &(*block)->inputs()[i]);
    EXPECT_EQ(tx.outputs.data(), &(*block)->outputs()[i]);
    stripped += tx.stripped_size;
  }
  EXPECT_EQ((*block)->stripped_size(), stripped);
  EXPECT_EQ((*block)->weight(), 3 * stripped + raw.size());
  EXPECT_EQ((*block)->hash(), (*block)->header().hash());
  const TxPtr shared = share_transaction(*block, 1);
  EXPECT_EQ(shared->txid, (*block)->transactions()[1].txid);
}

TEST(Block, B018_TruncatedAtEveryByteIsRefused) {
  const Bytes whole = small_block();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto parsed = parse_block(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    ASSERT_FALSE(parsed.ok()) << length;
    EXPECT_EQ(parsed.error(), DecodeError::Truncated);
  }
}

TEST(Block, C078_B018_JunkAfterItIsNeverKept) {
  const Bytes whole = small_block();
  Bytes longer = whole;
  append(longer, Bytes(1000, 0xee));
  const auto parsed = parse_block(longer);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(equal((*parsed)->raw(), whole));
  EXPECT_EQ((*parsed)->total_size(), whole.size());
  EXPECT_EQ((*parsed)->hash(), (*parse_block(whole))->hash());
}

TEST(Block, C075_B079_APaddedTransactionCountIsNoBlock) {
  Bytes padded = small_block();
  padded[80] = 0xfd;
  padded.insert(padded.begin() + 81, {3, 0});
  const auto parsed = parse_block(padded);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error(), DecodeError::NonCanonicalSize);
}

TEST(Block, C077_ClaimedCountsAllocateNothing) {
  for (const std::uint64_t claimed : {std::uint64_t{1} << 25, (std::uint64_t{1} << 32) - 1, ~std::uint64_t{0}}) {
    Bytes raw = small_block();
    raw.resize(80);
    append_compact_size(raw, claimed);
    append(raw, Bytes(10, 0));
    EXPECT_FALSE(parse_block(raw).ok());
  }
}

TEST(Block, C077_MemoryIsBoundedByTheBytesThatCame) {
  // The densest things there are: transactions of ten bytes, inputs of 41, outputs of nine, witness items of one.
  const auto check = [](const TxPtr& tx, int count) {
    const auto block =
        parse_block(serialize_block(BlockHeader{}, std::vector<TxPtr>(static_cast<std::size_t>(count), tx)));
    ASSERT_TRUE(block.ok());
    EXPECT_LE((*block)->memory_bytes(), 18 * (*block)->total_size());
  };
  check(*parse_transaction(test::unhex("01000000000000000000")), 5000);
  MutableTransaction many;
  many.inputs.assign(1000, MutableTxIn{});
  many.outputs.assign(1000, MutableTxOut{});
  check(many.freeze(), 3);
  many.inputs.resize(1);
  many.inputs[0].witness.assign(20'000, Bytes{});
  check(many.freeze(), 3);
}

TEST(RealBlocks, SerializeToTheSameBytes) {
  KEPENG_NEED_VECTORS();
  int blocks = 0;
  std::size_t transactions = 0;
  for (const auto& row : test::read_shared_csv("chain/blocks/index.csv")) {
    if (row[0] == "network") continue;
    const Bytes raw = test::read_shared("chain/" + row[3]);
    const auto block = parse_block(raw);
    ASSERT_TRUE(block.ok()) << row[2];
    EXPECT_TRUE(equal((*block)->raw(), raw));
    EXPECT_EQ((*block)->hash().to_string(), row[2]);
    EXPECT_EQ((*block)->header().hash(), (*block)->hash());
    EXPECT_EQ(std::to_string((*block)->total_size()), row[11]);
    EXPECT_EQ(std::to_string((*block)->weight()), row[12]);
    EXPECT_EQ(std::to_string((*block)->transactions().size()), row[13]);
    std::vector<TxPtr> rebuilt;
    std::size_t with_witness = 0;
    for (const Transaction& tx : (*block)->transactions()) {
      rebuilt.push_back(MutableTransaction{tx}.freeze());
      with_witness += tx.has_witness() ? 1 : 0;
      ASSERT_EQ(rebuilt.back()->txid, tx.txid);
      ASSERT_EQ(rebuilt.back()->wtxid, tx.wtxid);
    }
    EXPECT_EQ(std::to_string(with_witness), row[14]);
    EXPECT_EQ(serialize_block((*block)->header(), rebuilt), raw) << row[2];
    ++blocks;
    transactions += rebuilt.size();
  }
  EXPECT_EQ(blocks, 73);
  EXPECT_GT(transactions, 40'000u);
}

}  // namespace
}  // namespace kepeng
