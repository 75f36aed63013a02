// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/consensus/rules.h>
#include <kepeng/primitives/mutable_transaction.h>

#include "support/vectors.h"

namespace kepeng::consensus {
namespace {

MutableTransaction plain() {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{1}}, 0}, {}, 0xffffffff, {}});
  tx.outputs.push_back({Amount{1000}, {0x51}});
  return tx;
}

MutableTransaction coinbase(std::size_t script_bytes) {
  MutableTransaction tx = plain();
  tx.inputs[0].prevout = {Txid{}, 0xffffffff};
  tx.inputs[0].script_sig = Bytes(script_bytes, 0x51);
  return tx;
}

std::string verdict_on(const MutableTransaction& tx) {
  const auto verdict = check_transaction(*tx.freeze());
  return verdict ? "" : std::string{reject_reason(verdict.error())};
}

TEST(TransactionRules, C064_B080_InputsAndOutputsMustExist) {
  EXPECT_EQ(verdict_on(plain()), "");
  MutableTransaction tx = plain();
  tx.inputs.clear();
  EXPECT_EQ(verdict_on(tx), "bad-txns-vin-empty");
  tx = plain();
  tx.outputs.clear();
  EXPECT_EQ(verdict_on(tx), "bad-txns-vout-empty");
  const auto nothing = parse_transaction(test::unhex("01000000000000000000"));
  ASSERT_TRUE(nothing.ok());
  EXPECT_EQ(check_transaction(**nothing).error(), TxError::NoInputs);
}

TEST(TransactionRules, C064_FourTimesTheStrippedSizeIsLimited) {
  MutableTransaction tx = plain();
  const std::size_t rest = tx.freeze()->raw.size();
  tx.outputs[0].script_pubkey.assign(1'000'000 - rest - 4 + 1, 0x51);  // the length takes four bytes more
  tx.inputs[0].witness = {Bytes(3'000'000, 1)};                        // does not count here
  EXPECT_EQ(tx.freeze()->stripped_size, 1'000'000u);
  EXPECT_EQ(verdict_on(tx), "");
  tx.outputs[0].script_pubkey.push_back(0x51);
  EXPECT_EQ(verdict_on(tx), "bad-txns-oversize");
}

TEST(TransactionRules, C065_B081_ValuesAndTheirSum) {
  struct Case {
    std::vector<std::int64_t> values;
    const char* reason;
  };
  constexpr std::int64_t kMax = 2'100'000'000'000'000;
  const Case cases[] = {{{0}, ""},
                        {{kMax}, ""},
                        {{kMax, 0}, ""},
                        {{kMax - 1, 1}, ""},
                        {{-1}, "bad-txns-vout-negative"},
                        {{INT64_MIN}, "bad-txns-vout-negative"},
                        {{kMax + 1}, "bad-txns-vout-toolarge"},
                        {{INT64_MAX}, "bad-txns-vout-toolarge"},
                        {{kMax, 1}, "bad-txns-txouttotal-toolarge"},
                        {{kMax, kMax}, "bad-txns-txouttotal-toolarge"},
                        {{1, kMax, INT64_MAX}, "bad-txns-txouttotal-toolarge"},
                        {{INT64_MAX, INT64_MAX}, "bad-txns-vout-toolarge"},
                        // Block 74,638 of 2010.
                        {{9223372036854277039, 9223372036854277039}, "bad-txns-vout-toolarge"}};
  for (const Case& row : cases) {
    MutableTransaction tx = plain();
    tx.outputs.clear();
    for (const std::int64_t value : row.values) tx.outputs.push_back({Amount{value}, {0x51}});
    EXPECT_EQ(verdict_on(tx), row.reason) << row.values[0];
  }
}

TEST(TransactionRules, C066_B082_DuplicateInputs) {
  for (const std::size_t count : {2u, 11u, 12u, 13u, 14u, 1000u}) {
    MutableTransaction tx = plain();
    tx.inputs.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
      Txid txid{};
      txid.bytes[31] = static_cast<std::uint8_t>(i * 37);
      tx.inputs.push_back({{txid, 1'000'000 - i}, {}, 0xffffffff, {}});
    }
    EXPECT_EQ(verdict_on(tx), "") << count;
    // Adjacent, far apart; the same hash with another index is another coin.
    for (const auto& [a, b] : {std::pair<std::size_t, std::size_t>{0, 1}, {0, count - 1}, {count - 2, count - 1}}) {
      MutableTransaction twice = tx;
      twice.inputs[b].prevout = twice.inputs[a].prevout;
      twice.inputs[b].sequence = 5;
      EXPECT_EQ(verdict_on(twice), "bad-txns-inputs-duplicate") << count;
      twice.inputs[b].prevout.index = 7;
      EXPECT_EQ(verdict_on(twice), "") << count;
    }
  }
}

TEST(TransactionRules, C067_B062_B083_CoinbaseScriptsAndNullPrevouts) {
  EXPECT_EQ(verdict_on(coinbase(1)), "bad-cb-length");
  EXPECT_EQ(verdict_on(coinbase(2)), "");
  EXPECT_EQ(verdict_on(coinbase(100)), "");
  EXPECT_EQ(verdict_on(coinbase(101)), "bad-cb-length");
  EXPECT_EQ(verdict_on(coinbase(0)), "bad-cb-length");

  MutableTransaction tx = plain();
  tx.inputs.push_back({{Txid{}, 0xffffffff}, Bytes(10, 0x51), 0xffffffff, {}});
  EXPECT_EQ(verdict_on(tx), "bad-txns-prevout-null");
  tx.inputs[1].prevout.index = 0;  // an ordinary coin, if a missing one
  EXPECT_EQ(verdict_on(tx), "");
  tx.inputs.erase(tx.inputs.begin());
  EXPECT_EQ(verdict_on(tx), "");
}

TEST(TransactionRules, C073_B089_AnyVersionAndSmallSizesAreValid) {
  for (const std::uint32_t version : {0u, 1u, 2u, 3u, 4u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    MutableTransaction tx = plain();
    tx.version = version;
    EXPECT_EQ(verdict_on(tx), "") << version;
  }
  MutableTransaction tx = plain();
  tx.outputs[0] = {Amount{0}, {}};
  EXPECT_EQ(tx.freeze()->stripped_size, 60u);
  EXPECT_EQ(verdict_on(tx), "");
  tx.outputs[0].script_pubkey = Bytes(4, 0x51);
  EXPECT_EQ(tx.freeze()->stripped_size, 64u);
  EXPECT_EQ(verdict_on(tx), "");
}

TEST(TransactionRules, TheFirstBrokenRuleIsTheReason) {
  MutableTransaction tx = plain();
  tx.inputs.assign(2, tx.inputs[0]);
  tx.outputs[0].value = Amount{-1};
  EXPECT_EQ(verdict_on(tx), "bad-txns-vout-negative");
  tx.outputs.clear();
  EXPECT_EQ(verdict_on(tx), "bad-txns-vout-empty");
  tx.inputs.clear();
  EXPECT_EQ(verdict_on(tx), "bad-txns-vin-empty");
}

TEST(TransactionRules, C064_C066_C067_VectorsOfWholeTransactions) {
  KEPENG_NEED_VECTORS();
  int valid = 0;
  const auto valid_rows = test::read_shared_json("vectors/script/tx_valid.json");
  for (const auto& row : valid_rows.GetArray()) {
    if (row.Size() == 1) continue;
    const auto tx = parse_transaction(test::unhex(row[1].GetString()));
    ASSERT_TRUE(tx.ok());
    EXPECT_TRUE(check_transaction(**tx).ok()) << (*tx)->txid.to_string();
    ++valid;
  }
  int invalid = 0;
  int bad = 0;
  const auto invalid_rows = test::read_shared_json("vectors/script/tx_invalid.json");
  for (const auto& row : invalid_rows.GetArray()) {
    if (row.Size() == 1) continue;
    const auto tx = parse_transaction(test::unhex(row[1].GetString()));
    ASSERT_TRUE(tx.ok());
    const bool is_bad = std::string_view{row[2].GetString()} == "BADTX";
    EXPECT_EQ(check_transaction(**tx).ok(), !is_bad) << (*tx)->txid.to_string();
    bad += is_bad ? 1 : 0;
    ++invalid;
  }
  EXPECT_EQ(valid, 121);
  EXPECT_EQ(invalid, 93);
  EXPECT_EQ(bad, 9);
}

}  // namespace
}  // namespace kepeng::consensus
