// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Chains with one broken block, imported from files: refused at that height with that reason, whatever the number of
// threads, and with an assumed-valid block above it, which may excuse nothing but scripts.
#include <fstream>
#include <functional>

#include "support/chain_builder.h"
#include "support/engine_node.h"

namespace kepeng::validation {
namespace {

using consensus::Condemns;
using test::BlockDraft;
using test::ChainBuilder;
using test::OwnedCoin;

constexpr Height kBrokenAt = 112;
// More than two weeks of blocks, so that an assumed-valid block below may be trusted.
constexpr int kBurial = 2100;

params::NetworkParams broken_chain_network() {
  return params::make_network({.network = params::Network::Regtest, .activation_heights = {"bip34@112"}}).value();
}

// 111 good blocks and what the broken one may spend.
struct Stage {
  params::NetworkParams network = broken_chain_network();
  ChainBuilder chain{network};
  OwnedCoin legacy;  // mature coinbase
  OwnedCoin young;   // a coinbase one block too young
  OwnedCoin spent;   // was spent in block 111
  OwnedCoin v0;      // outputs of block 111 ...
  OwnedCoin taproot;
  OwnedCoin free;         // OP_TRUE
  OwnedCoin many_sigops;  // P2SH of 15 CHECKMULTISIG of 20
  Bytes sigops_redeem;
  MutableTransaction coinbase_of_50;

  Stage() {
    chain.extend_by(49);
    // Its coinbase states the height 112, so that the block there can repeat it.
    BlockDraft draft = chain.draft();
    draft.transactions[0] = chain.coinbase(kBrokenAt, Amount{40 * kSatsPerCoin});
    coinbase_of_50 = draft.transactions[0];
    chain.accept(draft.finish());
    chain.extend_by(60);
    spent = chain.coinbase_coin(1);
    sigops_redeem = Bytes(500, 0xae);
    sigops_redeem.push_back(0x51);
    const Bytes p2sh = script::ScriptBuilder{}
                           .op(script::Op::Hash160)
                           .push(crypto::hash160(sigops_redeem))
                           .op(script::Op::Equal)
                           .take();
    const Amount part{10 * kSatsPerCoin};
    const MutableTransaction split = chain.key().spend(
        {spent},
        {{part, chain.key().p2wpkh()}, {part, chain.key().p2tr()}, {part, test::kAnyoneCanSpend}, {part, p2sh}});
    const BlockPtr& block = chain.extend({split});
    v0 = chain.coin(block->transactions()[1], 0);
    taproot = chain.coin(block->transactions()[1], 1);
    free = chain.coin(block->transactions()[1], 2);
    many_sigops = chain.coin(block->transactions()[1], 3);
    legacy = chain.coinbase_coin(2);
    young = chain.coinbase_coin(13);
  }

  MutableTransaction pay(const OwnedCoin& coin, std::int64_t fee = 1000) const {
    return chain.key().spend({coin}, {{Amount{coin.value.sats - fee}, test::kAnyoneCanSpend}});
  }
  BlockDraft block_with(std::vector<MutableTransaction> transactions) const {
    return chain.draft(std::move(transactions));
  }
  std::int64_t tip_time() const { return chain.line().at(chain.height()).time; }
};

struct Broken {
  BlockPtr block;
  BlockPtr mended;  // another body of the same hash, if there is one
};

struct Mutation {
  const char* name;
  const char* reason;
  bool only_script = false;
  Broken (*make)(const Stage&);
};

Broken whole(BlockDraft draft) {
  return {draft.finish(), nullptr};
}

Broken with_transaction(const Stage& stage, MutableTransaction tx) {
  return whole(stage.block_with({std::move(tx)}));
}

// What is wrong with the scripts.
constexpr Mutation kScriptMutations[] = {
    {"legacy_signature",
     "block-script-verify-flag-failed (Script evaluated without error but finished with a false/empty top stack "
     "element)",
     true,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.legacy);
       tx.outputs[0].value.sats -= 1;  // after signing
       return with_transaction(stage, tx);
     }},
    {"v0_signature",
     "block-script-verify-flag-failed (Script evaluated without error but finished with a false/empty top stack "
     "element)",
     true,
     [](const Stage& stage) {
       OwnedCoin lied = stage.v0;
       lied.value.sats += 1;
       MutableTransaction tx = stage.chain.key().spend({lied}, {{Amount{1}, test::kAnyoneCanSpend}});
       return with_transaction(stage, tx);
     }},
    {"taproot_signature", "block-script-verify-flag-failed (Invalid Schnorr signature)", true,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.taproot);
       tx.inputs[0].witness[0][20] ^= 1;
       return with_transaction(stage, tx);
     }},
    {"no_signature", "block-script-verify-flag-failed (Operation not valid with the current stack size)", true,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.legacy);
       tx.inputs[0].script_sig.clear();
       return with_transaction(stage, tx);
     }},
    {"loose_der", "block-script-verify-flag-failed (Non-canonical DER signature)", true,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.legacy);
       Bytes& script_sig = tx.inputs[0].script_sig;  // length, 0x30, length of the rest, ...
       script_sig[2] += 1;
       return with_transaction(stage, tx);
     }},
    {"witness_of_another_key", "block-script-verify-flag-failed (Script failed an OP_EQUALVERIFY operation)", true,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.v0);
       tx.inputs[0].witness[1] = test::TestKey{2}.public_key();
       return with_transaction(stage, tx);
     }},
    {"unexpected_witness_on_an_input", "block-script-verify-flag-failed (Witness provided for non-witness script)",
     true,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.free);
       tx.inputs[0].witness = {Bytes{1}};
       return with_transaction(stage, tx);
     }},
};

// What is wrong with coins, amounts and order.
constexpr Mutation kSpendMutations[] = {
    {"double_spend_in_the_block", "bad-txns-inputs-missingorspent", false,
     [](const Stage& stage) {
       return whole(stage.block_with({stage.pay(stage.free), stage.pay(stage.free, 2000)}));
     }},
    {"spends_a_spent_coin", "bad-txns-inputs-missingorspent", false,
     [](const Stage& stage) { return with_transaction(stage, stage.pay(stage.spent)); }},
    {"spends_nothing_known", "bad-txns-inputs-missingorspent", false,
     [](const Stage& stage) {
       OwnedCoin unknown = stage.free;
       unknown.outpoint.index = 77;
       return with_transaction(stage, stage.pay(unknown));
     }},
    {"spends_the_genesis_coinbase", "bad-txns-inputs-missingorspent", false,
     [](const Stage& stage) { return with_transaction(stage, stage.pay(stage.chain.coinbase_coin(0))); }},
    {"spends_a_later_output", "bad-txns-inputs-missingorspent", false,
     [](const Stage& stage) {
       const MutableTransaction first = stage.pay(stage.free);
       const MutableTransaction second = stage.pay(stage.chain.coin(*first.freeze(), 0));
       return whole(stage.block_with({second, first}));
     }},
    {"spends_its_own_coinbase", "bad-txns-premature-spend-of-coinbase", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       const OwnedCoin own = stage.chain.coin(*draft.coinbase().freeze(), 0);
       draft.transactions.push_back(stage.pay(own));
       return whole(draft);
     }},
    {"overspend", "bad-txns-in-belowout", false,
     [](const Stage& stage) { return with_transaction(stage, stage.pay(stage.free, -1)); }},
    {"premature_coinbase_spend", "bad-txns-premature-spend-of-coinbase", false,
     [](const Stage& stage) { return with_transaction(stage, stage.pay(stage.young)); }},
    {"coinbase_too_rich", "bad-cb-amount", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({stage.pay(stage.free, 1000)});
       draft.coinbase().outputs[0].value.sats += 1001;
       return whole(draft);
     }},
    {"sigops_with_p2sh", "bad-blk-sigops", false,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.many_sigops);
       tx.inputs[0].script_sig = script::ScriptBuilder{}.push(stage.sigops_redeem).take();
       tx.outputs.push_back({Amount{0}, Bytes(10'001, 0xac)});
       return with_transaction(stage, tx);
     }},
    {"relative_lock", "bad-txns-nonfinal", false,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.free);
       tx.inputs[0].sequence = 2;
       return with_transaction(stage, tx);
     }},
    {"repeats_an_unspent_coinbase", "bad-txns-BIP30", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       draft.transactions[0] = stage.coinbase_of_50;
       return whole(draft);
     }},
};

// What is wrong with the block by itself or at its place.
constexpr Mutation kBlockMutations[] = {
    {"merkle_root", "bad-txnmrklroot", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({stage.pay(stage.free)});
       draft.computes_merkle_root = false;
       return whole(draft);
     }},
    {"duplicate_transactions", "bad-txns-duplicate", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({stage.pay(stage.free), stage.pay(stage.legacy)});
       Broken broken;
       broken.mended = draft.finish();
       draft.transactions.push_back(draft.transactions.back());
       broken.block = draft.block();
       return broken;
     }},
    {"witness_commitment", "bad-witness-merkle-match", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({stage.pay(stage.v0)});
       Broken broken;
       broken.mended = draft.finish();
       draft.transactions[1].inputs[0].witness[0][10] ^= 1;
       broken.block = draft.block();
       return broken;
     }},
    {"witness_reserved_value", "bad-witness-nonce-size", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({stage.pay(stage.v0)});
       Broken broken;
       broken.mended = draft.finish();
       draft.coinbase().inputs[0].witness[0].push_back(0);
       broken.block = draft.block();
       return broken;
     }},
    {"witness_without_commitment", "unexpected-witness", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({stage.pay(stage.free)});
       Broken broken;
       broken.mended = draft.finish();
       draft.transactions[1].inputs[0].witness = {Bytes{1}};
       broken.block = draft.block();
       return broken;
     }},
    {"no_coinbase", "bad-cb-missing", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({stage.pay(stage.free)});
       draft.transactions.erase(draft.transactions.begin());
       return whole(draft);
     }},
    {"two_coinbases", "bad-cb-multiple", false,
     [](const Stage& stage) { return whole(stage.block_with({stage.chain.coinbase(kBrokenAt, Amount{1})})); }},
    {"coinbase_height", "bad-cb-height", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       draft.transactions[0] = stage.chain.coinbase(kBrokenAt + 1, Amount{1});
       return whole(draft);
     }},
    {"coinbase_script", "bad-cb-length", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       draft.coinbase().inputs[0].script_sig.resize(101);
       return whole(draft);
     }},
    {"length", "bad-blk-length", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       draft.coinbase().outputs.push_back({Amount{0}, Bytes(1'000'000, 0)});
       return whole(draft);
     }},
    {"weight", "bad-blk-weight", false,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.v0);
       tx.inputs[0].witness.push_back(Bytes(3'999'000, 0));
       return with_transaction(stage, tx);
     }},
    {"legacy_sigops", "bad-blk-sigops", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       draft.coinbase().outputs.push_back({Amount{0}, Bytes(20'000, 0xac)});
       return whole(draft);
     }},
    {"lock_time", "bad-txns-nonfinal", false,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.free);
       tx.lock_time = kBrokenAt;
       tx.inputs[0].sequence = 0;
       return with_transaction(stage, tx);
     }},
    {"lock_time_of_the_coinbase", "bad-txns-nonfinal", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       draft.coinbase().lock_time = kBrokenAt;
       draft.coinbase().inputs[0].sequence = 0;
       return whole(draft);
     }},
};

// What is wrong with one transaction by itself.
constexpr Mutation kTransactionMutations[] = {
    {"duplicate_input_of_an_earlier_block", "bad-txns-inputs-duplicate", false,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.free);
       tx.inputs.push_back(tx.inputs[0]);
       return with_transaction(stage, tx);
     }},
    {"duplicate_input_of_this_block", "bad-txns-inputs-duplicate", false,
     [](const Stage& stage) {
       const MutableTransaction first = stage.pay(stage.free);
       MutableTransaction second = stage.pay(stage.chain.coin(*first.freeze(), 0));
       second.inputs.push_back(second.inputs[0]);
       return whole(stage.block_with({first, second}));
     }},
    {"negative_output", "bad-txns-vout-negative", false,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.free);
       tx.outputs[0].value = Amount{-1};
       return with_transaction(stage, tx);
     }},
    {"output_sum", "bad-txns-txouttotal-toolarge", false,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.free);
       tx.outputs.assign(2, {kMaxMoney, test::kAnyoneCanSpend});
       return with_transaction(stage, tx);
     }},
    {"no_outputs", "bad-txns-vout-empty", false,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.free);
       tx.outputs.clear();
       return with_transaction(stage, tx);
     }},
    {"null_prevout", "bad-txns-prevout-null", false,
     [](const Stage& stage) {
       MutableTransaction tx = stage.pay(stage.free);
       tx.inputs.push_back({{Txid{}, 0xffffffff}, {}, 0xffffffff, {}});
       return with_transaction(stage, tx);
     }},
};

constexpr std::int64_t kClockAhead = 20 * 86'400;

// What is wrong with the header.
constexpr Mutation kHeaderMutations[] = {
    {"proof_of_work", "high-hash", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       draft.is_mined = false;
       draft.finish();
       while (meets_target(draft.header.hash(), draft.header.target, draft.pow_limit)) ++draft.header.nonce;
       return Broken{draft.block(), nullptr};
     }},
    {"bits", "bad-diffbits", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       draft.header.target.bits -= 1;
       return whole(draft);
     }},
    {"time_of_the_median", "time-too-old", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       const Height tip = stage.chain.height();
       draft.header.time = static_cast<std::uint32_t>(median_time_past(stage.chain.line(), tip).seconds);
       return whole(draft);
     }},
    {"time_of_the_future", "time-too-new", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       draft.header.time = static_cast<std::uint32_t>(stage.tip_time() + kClockAhead + 7201);
       return whole(draft);
     }},
    {"version", "bad-version(0x00000003)", false,
     [](const Stage& stage) {
       BlockDraft draft = stage.block_with({});
       draft.header.version = 3;
       return whole(draft);
     }},
};

struct Setting {
  const char* name;
  int script_threads;
  bool assumes_valid;
};

constexpr Setting kSettings[] = {{"one_thread", 1, false}, {"many_threads", 6, false}, {"assumed_valid", 2, true}};

class BrokenChain : public testing::TestWithParam<Setting> {
 protected:
  static void SetUpTestSuite() { stage_ = std::make_unique<Stage>(); }
  static void TearDownTestSuite() { stage_.reset(); }

  void try_all(std::span<const Mutation> mutations) {
    for (const Mutation& mutation : mutations) {
      SCOPED_TRACE(mutation.name);
      try_one(mutation);
    }
  }
  void try_one(const Mutation& mutation);
  static std::string reason_of(Engine& engine, const BlockPtr& block) {
    if (const auto remembered = engine.rejection_of(block->hash())) return remembered->reason();
    const auto outcome = engine.submit(block);
    EXPECT_TRUE(outcome.ok());
    return outcome->rejection ? outcome->rejection->reason() : "";
  }

  static std::unique_ptr<Stage> stage_;
};

std::unique_ptr<Stage> BrokenChain::stage_;

void BrokenChain::try_one(const Mutation& mutation) {
  const Setting& setting = GetParam();
  const Broken broken = mutation.make(*stage_);
  ChainBuilder chain{stage_->network};
  for (std::size_t i = 1; i < stage_->chain.blocks().size(); ++i) chain.accept(stage_->chain.blocks()[i]);
  ASSERT_EQ(chain.height() + 1, kBrokenAt);
  const BlockPtr valid_instead = chain.draft().finish();
  chain.accept(broken.block);
  chain.extend_by(setting.assumes_valid ? kBurial : 3);

  Node node{{.network = params::Network::Regtest, .activation_heights = {"bip34@112"}}};
  node.clock.mock({stage_->tip_time() + kClockAhead});
  node.options.script_threads = setting.script_threads;
  node.options.assume_valid = BlockHash{};
  if (setting.assumes_valid) node.options.assume_valid = chain.blocks()[kBrokenAt + 2]->hash();
  const std::string path = node.directory.at("chain.dat");
  const Bytes file = test::framed(stage_->network, chain.blocks());
  std::ofstream{path, std::ios::binary}.write(reinterpret_cast<const char*>(file.data()),
                                              static_cast<std::streamsize>(file.size()));
  auto engine = node.open();
  ASSERT_NE(engine, nullptr);
  const auto imported = engine->import_file(path, go_on);
  ASSERT_TRUE(imported.ok()) << imported.error().message;
  EXPECT_FALSE(engine->fault());
  if (mutation.only_script && setting.assumes_valid) {
    EXPECT_EQ(engine->view()->height(), kBrokenAt + kBurial);
    return;
  }
  EXPECT_EQ(engine->view()->height(), kBrokenAt - 1);
  EXPECT_EQ(engine->view()->tip()->hash, stage_->chain.tip());
  EXPECT_EQ(reason_of(*engine, broken.block), mutation.reason);
  EXPECT_EQ(engine->view()->height(), kBrokenAt - 1);
  // The chain goes on: with the right body of the same hash, or with another block.
  const BlockPtr& next = broken.mended ? broken.mended : valid_instead;
  if (broken.mended) {
    EXPECT_EQ(broken.mended->hash(), broken.block->hash());
  }
  const auto outcome = engine->submit(next);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->rejection) << outcome->rejection->reason();
  // The descendants of the mended block may be here already.
  EXPECT_GE(engine->view()->height(), kBrokenAt);
  EXPECT_TRUE(engine->view()->contains(engine->find(next->hash())));
  ASSERT_TRUE(engine->close().ok());
}

TEST_P(BrokenChain, C099_C115_Scripts) {
  try_all(kScriptMutations);
}
TEST_P(BrokenChain, C068_C069_C072_C094_C107_C108_Spends) {
  try_all(kSpendMutations);
}
TEST_P(BrokenChain, C070_C100_C101_C104_C105_C106_Blocks) {
  try_all(kBlockMutations);
}
TEST_P(BrokenChain, C064_C065_C066_C067_Transactions) {
  try_all(kTransactionMutations);
}
TEST_P(BrokenChain, C082_C087_C088_C091_Headers) {
  try_all(kHeaderMutations);
}

INSTANTIATE_TEST_SUITE_P(Settings, BrokenChain, testing::ValuesIn(kSettings),
                         [](const auto& setting) { return std::string{setting.param.name}; });

}  // namespace
}  // namespace kepeng::validation
