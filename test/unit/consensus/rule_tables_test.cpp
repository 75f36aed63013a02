// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Walks the rule tables: every row has an input that it accepts and one that it alone refuses. A new row without a pair
// of its own fails here.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include <kepeng/consensus/rules.h>

#include "support/chain_builder.h"

namespace kepeng::consensus {
namespace {

using params::Network;
using params::NetworkParams;
using test::BlockDraft;
using test::ChainBuilder;

// With every rule that regtest can have.
NetworkParams regtest() {
  return params::make_network({.network = Network::Regtest, .activation_heights = {"bip54@1"}, .enforce_bip94 = true})
      .value();
}

MutableTransaction payment() {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{9}}, 1}, {}, 0xffffffff, {}});
  tx.outputs.push_back({Amount{1000}, {0x51}});
  return tx;
}

template <class Rule>
void check_row_texts(std::span<const Rule> rules) {
  std::set<std::string_view> ids;
  for (const Rule& rule : rules) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_NE(rule.must.find("MUST"), std::string_view::npos) << rule.id;
    EXPECT_EQ(rule.must.back(), '.') << rule.id;
    EXPECT_FALSE(rule.source.empty()) << rule.id;
    EXPECT_EQ(rule.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string_view::npos) << rule.id;
  }
}

TEST(RuleTables, C082_C085_C087_C088_C091_Headers) {
  const NetworkParams network = regtest();
  test::HeaderLine line;
  for (int i = 0; i < 144; ++i) {
    line.push(HeaderFacts{{}, 4, static_cast<std::uint32_t>(1'300'000'000 + 600 * i), {0x207fffff}});
  }
  test::HeaderLine short_by_one = line;
  short_by_one.cut_to(142);
  struct Case {
    BlockHeader header;
    UnixTime now{1'400'000'000};
    const test::HeaderLine* line = nullptr;
  };
  Case good;
  good.header.version = 4;
  good.header.time = 1'300'000'000 + 600 * 144;
  good.header.target = {0x207fffff};
  good.line = &line;
  const std::map<std::string_view, std::function<void(Case&)>> spoil{
      {"target-is-expected", [](Case& c) { --c.header.target.bits; }},
      {"time-after-median", [](Case& c) { c.header.time = 1'300'000'000 + 600 * 138; }},
      {"no-timewarp", [](Case& c) { c.header.time = 1'300'000'000 + 600 * 143 - 601; }},
      {"no-timewarp-bip54", [](Case& c) { c.header.time = 1'300'000'000 + 600 * 143 - 7'201; }},
      {"period-goes-forward",
       [&](Case& c) {
         c.line = &short_by_one;
         c.header.time = 1'300'000'000 - 1;
       }},
      {"time-not-in-future", [](Case& c) { c.now = {1'300'000'000}; }},
      {"version-is-current", [](Case& c) { c.header.version = 3; }},
  };
  const std::set<std::string_view> kEarly{"time-after-median", "no-timewarp", "no-timewarp-bip54",
                                          "period-goes-forward"};
  check_row_texts(header_rules());
  EXPECT_EQ(header_rules().size(), spoil.size());
  for (const HeaderRule& rule : header_rules()) {
    ASSERT_TRUE(spoil.contains(rule.id)) << "no case for " << rule.id;
    Case bad = good;
    spoil.at(rule.id)(bad);
    const BlockHash hash{};
    EXPECT_TRUE(rule.judge({good.header, hash, *good.line, good.now, network}).ok()) << rule.id;
    EXPECT_FALSE(rule.judge({bad.header, hash, *bad.line, bad.now, network}).ok()) << rule.id;
    for (const HeaderRule& other : header_rules()) {
      // A header that is far too early breaks all rules about early ones.
      const bool both_early = kEarly.contains(rule.id) && kEarly.contains(other.id);
      if (other.id != rule.id && !both_early) {
        EXPECT_TRUE(other.judge({bad.header, hash, *bad.line, bad.now, network}).ok()) << rule.id << " " << other.id;
      }
    }
  }
}

TEST(RuleTables, C064_C065_C066_C067_Transactions) {
  const auto coinbase = [](MutableTransaction& tx) {
    tx.inputs[0].prevout = {Txid{}, 0xffffffff};
    tx.inputs[0].script_sig = {1};
  };
  const std::map<std::string_view, std::function<void(MutableTransaction&)>> spoil{
      {"has-inputs", [](MutableTransaction& tx) { tx.inputs.clear(); }},
      {"has-outputs", [](MutableTransaction& tx) { tx.outputs.clear(); }},
      {"fits-a-block", [](MutableTransaction& tx) { tx.outputs[0].script_pubkey.assign(1'000'000, 0); }},
      {"output-values-in-range", [](MutableTransaction& tx) { tx.outputs[0].value.sats = -1; }},
      {"inputs-are-distinct", [](MutableTransaction& tx) { tx.inputs.push_back(tx.inputs[0]); }},
      {"coinbase-script-length", coinbase},
      {"no-null-prevout",
       [](MutableTransaction& tx) {
         tx.inputs.push_back({{Txid{}, 0xffffffff}, {}, 0, {}});
       }},
  };
  check_row_texts(transaction_rules());
  EXPECT_EQ(transaction_rules().size(), spoil.size());
  for (const TransactionRule& rule : transaction_rules()) {
    ASSERT_TRUE(spoil.contains(rule.id)) << "no case for " << rule.id;
    MutableTransaction bad = payment();
    spoil.at(rule.id)(bad);
    const TxPtr frozen = bad.freeze();
    EXPECT_TRUE(rule.judge(*payment().freeze()).ok()) << rule.id;
    for (const TransactionRule& other : transaction_rules()) {
      EXPECT_EQ(other.judge(*frozen).ok(), other.id != rule.id) << rule.id << " " << other.id;
    }
  }
}

TEST(RuleTables, C100_C104_C106_C121_Blocks) {
  const NetworkParams network = regtest();
  NetworkParams signet = network;
  signet.signet_challenge = Bytes{0x00};
  const ChainBuilder chain{network};
  struct Case {
    BlockPtr block;
    const NetworkParams* network;
  };
  const auto finish = [&](const std::function<void(BlockDraft&)>& change) {
    BlockDraft draft = chain.draft({payment()});
    change(draft);
    return Case{draft.finish(), &network};
  };
  const Case good = finish([](BlockDraft&) {});
  Case unmined = finish([](BlockDraft& draft) { draft.is_mined = false; });
  for (std::uint32_t nonce = 0; meets_target(unmined.block->hash(), {0x207fffff}, network.pow_limit); ++nonce) {
    unmined = finish([&](BlockDraft& draft) {
      draft.is_mined = false;
      draft.header.nonce = nonce;
    });
  }
  const std::map<std::string_view, Case> bad{
      {"proof-of-work", unmined},
      {"signet-solution", Case{good.block, &signet}},
      {"merkle-root-matches", finish([](BlockDraft& draft) { draft.computes_merkle_root = false; })},
      {"size-in-range",
       finish([](BlockDraft& draft) { draft.transactions.back().outputs[0].script_pubkey.assign(999'900, 0); })},
      {"coinbase-is-first", finish([](BlockDraft& draft) { std::swap(draft.transactions[0], draft.transactions[1]); })},
      {"transactions-hold", finish([](BlockDraft& draft) { draft.transactions[1].outputs[0].value.sats = -1; })},
  };
  check_row_texts(block_rules());
  EXPECT_EQ(block_rules().size(), bad.size());
  for (const BlockRule& rule : block_rules()) {
    ASSERT_TRUE(bad.contains(rule.id)) << "no case for " << rule.id;
    EXPECT_TRUE(rule.judge(*good.block, *good.network).ok()) << rule.id;
    const Case& refused = bad.at(rule.id);
    for (const BlockRule& other : block_rules()) {
      EXPECT_EQ(other.judge(*refused.block, *refused.network).ok(), other.id != rule.id) << rule.id << " " << other.id;
    }
  }
}

TEST(RuleTables, C070_C093_C104_C105_Places) {
  const NetworkParams network = regtest();
  const ChainBuilder chain{network};
  const auto finish = [&](const std::function<void(BlockDraft&)>& change) {
    BlockDraft draft = chain.draft({payment()});
    draft.transactions[1].inputs[0].witness = {Bytes{1}};
    draft.coinbase().lock_time = static_cast<std::uint32_t>(chain.height());
    draft.coinbase().inputs[0].sequence = 0xfffffffe;
    change(draft);
    return draft.finish();
  };
  const BlockPtr good = finish([](BlockDraft&) {});
  const std::map<std::string_view, BlockPtr> bad{
      {"transactions-are-final", finish([](BlockDraft& draft) {
         draft.transactions[1].lock_time = 1;
         draft.transactions[1].inputs[0].sequence = 0;
       })},
      {"coinbase-states-height", finish([](BlockDraft& draft) { draft.coinbase().inputs[0].script_sig[0] = 0x52; })},
      {"coinbase-is-unique", finish([](BlockDraft& draft) { draft.coinbase().inputs[0].sequence = 0xffffffff; })},
      {"no-inner-nodes",
       finish([](BlockDraft& draft) { draft.transactions[1].outputs[0].script_pubkey.assign(4, 0x51); })},
      {"witness-is-committed", finish([](BlockDraft& draft) { draft.commits_witness = false; })},
      {"weight-in-range",
       finish([](BlockDraft& draft) { draft.transactions[1].inputs[0].witness[0].assign(4'000'000, 0); })},
  };
  check_row_texts(place_rules());
  EXPECT_EQ(place_rules().size(), bad.size());
  for (const PlaceRule& rule : place_rules()) {
    ASSERT_TRUE(bad.contains(rule.id)) << "no case for " << rule.id;
    EXPECT_TRUE(rule.judge(*good, {chain.line(), network}).ok()) << rule.id;
    for (const PlaceRule& other : place_rules()) {
      EXPECT_EQ(other.judge(*bad.at(rule.id), {chain.line(), network}).ok(), other.id != rule.id)
          << rule.id << " " << other.id;
    }
  }
}

TEST(RuleTables, C068_C069_Spends) {
  const TxPtr tx = payment().freeze();
  const Coin good{{Amount{1000}, {}}, 1, true};
  Coin young = good;
  young.height = 2;
  Coin worth_too_much = good;
  worth_too_much.output.value = Amount{kMaxMoney.sats + 1};
  Coin worth_too_little = good;
  worth_too_little.output.value = Amount{999};
  const Bytes checks(2'501, 0xac);
  Coin many_checks = good;
  many_checks.output.script_pubkey = checks;
  const std::map<std::string_view, Coin> bad{{"coins-are-mature", young},
                                             {"input-values-in-range", worth_too_much},
                                             {"outputs-are-covered", worth_too_little},
                                             {"legacy-sigops-in-range", many_checks}};
  check_row_texts(spend_rules());
  EXPECT_EQ(spend_rules().size(), bad.size());
  for (const SpendRule& rule : spend_rules()) {
    ASSERT_TRUE(bad.contains(rule.id)) << "no case for " << rule.id;
    EXPECT_TRUE(rule.judge({*tx, {&good, 1}, 101, Bip54::Active}).ok()) << rule.id;
    for (const SpendRule& other : spend_rules()) {
      EXPECT_EQ(other.judge({*tx, {&bad.at(rule.id), 1}, 101, Bip54::Active}).ok(), other.id != rule.id)
          << rule.id << other.id;
    }
  }
}

}  // namespace
}  // namespace kepeng::consensus
