// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Scripts of blocks: which input is blamed, whoever verified it and when; which rules hold; what a block may spend of
// its own.
#include <fstream>

#include <kepeng/script/interpreter.h>

#include "support/chain_builder.h"
#include "support/engine_node.h"

namespace kepeng::validation {
namespace {

using script::Flag;
using script::Op;
using script::ScriptBuilder;
using test::ChainBuilder;
using test::OwnedCoin;

constexpr Height kMatured = 101;

std::string submit(Engine& engine, const BlockPtr& block) {
  const auto outcome = engine.submit(block);
  EXPECT_TRUE(outcome.ok());
  return outcome->rejection ? outcome->rejection->reason() : "";
}

void submit_all(Engine& engine, const ChainBuilder& chain) {
  for (const BlockPtr& block : chain.blocks()) {
    if (block->header().previous.is_null()) continue;  // genesis
    ASSERT_EQ(submit(engine, block), "");
  }
}

TEST(BlockScripts, C072_AnInputMaySpendAnEarlierOutputOfItsBlockNeverALaterOne) {
  Node node{{.network = params::Network::Regtest}};
  ChainBuilder chain{node.network};
  chain.extend_by(kMatured);
  auto engine = node.open();
  ASSERT_NE(engine, nullptr);
  submit_all(*engine, chain);
  const auto pay = [&](const OwnedCoin& coin) {
    return chain.key().spend({coin}, {{coin.value, chain.key().p2wpkh()}});
  };
  const MutableTransaction first = pay(chain.coinbase_coin(1));
  const MutableTransaction second = pay(chain.coin(*first.freeze(), 0));
  const MutableTransaction third = pay(chain.coin(*second.freeze(), 0));
  EXPECT_EQ(submit(*engine, chain.draft({first, third, second}).finish()), "bad-txns-inputs-missingorspent");
  EXPECT_EQ(submit(*engine, chain.draft({second, first}).finish()), "bad-txns-inputs-missingorspent");
  // What the block made and spent itself is no coin afterwards.
  EXPECT_EQ(submit(*engine, chain.extend({first, second, third})), "");
  EXPECT_FALSE(engine->read_coin({second.freeze()->txid, 0})->coin);
  EXPECT_TRUE(engine->read_coin({third.freeze()->txid, 0})->coin);
  EXPECT_EQ(submit(*engine,
                   chain.draft({chain.key().spend({chain.coin(*second.freeze(), 0)}, {{Amount{1}, {0x51}}})}).finish()),
            "bad-txns-inputs-missingorspent");
}

// --- C-115 -----------------------------------------------------------------------------------------------------------

constexpr std::size_t kCoinsOfTheBlock = 160;
constexpr std::size_t kInputsOfATransaction = 4;

// A long chain with one block of 160 inputs in the middle, some of which are wrong.
struct LateFailure {
  params::NetworkParams network = params::make_network({.network = params::Network::Regtest}).value();
  ChainBuilder chain{network};
  std::vector<OwnedCoin> coins;

  LateFailure() {
    chain.extend_by(kMatured);
    const Amount part{kSatsPerCoin / 10};
    const MutableTransaction split = chain.key().spend(
        {chain.coinbase_coin(1)}, std::vector<MutableTxOut>(kCoinsOfTheBlock, {part, chain.key().p2wpkh()}));
    const BlockPtr& block = chain.extend({split});
    for (std::uint32_t i = 0; i < kCoinsOfTheBlock; ++i) coins.push_back(chain.coin(block->transactions()[1], i));
  }

  // Each fault in its own way, so that the reason tells which one was blamed.
  BlockPtr block_with_faults(std::initializer_list<std::size_t> wrong_inputs) const {
    std::vector<MutableTransaction> transactions;
    for (std::size_t at = 0; at < coins.size(); at += kInputsOfATransaction) {
      const auto from = coins.begin() + static_cast<std::ptrdiff_t>(at);
      transactions.push_back(chain.key().spend({from, from + kInputsOfATransaction}, {{Amount{1}, {0x51}}}));
    }
    std::size_t fault = 0;
    for (const std::size_t wrong : wrong_inputs) {
      Bytes& signature = transactions[wrong / kInputsOfATransaction].inputs[wrong % kInputsOfATransaction].witness[0];
      switch (fault++) {
        case 0:
          signature[10] ^= 1;  // does not verify
          break;
        case 1:
          signature[0] = 0x31;  // no DER
          break;
        default:
          transactions[wrong / kInputsOfATransaction].inputs[wrong % kInputsOfATransaction].witness.clear();
      }
    }
    return chain.draft(std::move(transactions)).finish();
  }
};

struct Blame {
  std::string reason;
  std::uint32_t transaction = 0;
  std::uint32_t input = 0;
  friend bool operator==(const Blame&, const Blame&) = default;
};

// The whole chain from a file, with blocks on top of the broken one, so that scripts of many blocks are under way
// together.
Blame blame_after_import(LateFailure& failure, const BlockPtr& broken, int threads) {
  Node node{{.network = params::Network::Regtest}};
  node.options.script_threads = threads;
  const Height last_good = failure.chain.height();
  failure.chain.accept(broken);
  failure.chain.extend_by(5);
  const Bytes file = test::framed(failure.network, failure.chain.blocks());
  failure.chain.rewind_to(last_good);
  const std::string path = node.directory.at("chain.dat");
  std::ofstream{path, std::ios::binary} << as_text(file);
  auto engine = node.open();
  EXPECT_TRUE(engine->import_file(path, go_on).ok());
  EXPECT_FALSE(engine->fault());
  EXPECT_EQ(engine->view()->height(), last_good);
  const auto rejection = engine->rejection_of(broken->hash());
  if (!rejection) return {};
  return {rejection->reason(), rejection->transaction, rejection->input};
}

TEST(BlockScripts, C115_VerdictAndReasonDoNotDependOnTheNumberOfThreads) {
  LateFailure failure;
  struct Case {
    BlockPtr block;
    Blame expected;
  };
  const std::string not_true =
      "block-script-verify-flag-failed (Script evaluated without error but finished with a false/empty top stack "
      "element)";
  const Case cases[] = {
      // The very last input.
      {failure.block_with_faults({159}), {not_true, 40, 3}},
      // A second fault close by, and one far behind: the first in block order is the one.
      {failure.block_with_faults({80, 81, 159}), {not_true, 21, 0}},
      {failure.block_with_faults({82, 3, 81}), {"block-script-verify-flag-failed (Non-canonical DER signature)", 1, 3}},
  };
  for (const Case& one : cases) {
    for (const int threads : {1, 2, 3, 4, 8, 16}) {
      const Blame blame = blame_after_import(failure, one.block, threads);
      EXPECT_EQ(blame, one.expected) << threads << " threads: " << blame.reason << ", transaction " << blame.transaction
                                     << ", input " << blame.input;
    }
  }
}

// --- C-117 -----------------------------------------------------------------------------------------------------------

struct Spend {
  Bytes script_pubkey;
  Bytes script_sig{};
  std::vector<Bytes> witness{};
};

Bytes order_minus_one_half_plus_one() {
  // The smallest S that counts as high.
  return {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa1};
}

// Strict DER that verifies nothing.
Bytes signature_with(const Bytes& s) {
  crypto::CompactSignature numbers{};
  numbers[31] = 1;
  std::copy(s.begin(), s.end(), numbers.begin() + 64 - static_cast<std::ptrdiff_t>(s.size()));
  Bytes signature = crypto::to_der(numbers);
  signature.push_back(1);
  return signature;
}

Bytes uncompressed_key() {
  const auto key = *crypto::decompress_public_key(test::TestKey{}.public_key());
  return {key.begin(), key.end()};
}
Bytes hybrid_key() {
  Bytes key = uncompressed_key();
  key[0] = static_cast<std::uint8_t>(6 + (key[64] & 1));
  return key;
}

// CHECKSIG answers no, and no is right.
Bytes refuses(ByteView key) {
  return ScriptBuilder{}.push(key).op(Op::CheckSig).op(Op::Not).take();
}

Spend in_p2wsh(Bytes script, std::vector<Bytes> witness) {
  witness.push_back(script);
  return {ScriptBuilder{}.op(Op::Zero).push(crypto::sha256(script)).take(), {}, std::move(witness)};
}

Spend in_taproot(const Bytes& script, std::uint8_t leaf_version, std::vector<Bytes> witness) {
  const auto internal = crypto::to_xonly(test::TestKey{}.public_key())->key;
  const auto leaf = script::tap_leaf_hash({leaf_version, script});
  const auto output = *crypto::taproot_tweak_public_key(internal, script::tap_tweak_hash(internal, leaf));
  Bytes control{static_cast<std::uint8_t>(leaf_version | (output.parity == crypto::Parity::Odd ? 1 : 0))};
  append(control, internal);
  witness.push_back(script);
  witness.push_back(control);
  return {ScriptBuilder{}.op(Op::One).push(output.key).take(), {}, std::move(witness)};
}

struct PolicyRule {
  const char* name;
  Flag flag;
  Spend (*make)();
};

const PolicyRule kPolicyRules[] = {
    {"strict_encoding", Flag::StrictEnc,
     [] {
       return Spend{refuses(hybrid_key()), {0x00}};
     }},
    {"low_s", Flag::LowS,
     [] {
       const Bytes signature = signature_with(order_minus_one_half_plus_one());
       return Spend{refuses(test::TestKey{}.public_key()), ScriptBuilder{}.push(signature).take()};
     }},
    {"script_sig_pushes_only", Flag::SigPushOnly,
     [] {
       return Spend{{0x51}, {0x61}};
     }},
    {"minimal_data", Flag::MinimalData,
     [] {
       return Spend{{0x75, 0x51}, {0x4c, 0x01, 0x07}};
     }},
    {"upgradable_nops", Flag::DiscourageUpgradableNops,
     [] {
       return Spend{{0xb9, 0x51}};
     }},
    {"clean_stack", Flag::CleanStack,
     [] {
       return Spend{{0x51}, {0x52}};
     }},
    {"upgradable_witness_program", Flag::DiscourageUpgradableWitnessProgram,
     [] {
       return Spend{{0x52, 0x02, 1, 2}, {}, {{7}}};
     }},
    {"minimal_if", Flag::MinimalIf,
     [] {
       return in_p2wsh({0x63, 0x51, 0x67, 0x51, 0x68}, {{2}});
     }},
    {"null_fail", Flag::NullFail,
     [] {
       return Spend{refuses(test::TestKey{}.public_key()), ScriptBuilder{}.push(signature_with({1})).take()};
     }},
    {"witness_key_type", Flag::WitnessPubkeyType, [] { return in_p2wsh(refuses(uncompressed_key()), {{}}); }},
    {"const_script_code", Flag::ConstScriptCode,
     [] {
       return Spend{{0xab, 0x51}};
     }},
    {"upgradable_leaf_version", Flag::DiscourageUpgradableTaprootVersion, [] { return in_taproot({0x6a}, 0xc2, {}); }},
    {"op_success", Flag::DiscourageOpSuccess,
     [] {
       return in_taproot({0x50, 0x6a}, 0xc0, {});
     }},
    {"upgradable_key_type", Flag::DiscourageUpgradablePubkeyType,
     [] {
       return in_taproot({0x01, 0x01, 0xac}, 0xc0, {{1}});
     }},
};

TEST(BlockScripts, C117_ABlockMayBreakEveryRuleThatIsOnlyPolicy) {
  ASSERT_EQ(std::size(kPolicyRules), script::kFlagCount - 7u);  // seven are rules of blocks
  Node node{{.network = params::Network::Regtest}};
  ChainBuilder chain{node.network};
  chain.extend_by(kMatured);
  std::vector<MutableTxOut> outputs;
  for (const PolicyRule& rule : kPolicyRules) outputs.push_back({Amount{kSatsPerCoin}, rule.make().script_pubkey});
  const BlockPtr funding = chain.extend({chain.key().spend({chain.coinbase_coin(1)}, outputs)});
  auto engine = node.open();
  ASSERT_NE(engine, nullptr);
  submit_all(*engine, chain);
  for (std::uint32_t i = 0; i < std::size(kPolicyRules); ++i) {
    const PolicyRule& rule = kPolicyRules[i];
    SCOPED_TRACE(rule.name);
    EXPECT_FALSE(script::kConsensusFlags.has(rule.flag));
    const OwnedCoin coin = chain.coin(funding->transactions()[1], i);
    Spend spend = rule.make();
    MutableTransaction tx;
    tx.inputs.push_back({coin.outpoint, spend.script_sig, 0xffffffff, spend.witness});
    tx.outputs.push_back({coin.value, {0x51}});
    // It does break the rule, and no rule of blocks.
    const std::vector<TxOut> spent{{coin.value, coin.script_pubkey}};
    const TxPtr frozen = tx.freeze();
    script::Interpreter interpreter;
    EXPECT_TRUE(interpreter.verify_input({*frozen, 0, spent}, script::kConsensusFlags).ok());
    EXPECT_FALSE(interpreter.verify_input({*frozen, 0, spent}, script::kConsensusFlags.with({rule.flag})).ok());
    EXPECT_EQ(submit(*engine, chain.extend({tx})), "");
  }
  EXPECT_EQ(engine->view()->height(), chain.height());
}

}  // namespace
}  // namespace kepeng::validation
