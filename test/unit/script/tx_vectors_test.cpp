// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <map>
#include <random>
#include <set>

#include "script_testing.h"

namespace kepeng::script {
namespace {

struct TxCase {
  TxPtr tx;
  std::vector<TestCoin> coins;
  std::string flags;
};

TxCase read_case(const rapidjson::Value& json) {
  std::map<OutPoint, TestCoin> known;
  for (const auto& prevout : json[0].GetArray()) {
    const OutPoint at{*Txid::from_string(prevout[0].GetString()), static_cast<std::uint32_t>(prevout[1].GetInt64())};
    const Amount amount{prevout.Size() > 3 ? prevout[3].GetInt64() : 0};
    known[at] = {amount, script_of(prevout[2].GetString())};
  }
  auto parsed = parse_transaction(test::unhex(json[1].GetString()));
  EXPECT_TRUE(parsed.ok()) << json[1].GetString();
  TxCase row{*parsed, {}, json[2].GetString()};
  for (const TxIn& input : row.tx->inputs) row.coins.push_back(known[input.prevout]);
  return row;
}

// The context-free rules that BADTX rows break and every other row keeps. The real ones live in consensus.
bool is_plausible(const Transaction& tx) {
  if (tx.inputs.empty() || tx.outputs.empty() || 4 * tx.stripped_size > 4'000'000) return false;
  Amount total;
  for (const TxOut& output : tx.outputs) {
    if (!output.value.in_money_range()) return false;
    total = *total.checked_add(output.value);
    if (!total.in_money_range()) return false;
  }
  std::set<OutPoint> spent;
  for (const TxIn& input : tx.inputs) {
    if (!spent.insert(input.prevout).second) return false;
    if (!tx.is_coinbase() && input.prevout.is_null()) return false;
  }
  const std::size_t script_size = tx.inputs[0].script_sig.size();
  return !tx.is_coinbase() || (script_size >= 2 && script_size <= 100);
}

bool all_inputs_verify(const TxCase& row, Flags flags) {
  Judge judge;
  for (std::uint32_t i = 0; i < row.tx->inputs.size(); ++i) {
    if (judge.verdict(*row.tx, i, row.coins, flags) != "OK") return false;
  }
  return true;
}

std::vector<Flag> members(Flags flags) {
  std::vector<Flag> list;
  for (unsigned i = 0; i < kFlagCount; ++i) {
    if (flags.has(static_cast<Flag>(i))) list.push_back(static_cast<Flag>(i));
  }
  return list;
}

constexpr int kRandomSets = 40;

TEST(TxVectors, ValidTransactions) {
  KEPENG_NEED_VECTORS();
  const auto document = test::read_shared_json("vectors/script/tx_valid.json");
  std::mt19937 random{1};
  int count = 0;
  for (const auto& json : document.GetArray()) {
    if (json.Size() == 1) continue;
    ++count;
    const TxCase row = read_case(json);
    EXPECT_TRUE(is_plausible(*row.tx));
    const Flags left_out = flags_of(row.flags);
    const Flags most = trimmed(Flags::all().without(left_out));
    EXPECT_TRUE(all_inputs_verify(row, most)) << row.flags << " " << row.tx->txid.to_string();
    EXPECT_TRUE(all_inputs_verify(row, {})) << row.tx->txid.to_string();
    for (const Flag flag : members(most)) {
      EXPECT_TRUE(all_inputs_verify(row, trimmed(most.without({flag})))) << name_of(flag);
      EXPECT_TRUE(all_inputs_verify(row, trimmed(filled({flag}).without(left_out)))) << name_of(flag);
    }
    for (int i = 0; i < kRandomSets; ++i) {
      const Flags fewer = trimmed(most.without(Flags::from_bits(static_cast<std::uint32_t>(random()))));
      EXPECT_TRUE(all_inputs_verify(row, fewer)) << to_string(fewer);
    }
    // The set is the largest one.
    for (const Flag flag : members(left_out)) {
      EXPECT_FALSE(all_inputs_verify(row, most.with(filled({flag}))))
          << name_of(flag) << " " << row.tx->txid.to_string();
    }
  }
  EXPECT_EQ(count, 121);
}

TEST(TxVectors, InvalidTransactions) {
  KEPENG_NEED_VECTORS();
  const auto document = test::read_shared_json("vectors/script/tx_invalid.json");
  std::mt19937 random{2};
  int count = 0;
  int bad_transactions = 0;
  for (const auto& json : document.GetArray()) {
    if (json.Size() == 1) continue;
    ++count;
    const TxCase row = read_case(json);
    EXPECT_EQ(is_plausible(*row.tx), row.flags != "BADTX") << row.tx->txid.to_string();
    if (row.flags == "BADTX") {
      ++bad_transactions;
      continue;
    }
    const Flags least = filled(flags_of(row.flags));
    EXPECT_FALSE(all_inputs_verify(row, least)) << row.flags << " " << row.tx->txid.to_string();
    EXPECT_FALSE(all_inputs_verify(row, Flags::all()));
    for (unsigned i = 0; i < kFlagCount; ++i) {
      EXPECT_FALSE(all_inputs_verify(row, filled(least.with({static_cast<Flag>(i)})))) << i;
    }
    for (int i = 0; i < kRandomSets; ++i) {
      const Flags more = filled(least.with(Flags::from_bits(static_cast<std::uint32_t>(random()))));
      EXPECT_FALSE(all_inputs_verify(row, more)) << to_string(more);
    }
    // The set is the smallest one.
    for (const Flag flag : members(flags_of(row.flags))) {
      EXPECT_TRUE(all_inputs_verify(row, trimmed(least.without({flag})))) << name_of(flag);
    }
  }
  EXPECT_EQ(count, 93);
  EXPECT_EQ(bad_transactions, 9);
}

}  // namespace
}  // namespace kepeng::script
