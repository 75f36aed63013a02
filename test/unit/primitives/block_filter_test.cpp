// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <map>
#include <random>

#include <kepeng/crypto/sha256.h>
#include <kepeng/primitives/block_filter.h>
#include <kepeng/primitives/mutable_transaction.h>

#include "golomb_rice.h"
#include "support/vectors.h"

namespace kepeng {
namespace {

std::vector<ByteView> views(const std::vector<Bytes>& scripts) {
  return {scripts.begin(), scripts.end()};
}

BlockPtr block_with_outputs(const std::vector<Bytes>& scripts) {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{}, 0xffffffff}, {0x51, 0x51}, 0xffffffff, {}});
  for (const Bytes& script : scripts) tx.outputs.push_back({Amount{1}, script});
  const std::vector<TxPtr> transactions{tx.freeze()};
  return *parse_block(serialize_block({}, transactions));
}

DecodeError error_of(const Bytes& encoded) {
  const auto filter = BlockFilter::decode(encoded, {});
  EXPECT_FALSE(filter.ok());
  return filter.ok() ? DecodeError{} : filter.error();
}

struct FilterVector {
  BlockPtr block;
  std::vector<Bytes> spent_scripts;
  FilterHeader previous;
  Bytes filter;
  FilterHeader header;
};

void expect_vector(const FilterVector& vector) {
  const BlockFilter filter = BlockFilter::basic(*vector.block, views(vector.spent_scripts));
  EXPECT_EQ(Bytes(filter.encoded().begin(), filter.encoded().end()), vector.filter);
  EXPECT_EQ(filter.header(vector.previous).to_string(), vector.header.to_string());
  const auto decoded = BlockFilter::decode(vector.filter, vector.block->hash());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, filter);
  for (const TxOut& output : vector.block->outputs()) {
    const bool is_element = !output.script_pubkey.empty() && output.script_pubkey[0] != 0x6a;
    EXPECT_EQ(decoded->matches(output.script_pubkey), is_element);
  }
  for (const Bytes& script : vector.spent_scripts) EXPECT_EQ(decoded->matches(script), !script.empty());
}

std::vector<Bytes> unhex_list(const rapidjson::Value& list) {
  std::vector<Bytes> all;
  for (const auto& text : list.GetArray()) all.push_back(test::unhex(text.GetString()));
  return all;
}

TEST(BlockFilter, AllBip158VectorsOfTestnet3) {
  KEPENG_NEED_VECTORS();
  const auto rows = test::read_shared_json("vectors/filters/bip158_testnet3.json");
  int cases = 0;
  for (const auto& row : rows.GetArray()) {
    if (row.Size() == 1) continue;  // the header row
    SCOPED_TRACE(row[0].GetInt());
    FilterVector vector{*parse_block(test::unhex(row[2].GetString())), unhex_list(row[3]),
                        *FilterHeader::from_string(row[4].GetString()), test::unhex(row[5].GetString()),
                        *FilterHeader::from_string(row[6].GetString())};
    EXPECT_EQ(vector.block->hash().to_string(), row[1].GetString());
    expect_vector(vector);
    ++cases;
  }
  EXPECT_EQ(cases, 10);
}

TEST(BlockFilter, AllVectorsOfTestnet4) {
  KEPENG_NEED_VECTORS();
  const auto json = test::read_shared_json("vectors/filters/bip158_testnet4.json");
  int cases = 0;
  for (const auto& row : json["blocks"].GetArray()) {
    SCOPED_TRACE(row["height"].GetInt());
    expect_vector({*parse_block(test::unhex(row["block"].GetString())), unhex_list(row["prev_scripts"]),
                   *FilterHeader::from_string(row["prev_header"].GetString()), test::unhex(row["filter"].GetString()),
                   *FilterHeader::from_string(row["header"].GetString())});
    ++cases;
  }
  EXPECT_EQ(cases, 3);
}

// The blocks of a file of records: magic, size, block.
std::vector<BlockPtr> blocks_of(ByteView file) {
  std::vector<BlockPtr> blocks;
  for (Cursor cursor{file}; cursor.remaining() > 0;) {
    cursor.skip(4);
    const ByteView raw = cursor.read_bytes(cursor.read_le<std::uint32_t>());
    KP_ASSERT(cursor.ok());
    blocks.push_back(*parse_block(Bytes(raw.begin(), raw.end())));
  }
  return blocks;
}

TEST(BlockFilter, TheFilterHeadersOfMainnetFromGenesisOn) {
  KEPENG_NEED_VECTORS();
  const std::vector<BlockPtr> blocks = blocks_of(test::read_shared("chain/contiguous/main_0_3499.dat"));
  const Bytes expected = test::read_shared("chain/filters/main_filter_headers_0_4521.bin");
  ASSERT_EQ(blocks.size(), 3500u);
  ASSERT_EQ(expected.size(), 4522u * 32);
  std::map<OutPoint, ByteView> scripts;
  FilterHeader header;
  std::size_t spent_in_all = 0;
  for (std::size_t height = 0; height < blocks.size(); ++height) {
    std::vector<ByteView> spent;
    for (const Transaction& tx : blocks[height]->transactions()) {
      for (const TxIn& input : tx.inputs) {
        if (!tx.is_coinbase()) spent.push_back(scripts.at(input.prevout));
      }
      for (std::uint32_t i = 0; i < tx.outputs.size(); ++i) scripts[{tx.txid, i}] = tx.outputs[i].script_pubkey;
    }
    spent_in_all += spent.size();
    header = BlockFilter::basic(*blocks[height], spent).header(header);
    ASSERT_EQ(header, FilterHeader::from_bytes(expected.data() + height * 32)) << height;
  }
  EXPECT_GT(spent_in_all, 54u);  // 54 transactions are no coinbases
}

TEST(BlockFilter, OneAndAnyAgreeAndAlmostNothingElseMatches) {
  std::mt19937 random{158};
  std::vector<Bytes> inside;
  std::vector<Bytes> outside;
  for (int i = 0; i < 2000; ++i) {
    Bytes script(22);
    for (auto& byte : script) byte = static_cast<std::uint8_t>(random());
    script[0] = 0;
    (i % 2 == 0 ? inside : outside).push_back(script);
  }
  const BlockPtr block = block_with_outputs(inside);
  const BlockFilter filter = BlockFilter::basic(*block, {});
  EXPECT_EQ(filter.size(), 1000u);
  for (const Bytes& script : inside) EXPECT_TRUE(filter.matches(script));
  int false_positives = 0;
  for (const Bytes& script : outside) false_positives += filter.matches(script) ? 1 : 0;
  EXPECT_EQ(false_positives, 0);  // 0.0013 are expected, and this sample has none
  EXPECT_FALSE(filter.matches_any(views(outside)));
  for (const std::size_t at : {std::size_t{0}, std::size_t{500}, outside.size()}) {
    std::vector<Bytes> mixed = outside;
    mixed.insert(mixed.begin() + static_cast<std::ptrdiff_t>(at), inside[at % inside.size()]);
    EXPECT_TRUE(filter.matches_any(views(mixed)));
  }
  EXPECT_FALSE(filter.matches_any({}));
}

TEST(BlockFilter, EveryScriptOnceAndNoneThatIsEmptyOrReturns) {
  const BlockPtr block = block_with_outputs({{0x51}, {0x51}, {}, {0x6a}, {0x6a, 1, 2}, {0x52}});
  const std::vector<Bytes> spent{{0x51}, {0x53}, {}, {0x53}};
  const BlockFilter filter = BlockFilter::basic(*block, views(spent));
  EXPECT_EQ(filter.size(), 3u);
  EXPECT_TRUE(filter.matches(Bytes{0x53}));
  EXPECT_FALSE(filter.matches(Bytes{0x6a}));
}

TEST(BlockFilter, AnEmptyFilterIsOneZeroByteAndMatchesNothing) {
  const BlockFilter filter = BlockFilter::basic(*block_with_outputs({{0x6a}}), {});
  EXPECT_TRUE(equal(filter.encoded(), Bytes{0}));
  EXPECT_FALSE(filter.matches(Bytes{0x51}));
  EXPECT_FALSE(filter.matches(Bytes{}));
  EXPECT_EQ(filter.hash().bytes, crypto::sha256d(Bytes{0}));
}

TEST(BlockFilter, AClaimedCountNeedsItsBits) {
  EXPECT_EQ(error_of({}), DecodeError::Truncated);
  EXPECT_EQ(error_of({1}), DecodeError::Truncated);
  EXPECT_EQ(error_of({1, 0, 0}), DecodeError::Truncated);              // 16 bits of 20
  EXPECT_EQ(error_of({2, 0, 0, 0}), DecodeError::Truncated);           // 24 bits of 40
  EXPECT_EQ(error_of({1, 0xff, 0xff, 0xff}), DecodeError::Truncated);  // a quotient that never ends
  EXPECT_EQ(error_of({0xfe, 0, 0, 0, 1, 0}), DecodeError::Truncated);  // 16 million elements in a byte
  EXPECT_EQ(error_of({0xfe, 1, 0, 0, 2}), DecodeError::SizeTooLarge);
  EXPECT_EQ(error_of({0xfd, 1, 0}), DecodeError::NonCanonicalSize);
  EXPECT_TRUE(BlockFilter::decode({1, 0, 0, 0}, {}).ok());
}

TEST(BlockFilter, NothingFollowsTheSet) {
  EXPECT_EQ(error_of({0, 0}), DecodeError::TrailingBytes);
  EXPECT_EQ(error_of({1, 0, 0, 0, 0}), DecodeError::TrailingBytes);
  EXPECT_EQ(error_of({1, 0, 0, 1}), DecodeError::TrailingBytes);  // padding that is not zero
  EXPECT_TRUE(BlockFilter::decode({1, 0, 0, 0x10}, {}).ok());     // the last bit of the remainder
}

TEST(BlockFilter, TheHeaderCommitsToAllThatCameBefore) {
  const BlockFilter filter = BlockFilter::basic(*block_with_outputs({{0x51}}), {});
  const FilterHeader first = filter.header({});
  EXPECT_NE(filter.header(first), first);
  Bytes both;
  append(both, filter.hash().bytes);
  append(both, first.view());
  EXPECT_EQ(filter_header(filter.hash(), first).bytes, crypto::sha256d(both));
}

TEST(GolombRice, NumbersGoRoundAtEveryRemainderWidth) {
  for (unsigned bits = 0; bits <= 40; ++bits) {
    std::vector<std::uint64_t> numbers{0, 1, 2, (1ull << bits) - 1, 1ull << bits, (37ull << bits) + 5};
    Bytes coded;
    GolombRiceWriter writer{coded, bits};
    for (const std::uint64_t number : numbers) writer.write(number);
    GolombRiceReader reader{coded, bits};
    for (const std::uint64_t number : numbers) EXPECT_EQ(reader.read(), number);
    EXPECT_TRUE(reader.ok() && reader.at_padding());
  }
}

TEST(GolombRice, TheBitsAreThoseOfTheSpecification) {
  Bytes coded;
  GolombRiceWriter writer{coded, 2};
  writer.write(9);  // quotient 2: 110, remainder 01
  writer.write(3);  // quotient 0: 0, remainder 11
  EXPECT_EQ(coded, Bytes{0b11001011});
  EXPECT_EQ(GolombRiceReader(coded, 2).read(), 9u);
}

}  // namespace
}  // namespace kepeng
