// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/consensus/rules.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/script/sigops.h>

#include "support/chain_builder.h"

namespace kepeng::consensus {
namespace {

using params::Network;
using params::NetworkParams;
using test::BlockDraft;
using test::ChainBuilder;

class BlockRules : public testing::Test {
 protected:
  // Some transaction with a tag, so that ids differ.
  static MutableTransaction payment(std::uint32_t tag) {
    MutableTransaction tx;
    tx.inputs.push_back({{Txid{{9}}, tag}, {}, 0xffffffff, {}});
    tx.outputs.push_back({Amount{1000}, {0x51}});
    return tx;
  }
  std::string verdict_on(const BlockPtr& block) const {
    const auto checked = check_block(block, network_);
    return checked ? "" : checked.error().reason();
  }
  // Both stages, at height 1.
  std::string placed_verdict_on(const BlockPtr& block) const {
    const auto checked = check_block(block, network_);
    if (!checked) return checked.error().reason();
    const auto placed = check_place(*checked, {chain_.line(), network_});
    return placed ? "" : placed.error().reason();
  }

  NetworkParams network_ = params::make_network({.network = Network::Regtest}).value();
  ChainBuilder chain_{network_};
};

TEST_F(BlockRules, ABuiltBlockHoldsAndCountsItsSigops) {
  MutableTransaction tx = payment(1);
  tx.outputs[0].script_pubkey = {0xac, 0xae};
  const auto checked = check_block(chain_.draft({tx}).finish(), network_);
  ASSERT_TRUE(checked.ok());
  ASSERT_EQ(checked->legacy_sigops().size(), 2u);
  EXPECT_EQ(checked->legacy_sigops()[0], 1u);
  EXPECT_EQ(checked->legacy_sigops()[1], 21u);
}

TEST_F(BlockRules, B056_ProofOfWork) {
  BlockDraft draft = chain_.draft();
  draft.is_mined = false;
  draft.finish();
  while (meets_target(draft.header.hash(), draft.header.target, network_.pow_limit)) ++draft.header.nonce;
  EXPECT_EQ(verdict_on(draft.block()), "high-hash");
}

TEST_F(BlockRules, B053_MerkleRoot) {
  BlockDraft draft = chain_.draft({payment(1)});
  draft.computes_merkle_root = false;
  EXPECT_EQ(verdict_on(draft.finish()), "bad-txnmrklroot");
  EXPECT_EQ(condemns(BlockError::MerkleRoot), Condemns::DataOnly);
}

// For every count of transactions, each way to repeat a tail that leaves the root the same.
TEST_F(BlockRules, C100_B054_RepeatedTailsAreMutations) {
  int mutations = 0;
  for (std::uint32_t count = 1; count <= 24; ++count) {
    BlockDraft draft = chain_.draft();
    for (std::uint32_t i = 1; i < count; ++i) draft.transactions.push_back(payment(i));
    draft.finish();
    ASSERT_EQ(verdict_on(draft.block()), "");
    for (std::uint32_t tail = 1; tail <= count; ++tail) {
      BlockDraft copy = draft;
      for (std::uint32_t i = count - tail; i < count; ++i) copy.transactions.push_back(draft.transactions[i]);
      BlockDraft recomputed = copy;
      recomputed.compute_merkle_root();
      const bool same_root = recomputed.header.merkle_root == draft.header.merkle_root;
      EXPECT_EQ(verdict_on(copy.block()), same_root ? "bad-txns-duplicate" : "bad-txnmrklroot") << count << " " << tail;
      mutations += same_root ? 1 : 0;
    }
  }
  EXPECT_EQ(mutations, 19);
  EXPECT_EQ(condemns(BlockError::DuplicateTransactions), Condemns::DataOnly);
}

TEST(MerkleTree, C100_AgainstTheDefinition) {
  std::vector<crypto::Hash32> leaves;
  EXPECT_EQ(merkle_root({}).root, crypto::Hash32{});
  for (std::uint8_t count = 1; count < 70; ++count) {
    leaves.push_back(crypto::sha256(Bytes{count}));
    std::vector<crypto::Hash32> level = leaves;
    while (level.size() > 1) {
      std::vector<crypto::Hash32> above;
      for (std::size_t i = 0; i < level.size(); i += 2) {
        Bytes pair(level[i].begin(), level[i].end());
        append(pair, level[std::min(i + 1, level.size() - 1)]);
        above.push_back(crypto::sha256d(pair));
      }
      level = above;
    }
    const MerkleResult result = merkle_root(leaves);
    EXPECT_EQ(result.root, level[0]);
    EXPECT_FALSE(result.is_mutated);
  }
  // Equal neighbours at any level.
  std::vector<crypto::Hash32> twice(leaves.begin(), leaves.begin() + 6);
  twice.push_back(twice[4]);
  twice.push_back(twice[5]);
  EXPECT_TRUE(merkle_root(twice).is_mutated);
  EXPECT_EQ(merkle_root(twice).root, merkle_root({leaves.begin(), leaves.begin() + 6}).root);
}

TEST_F(BlockRules, C104_B050_SizeAndCount) {
  BlockDraft empty = chain_.draft();
  empty.transactions.clear();
  empty.header.merkle_root = {};
  empty.mine();
  EXPECT_EQ(verdict_on(empty.block()), "bad-blk-length");

  // Stripped size: 1,000,000 exactly, and one byte more.
  BlockDraft draft = chain_.draft({payment(1)});
  const std::size_t rest = draft.finish()->stripped_size();
  draft.transactions[1].outputs[0].script_pubkey.assign(1'000'000 - rest - 3, 0x61);
  EXPECT_EQ(draft.finish()->stripped_size(), 1'000'000u);
  EXPECT_EQ(placed_verdict_on(draft.block()), "");
  draft.transactions[1].outputs[0].script_pubkey.push_back(0x61);
  EXPECT_EQ(verdict_on(draft.finish()), "bad-blk-length");
}

TEST_F(BlockRules, C104_B066_Weight) {
  BlockDraft draft = chain_.draft({payment(1)});
  draft.transactions[1].inputs[0].witness = {Bytes{}};
  const std::size_t rest = draft.finish()->weight();
  draft.transactions[1].inputs[0].witness[0].assign(4'000'000 - rest - 4, 1);  // its length takes four bytes more
  EXPECT_EQ(draft.finish()->weight(), 4'000'000u);
  EXPECT_EQ(placed_verdict_on(draft.block()), "");
  draft.transactions[1].inputs[0].witness[0].push_back(1);
  EXPECT_EQ(placed_verdict_on(draft.finish()), "bad-blk-weight");
  // Padding of the coinbase's witness is judged before the weight and does not condemn the hash (C-103).
  draft.transactions[1].inputs[0].witness[0].pop_back();
  draft.finish();
  draft.coinbase().inputs[0].witness.push_back(Bytes(1000, 0));
  EXPECT_GT(draft.block()->weight(), 4'000'000u);
  EXPECT_EQ(placed_verdict_on(draft.block()), "bad-witness-nonce-size");
  EXPECT_EQ(condemns(BlockError::WitnessNonceSize), Condemns::DataOnly);
}

TEST_F(BlockRules, C106_B051_ExactlyOneCoinbaseAndFirst) {
  BlockDraft draft = chain_.draft({payment(1)});
  std::swap(draft.transactions[0], draft.transactions[1]);
  EXPECT_EQ(verdict_on(draft.finish()), "bad-cb-missing");
  draft = chain_.draft({payment(1), chain_.coinbase(2, Amount{5})});
  EXPECT_EQ(verdict_on(draft.finish()), "bad-cb-multiple");
  draft = chain_.draft();
  draft.transactions[0] = payment(1);
  EXPECT_EQ(verdict_on(draft.finish()), "bad-cb-missing");
}

// The disclosure of 2019: inner nodes of an honest block's tree, read as transactions of 64 bytes, have the same root.
TEST_F(BlockRules, C102_InnerNodesReadAsTransactionsDoNotCondemnTheHash) {
  // An honest block of two transactions whose ids happen to read as one transaction would take years to find; a block
  // of one such transaction shows the same: whatever its root is, the header says nothing about it.
  MutableTransaction tx = payment(1);
  tx.outputs[0].script_pubkey = Bytes(4, 0x51);
  EXPECT_EQ(tx.freeze()->stripped_size, 64u);
  BlockDraft draft = chain_.draft();
  draft.transactions = {tx};
  const auto of_64 = check_block(draft.finish(), network_);
  ASSERT_FALSE(of_64.ok());
  EXPECT_EQ(of_64.error().reason(), "bad-cb-missing");
  EXPECT_EQ(of_64.error().what_it_condemns(), Condemns::DataOnly);
  draft.transactions[0].outputs[0].script_pubkey.push_back(0x51);
  const auto of_65 = check_block(draft.finish(), network_);
  ASSERT_FALSE(of_65.ok());
  EXPECT_EQ(of_65.error().reason(), "bad-cb-missing");
  EXPECT_EQ(of_65.error().what_it_condemns(), Condemns::Hash);
  // Behind a coinbase they are as good as any (C-073).
  draft = chain_.draft({tx});
  EXPECT_EQ(verdict_on(draft.finish()), "");
}

TEST_F(BlockRules, TransactionsAreJudgedInOrder) {
  BlockDraft draft = chain_.draft({payment(1), payment(2), payment(3)});
  draft.transactions[3].outputs[0].value = Amount{-1};
  draft.transactions[2].inputs.push_back(draft.transactions[2].inputs[0]);
  const auto checked = check_block(draft.finish(), network_);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().reason(), "bad-txns-inputs-duplicate");
  EXPECT_EQ(checked.error().error, BlockError::Transaction);
  EXPECT_EQ(checked.error().transaction, 2u);
  draft = chain_.draft();
  draft.coinbase().inputs[0].script_sig.assign(101, 1);
  EXPECT_EQ(verdict_on(draft.finish()), "bad-cb-length");
}

TEST_F(BlockRules, C060_C063_LegacySigopsOfEveryScript) {
  // 20,000 legacy operations are the limit: 19,999 besides the coinbase's own, wherever they stand.
  enum class Where { CoinbaseOutput, Output, ScriptSig };
  for (const Where where : {Where::CoinbaseOutput, Where::Output, Where::ScriptSig}) {
    BlockDraft draft = chain_.draft({payment(1)});
    Bytes* script = &draft.transactions[1].outputs[0].script_pubkey;
    if (where == Where::CoinbaseOutput) script = &draft.coinbase().outputs.emplace_back().script_pubkey;
    if (where == Where::ScriptSig) script = &draft.transactions[1].inputs[0].script_sig;
    script->assign(19'999, 0xac);
    EXPECT_EQ(verdict_on(draft.finish()), "");
    script->push_back(0xad);
    EXPECT_EQ(verdict_on(draft.finish()), "bad-blk-sigops");
    // 999 multisigs of 20 and 19 more; OP_1 before one makes no difference here.
    script->assign(998, 0xae);
    append(*script, Bytes{0x51, 0xaf});
    append(*script, Bytes(19, 0xac));
    EXPECT_EQ(verdict_on(draft.finish()), "");
    script->push_back(0xac);
    EXPECT_EQ(verdict_on(draft.finish()), "bad-blk-sigops");
    // What stands behind a truncated push does not count.
    script->assign(19'999, 0xac);
    append(*script, Bytes{0x4b, 0xac, 0xac});
    EXPECT_EQ(verdict_on(draft.finish()), "");
  }
}

TEST_F(BlockRules, C103_WhichReasonComesFirst) {
  // Everything wrong at once; what is mended shows the next.
  BlockDraft draft = chain_.draft({payment(1), chain_.coinbase(7, Amount{1})});
  draft.transactions[1].outputs[0].value = Amount{-1};
  draft.transactions[1].inputs[0].witness = {Bytes{1}};
  draft.transactions[1].outputs.push_back({Amount{1}, Bytes(20'001, 0xac)});
  draft.commits_witness = false;
  draft.compute_merkle_root();
  const MerkleRoot right = draft.header.merkle_root;
  draft.header.merkle_root = {};
  while (meets_target(draft.header.hash(), draft.header.target, network_.pow_limit)) ++draft.header.nonce;
  EXPECT_EQ(verdict_on(draft.block()), "high-hash");
  draft.mine();
  EXPECT_EQ(verdict_on(draft.block()), "bad-txnmrklroot");
  draft.header.merkle_root = right;
  draft.mine();
  EXPECT_EQ(verdict_on(draft.block()), "bad-cb-multiple");
  draft.transactions.pop_back();
  EXPECT_EQ(verdict_on(draft.finish()), "bad-txns-vout-negative");
  draft.transactions[1].outputs[0].value = Amount{1};
  EXPECT_EQ(verdict_on(draft.finish()), "bad-blk-sigops");
  draft.transactions[1].outputs.pop_back();
  draft.transactions[1].lock_time = 500;
  draft.transactions[1].inputs[0].sequence = 0;
  draft.coinbase().inputs[0].script_sig = {0x52, 0x52};
  EXPECT_EQ(placed_verdict_on(draft.finish()), "bad-txns-nonfinal");
  draft.transactions[1].lock_time = 0;
  EXPECT_EQ(placed_verdict_on(draft.finish()), "bad-cb-height");
  draft.coinbase().inputs[0].script_sig = {0x51, 0x51};
  EXPECT_EQ(placed_verdict_on(draft.finish()), "unexpected-witness");
  draft.commits_witness = true;
  EXPECT_EQ(placed_verdict_on(draft.finish()), "");
}

TEST(BlockErrors, C101_OnlyWhatTheHashCommitsToCondemnsIt) {
  const BlockError data_only[] = {BlockError::MerkleRoot,        BlockError::DuplicateTransactions,
                                  BlockError::WitnessNonceSize,  BlockError::WitnessMerkle,
                                  BlockError::UnexpectedWitness, BlockError::CoinbaseMissingAmbiguous};
  const BlockError nothing[] = {BlockError::TimeTooNew, BlockError::PreviousNotFound, BlockError::TooLittleWork};
  for (int i = 0; i <= static_cast<int>(BlockError::Script); ++i) {
    const auto error = static_cast<BlockError>(i);
    Condemns expected = Condemns::Hash;
    if (std::find(std::begin(data_only), std::end(data_only), error) != std::end(data_only)) {
      expected = Condemns::DataOnly;
    }
    if (std::find(std::begin(nothing), std::end(nothing), error) != std::end(nothing)) expected = Condemns::Nothing;
    EXPECT_EQ(condemns(error), expected) << i;
  }
  EXPECT_EQ(BlockRejection::of_script(script::ScriptError::EvalFalse, 1, 2).reason(),
            "block-script-verify-flag-failed (Script evaluated without error but finished with a false/empty top "
            "stack element)");
}

}  // namespace
}  // namespace kepeng::consensus
