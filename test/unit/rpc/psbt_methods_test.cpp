// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <set>

#include "chain_fixture.h"

namespace kepeng::rpc {
namespace {

class PsbtMethods : public testing::Test, public ChainFixture {
 protected:
  static std::string quoted(const std::string& text) { return "\"" + text + "\""; }
  json::Value decode(const std::string& psbt) { return result("decodepsbt", "[" + quoted(psbt) + "]"); }
  // A PSBT with one input that spends output 0 of the transaction with this number as id, and one data output.
  std::string create(int number, int version) {
    const std::string digit = std::to_string(number);
    const std::string txid(64 - digit.size(), '0');
    return text("createpsbt", R"([[{"txid":")" + txid + digit + R"(","vout":0}],[{"data":"0)" + digit +
                                  R"("}],0,true,2,)" + std::to_string(version) + "]");
  }
};

TEST_F(PsbtMethods, C132_DecodeEveryValidVector) {
  KEPENG_NEED_VECTORS();
  const json::Value vectors = json_of(test::read_shared_text("vectors/psbt/rpc_psbt.json"));
  unsigned cases = 0;
  for (const json::Value& row : vectors.find("valid")->items()) {
    const json::Value decoded = decode(*row.as_string());
    EXPECT_NE(decoded.find("inputs"), nullptr) << cases;
    EXPECT_EQ((decoded.find("tx") != nullptr), *decoded.find("psbt_version")->as_int64() == 0) << cases;
    ++cases;
  }
  EXPECT_EQ(cases, 48u);
  unsigned refused = 0;
  for (const json::Value& row : vectors.find("invalid_with_msg")->items()) {
    EXPECT_EQ(error("decodepsbt", "[" + quoted(*row.items()[0].as_string()) + "]"),
              "-22 TX decode failed " + *row.items()[1].as_string());
    ++refused;
  }
  EXPECT_EQ(refused, 23u);
  EXPECT_EQ(error("decodepsbt", R"(["?"])"), "-22 TX decode failed invalid base64");
}

TEST_F(PsbtMethods, C132_CombineFinalizeExtract) {
  KEPENG_NEED_VECTORS();
  const json::Value vectors = json_of(test::read_shared_text("vectors/psbt/rpc_psbt.json"));
  const json::Value& combiner = vectors.find("combiner")->items()[0];
  EXPECT_EQ(result("combinepsbt", "[" + json::to_text(*combiner.find("combine")) + "]"), *combiner.find("result"));
  const json::Value& finalizer = vectors.find("finalizer")->items()[0];
  const std::string psbt = json::to_text(*finalizer.find("finalize"));
  const json::Value finalized = result("finalizepsbt", "[" + psbt + ",false]");
  EXPECT_EQ(*finalized.find("psbt"), *finalizer.find("result"));
  EXPECT_EQ(*finalized.find("complete")->as_bool(), true);
  const json::Value& extractor = vectors.find("extractor")->items()[0];
  const json::Value extracted = result("finalizepsbt", "[" + json::to_text(*extractor.find("extract")) + "]");
  EXPECT_EQ(*extracted.find("hex"), *extractor.find("result"));
  EXPECT_EQ(extracted.find("psbt"), nullptr);
  EXPECT_EQ(error("combinepsbt", "[[]]"), "-8 Parameter 'txs' cannot be empty");
  EXPECT_EQ(error("combinepsbt", "[[" + create(1, 2) + "," + create(2, 2) + "]]"),
            "-8 PSBTs not compatible (different transactions)");
}

TEST_F(PsbtMethods, C132_JoinKeepsInputsAndOutputsTogether) {
  for (const int version : {0, 2}) {
    std::set<std::string> orders;
    for (int i = 0; i < 40; ++i) {
      const std::string joined =
          text("joinpsbts", "[[" + create(1, version) + "," + create(2, version) + "," + create(3, version) + "]]");
      const json::Value decoded = result("decodepsbt", "[" + joined + "]");
      EXPECT_EQ(decoded.find("inputs")->size(), 3u);
      EXPECT_EQ(decoded.find("outputs")->size(), 3u);
      orders.insert(joined);
    }
    EXPECT_GT(orders.size(), 6u);  // of 36
  }
  EXPECT_EQ(error("joinpsbts", "[[" + create(1, 2) + "]]"), "-8 At least two PSBTs are required to join PSBTs.");
  EXPECT_EQ(error("joinpsbts", "[[" + create(1, 2) + "," + create(1, 2) + "]]"),
            "-8 Input " + std::string(63, '0') + "1:0 exists in multiple PSBTs");
}

TEST_F(PsbtMethods, C132_CreateAndConvert) {
  EXPECT_EQ(error("createpsbt", "[[],[],0,true,2,1]"), "-8 The PSBT version can only be 2 or 0");
  const std::string raw =
      text("createrawtransaction", R"([[{"txid":")" + std::string(63, '0') + R"(1","vout":0}],[{"data":"01"}]])");
  for (const int version : {0, 2}) {
    EXPECT_EQ(text("converttopsbt", "[" + raw + ",false,false," + std::to_string(version) + "]"), create(1, version));
  }
  EXPECT_EQ(error("converttopsbt", R"(["zz"])"), "-22 TX decode failed");
  // With a scriptSig.
  const std::string signed_raw =
      quoted("0200000001" + std::string(64, '1') + "000000000151ffffffff01e8030000000000000151" + "00000000");
  EXPECT_EQ(error("converttopsbt", "[" + signed_raw + "]"), "-22 Inputs must not have scriptSigs and scriptWitnesses");
  EXPECT_TRUE(text("converttopsbt", "[" + signed_raw + ",true]").starts_with("\"cHNidP"));
}

TEST_F(PsbtMethods, C132_DecodeShowsFeeAndUtxos) {
  KEPENG_NEED_VECTORS();
  const json::Value vectors = json_of(test::read_shared_text("vectors/psbt/rpc_psbt.json"));
  const json::Value decoded = decode(*vectors.find("finalizer")->items()[0].find("finalize")->as_string());
  const auto inputs = decoded.find("inputs")->items();
  EXPECT_EQ(inputs[0].find("non_witness_utxo")->find("vin")->size(), 1u);
  EXPECT_EQ(json::to_text(*inputs[1].find("witness_utxo")->find("amount")), "2.00000000");
  EXPECT_EQ(inputs[0].find("partial_signatures")->size(), 2u);
  EXPECT_EQ(*inputs[0].find("sighash")->as_string(), "ALL");
  EXPECT_EQ(*inputs[0].find("redeem_script")->find("type")->as_string(), "multisig");
  EXPECT_EQ(*inputs[0].find("bip32_derivs")->items()[0].find("path")->as_string(), "m/0h/0h/0h");
  EXPECT_EQ(*inputs[0].find("bip32_derivs")->items()[0].find("master_fingerprint")->as_string(), "d90c6a4f");
  EXPECT_EQ(json::to_text(*decoded.find("fee")), "0.00010000");
}

}  // namespace
}  // namespace kepeng::rpc
