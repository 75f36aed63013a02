// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The isolated real blocks: every rule that needs no chain, every input whose coin is known, and the amounts.
#include <gtest/gtest.h>

#include <algorithm>

#include <kepeng/base/hex.h>
#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/deployments.h>
#include <kepeng/consensus/merkle.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/consensus/witness_commitment.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/script/interpreter.h>
#include <kepeng/script/output_template.h>

#include "support/header_line.h"
#include "support/vectors.h"

namespace kepeng::consensus {
namespace {

using params::NetworkParams;

NetworkParams network_of(const std::string& name) {
  return params::make_network({.network = *params::network_from_name(name == "testnet3" ? "test" : name)}).value();
}

// A record of a .spo file.
struct SpentRecord {
  std::int64_t value = -1;
  Height height = -1;  // -1: not known
  int is_coinbase = 255;
  ByteView script;

  bool is_complete() const { return value >= 0; }
  bool has_script() const { return value >= 0 || !script.empty(); }
};

std::vector<SpentRecord> read_spent(const Bytes& raw, const BlockHash& block) {
  Cursor cursor{raw};
  EXPECT_EQ(as_text(cursor.read_bytes(4)), "KSPO");
  EXPECT_EQ(cursor.read_le<std::uint32_t>(), 1u);
  EXPECT_TRUE(equal(cursor.read_bytes(32), block.view()));
  std::vector<SpentRecord> records(cursor.read_le<std::uint32_t>());
  for (SpentRecord& record : records) {
    record.value = cursor.read_le<std::int64_t>();
    record.height = cursor.read_le<std::int32_t>();
    record.is_coinbase = cursor.read_le<std::uint8_t>();
    record.script = cursor.read_var_bytes();
  }
  EXPECT_TRUE(cursor.ok());
  EXPECT_EQ(cursor.remaining(), 0u);
  return records;
}

// One row of the index.
struct Row {
  std::string network;
  std::optional<Height> height;
  std::string hash;
  std::string file;
  std::string spent_file;
  std::string coverage;
  std::size_t inputs_checked = 0;
  std::int64_t coinbase_out = 0;
  std::int64_t fees = 0;
  script::Flags flags;
};

std::vector<Row> read_index() {
  std::vector<Row> rows;
  for (const auto& cells : test::read_shared_csv("chain/blocks/index.csv")) {
    if (cells[0] == "network") continue;
    Row row{cells[0], {}, cells[2], "chain/" + cells[3], cells[4].empty() ? "" : "chain/" + cells[4], cells[5], 0,
            0,        0,  {}};
    if (!cells[1].empty()) row.height = std::stoi(cells[1]);
    row.inputs_checked = std::stoul(cells[10]);
    row.coinbase_out = std::stoll(cells[15]);
    if (!cells[16].empty()) row.fees = std::stoll(cells[16]);
    std::string names = cells[17];
    std::replace(names.begin(), names.end(), '+', ',');
    row.flags = script::parse_flags(names).value();
    rows.push_back(row);
  }
  return rows;
}

BlockPtr read_block(const Row& row) {
  auto block = parse_block(test::read_shared(row.file));
  KP_ASSERT(block.ok());
  return std::move(block).value();
}

TEST(RealBlocks, C126_PassEveryRuleThatNeedsNoCoins) {
  KEPENG_NEED_VECTORS();
  int count = 0;
  int committed = 0;
  for (const Row& row : read_index()) {
    const NetworkParams network = network_of(row.network);
    const BlockPtr block = read_block(row);
    EXPECT_EQ(block->hash().to_string(), row.hash);
    const auto checked = check_block(block, network);
    ASSERT_TRUE(checked.ok()) << row.hash << " " << checked.error().reason();
    ++count;
    if (!row.height) continue;
    EXPECT_EQ(script_flags(network, *row.height, block->hash()), row.flags) << row.hash;
    // The place in the chain, with parents that are all an hour earlier.
    test::HeaderLine parent{*row.height - 12};
    for (Height at = *row.height - 12; at < *row.height; ++at) {
      parent.push(HeaderFacts{{}, 4, block->header().time - 3600, block->header().target});
    }
    const auto placed = check_place(*checked, {parent, network});
    EXPECT_TRUE(placed.ok()) << row.hash << " " << (placed ? "" : placed.error().reason());
    committed += witness_commitment_output(block->transactions()[0]) ? 1 : 0;
  }
  EXPECT_EQ(count, 73);
  EXPECT_GT(committed, 20);
}

// Verifies what can be verified of one transaction; how many inputs that were.
std::size_t verify_known(const Transaction& tx, std::span<const SpentRecord> records, script::Flags flags) {
  const bool complete =
      std::all_of(records.begin(), records.end(), [](const SpentRecord& record) { return record.is_complete(); });
  std::vector<TxOut> spent;
  if (complete) {
    for (const SpentRecord& record : records) spent.push_back({Amount{record.value}, record.script});
  }
  script::PrecomputedHashes hashes{tx, spent};
  script::Interpreter direct{script::Interpreter::Path::Direct};
  script::Interpreter general{script::Interpreter::Path::General};
  std::size_t verified = 0;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    const SpentRecord& record = records[i];
    if (!record.has_script() || (script::is_p2tr(record.script) && !complete)) continue;
    const script::ScriptSpend spend{.tx = tx,
                                    .input = i,
                                    .script_sig = tx.inputs[i].script_sig,
                                    .script_pubkey = record.script,
                                    .witness = tx.inputs[i].witness,
                                    .amount = Amount{record.is_complete() ? record.value : 0},
                                    .spent = spent,
                                    .hashes = &hashes};
    const auto verdict = direct.verify(spend, flags);
    EXPECT_TRUE(verdict.ok()) << tx.txid.to_string() << ":" << i << " "
                              << (verdict ? "" : script::vector_name(verdict.error()));
    // The general path costs as much again: a sample of it.
    if (i % 16 == 0) {
      EXPECT_TRUE(general.verify(spend, flags).ok()) << tx.txid.to_string() << ":" << i;
    }
    ++verified;
  }
  return verified;
}

TEST(RealBlocks, C126_EveryInputWhoseCoinIsKnownVerifies) {
  KEPENG_NEED_VECTORS();
  std::size_t verified = 0;
  int blocks = 0;
  for (const Row& row : read_index()) {
    if (row.spent_file.empty()) continue;
    const BlockPtr block = read_block(row);
    const Bytes raw = test::read_shared(row.spent_file);
    const auto records = read_spent(raw, block->hash());
    ASSERT_EQ(records.size(), block->inputs().size() - 1);
    std::size_t in_block = 0;
    std::size_t next = 0;
    for (const Transaction& tx : block->transactions().subspan(1)) {
      in_block += verify_known(tx, std::span{records}.subspan(next, tx.inputs.size()), row.flags);
      next += tx.inputs.size();
    }
    EXPECT_EQ(in_block, row.inputs_checked) << row.hash;
    verified += in_block;
    ++blocks;
  }
  EXPECT_EQ(blocks, 62);
  EXPECT_EQ(verified, 109'663u);
}

TEST(RealBlocks, C107_CoinbasesClaimSubsidyAndFees) {
  KEPENG_NEED_VECTORS();
  int blocks = 0;
  for (const Row& row : read_index()) {
    if (row.coverage != "full") continue;
    ASSERT_TRUE(row.height);
    const NetworkParams network = network_of(row.network);
    const BlockPtr block = read_block(row);
    const auto checked = check_block(block, network);
    const Bytes raw = test::read_shared(row.spent_file);
    const auto records = read_spent(raw, block->hash());

    // Times that no relative lock can fail on: whoever locked by time waited for ten years.
    test::HeaderLine parent;
    constexpr std::uint32_t kTenYears = 10 * 365 * 86'400;
    for (Height at = 0; at < *row.height; ++at) {
      parent.push(HeaderFacts{{}, 4, block->header().time - (at < *row.height - 12 ? kTenYears : 1), {}});
    }
    Resolver resolver{*checked, parent, network};
    EXPECT_EQ(resolver.flags(), row.flags);
    std::size_t next = 0;
    for (std::uint32_t i = 0; i < block->transactions().size(); ++i) {
      std::vector<Coin> coins;
      const Transaction& tx = block->transactions()[i];
      for (std::size_t k = 0; i != 0 && k < tx.inputs.size(); ++k) {
        const SpentRecord& record = records[next++];
        ASSERT_TRUE(record.is_complete());
        const Height height = record.height >= 0 ? record.height : 0;
        coins.push_back({{Amount{record.value}, record.script}, height, record.is_coinbase == 1});
      }
      const auto verdict = resolver.add(i, coins);
      ASSERT_TRUE(verdict.ok()) << row.hash << " " << i << " " << verdict.error().reason();
    }
    EXPECT_TRUE(resolver.finish().ok());
    EXPECT_EQ(resolver.fees().sats, row.fees);
    EXPECT_EQ(row.coinbase_out, block_subsidy(*row.height, network).sats + row.fees) << row.hash;
    EXPECT_LE(resolver.sigops_cost(), kMaxBlockSigopsCost);
    ++blocks;
  }
  EXPECT_EQ(blocks, 17);
}

TEST(RealBlocks, C100_MerkleBranchesLeadToTheRoot) {
  KEPENG_NEED_VECTORS();
  for (const Row& row : read_index()) {
    const BlockPtr block = read_block(row);
    std::vector<crypto::Hash32> leaves;
    for (const Transaction& tx : block->transactions()) leaves.push_back(tx.txid.bytes);
    const std::size_t step = leaves.size() / 3 + 1;
    for (std::size_t position = 0; position < leaves.size(); position += step) {
      crypto::Hash32 at = leaves[position];
      std::size_t walk = position;
      for (const crypto::Hash32& sibling : merkle_branch(leaves, position)) {
        Bytes pair;
        append(pair, walk % 2 == 0 ? at : sibling);
        append(pair, walk % 2 == 0 ? sibling : at);
        at = crypto::sha256d(pair);
        walk /= 2;
      }
      ASSERT_EQ(at, block->header().merkle_root.bytes) << row.hash;
    }
  }
}

}  // namespace
}  // namespace kepeng::consensus
