// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Rules that only an engine with its state can keep or break: what is stored, what is remembered, which branch is
// followed.
#include <algorithm>
#include <fstream>
#include <map>

#include <kepeng/base/random.h>
#include <kepeng/storage/varint.h>

#include "support/engine_on_chain.h"

namespace kepeng::validation {
namespace {

using test::BlockDraft;
using test::OwnedCoin;

class EngineRules : public EngineOnChain {
 protected:
  using EngineOnChain::EngineOnChain;

  void restart() {
    ASSERT_TRUE(engine_->close().ok());
    engine_.reset();
    start();
  }
  // The rows of the coin table.
  std::map<Bytes, Bytes> coins() {
    auto snapshot = engine_->coin_snapshot();
    EXPECT_TRUE(snapshot.ok());
    std::map<Bytes, Bytes> rows;
    const Bytes first{storage::kCoinPrefix};
    for (snapshot->coins->seek(first); snapshot->coins->valid(); snapshot->coins->next()) {
      const ByteView key = snapshot->coins->key();
      const ByteView value = snapshot->coins->value();
      if (key.empty() || key[0] != storage::kCoinPrefix) break;
      rows.emplace(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
    }
    return rows;
  }
  bool has_coin(const OutPoint& outpoint) {
    const auto found = engine_->read_coin(outpoint);
    EXPECT_TRUE(found.ok());
    return found->coin.has_value();
  }
  MutableTransaction pay(const OwnedCoin& coin, std::int64_t fee = 0) const {
    return chain_.key().spend({coin}, {{Amount{coin.value.sats - fee}, chain_.key().p2wpkh()}});
  }
};

TEST_F(EngineRules, C108_TheGenesisCoinbaseIsNoCoin) {
  start();
  EXPECT_FALSE(has_coin({chain_.blocks()[0]->transactions()[0].txid, 0}));
  EXPECT_TRUE(coins().empty());
}

TEST_F(EngineRules, C109_OnlyWhatCanNeverRunIsLeftOut) {
  start();
  BlockDraft draft = chain_.draft();
  auto& outputs = draft.coinbase().outputs;
  outputs.push_back({Amount{0}, Bytes{0x6a}});          // 1: OP_RETURN
  outputs.push_back({Amount{0}, Bytes(10'000, 0x51)});  // 2: as long as may be
  outputs.push_back({Amount{0}, Bytes(10'001, 0x51)});  // 3: longer
  outputs.push_back({Amount{0}, {}});                   // 4: empty, and worth nothing
  outputs.push_back({Amount{0}, Bytes{0x00}});          // 5: can never be true
  outputs.push_back({Amount{0}, Bytes{0x61, 0x6a}});    // 6: fails, but does not begin with OP_RETURN
  outputs.push_back({Amount{0}, Bytes{0x4b, 0x01}});    // 7: cannot be read
  const BlockPtr& block = chain_.accept(draft.finish());
  ASSERT_EQ(submit(block), "");
  const bool expected[] = {true, false, true, false, true, true, true, true};
  for (std::uint32_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(has_coin({block->transactions()[0].txid, i}), expected[i]) << i;
  }
  EXPECT_EQ(coins().size(), 6u);
}

// A chain in which blocks spend older coins, coins of the block before, and their own.
TEST_F(EngineRules, C111_DisconnectingRestoresEveryCoin) {
  start();
  chain_.extend_by(110);
  submit_from(1);
  std::vector<std::map<Bytes, Bytes>> states{coins()};
  OwnedCoin last = chain_.coinbase_coin(1);
  for (Height at = 0; at < 8; ++at) {
    const MutableTransaction first = pay(last);
    const MutableTransaction second = pay(chain_.coin(*first.freeze(), 0));
    const MutableTransaction third = pay(chain_.coinbase_coin(at + 2));
    const BlockPtr& block = chain_.extend({first, second, third});
    last = chain_.coin(block->transactions()[2], 0);
    ASSERT_EQ(submit(block), "");
    states.push_back(coins());
    EXPECT_NE(states[states.size() - 2], states.back());
  }
  // Back step by step, then forward again at once.
  for (Height at = 8; at > 0; --at) {
    ASSERT_TRUE(engine_->invalidate(engine_->view()->tip()).ok());
    ASSERT_EQ(engine_->view()->height(), 110 + at - 1);
    EXPECT_EQ(coins(), states[static_cast<std::size_t>(at - 1)]) << at;
  }
  ASSERT_TRUE(engine_->reconsider(engine_->find(chain_.blocks()[111]->hash())).ok());
  ASSERT_TRUE(engine_->activate_best_chain().ok());
  EXPECT_EQ(engine_->view()->height(), 118);
  EXPECT_EQ(coins(), states.back());
  restart();
  EXPECT_EQ(coins(), states.back());
}

TEST_F(EngineRules, C113_ATinyCacheGivesTheSameVerdictsAndCoins) {
  chain_.extend_by(130);
  for (Height at = 0; at < 20; ++at) chain_.extend({pay(chain_.coinbase_coin(at + 1))});
  std::vector<std::map<Bytes, Bytes>> results;
  for (const std::uint64_t cache : {std::uint64_t{1}, std::uint64_t{450} << 20}) {
    for (const int threads : {1, 4}) {
      Node node{{.network = params::Network::Regtest}};
      node.options.cache_bytes = cache;
      node.options.script_threads = threads;
      engine_ = node.open();
      submit_from(1);
      EXPECT_EQ(engine_->view()->height(), 150);
      results.push_back(coins());
      ASSERT_TRUE(engine_->close().ok());
      engine_.reset();
    }
  }
  for (const auto& rows : results) EXPECT_EQ(rows, results[0]);
}

// Stored bytes that changed are an error of ours and never a verdict on the hash.
TEST_F(EngineRules, C119_AChangedBlockIsNeverServed) {
  node_.options.obfuscation = storage::BlockXor::None;
  start();
  chain_.extend_by(101);
  chain_.extend({pay(chain_.coinbase_coin(1))});
  chain_.extend({pay(chain_.coin(chain_.blocks()[102]->transactions()[1], 0))});  // with a witness
  submit_from(1);
  const chain::Entry* entry = engine_->view()->tip();
  ASSERT_TRUE(engine_->flush().ok());
  const BlockPtr block = engine_->read_block(entry).value();
  ASSERT_TRUE(block->transactions()[1].has_witness());

  const std::string path = node_.options.blocks_directory + "/blk00000.dat";
  std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
  ASSERT_TRUE(file);
  const auto flip = [&](std::uint64_t at) {
    file.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(file.get() ^ 0x10);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte).flush();
  };
  for (std::size_t i = 0; i < block->raw().size(); ++i) {
    flip(entry->data_offset + i);
    const auto damaged = engine_->read_block(entry);
    ASSERT_FALSE(damaged.ok()) << "byte " << i;
    EXPECT_EQ(damaged.error().kind, FaultKind::Corruption);
    EXPECT_FALSE(engine_->read_block_bytes(entry).ok());
    flip(entry->data_offset + i);
  }
  EXPECT_TRUE(engine_->read_block(entry).ok());

  const std::string undo_path = node_.options.blocks_directory + "/rev00000.dat";
  std::fstream undo{undo_path, std::ios::binary | std::ios::in | std::ios::out};
  ASSERT_TRUE(undo);
  file.swap(undo);
  ASSERT_TRUE(engine_->read_undo(entry).ok());
  for (std::uint64_t i = 0; i < 60; ++i) {
    flip(entry->undo_offset + i);
    EXPECT_FALSE(engine_->read_undo(entry).ok()) << i;
    flip(entry->undo_offset + i);
  }
  EXPECT_FALSE(engine_->fault());
}

TEST_F(EngineRules, C119_ADamagedBlockStopsUsAndCondemnsNothing) {
  node_.options.obfuscation = storage::BlockXor::None;
  start();
  chain_.extend_by(102);
  chain_.extend({pay(chain_.coinbase_coin(1))});
  chain_.extend({pay(chain_.coin(chain_.blocks()[103]->transactions()[1], 0))});
  submit_from(1);
  const chain::Entry* tip = engine_->view()->tip();
  // Off the chain and out of memory, then damaged: a byte of the signature in the witness.
  ASSERT_TRUE(engine_->invalidate(tip).ok());
  ASSERT_TRUE(engine_->reconsider(tip).ok());
  ASSERT_TRUE(engine_->invalidate(engine_->view()->at(104)).ok());
  restart();
  tip = engine_->find(chain_.tip());
  ASSERT_TRUE(tip->is_failed);
  const Block& block = *chain_.blocks()[104];
  const auto witness =
      static_cast<std::uint64_t>(block.transactions()[1].inputs[0].witness[0].data() - block.raw().data());
  {
    std::fstream file{node_.options.blocks_directory + "/blk00000.dat",
                      std::ios::binary | std::ios::in | std::ios::out};
    file.seekg(static_cast<std::streamoff>(tip->data_offset + witness + 20));
    const auto byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(tip->data_offset + witness + 20));
    file.put(byte);
  }
  std::ignore = engine_->reconsider(tip);
  std::ignore = engine_->activate_best_chain();
  ASSERT_TRUE(engine_->fault());
  EXPECT_EQ(engine_->fault()->kind, FaultKind::Corruption);
  EXPECT_FALSE(tip->is_failed);
}

// The rules would call the spend of such a coin a mistake of its block, and condemn the block for our disk's sake.
TEST_F(EngineRules, C114_ACoinWithAnImpossibleAmountIsAFaultOfOursNotAVerdict) {
  start();
  chain_.extend_by(101);
  submit_from(1);
  ASSERT_TRUE(engine_->close().ok());
  engine_.reset();
  const OwnedCoin coin = chain_.coinbase_coin(1);
  {
    auto database = storage::Database::open(*node_.env, node_.options.data_directory + "/chainstate", {}).value();
    Bytes record;
    storage::append_varint(record, std::uint64_t{1 * 2 + 1});
    storage::append_varint(record, UINT64_MAX);  // a compressed amount
    storage::ScriptCompressor::append(record, coin.script_pubkey);
    ASSERT_FALSE(storage::decode_coin(record)->value.in_money_range());
    storage::WriteBatch batch;
    batch.put(storage::CoinKey{coin.outpoint}.view(), record);
    ASSERT_TRUE(database->write(batch, storage::Durability::Synced).ok());
  }
  start();
  const BlockPtr& block = chain_.extend({pay(coin)});
  const auto outcome = engine_->submit(block);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, FaultKind::Corruption);
  EXPECT_FALSE(engine_->find(block->hash())->is_failed);
}

TEST_F(EngineRules, C123_EverythingMayComeTwice) {
  start();
  chain_.extend_by(101);
  for (const BlockPtr& block : chain_.blocks()) {
    const auto first = engine_->submit_header(block->header());
    const auto second = engine_->submit_header(block->header());
    ASSERT_TRUE(first.ok() && second.ok());
    ASSERT_TRUE(first->ok() && second->ok());
    EXPECT_EQ(first->value(), second->value());
  }
  submit_from(1);
  for (const BlockPtr& block : chain_.blocks()) {
    const auto outcome = engine_->submit(block);
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->kind, SubmitOutcome::Kind::Duplicate);
    EXPECT_FALSE(outcome->rejection);
  }
  MutableTransaction wrong = pay(chain_.coinbase_coin(1));
  wrong.inputs[0].script_sig.clear();
  const BlockPtr bad = chain_.draft({wrong}).finish();
  const std::string reason = submit(bad);
  EXPECT_TRUE(reason.starts_with("block-script-verify-flag-failed")) << reason;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(submit(bad), "duplicate-invalid");
  const auto header = engine_->submit_header(bad->header());
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->error().reason(), "duplicate-invalid");
  restart();
  EXPECT_EQ(submit(bad), "duplicate-invalid");
}

TEST_F(EngineRules, C096_InvalidityIsOfTheWholeBranchAndSurvivesARestart) {
  start();
  chain_.extend_by(20);
  submit_from(1);
  std::vector<BlockPtr> main(chain_.blocks().begin(), chain_.blocks().end());
  chain_.rewind_to(10);
  chain_.extend_by(7);
  submit_from(11);
  const std::vector<BlockPtr> side(chain_.blocks().begin(), chain_.blocks().end());
  EXPECT_EQ(engine_->view()->tip()->hash, main[20]->hash());
  ASSERT_TRUE(engine_->invalidate(engine_->find(main[12]->hash())).ok());
  EXPECT_EQ(engine_->view()->tip()->hash, side[17]->hash());
  const auto check = [&] {
    EXPECT_TRUE(engine_->find(main[12]->hash())->is_failed);
    for (int at = 13; at <= 20; ++at)
      EXPECT_TRUE(engine_->find(main[static_cast<std::size_t>(at)]->hash())->is_invalid());
    EXPECT_FALSE(engine_->find(main[11]->hash())->is_invalid());
    EXPECT_EQ(engine_->best_header()->hash, side[17]->hash());
  };
  check();
  restart();
  check();
  EXPECT_EQ(engine_->view()->tip()->hash, side[17]->hash());
  ASSERT_TRUE(engine_->reconsider(engine_->find(main[15]->hash())).ok());
  ASSERT_TRUE(engine_->activate_best_chain().ok());
  EXPECT_EQ(engine_->view()->tip()->hash, main[20]->hash());
  EXPECT_FALSE(engine_->find(main[12]->hash())->is_invalid());
}

// 50 blocks of which the 25th is invalid, in random order, against a valid branch of 10.
TEST_F(EngineRules, C124_B077_TheNextBestChainIsFoundWhenAMiddleBlockFails) {
  chain_.extend_by(110);
  std::vector<BlockPtr> base(chain_.blocks().begin() + 1, chain_.blocks().end());
  chain_.extend_by(10);
  std::vector<BlockPtr> blocks(chain_.blocks().begin() + 111, chain_.blocks().end());
  const BlockHash valid_tip = chain_.tip();
  chain_.rewind_to(110);
  chain_.extend_by(24);
  const BlockHash before_bad = chain_.tip();
  MutableTransaction wrong = pay(chain_.coinbase_coin(1));
  wrong.inputs[0].script_sig.clear();
  const BlockHash bad = chain_.extend({wrong})->hash();
  chain_.extend_by(25);
  blocks.insert(blocks.end(), chain_.blocks().begin() + 111, chain_.blocks().end());
  const std::vector<BlockPtr> in_order = blocks;
  Prng random{5};
  for (int round = 0; round < 4; ++round) {
    Node node{{.network = params::Network::Regtest}};
    node.options.script_threads = round + 1;
    engine_ = node.open();
    for (const BlockPtr& block : base) ASSERT_EQ(submit(block), "");
    // Headers first, as from a peer; then bodies as they come.
    for (const BlockPtr& block : in_order) ASSERT_TRUE(engine_->submit_header(block->header())->ok());
    for (std::size_t i = blocks.size(); i > 1; --i) std::swap(blocks[i - 1], blocks[random.next() % i]);
    for (const BlockPtr& block : blocks) ASSERT_TRUE(engine_->submit(block).ok());
    ASSERT_TRUE(engine_->activate_best_chain().ok());
    EXPECT_EQ(engine_->view()->tip()->hash, before_bad) << engine_->view()->height();
    EXPECT_TRUE(engine_->find(bad)->is_failed);
    EXPECT_TRUE(engine_->find(chain_.tip())->is_invalid());
    EXPECT_FALSE(engine_->find(valid_tip)->is_invalid());
    // The prefix given up, the other branch is next.
    ASSERT_TRUE(engine_->invalidate(engine_->find(chain_.blocks()[111]->hash())).ok());
    EXPECT_EQ(engine_->view()->tip()->hash, valid_tip);
    ASSERT_TRUE(engine_->close().ok());
    engine_.reset();
  }
}

TEST_F(EngineRules, C098_WhenAnAssumedValidBlockIsTrusted) {
  chain_.extend_by(101);
  MutableTransaction wrong = pay(chain_.coinbase_coin(1));
  wrong.inputs[0].script_sig.clear();
  chain_.extend({wrong});  // height 102
  const std::size_t bad = 102;
  chain_.extend_by(2017);
  const auto height_with = [&](int blocks_on_top, const EngineOptions& change) {
    Node node{{.network = params::Network::Regtest}};
    node.options.assume_valid = change.assume_valid;
    node.options.minimum_chain_work = change.minimum_chain_work;
    engine_ = node.open();
    for (std::size_t i = 1; i <= bad + static_cast<std::size_t>(blocks_on_top); ++i) {
      EXPECT_TRUE(engine_->submit_header(chain_.blocks()[i]->header()).ok());
    }
    for (std::size_t i = 1; i <= bad; ++i) EXPECT_TRUE(engine_->submit(chain_.blocks()[i]).ok());
    const Height height = engine_->view()->height();
    engine_.reset();
    return height;
  };
  EngineOptions options;
  options.assume_valid = chain_.blocks()[bad + 3]->hash();
  EXPECT_EQ(height_with(2017, options), 102);
  EXPECT_EQ(height_with(2016, options), 101);  // exactly two weeks
  EXPECT_EQ(height_with(1900, options), 101);
  options.assume_valid = chain_.blocks()[bad]->hash();
  EXPECT_EQ(height_with(2017, options), 102);
  options.assume_valid = chain_.blocks()[bad - 1]->hash();
  EXPECT_EQ(height_with(2017, options), 101);
  options.assume_valid = BlockHash{{7}};  // unknown
  EXPECT_EQ(height_with(2017, options), 101);
  options.assume_valid = BlockHash{};  // none
  EXPECT_EQ(height_with(2017, options), 101);
  options.assume_valid = chain_.blocks()[bad + 3]->hash();
  options.minimum_chain_work = Work{2} * 5000;
  EXPECT_EQ(height_with(2017, options), 101);
  options.minimum_chain_work = Work{2} * 2000;
  EXPECT_EQ(height_with(2017, options), 102);
}

TEST_F(EngineRules, C098_AnAssumedValidBlockOnAnotherBranchProvesNothing) {
  chain_.extend_by(101);
  MutableTransaction wrong = pay(chain_.coinbase_coin(1));
  wrong.inputs[0].script_sig.clear();
  const BlockPtr bad = chain_.draft({wrong}).finish();
  chain_.extend_by(2100);
  node_.options.assume_valid = chain_.blocks()[105]->hash();
  start();
  for (Height at = 1; at <= 101; ++at) ASSERT_EQ(submit(chain_.blocks()[static_cast<std::size_t>(at)]), "");
  for (const BlockPtr& block : chain_.blocks()) ASSERT_TRUE(engine_->submit_header(block->header()).ok());
  EXPECT_TRUE(submit(bad).starts_with("block-script-verify-flag-failed"));
  EXPECT_EQ(engine_->view()->height(), 101);
}

class MovedActivations : public EngineRules {
 protected:
  MovedActivations() : EngineRules{{"dersig@110", "cltv@111", "csv@112", "segwit@113", "bip34@114"}} {}
};

// Each block is judged by the rules of its own height, forwards and back.
TEST_F(MovedActivations, C118_C125_ReorganisationsAcrossActivations) {
  start();
  chain_.extend_by(105);
  submit_from(1);
  MutableTransaction with_witness = pay(chain_.coinbase_coin(1));
  with_witness.outputs[0].script_pubkey = chain_.key().p2wpkh();
  const BlockPtr& funding = chain_.extend({with_witness});  // 106
  ASSERT_EQ(submit(funding), "");
  const OwnedCoin coin = chain_.coin(funding->transactions()[1], 0);
  // Before segwit a block may not carry witnesses, though the coin cannot be spent without.
  const MutableTransaction spend = pay(coin);
  EXPECT_EQ(submit(chain_.draft({spend}).finish()), "unexpected-witness");
  chain_.extend_by(5);  // 111
  submit_from(107);
  // A loose DER signature: fine at 109, refused from 110 on.
  const auto loose = [&](Height coinbase) {
    MutableTransaction tx = pay(chain_.coinbase_coin(coinbase));
    Bytes& script_sig = tx.inputs[0].script_sig;
    // length, 30, length, 02, length of r, r ...: one zero more before r.
    const std::uint8_t r_length = script_sig[4];
    script_sig[0] += 1;
    script_sig[2] += 1;
    script_sig[4] = static_cast<std::uint8_t>(r_length + 1);
    script_sig.insert(script_sig.begin() + 5, 0x00);
    return tx;
  };
  const MutableTransaction tx = loose(2);
  EXPECT_EQ(submit(chain_.draft({tx}).finish()), "block-script-verify-flag-failed (Non-canonical DER signature)");
  chain_.rewind_to(107);
  const MutableTransaction early = loose(2);
  const BlockPtr& lenient = chain_.extend({early});  // 108
  EXPECT_EQ(submit(lenient), "");
  chain_.extend_by(8);  // to 116, across every activation
  submit_from(109);
  EXPECT_EQ(engine_->view()->tip()->hash, chain_.tip());
  const BlockPtr& witnesses = chain_.extend({spend});  // 117
  EXPECT_EQ(submit(witnesses), "");
  EXPECT_EQ(engine_->view()->height(), 117);
  // And back over all of them, twice.
  const auto before = coins();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(engine_->invalidate(engine_->find(lenient->hash())).ok());
    EXPECT_EQ(engine_->view()->height(), 111);
    ASSERT_TRUE(engine_->reconsider(engine_->find(lenient->hash())).ok());
    ASSERT_TRUE(engine_->activate_best_chain().ok());
    EXPECT_EQ(engine_->view()->height(), 117);
    EXPECT_EQ(coins(), before);
  }
}

class RepeatedCoinbases : public EngineRules {
 protected:
  RepeatedCoinbases() : EngineRules{{"bip34@100000"}} {}
};

// As mainnet's blocks 91,722/91,880 and 91,812/91,842: the later coinbase takes the earlier one's coin with it.
TEST_F(RepeatedCoinbases, C095_C110_LeavingTheExceptionsLosesTheEarlierCoins) {
  const auto repeat = [&](Height of) {
    BlockDraft draft = chain_.draft();
    draft.transactions[0] = MutableTransaction{chain_.blocks()[static_cast<std::size_t>(of)]->transactions()[0]};
    return draft.finish();
  };
  chain_.extend_by(20);
  const BlockPtr first = repeat(5);
  EXPECT_EQ(chain_.accept(first)->hash(), first->hash());  // 21
  const BlockPtr second = repeat(6);
  chain_.accept(second);  // 22
  const OutPoint coin{first->transactions()[0].txid, 0};
  start();
  for (Height at = 1; at <= 20; ++at) ASSERT_EQ(submit(chain_.blocks()[static_cast<std::size_t>(at)]), "");
  EXPECT_EQ(submit(first), "bad-txns-BIP30");
  engine_.reset();
  node_.network.bip30_exceptions = {first->hash(), second->hash()};
  Node fresh{{.network = params::Network::Regtest, .activation_heights = {"bip34@100000"}}};
  fresh.network.bip30_exceptions = node_.network.bip30_exceptions;
  engine_ = fresh.open();
  submit_from(1);
  EXPECT_EQ(engine_->view()->height(), 22);
  const auto height_of_coin = [&] {
    const auto found = engine_->read_coin(coin);
    EXPECT_TRUE(found.ok());
    return found->coin ? found->coin->height : -1;
  };
  EXPECT_EQ(height_of_coin(), 21);
  const auto all = coins();
  EXPECT_EQ(all.size(), 20u);
  // Both exceptions left: their coins are gone, the earlier ones do not come back.
  ASSERT_TRUE(engine_->invalidate(engine_->find(first->hash())).ok());
  EXPECT_EQ(engine_->view()->height(), 20);
  EXPECT_EQ(height_of_coin(), -1);
  EXPECT_EQ(coins().size(), 18u);
  // Leaving the blocks whose coins are lost is no damage.
  ASSERT_TRUE(engine_->invalidate(engine_->view()->at(4)).ok());
  EXPECT_EQ(engine_->view()->height(), 3);
  EXPECT_FALSE(engine_->fault());
  EXPECT_EQ(coins().size(), 3u);
  ASSERT_TRUE(engine_->reconsider(engine_->find(chain_.blocks()[4]->hash())).ok());
  ASSERT_TRUE(engine_->reconsider(engine_->find(first->hash())).ok());
  ASSERT_TRUE(engine_->activate_best_chain().ok());
  EXPECT_EQ(engine_->view()->height(), 22);
  EXPECT_EQ(coins(), all);
  EXPECT_EQ(height_of_coin(), 21);
  engine_.reset();
}

}  // namespace
}  // namespace kepeng::validation
