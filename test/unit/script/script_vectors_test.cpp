// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <map>

#include <kepeng/script/script_text.h>
#include <kepeng/script/signature_encoding.h>

#include "script_testing.h"

namespace kepeng::script {
namespace {

struct ScriptCase {
  std::vector<Bytes> witness;
  Amount amount{};
  std::string script_sig;
  std::string script_pubkey;
  std::string flags;
  std::string expected;
};

// Replaces the placeholders of the taproot rows.
void fill_taproot(ScriptCase& row, const std::vector<std::string>& items) {
  const std::string kScript = "#SCRIPT#";
  Bytes script;
  for (const std::string& item : items) {
    if (item.starts_with(kScript)) script = script_of(item.substr(kScript.size()));
  }
  // The internal key of the vectors is that of private key 1.
  Bytes one(32, 0);
  one.back() = 1;
  const crypto::Signer signer{crypto::Hash32{}};
  const Bytes internal = to_bytes(signer.xonly_key(*crypto::PrivateKey::from_bytes(one)).key);
  const auto output = *crypto::taproot_tweak_public_key(
      internal, tap_tweak_hash(internal, tap_leaf_hash({kTapscriptLeafVersion, script})));
  for (const std::string& item : items) {
    if (item.starts_with(kScript)) {
      row.witness.push_back(script);
    } else if (item == "#CONTROLBLOCK#") {
      const auto first = static_cast<std::uint8_t>(kTapscriptLeafVersion | static_cast<std::uint8_t>(output.parity));
      row.witness.push_back(joined({{first}, internal}));
    } else {
      row.witness.push_back(test::unhex(item));
    }
  }
  const std::string kOutput = "#TAPROOTOUTPUT#";
  if (const auto at = row.script_pubkey.find(kOutput); at != std::string::npos) {
    row.script_pubkey.replace(at, kOutput.size(), "0x" + to_hex(output.key));
  }
}

ScriptCase read_case(const rapidjson::Value& json) {
  ScriptCase row;
  const rapidjson::SizeType first = json[0].IsArray() ? 1 : 0;
  row.script_sig = json[first].GetString();
  row.script_pubkey = json[first + 1].GetString();
  row.flags = json[first + 2].GetString();
  row.expected = json[first + 3].GetString();
  if (first == 1) {
    std::vector<std::string> items;
    for (rapidjson::SizeType i = 0; i + 1 < json[0].Size(); ++i) items.push_back(json[0][i].GetString());
    row.amount = Amount{std::llround(json[0][json[0].Size() - 1].GetDouble() * kSatsPerCoin)};
    fill_taproot(row, items);
  }
  return row;
}

TEST(ScriptVectors, ScriptTests) {
  KEPENG_NEED_VECTORS();
  const auto document = test::read_shared_json("vectors/script/script_tests.json");
  std::map<std::string, int> seen;
  int count = 0;
  for (const auto& json : document.GetArray()) {
    if (json.Size() == 1) continue;
    const ScriptCase row = read_case(json);
    const CreditAndSpend pair{script_of(row.script_sig), script_of(row.script_pubkey), row.witness, row.amount};
    EXPECT_EQ(pair.verdict(flags_of(row.flags)), row.expected)
        << row.script_sig << " | " << row.script_pubkey << " | " << row.flags;
    ++seen[row.expected];
    ++count;
  }
  EXPECT_EQ(count, 1233);
  EXPECT_EQ(seen["OK"], 675);
  EXPECT_EQ(seen["BAD_OPCODE"], 89);
  EXPECT_EQ(seen["SCRIPTNUM"], 67);
  EXPECT_EQ(seen["INVALID_STACK_OPERATION"], 104);
}

std::vector<TestCoin> read_coins(const rapidjson::Value& prevouts, std::size_t inputs) {
  std::vector<TestCoin> coins(inputs);
  for (const auto& prevout : prevouts.GetArray()) {
    coins[prevout["input"].GetUint()] = {Amount{prevout["value"].GetInt64()},
                                         test::unhex(prevout["script_pubkey"].GetString())};
  }
  return coins;
}

Flags named_set(const std::string& name) {
  if (name == "CONSENSUS") return kConsensusFlags;
  if (name == "STANDARD") return Flags::all();
  return flags_of(name);
}

TEST(ScriptVectors, OddChainInputs) {
  KEPENG_NEED_VECTORS();
  const auto document = test::read_shared_json("vectors/script/odd_chain_inputs.json");
  int results = 0;
  for (const auto& row : document.GetArray()) {
    const TxPtr tx = std::move(parse_transaction(test::unhex(row["tx"].GetString()))).value();
    EXPECT_EQ(tx->txid.to_string(), row["txid"].GetString());
    const auto coins = read_coins(row["prevouts"], tx->inputs.size());
    for (const auto& result : row["results"].GetObject()) {
      const std::string expected = result.value.GetString();
      const std::string got = Judge{}.verdict(*tx, row["input"].GetUint(), coins, named_set(result.name.GetString()));
      EXPECT_EQ(got == "OK", expected == "OK")
          << row["name"].GetString() << " " << result.name.GetString() << " " << got;
      if (expected.starts_with("FAIL: ") && got != "OK") {
        EXPECT_EQ(reject_text(*parse_script_error(got)), expected.substr(6)) << row["name"].GetString();
      }
      ++results;
    }
  }
  EXPECT_EQ(document.Size(), 46u);
  EXPECT_EQ(results, 46 * 18);
}

TEST(ScriptVectors, C058_TapscriptMultisigOf999Keys) {
  KEPENG_NEED_VECTORS();
  const auto row = test::read_shared_json("vectors/script/tapscript_998_of_999_multisig.json");
  const TxPtr tx =
      std::move(parse_transaction(test::read_shared("vectors/script/tapscript_998_of_999_multisig.tx"))).value();
  EXPECT_EQ(tx->txid.to_string(), row["txid"].GetString());
  EXPECT_EQ(tx->inputs[0].witness.size(), 1001u);
  const auto coins = read_coins(row["prevouts"], tx->inputs.size());
  int results = 0;
  for (const auto& result : row["results"].GetObject()) {
    EXPECT_EQ(Judge{}.verdict(*tx, 0, coins, named_set(result.name.GetString())), result.value.GetString());
    ++results;
  }
  EXPECT_EQ(results, 3);
}

int check_signature_list(const std::string& name, bool expected) {
  const auto document = test::read_shared_json("vectors/script/" + name);
  int count = 0;
  for (const auto& item : document.GetArray()) {
    const auto signature = from_hex(item.GetString());
    if (!signature) continue;  // a comment
    EXPECT_EQ(is_strict_der(*signature) && has_defined_hash_type(*signature), expected) << item.GetString();
    EXPECT_EQ(check_signature_encoding(*signature, {Flag::StrictEnc}).ok(), expected) << item.GetString();
    ++count;
  }
  return count;
}

TEST(ScriptVectors, C028_CanonicalSignatures) {
  KEPENG_NEED_VECTORS();
  EXPECT_EQ(check_signature_list("sig_canonical.json", true), 5);
  EXPECT_EQ(check_signature_list("sig_noncanonical.json", false), 15);
}

TEST(ScriptVectors, C001_UndecodableOutputsOfTheChain) {
  KEPENG_NEED_VECTORS();
  const auto document = test::read_shared_json("vectors/script/unspendable_script_pub_keys.json");
  for (const auto& row : document.GetArray()) {
    const Bytes script = test::unhex(row["script"].GetString());
    ScriptReader reader{script};
    unsigned commands = row["truncated"].GetBool() ? 1 : 0;  // the list counts the truncated push
    while (reader.next()) ++commands;
    EXPECT_EQ(commands, row["commands"].GetUint()) << row["txid"].GetString();
    EXPECT_EQ(reader.truncated(), row["truncated"].GetBool()) << row["txid"].GetString();
    EXPECT_EQ(to_asm(script).ends_with("[error]"), row["truncated"].GetBool());
    EXPECT_NE(run_scripts(script_of("1"), script, kConsensusFlags), "OK");
  }
  EXPECT_EQ(document.Size(), 12u);
}

}  // namespace
}  // namespace kepeng::script
