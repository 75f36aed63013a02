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

NetworkParams regtest(std::vector<std::string> heights = {}) {
  return params::make_network({.network = Network::Regtest, .activation_heights = std::move(heights)}).value();
}

MutableTransaction payment(std::uint32_t tag) {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{9}}, tag}, {}, 0xffffffff, {}});
  tx.outputs.push_back({Amount{1000}, {0x51}});
  return tx;
}

std::string place_verdict(const BlockPtr& block, const Ancestry& parent, const NetworkParams& network) {
  const auto checked = check_block(block, network);
  if (!checked) return "not checked: " + checked.error().reason();
  const auto verdict = check_place(*checked, {parent, network});
  return verdict ? "" : verdict.error().reason();
}

TEST(LockTime, C070_B087_Finality) {
  MutableTransaction tx = payment(1);
  tx.inputs.push_back({{Txid{{9}}, 2}, {}, 0xfffffffe, {}});
  const auto final_at = [&](std::uint32_t lock_time, Height height, std::int64_t cutoff) {
    tx.lock_time = lock_time;
    return is_final(*tx.freeze(), height, {cutoff});
  };
  EXPECT_TRUE(final_at(0, 0, 0));
  EXPECT_TRUE(final_at(99, 100, 0));
  EXPECT_FALSE(final_at(100, 100, INT64_MAX));
  EXPECT_FALSE(final_at(499'999'999, 100, INT64_MAX));
  EXPECT_TRUE(final_at(500'000'000, 0, 500'000'001));
  EXPECT_FALSE(final_at(500'000'000, INT32_MAX, 500'000'000));
  EXPECT_FALSE(final_at(0xffffffff, 100, 0xffffffff));
  EXPECT_TRUE(final_at(0xffffffff, 100, 0x100000000));
  tx.inputs[1].sequence = 0xffffffff;
  EXPECT_TRUE(final_at(0xffffffff, 0, 0));
}

TEST(PlaceRules, C070_TheCutoffIsTheMedianOnceCsvIsActive) {
  // The block's own time is a year after the median of its parents.
  for (const bool csv : {false, true}) {
    const NetworkParams network = regtest({csv ? "csv@1" : "csv@100"});
    ChainBuilder chain{network};
    chain.extend_by(20);
    const std::int64_t median = median_time_past(chain.line(), 20).seconds;
    BlockDraft draft = chain.draft({payment(1)});
    draft.header.time += 365 * 86'400;
    const auto verdict_at = [&](std::int64_t lock_time) {
      draft.transactions[1].lock_time = static_cast<std::uint32_t>(lock_time);
      draft.transactions[1].inputs[0].sequence = 0;
      return place_verdict(draft.finish(), chain.line(), network);
    };
    const std::int64_t cutoff = csv ? median : draft.header.time;
    EXPECT_EQ(verdict_at(cutoff - 1), "");
    EXPECT_EQ(verdict_at(cutoff), "bad-txns-nonfinal");
    EXPECT_EQ(verdict_at(20), "");
    EXPECT_EQ(verdict_at(21), "bad-txns-nonfinal");
    // The coinbase is no exception.
    draft = chain.draft();
    draft.coinbase().lock_time = 21;
    draft.coinbase().inputs[0].sequence = 0;
    EXPECT_EQ(place_verdict(draft.finish(), chain.line(), network), "bad-txns-nonfinal");
  }
}

TEST(PlaceRules, C093_TheCoinbaseBeginsWithTheShortestPushOfTheHeight) {
  struct Case {
    Height height;
    Bytes push;
  };
  const Case cases[] = {{1, {0x51}},
                        {2, {0x52}},
                        {16, {0x60}},
                        {17, {0x01, 0x11}},
                        {127, {0x01, 0x7f}},
                        {128, {0x02, 0x80, 0x00}},
                        {255, {0x02, 0xff, 0x00}},
                        {256, {0x02, 0x00, 0x01}},
                        {32'767, {0x02, 0xff, 0x7f}},
                        {32'768, {0x03, 0x00, 0x80, 0x00}},
                        {65'535, {0x03, 0xff, 0xff, 0x00}},
                        {8'388'607, {0x03, 0xff, 0xff, 0x7f}},
                        {8'388'608, {0x04, 0x00, 0x00, 0x80, 0x00}}};
  const NetworkParams network = regtest();
  const NetworkParams later = regtest({"bip34@10000000"});
  ChainBuilder chain{network};
  for (const Case& row : cases) {
    const Height first = std::max(row.height - 20, 0);
    test::HeaderLine parent{first};
    for (Height at = first; at < row.height; ++at) parent.push(HeaderFacts{{}, 4, 1'300'000'000, {0x207fffff}});
    const auto verdict = [&](Bytes script, const NetworkParams& on) {
      BlockDraft draft = chain.draft();
      draft.coinbase().inputs[0].script_sig = std::move(script);
      return place_verdict(draft.finish(), parent, on);
    };
    Bytes exact = row.push;
    if (exact.size() < 2) exact.push_back(0x00);
    EXPECT_EQ(verdict(exact, network), "") << row.height;
    Bytes longer = exact;
    append(longer, Bytes(40, 0xee));
    EXPECT_EQ(verdict(longer, network), "");
    // Another height, a longer push of the same number, the number not at the start.
    Bytes other = longer;
    other[row.push.size() - 1] ^= 1;
    EXPECT_EQ(verdict(other, network), "bad-cb-height") << row.height;
    Bytes padded;
    if (row.push.size() == 1) {
      padded = {0x01, static_cast<std::uint8_t>(row.height)};
    } else {
      padded = row.push;
      padded[0] += 1;
      padded.push_back(0x00);
    }
    EXPECT_EQ(verdict(padded, network), "bad-cb-height") << row.height;
    Bytes behind{0x61};
    append(behind, longer);
    EXPECT_EQ(verdict(behind, network), "bad-cb-height");
    EXPECT_EQ(verdict(behind, later), "");
  }
}

class Commitment : public testing::Test {
 protected:
  Commitment() {
    MutableTransaction tx = payment(1);
    tx.inputs[0].witness = {Bytes{7}};
    draft_ = chain_.draft({tx, payment(2)});
    draft_.finish();
    draft_.commits_witness = false;
  }
  std::string verdict() { return place_verdict(draft_.finish(), chain_.line(), network_); }
  Bytes& commitment() { return draft_.coinbase().outputs.back().script_pubkey; }
  std::vector<Bytes>& reserved() { return draft_.coinbase().inputs[0].witness; }

  NetworkParams network_ = regtest();
  ChainBuilder chain_{network_};
  BlockDraft draft_;
};

TEST_F(Commitment, C105_HoldsAsBuilt) {
  EXPECT_EQ(verdict(), "");
  commitment().push_back(0x51);  // anything may follow
  EXPECT_EQ(verdict(), "");
}

TEST_F(Commitment, C105_TheReservedValueIsOneItemOf32Bytes) {
  for (const std::size_t size : {0u, 31u, 33u}) {
    reserved() = {Bytes(size, 0)};
    EXPECT_EQ(verdict(), "bad-witness-nonce-size") << size;
  }
  reserved() = {Bytes(32, 0), Bytes{}};
  EXPECT_EQ(verdict(), "bad-witness-nonce-size");
  reserved().clear();
  EXPECT_EQ(verdict(), "bad-witness-nonce-size");
  reserved() = {Bytes(32, 1)};
  EXPECT_EQ(verdict(), "bad-witness-merkle-match");
}

TEST_F(Commitment, C105_TheCommitmentIsDoubleSha256OfRootAndReservedValue) {
  // Written out: leaves zero, wtxid 1, wtxid 2 (twice).
  const auto pair = [](const crypto::Hash32& a, const crypto::Hash32& b) {
    Bytes both(a.begin(), a.end());
    append(both, b);
    return crypto::sha256d(both);
  };
  const auto one = draft_.transactions[1].freeze()->wtxid.bytes;
  const auto two = draft_.transactions[2].freeze()->wtxid.bytes;
  const auto root = pair(pair({}, one), pair(two, two));
  reserved() = {Bytes(32, 0xab)};
  crypto::Hash32 value;
  value.fill(0xab);
  const auto expected = pair(root, value);
  std::copy(expected.begin(), expected.end(), commitment().begin() + 6);
  EXPECT_EQ(verdict(), "");
  commitment()[20] ^= 1;
  EXPECT_EQ(verdict(), "bad-witness-merkle-match");
}

TEST_F(Commitment, C105_TheLastOutputOfItsFormCounts) {
  // A wrong one before it does no harm; a wrong one behind it does.
  Bytes wrong = commitment();
  wrong[10] ^= 1;
  auto& outputs = draft_.coinbase().outputs;
  outputs.insert(outputs.begin(), {Amount{0}, wrong});
  EXPECT_EQ(verdict(), "");
  outputs.push_back({Amount{0}, wrong});
  EXPECT_EQ(verdict(), "bad-witness-merkle-match");
  // Too short, or another header: not of its form.
  outputs.back().script_pubkey.resize(37);
  EXPECT_EQ(verdict(), "");
  outputs.back().script_pubkey = wrong;
  outputs.back().script_pubkey[1] = 0x25;
  EXPECT_EQ(verdict(), "");
}

TEST_F(Commitment, C105_B068_NoWitnessWithoutACommitment) {
  draft_.coinbase().outputs.pop_back();
  EXPECT_EQ(verdict(), "unexpected-witness");
  draft_.transactions[1].inputs[0].witness.clear();
  EXPECT_EQ(verdict(), "unexpected-witness");  // the coinbase's own
  reserved().clear();
  EXPECT_EQ(verdict(), "");
}

TEST_F(Commitment, C105_ALoneCoinbaseHasARootOfZero) {
  draft_.transactions.resize(1);
  Bytes both(64, 0);
  const auto expected = crypto::sha256d(both);
  std::copy(expected.begin(), expected.end(), commitment().begin() + 6);
  EXPECT_EQ(verdict(), "");
}

TEST(PlaceRules, C125_NoWitnessBeforeSegwit) {
  const NetworkParams network = regtest({"segwit@21"});
  ChainBuilder chain{network};
  chain.extend_by(19);
  MutableTransaction tx = payment(1);
  tx.inputs[0].witness = {Bytes{7}};
  EXPECT_EQ(place_verdict(chain.draft({tx}).finish(), chain.line(), network), "unexpected-witness");
  BlockDraft committed = chain.draft({payment(1)});
  committed.commit_to_witness();
  committed.coinbase().inputs[0].witness.clear();
  EXPECT_EQ(place_verdict(committed.finish(), chain.line(), network), "");  // an output like any other
  chain.extend();
  EXPECT_EQ(place_verdict(chain.draft({tx}).finish(), chain.line(), network), "");
}

}  // namespace
}  // namespace kepeng::consensus
