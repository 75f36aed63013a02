// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Blocks of the catalogue of bad input that need an engine: the largest that are allowed, the same ones again and
// again, those that come at the wrong place, and reorganisations that are long or go too deep.
#include <fstream>

#include <kepeng/base/hex.h>

#include "support/engine_on_chain.h"

namespace kepeng::validation {
namespace {

using script::Op;
using test::BlockDraft;
using test::OwnedCoin;

class BlockCatalogue : public EngineOnChain {
 protected:
  using EngineOnChain::EngineOnChain;

  std::string hash_of_coins() {
    auto snapshot = engine_->coin_snapshot();
    EXPECT_TRUE(snapshot.ok());
    crypto::Sha256 hash;
    for (snapshot->coins->seek({}); snapshot->coins->valid(); snapshot->coins->next()) {
      if (snapshot->coins->key().empty() || snapshot->coins->key()[0] != storage::kCoinPrefix) continue;
      hash.write(snapshot->coins->key()).write(snapshot->coins->value());
    }
    return to_hex(hash.finalize());
  }
};

class RepeatedCoinbase : public BlockCatalogue {
 protected:
  RepeatedCoinbase() : BlockCatalogue{{"bip34@100000"}} {}
};

TEST_F(RepeatedCoinbase, B069_IsRefusedWhileTheFirstIsUnspent) {
  start();
  chain_.extend_by(110);
  submit_from(1);
  const auto repeat = [&] {
    BlockDraft draft = chain_.draft();
    draft.transactions[0] = MutableTransaction{chain_.blocks()[5]->transactions()[0]};
    return draft.finish();
  };
  EXPECT_EQ(submit(repeat()), "bad-txns-BIP30");
  const OwnedCoin coin = chain_.coinbase_coin(5);
  EXPECT_EQ(submit(chain_.extend({chain_.key().spend({coin}, {{coin.value, test::kAnyoneCanSpend}})})), "");
  EXPECT_FALSE(engine_->read_coin(coin.outpoint)->coin.has_value());
  const BlockPtr again = chain_.accept(repeat());
  EXPECT_EQ(submit(again), "");
  EXPECT_EQ(engine_->view()->tip()->hash, again->hash());
  const auto now_there = engine_->read_coin(coin.outpoint);
  ASSERT_TRUE(now_there->coin.has_value());
  EXPECT_EQ(now_there->coin->height, chain_.height());
}

// A leaf that wants 998 of 999 signatures, one after the other.
struct ManyKeys {
  static constexpr int kKeys = 999;
  std::vector<crypto::PrivateKey> secrets;
  Bytes script;

  explicit ManyKeys(const crypto::Signer& signer) {
    script::ScriptBuilder builder;
    for (int i = 0; i < kKeys; ++i) {
      Bytes secret(32, 1);
      secret[30] = static_cast<std::uint8_t>(i >> 8);
      secret[31] = static_cast<std::uint8_t>(i);
      secrets.push_back(*crypto::PrivateKey::from_bytes(secret));
      builder.push(signer.xonly_key(secrets.back()).key).op(i == 0 ? Op::CheckSig : Op::CheckSigAdd);
    }
    script = builder.push_number(kKeys - 1).op(Op::NumEqual).take();
  }
};

TEST_F(BlockCatalogue, B070_998Of999SignaturesOfOneLeaf) {
  start();
  chain_.extend_by(101);
  const crypto::Signer signer{crypto::Hash32{}};
  const ManyKeys keys{signer};
  const crypto::Hash32 leaf = script::tap_leaf_hash({.script = keys.script});
  const auto internal = signer.xonly_key(*crypto::PrivateKey::from_bytes(Bytes(32, 9))).key;
  const auto output = *crypto::taproot_tweak_public_key(internal, script::tap_tweak_hash(internal, leaf));
  const Bytes program = script::ScriptBuilder{}.op(Op::One).push(output.key).take();
  const OwnedCoin from = chain_.coinbase_coin(1);
  const BlockPtr paying = chain_.extend({chain_.key().spend({from}, {{from.value, program}})});
  submit_from(1);

  const OwnedCoin coin = chain_.coin(paying->transactions()[1], 0);
  MutableTransaction tx = chain_.key().spend({coin}, {{Amount{coin.value.sats - 100'000}, chain_.key().p2wpkh()}});
  const std::vector<TxOut> spent{{coin.value, coin.script_pubkey}};
  script::TaprootMessage message;
  message.tapscript = script::TapscriptPosition{leaf, 0xffffffff};
  const auto hash = *script::taproot_sighash(*tx.freeze(), message, {spent});
  Bytes control{
      static_cast<std::uint8_t>(script::kTapscriptLeafVersion | (output.parity == crypto::Parity::Odd ? 1 : 0))};
  append(control, internal);
  const auto witness_with = [&](int signatures) {
    std::vector<Bytes> witness;
    for (int i = ManyKeys::kKeys - 1; i >= 0; --i) {
      if (i >= signatures) {
        witness.emplace_back();
        continue;
      }
      const auto signature = signer.sign_schnorr(keys.secrets[static_cast<std::size_t>(i)], hash, {});
      witness.emplace_back(signature.begin(), signature.end());
    }
    witness.push_back(keys.script);
    witness.push_back(control);
    return witness;
  };
  tx.inputs[0].witness = witness_with(ManyKeys::kKeys - 2);
  EXPECT_NE(submit(chain_.draft({tx}).finish()), "");
  tx.inputs[0].witness = witness_with(ManyKeys::kKeys - 1);
  const BlockPtr block = chain_.extend({tx});
  EXPECT_EQ(submit(block), "");
  EXPECT_EQ(engine_->view()->tip()->hash, block->hash());
  // What is served is what came.
  const auto served = engine_->read_block(engine_->find(block->hash()));
  ASSERT_TRUE(served.ok());
  EXPECT_TRUE(equal((*served)->raw(), block->raw()));
}

// Blocks of about four million weight with nothing but outputs, nothing but inputs, nothing but small transactions.
TEST_F(BlockCatalogue, B073_AsManyOutputsInputsAndTransactionsAsFit) {
  constexpr std::size_t kOutputs = 99'900;
  constexpr std::size_t kInputs = 24'300;
  constexpr std::size_t kTransactions = 16'200;
  start();
  chain_.extend_by(101);
  const std::int64_t each = chain_.coinbase_coin(1).value.sats / static_cast<std::int64_t>(kOutputs);
  const BlockPtr outputs = chain_.extend({chain_.key().spend(
      {chain_.coinbase_coin(1)}, std::vector<MutableTxOut>(kOutputs, {Amount{each}, test::kAnyoneCanSpend}))});
  const Txid from = outputs->transactions()[1].txid;
  std::uint32_t next = 0;
  MutableTransaction greedy;
  for (std::size_t i = 0; i < kInputs; ++i) greedy.inputs.push_back({{from, next++}, {}, 0xffffffff, {}});
  greedy.outputs.push_back({Amount{each}, test::kAnyoneCanSpend});
  const BlockPtr inputs = chain_.extend({greedy});
  std::vector<MutableTransaction> small(kTransactions);
  for (MutableTransaction& tx : small) {
    tx.inputs.push_back({{from, next++}, {}, 0xffffffff, {}});
    tx.outputs.push_back({Amount{each}, test::kAnyoneCanSpend});
  }
  const BlockPtr transactions = chain_.extend(std::move(small));
  for (const BlockPtr& block : {outputs, inputs, transactions}) {
    EXPECT_GT(block->weight(), 3'900'000u);
    EXPECT_LE(block->weight(), 4'000'000u);
  }
  const std::int64_t since = steady_ns();
  submit_from(1);
  EXPECT_EQ(engine_->view()->tip()->hash, transactions->hash());
  EXPECT_LT(steady_ns() - since, std::int64_t{60'000'000'000});
  EXPECT_TRUE(engine_->read_coin({from, next})->coin.has_value());
  EXPECT_FALSE(engine_->read_coin({from, next - 1})->coin.has_value());
}

TEST_F(BlockCatalogue, B075_ParentsThatAreUnknownOrInvalid) {
  start();
  chain_.extend_by(103);
  const auto& blocks = chain_.blocks();
  for (std::size_t at = 1; at <= 101; ++at) ASSERT_EQ(submit(blocks[at]), "");
  // Its header has to come first, so nothing of it is kept.
  EXPECT_EQ(submit(blocks[103]), "prev-blk-not-found");
  EXPECT_EQ(engine_->find(blocks[103]->hash()), nullptr);
  EXPECT_EQ(submit(blocks[102]), "");
  EXPECT_EQ(submit(blocks[103]), "");

  MutableTransaction unsigned_spend = chain_.key().spend({chain_.coinbase_coin(1)}, {{Amount{1}, Bytes{0x51}}});
  unsigned_spend.inputs[0].script_sig.clear();
  const BlockPtr bad = chain_.extend({unsigned_spend});
  const BlockPtr child = chain_.extend();
  EXPECT_NE(submit(bad), "");
  const std::uint64_t verified = engine_->counters().inputs_verified;
  EXPECT_EQ(submit(child), "bad-prevblk");
  EXPECT_EQ(engine_->counters().inputs_verified, verified);  // the verdict is remembered
}

// What came once is not judged again, and the log does not fill.
TEST_F(BlockCatalogue, B076_TheSameBlockAThousandTimes) {
  const std::string path = node_.directory.at("debug.log");
  LogOptions log;
  log.file = path;
  ASSERT_TRUE(node_.log.start(log).ok());
  start();
  chain_.extend_by(101);
  const BlockPtr good = chain_.extend({chain_.key().spend({chain_.coinbase_coin(1)}, {{Amount{1}, Bytes{0x51}}})});
  submit_from(1);
  MutableTransaction forged = chain_.key().spend({chain_.coinbase_coin(2)}, {{Amount{1}, Bytes{0x51}}});
  forged.outputs[0].value.sats = 2;
  const BlockPtr bad = chain_.draft({forged}).finish();
  const std::string reason = submit(bad);
  EXPECT_NE(reason, "");
  const auto log_lines = [&] {
    std::ifstream file{path};
    return std::count(std::istreambuf_iterator<char>{file}, {}, '\n');
  };
  const auto lines_before = log_lines();
  const std::uint64_t connected = engine_->counters().blocks_connected;
  const std::uint64_t verified = engine_->counters().inputs_verified;
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(submit_for_outcome(good).kind, SubmitOutcome::Kind::Duplicate);
    const SubmitOutcome refused = submit_for_outcome(bad);
    ASSERT_EQ(refused.kind, SubmitOutcome::Kind::Rejected);
    ASSERT_TRUE(refused.rejection.has_value());
  }
  EXPECT_EQ(engine_->counters().blocks_connected, connected);
  EXPECT_EQ(engine_->counters().inputs_verified, verified);
  EXPECT_LT(log_lines() - lines_before, 20);
  EXPECT_EQ(engine_->view()->tip()->hash, good->hash());
}

TEST_F(BlockCatalogue, B078_ElevenHundredBlocksBackAndForth) {
  constexpr Height kFork = 110;
  constexpr int kLength = 1'100;
  start();
  chain_.extend_by(kFork);
  const auto grow = [&](int count) {
    for (int i = 0; i < count; ++i) {
      // Coins of before the fork, so that both branches have the same to take back.
      const Height height = chain_.height();
      const bool pays = height < 2 * kFork - 110 + 100 || height % 50 == 0;
      const OwnedCoin coin = chain_.coinbase_coin(height - 105);
      if (!pays) {
        chain_.extend();
        continue;
      }
      chain_.extend({chain_.key().spend({coin}, {{Amount{coin.value.sats / 2}, chain_.key().p2wpkh()},
                                                 {Amount{coin.value.sats / 2}, test::kAnyoneCanSpend}})});
    }
  };
  grow(kLength);
  submit_from(1);
  const BlockHash first_tip = chain_.tip();
  const std::string first_coins = hash_of_coins();
  const std::vector<BlockPtr> first{chain_.blocks().begin() + kFork + 1, chain_.blocks().end()};

  chain_.rewind_to(kFork);
  grow(kLength + 1);
  submit_from(kFork + 1);
  EXPECT_EQ(engine_->view()->tip()->hash, chain_.tip());
  EXPECT_NE(hash_of_coins(), first_coins);
  const std::uint64_t disconnected = engine_->counters().blocks_disconnected;
  EXPECT_EQ(disconnected, kLength);
  ASSERT_TRUE(engine_->invalidate(engine_->find(chain_.blocks()[kFork + 1]->hash())).ok());
  ASSERT_TRUE(engine_->activate_best_chain().ok());
  EXPECT_EQ(engine_->view()->tip()->hash, first_tip);
  EXPECT_EQ(hash_of_coins(), first_coins);
}

class MissingFiles : public BlockCatalogue {
 protected:
  void start_with_blocks(int count) {
    node_.options.file_sizes = storage::BlockFileSizes::FastPrune;
    node_.options.prune_manually = true;
    start();
    chain_.extend_by(count);
    submit_from(1);
  }
  void stop() {
    ASSERT_TRUE(engine_->close().ok());
    engine_.reset();
  }
  std::string path(const char* kind, int file) const {
    return node_.options.blocks_directory + "/" + kind + "0000" + std::to_string(file) + ".dat";
  }
  std::string problem_at_start() {
    const auto engine = Engine::open({*node_.env, node_.log, node_.clock, node_.network}, node_.options);
    return engine ? "" : engine.error().message;
  }
  // Another branch from `fork` on, one block longer; what stops the node from following it.
  std::string overtake_from(Height fork) {
    const Height height = chain_.height();
    chain_.rewind_to(fork);
    chain_.extend_by(height + 1 - fork);
    for (Height at = fork + 1; at <= chain_.height(); ++at) {
      const auto outcome = engine_->submit(chain_.blocks()[static_cast<std::size_t>(at)]);
      if (!outcome) return outcome.error().message;
      EXPECT_FALSE(outcome->rejection.has_value()) << at;
    }
    const auto done = engine_->activate_best_chain();
    return done ? "" : done.error().message;
  }
};

// A branch that forks below what was deleted cannot be followed, however much work it has. Nothing of the chain is
// taken back before that is known, and no block is called invalid for it.
TEST_F(MissingFiles, B075_B078_ABranchFromBelowWhatWasPruned) {
  start_with_blocks(1'500);
  ASSERT_GT(engine_->prune_to(1'100).value(), 500);
  const BlockHash tip = chain_.tip();
  // The owner may ask for it; that is refused, and the node goes on.
  const auto asked = engine_->invalidate(engine_->find(chain_.blocks()[400]->hash()));
  ASSERT_FALSE(asked.ok());
  EXPECT_NE(asked.error().message.find("has been pruned"), std::string::npos) << asked.error().message;
  EXPECT_EQ(engine_->view()->tip()->hash, tip);
  EXPECT_FALSE(engine_->find(chain_.blocks()[400]->hash())->is_failed);

  const std::string problem = overtake_from(300);
  EXPECT_NE(problem.find("has been pruned. Restart with -reindex"), std::string::npos) << problem;
  EXPECT_EQ(engine_->view()->tip()->hash, tip);
  EXPECT_EQ(engine_->counters().blocks_disconnected, 0u);
  ASSERT_NE(engine_->find(chain_.tip()), nullptr);
  EXPECT_FALSE(engine_->find(chain_.tip())->is_invalid());
}

TEST_F(MissingFiles, B162_AnUndoFileThatIsMissingWhenTheBranchIsToBeLeft) {
  start_with_blocks(400);
  const BlockHash tip = chain_.tip();
  const int file = engine_->view()->tip()->file;
  stop();
  std::filesystem::remove(path("rev", file));
  start();
  const std::string problem = overtake_from(395);
  EXPECT_NE(problem.find("rev0000" + std::to_string(file) + ".dat is missing"), std::string::npos) << problem;
  EXPECT_EQ(engine_->view()->tip()->hash, tip);
  EXPECT_EQ(engine_->counters().blocks_disconnected, 0u);
  ASSERT_NE(engine_->find(chain_.tip()), nullptr);
  EXPECT_FALSE(engine_->find(chain_.tip())->is_invalid());
}

TEST_F(MissingFiles, B160_ABlockFileThatIsMissingOrShortIsNamedAtTheStart) {
  start_with_blocks(400);
  stop();
  const std::string file = path("blk", 0);
  const auto size = std::filesystem::file_size(file);
  std::filesystem::rename(file, file + ".away");
  EXPECT_NE(problem_at_start().find("blk00000.dat is missing. Restore it, or start with -reindex"), std::string::npos);
  std::filesystem::rename(file + ".away", file);
  std::filesystem::resize_file(file, size / 2);
  EXPECT_NE(problem_at_start().find("blk00000.dat has "), std::string::npos);
  std::filesystem::resize_file(file, size);
  EXPECT_EQ(problem_at_start(), "");
}

// It went without the index having heard of it.
TEST_F(MissingFiles, B166_APrunedNodeTakesAMissingFileForPruned) {
  start_with_blocks(900);
  const Height pruned = engine_->prune_to(500).value();
  ASSERT_GT(pruned, 0);
  const chain::Entry* next = engine_->view()->tip()->ancestor(pruned + 1);
  const int file = next->file;
  stop();
  std::filesystem::remove(path("blk", file));
  start();
  EXPECT_EQ(engine_->view()->tip()->hash, chain_.tip());
  EXPECT_FALSE(engine_->find(chain_.blocks()[static_cast<std::size_t>(pruned + 1)]->hash())->has_data);
  EXPECT_TRUE(engine_->find(chain_.tip())->has_data);
  chain_.extend_by(5);
  submit_from(901);
  stop();
  EXPECT_EQ(problem_at_start(), "");
}

}  // namespace
}  // namespace kepeng::validation
