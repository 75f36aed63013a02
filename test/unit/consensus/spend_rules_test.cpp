// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/consensus/locktime.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/crypto/sha256.h>

#include "support/chain_builder.h"

namespace kepeng::consensus {
namespace {

using params::Network;
using params::NetworkParams;
using test::BlockDraft;
using test::ChainBuilder;
using test::HeaderLine;

constexpr std::int64_t kMax = 2'100'000'000'000'000;
const Bytes kTrue{0x51};

NetworkParams regtest(std::vector<std::string> heights = {}) {
  return params::make_network({.network = Network::Regtest, .activation_heights = std::move(heights)}).value();
}

MutableTransaction spending(std::size_t inputs, std::vector<std::int64_t> values) {
  MutableTransaction tx;
  for (std::uint32_t i = 0; i < inputs; ++i) tx.inputs.push_back({{Txid{{3}}, i}, {}, 0xffffffff, {}});
  for (const std::int64_t value : values) tx.outputs.push_back({Amount{value}, kTrue});
  return tx;
}

Coin coin_of(std::int64_t value, Height height = 1, bool is_coinbase = false) {
  return {{Amount{value}, kTrue}, height, is_coinbase};
}

struct SpendAnswer {
  std::string reason;
  std::int64_t fee = -1;
  bool operator==(const SpendAnswer&) const = default;
};
std::ostream& operator<<(std::ostream& out, const SpendAnswer& answer) {
  return out << answer.reason << " " << answer.fee;
}

SpendAnswer ask(const MutableTransaction& tx, const std::vector<Coin>& coins, Height height = 200) {
  const TxPtr frozen = tx.freeze();
  const auto fee = check_spend({*frozen, coins, height});
  return fee ? SpendAnswer{"", fee->sats} : SpendAnswer{std::string{reject_reason(fee.error())}};
}

TEST(SpendRules, C069_CoinbaseMaturity) {
  const auto tx = spending(2, {1});
  EXPECT_EQ(ask(tx, {coin_of(5, 1), coin_of(6, 100, true)}, 199),
            (SpendAnswer{"bad-txns-premature-spend-of-coinbase"}));
  EXPECT_EQ(ask(tx, {coin_of(5, 1), coin_of(6, 100, true)}, 200), (SpendAnswer{"", 10}));
  EXPECT_EQ(ask(tx, {coin_of(5, 199), coin_of(6, 200)}, 200), (SpendAnswer{"", 10}));
}

TEST(SpendRules, C068_B064_InputValuesAndTheirSum) {
  EXPECT_EQ(ask(spending(1, {0}), {coin_of(kMax)}), (SpendAnswer{"", kMax}));
  EXPECT_EQ(ask(spending(1, {0}), {coin_of(kMax + 1)}), (SpendAnswer{"bad-txns-inputvalues-outofrange"}));
  EXPECT_EQ(ask(spending(1, {0}), {coin_of(-1)}), (SpendAnswer{"bad-txns-inputvalues-outofrange"}));
  EXPECT_EQ(ask(spending(2, {0}), {coin_of(kMax), coin_of(1)}), (SpendAnswer{"bad-txns-inputvalues-outofrange"}));
  EXPECT_EQ(ask(spending(2, {0}), {coin_of(INT64_MAX), coin_of(INT64_MAX)}),
            (SpendAnswer{"bad-txns-inputvalues-outofrange"}));
}

TEST(SpendRules, C068_B086_OutputsAreCovered) {
  EXPECT_EQ(ask(spending(2, {10, 1}), {coin_of(5), coin_of(6)}), (SpendAnswer{"", 0}));
  EXPECT_EQ(ask(spending(2, {10, 2}), {coin_of(5), coin_of(6)}), (SpendAnswer{"bad-txns-in-belowout"}));
  EXPECT_EQ(ask(spending(1, {kMax}), {coin_of(0)}), (SpendAnswer{"bad-txns-in-belowout"}));
}

// A line whose block h has time 1,000,000 + 1,000 h, so that the median of h is that of h - 5.
HeaderLine timed_line(Height height) {
  HeaderLine line;
  for (Height at = 0; at <= height; ++at) {
    line.push(HeaderFacts{{}, 4, static_cast<std::uint32_t>(1'000'000 + 1'000 * at), {0x207fffff}});
  }
  return line;
}

TEST(SequenceLocks, C071_HeightLocks) {
  const HeaderLine line = timed_line(199);
  MutableTransaction tx = spending(2, {1});
  tx.version = 2;
  tx.inputs[0].sequence = 10;
  tx.inputs[1].sequence = 0x80000000 | 500;  // disabled
  const std::vector<Coin> coins{coin_of(5, 190), coin_of(5, 199)};
  const auto lock = [&] { return sequence_lock(*tx.freeze(), coins, line); };
  EXPECT_EQ(lock().height, 199);
  EXPECT_EQ(lock().time, -1);
  EXPECT_TRUE(is_unlocked(lock(), 200, {0}));
  EXPECT_FALSE(is_unlocked(lock(), 199, {INT64_MAX}));
  tx.inputs[0].sequence = 0xffbf0000 & 0x7fffffff;  // only sixteen bits are the value
  EXPECT_EQ(lock().height, 189);
  tx.inputs[0].sequence = 0;
  EXPECT_EQ(lock().height, 189);
  tx.inputs[1].sequence = 1;  // a coin of the parent: the next block will do
  EXPECT_EQ(lock().height, 199);
  tx.inputs[1].sequence = 2;
  EXPECT_FALSE(is_unlocked(lock(), 200, {INT64_MAX}));
  EXPECT_TRUE(is_unlocked(lock(), 201, {INT64_MAX}));
}

TEST(SequenceLocks, C071_TimeLocksCountFromTheMedianBeforeTheCoin) {
  const HeaderLine line = timed_line(199);
  MutableTransaction tx = spending(1, {1});
  tx.inputs[0].sequence = 1 << 22 | 3;
  const auto lock = [&](Height coin_height) { return sequence_lock(*tx.freeze(), {{coin_of(5, coin_height)}}, line); };
  // Median at 149 is the time of 144.
  EXPECT_EQ(lock(150).time, 1'000'000 + 144'000 + 3 * 512 - 1);
  EXPECT_EQ(lock(150).height, -1);
  EXPECT_FALSE(is_unlocked(lock(150), 1000, {1'000'000 + 144'000 + 3 * 512 - 1}));
  EXPECT_TRUE(is_unlocked(lock(150), 0, {1'000'000 + 144'000 + 3 * 512}));
  // The coin of genesis, of block 1, and of the same block.
  EXPECT_EQ(lock(0).time, 1'000'000 + 3 * 512 - 1);
  EXPECT_EQ(lock(1).time, 1'000'000 + 3 * 512 - 1);
  EXPECT_EQ(lock(200).time, 1'000'000 + 194'000 + 3 * 512 - 1);
  tx.inputs[0].sequence = 1 << 22 | 0xffff;
  EXPECT_EQ(lock(0).time, 1'000'000 + 0xffff * 512 - 1);
}

TEST(SequenceLocks, C071_C034_TheVersionIsUnsigned) {
  const HeaderLine line = timed_line(199);
  for (const std::uint32_t version : {0u, 1u, 2u, 3u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    MutableTransaction tx = spending(1, {1});
    tx.version = version;
    tx.inputs[0].sequence = 100;
    const auto lock = sequence_lock(*tx.freeze(), {{coin_of(5, 150)}}, line);
    EXPECT_EQ(lock.height, version >= 2 ? 249 : -1) << version;
  }
}

TEST(Sigops, C061_P2shCountsTheLastPushAccurately) {
  using script::Flag;
  const Bytes p2sh = script::ScriptBuilder{}.op(script::Op::Hash160).push(Bytes(20, 1)).op(script::Op::Equal).take();
  const auto cost = [&](Bytes script_sig, script::Flags flags = {Flag::P2sh, Flag::Witness}) {
    MutableTransaction tx = spending(1, {1});
    tx.outputs[0].script_pubkey = {};
    tx.inputs[0].script_sig = std::move(script_sig);
    const TxPtr frozen = tx.freeze();
    const std::vector<Coin> coins{{{Amount{5}, p2sh}, 1, false}};
    return transaction_sigops_cost(*frozen, coins, flags, legacy_sigops(*frozen));
  };
  const auto push = [](const Bytes& redeem) { return script::ScriptBuilder{}.push(redeem).take(); };
  EXPECT_EQ(cost(push({0xac, 0xad})), 8u);
  EXPECT_EQ(cost(push({0x53, 0xae})), 12u);
  EXPECT_EQ(cost(push({0xae})), 80u);
  EXPECT_EQ(cost(push({0x01, 0x03, 0xaf})), 80u);
  EXPECT_EQ(cost(push({0xac}), {}), 0u);
  Bytes not_push_only{0x61};
  append(not_push_only, push({0xac}));
  EXPECT_EQ(cost(not_push_only), 0u);
  Bytes reserved_last = push({0xac});
  reserved_last.push_back(0x50);
  EXPECT_EQ(cost(reserved_last), 0u);
  EXPECT_EQ(cost({}), 0u);
}

TEST(Sigops, C062_WitnessOperationsCostOne) {
  using script::Flag;
  const auto cost = [&](const Bytes& script_pubkey, std::vector<Bytes> witness, Bytes script_sig = {},
                        script::Flags flags = {Flag::P2sh, Flag::Witness}) {
    MutableTransaction tx = spending(1, {1});
    tx.inputs[0].witness = std::move(witness);
    tx.inputs[0].script_sig = std::move(script_sig);
    const TxPtr frozen = tx.freeze();
    const std::vector<Coin> coins{{{Amount{5}, script_pubkey}, 1, false}};
    return transaction_sigops_cost(*frozen, coins, flags, legacy_sigops(*frozen));
  };
  const auto program = [](std::uint8_t version_op, std::size_t size) {
    Bytes script{version_op, static_cast<std::uint8_t>(size)};
    append(script, Bytes(size, 1));
    return script;
  };
  EXPECT_EQ(cost(program(0, 20), {}), 1u);
  EXPECT_EQ(cost(program(0, 20), {Bytes{0xac, 0xac}}), 1u);
  EXPECT_EQ(cost(program(0, 32), {Bytes{}, Bytes{0x52, 0xae, 0xac}}), 3u);
  EXPECT_EQ(cost(program(0, 32), {Bytes{0xae}}), 20u);
  EXPECT_EQ(cost(program(0, 32), {}), 0u);
  EXPECT_EQ(cost(program(0, 25), {Bytes{0xac}}), 0u);
  EXPECT_EQ(cost(program(0x51, 32), {Bytes{0xac}}), 0u);
  EXPECT_EQ(cost(program(0, 20), {}, {}, {Flag::P2sh}), 0u);
  // Inside P2SH.
  const Bytes wrapped = program(0, 32);
  const Bytes p2sh = script::ScriptBuilder{}.op(script::Op::Hash160).push(Bytes(20, 1)).op(script::Op::Equal).take();
  const Bytes script_sig = script::ScriptBuilder{}.push(wrapped).take();
  EXPECT_EQ(cost(p2sh, {Bytes{0x53, 0xae}}, script_sig), 3u);
  // The coinbase's coin does not exist: only its legacy operations.
  MutableTransaction coinbase = spending(1, {1});
  coinbase.inputs[0].prevout = {Txid{}, 0xffffffff};
  coinbase.outputs[0].script_pubkey = {0xac};
  const TxPtr frozen = coinbase.freeze();
  EXPECT_EQ(transaction_sigops_cost(*frozen, {}, script::kConsensusFlags, legacy_sigops(*frozen)), 4u);
}

class ResolverTest : public testing::Test {
 protected:
  struct Answer {
    std::string reason;
    std::int64_t fees = 0;
    std::uint64_t sigops = 0;
  };
  // Coins of transaction 1, 2, ...
  Answer resolve(BlockDraft draft, const std::vector<std::vector<Coin>>& coins) {
    const auto checked = check_block(draft.finish(), network_);
    KP_ASSERT(checked.ok());
    Resolver resolver{*checked, chain_.line(), network_};
    for (std::uint32_t i = 0; i < checked->block().transactions().size(); ++i) {
      const auto verdict = resolver.add(i, i == 0 ? std::span<const Coin>{} : std::span<const Coin>{coins[i - 1]});
      if (!verdict) return {verdict.error().reason(), resolver.fees().sats, resolver.sigops_cost()};
    }
    const auto verdict = resolver.finish();
    return {verdict ? "" : verdict.error().reason(), resolver.fees().sats, resolver.sigops_cost()};
  }
  NetworkParams network_ = regtest();
  ChainBuilder chain_{network_};
};

TEST_F(ResolverTest, C107_B063_TheRewardIsSubsidyAndFees) {
  const auto tx = spending(1, {70});
  const std::vector<std::vector<Coin>> coins{{coin_of(100, 0)}};
  const auto claiming = [&](std::int64_t more) {
    BlockDraft draft = chain_.draft({tx});
    draft.coinbase().outputs[0].value = Amount{50 * kSatsPerCoin + more};
    return resolve(draft, coins);
  };
  EXPECT_EQ(claiming(30).reason, "");
  EXPECT_EQ(claiming(30).fees, 30);
  EXPECT_EQ(claiming(31).reason, "bad-cb-amount");
  EXPECT_EQ(claiming(-1'000'000).reason, "");
  // Several outputs count together.
  BlockDraft draft = chain_.draft({tx});
  draft.coinbase().outputs[0].value = Amount{50 * kSatsPerCoin};
  draft.coinbase().outputs.push_back({Amount{31}, kTrue});
  EXPECT_EQ(resolve(draft, coins).reason, "bad-cb-amount");
}

TEST_F(ResolverTest, C068_TheFeesOfABlockStayInRange) {
  auto one = spending(1, {0});
  auto other = spending(1, {0});
  other.inputs[0].prevout.index = 9;
  BlockDraft draft = chain_.draft({one, other});
  EXPECT_EQ(resolve(draft, {{coin_of(kMax, 0)}, {coin_of(0, 0)}}).reason, "");
  EXPECT_EQ(resolve(draft, {{coin_of(kMax, 0)}, {coin_of(1, 0)}}).reason, "bad-txns-accumulated-fee-outofrange");
}

TEST_F(ResolverTest, C063_TheWholeCostIsLimitedInclusively) {
  // 80,000 = 4 for the coinbase, and what a P2WSH script adds at 20 a CHECKMULTISIG.
  auto tx = spending(1, {0});
  Bytes witness_script(3999, 0xae);
  append(witness_script, Bytes(16, 0xac));
  tx.inputs[0].witness = {witness_script};
  Bytes p2wsh{0x00, 0x20};
  append(p2wsh, Bytes(32, 1));
  const std::vector<std::vector<Coin>> coins{{{{Amount{5}, p2wsh}, 0, false}}};
  BlockDraft draft = chain_.draft({tx});
  Answer answer = resolve(draft, coins);
  EXPECT_EQ(answer.reason, "");
  EXPECT_EQ(answer.sigops, 80'000u);
  draft.transactions[1].inputs[0].witness[0].push_back(0xac);
  answer = resolve(draft, coins);
  EXPECT_EQ(answer.reason, "bad-blk-sigops");
}

TEST_F(ResolverTest, C071_SequenceLocksCountFromCsvOn) {
  for (const bool csv : {false, true}) {
    network_ = regtest({csv ? "csv@1" : "csv@1000"});
    auto tx = spending(1, {0});
    tx.inputs[0].sequence = 2;
    EXPECT_EQ(resolve(chain_.draft({tx}), {{coin_of(5, 0)}}).reason, csv ? "bad-txns-nonfinal" : "");
    tx.inputs[0].sequence = 1;
    EXPECT_EQ(resolve(chain_.draft({tx}), {{coin_of(5, 0)}}).reason, "");
  }
}

TEST(Bip30, C094_WhenTheCheckIsMade) {
  NetworkParams network = params::make_network({.network = Network::Main}).value();
  const BlockHash some{{1}};
  const auto at = [&](Height height, const BlockHash& block) {
    HeaderLine parent{height - 1};
    // Only the block at the BIP34 height is ever looked at.
    parent.push(HeaderFacts{});
    return needs_bip30_check(block, parent, network);
  };
  // The two exceptions, by hash.
  const auto first = *BlockHash::from_string("00000000000a4d0a398161ffc163c503763b1f4360639393e0e4c8e300e0caec");
  const auto second = *BlockHash::from_string("00000000000743f190a18c5577a3c2d2a1f610ae9601ac046a38084ccb7cd721");
  EXPECT_FALSE(at(91'842, first));
  EXPECT_FALSE(at(91'880, second));
  EXPECT_TRUE(at(91'842, some));
  EXPECT_TRUE(at(91'722, some));
  EXPECT_TRUE(at(227'930, some));
  EXPECT_TRUE(at(227'931, some));  // the BIP34 block itself
  HeaderLine line{227'900};
  for (Height height = 227'900; height <= 227'940; ++height) {
    line.push(HeaderFacts{height == 227'931 ? *network.bip34_block : BlockHash{{2}}, 2, 0, {}});
  }
  EXPECT_FALSE(needs_bip30_check(some, line, network));
  line.cut_to(227'931);
  EXPECT_FALSE(needs_bip30_check(some, line, network));
  line.cut_to(227'930);
  EXPECT_TRUE(needs_bip30_check(some, line, network));
  line.push(HeaderFacts{BlockHash{{3}}, 2, 0, {}});  // another chain
  line.push(HeaderFacts{BlockHash{{4}}, 2, 0, {}});
  EXPECT_TRUE(needs_bip30_check(some, line, network));
  // From here on early coinbases may repeat.
  EXPECT_TRUE(at(1'983'702, some));
  EXPECT_TRUE(at(1'983'703, first));
  HeaderLine long_line{227'931};
  long_line.push(HeaderFacts{*network.bip34_block, 2, 0, {}});
  while (long_line.height() < 1'983'700) long_line.push(HeaderFacts{});
  EXPECT_FALSE(needs_bip30_check(some, long_line, network));
  long_line.push(HeaderFacts{});
  EXPECT_TRUE(needs_bip30_check(some, long_line, network));
  for (const Network which : {Network::Testnet4, Network::Signet, Network::Regtest}) {
    network = params::make_network({.network = which}).value();
    HeaderLine short_line;
    for (int i = 0; i < 200; ++i) short_line.push(HeaderFacts{});
    EXPECT_TRUE(needs_bip30_check(some, short_line, network));
  }
}

}  // namespace
}  // namespace kepeng::consensus
