// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/rpc/tx_decode.h>

#include "chain_fixture.h"

namespace kepeng::rpc {
namespace {

class RawTransaction : public testing::Test, public ChainFixture {};

TEST_F(RawTransaction, DecodeScriptVectors) {
  KEPENG_NEED_VECTORS();
  const json::Value rows = json_of(test::read_shared_text("vectors/rpc/rpc_decodescript.json"));
  unsigned cases = 0;
  for (const json::Value& row : rows.items()) {
    const json::Value found = result("decodescript", "[" + json::to_text(row.items()[0]) + "]");
    const json::Value& expected = row.items()[1];
    EXPECT_EQ(found.size(), expected.size()) << json::to_text(found);
    for (const json::Member& member : expected.members()) {
      ASSERT_NE(found.find(member.key), nullptr) << member.key;
      if (!member.value.is_object()) {
        EXPECT_EQ(*found.find(member.key), member.value);
        continue;
      }
      EXPECT_EQ(found.find(member.key)->size(), member.value.size());
      for (const json::Member& inner : member.value.members()) {
        EXPECT_EQ(*found.find(member.key)->find(inner.key), inner.value) << inner.key;
      }
    }
    ++cases;
  }
  EXPECT_EQ(cases, 10u);
  EXPECT_EQ(error("decodescript", R"(["0"])"), "-8 argument must be hexadecimal string (not '0')");
}

TEST_F(RawTransaction, ValidateAddress) {
  EXPECT_EQ(
      text("validateaddress", R"(["bcrt1pfeesnyr2tx"])"),
      R"({"isvalid":true,"address":"bcrt1pfeesnyr2tx","scriptPubKey":"51024e73","isscript":true,"iswitness":true})");
  EXPECT_EQ(text("validateaddress", R"(["bcrt1pamhqk96edn"])"),
            R"({"isvalid":true,"address":"bcrt1pamhqk96edn","scriptPubKey":"5102eeee","iswitness":true,)"
            R"("witness_version":1,"witness_program":"eeee"})");
  EXPECT_EQ(text("validateaddress", R"(["bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku203"])"),
            R"({"isvalid":false,"error_locations":[43],"error":"Invalid Bech32 checksum"})");
}

constexpr const char* kInput =
    R"([{"txid":"0000000000000000000000000000000000000000000000000000000000000001","vout":3}])";

TEST_F(RawTransaction, CreateAndDecode) {
  const auto create = [&](const std::string& rest) { return "[" + std::string{kInput} + "," + rest + "]"; };
  const std::string hex = text("createrawtransaction", create(R"([{"data":"00ff"},{"bcrt1pamhqk96edn":0.5}],7,false)"));
  const json::Value decoded = result("decoderawtransaction", "[" + hex + "]");
  EXPECT_EQ(*decoded.find("locktime")->as_int64(), 7);
  EXPECT_EQ(*decoded.find("vin")->items()[0].find("sequence")->as_int64(), 0xfffffffe);
  EXPECT_EQ(*decoded.find("vout")->items()[0].find("scriptPubKey")->find("asm")->as_string(), "OP_RETURN -32512");
  EXPECT_EQ(json::to_text(*decoded.find("vout")->items()[1].find("value")), "0.50000000");
  EXPECT_EQ(decoded.find("hex"), nullptr);

  const auto refused = [&](const std::string& rest) { return error("createrawtransaction", create(rest)); };
  EXPECT_EQ(refused(R"([{"x":1}])"), "-5 Invalid Bitcoin address: x");
  EXPECT_EQ(refused(R"([{"data":"00"},{"data":"01"}])"), "-8 Invalid parameter, duplicate key: data");
  EXPECT_EQ(refused(R"([{"data":"zz"}])"), "-8 Data must be hexadecimal string (not 'zz')");
  EXPECT_EQ(refused(R"([{"bcrt1pamhqk96edn":1},{"bcrt1pamhqk96edn":1}])"),
            "-8 Invalid parameter, duplicated address: bcrt1pamhqk96edn");
  EXPECT_EQ(refused(R"([{"bcrt1pamhqk96edn":-1}])"), "-3 Amount out of range");
  EXPECT_EQ(refused(R"([{"bcrt1pamhqk96edn":"1e"}])"), "-3 Invalid amount");
  EXPECT_EQ(refused(R"([{"bcrt1pamhqk96edn":[]}])"), "-3 Amount is not a number or string");
  EXPECT_EQ(refused(R"([{"a":1,"b":1}])"), "-8 Invalid parameter, key-value pair must contain exactly one key");
  EXPECT_EQ(refused(R"([1])"), "-8 Invalid parameter, key-value pair not an object as expected");
  EXPECT_EQ(refused(R"([],-1)"), "-8 Invalid parameter, locktime out of range");
  EXPECT_EQ(refused(R"([],0,true,4)"), "-8 Invalid parameter, version out of range(1~3)");
  EXPECT_EQ(error("createrawtransaction", R"([[{"txid":"00"}],[]])"), "-8 txid must be of length 64 (not 2, for '00')");
  EXPECT_EQ(error("createrawtransaction",
                  R"([[{"txid":"0000000000000000000000000000000000000000000000000000000000000001","vout":-1}],[]])"),
            "-8 Invalid parameter, vout cannot be negative");
}

// Without inputs the plain form begins like the witness form; the scripts decide.
TEST_F(RawTransaction, DecodesWithoutInputs) {
  const std::string hex = text("createrawtransaction", R"([[],[{"bcrt1pamhqk96edn":0.5}]])");
  EXPECT_EQ(*result("decoderawtransaction", "[" + hex + "]").find("vin"), json_of("[]"));
  EXPECT_EQ(error("decoderawtransaction", "[" + hex + ",true]"),
            "-22 TX decode failed. Make sure the tx has at least one input.");
  EXPECT_EQ(error("decoderawtransaction", R"(["00"])"),
            "-22 TX decode failed. Make sure the tx has at least one input.");
  EXPECT_EQ(error("decoderawtransaction", R"(["zz"])"),
            "-22 TX decode failed. Make sure the tx has at least one input.");
}

TEST_F(RawTransaction, FromBlocks) {
  KEPENG_NEED_VECTORS();
  add_vector_chain();
  const std::string block = "\"" + engine().view()->at(102)->hash.to_string() + "\"";
  const json::Value full = result("getblock", "[" + block + ",3]");
  const json::Value& payment = full.find("tx")->items()[1];
  const std::string txid = json::to_text(*payment.find("txid"));
  EXPECT_EQ(result("getrawtransaction", "[" + txid + ",0," + block + "]"), *payment.find("hex"));
  const json::Value found = result("getrawtransaction", "[" + txid + ",2," + block + "]");
  EXPECT_EQ(*found.find("vin"), *payment.find("vin"));
  EXPECT_EQ(*found.find("fee"), *payment.find("fee"));
  EXPECT_EQ(*found.find("in_active_chain")->as_bool(), true);
  EXPECT_EQ(*found.find("confirmations")->as_int64(), 2);
  EXPECT_EQ(result("getrawtransaction", "[" + txid + ",1," + block + "]").find("fee"), nullptr);
  EXPECT_EQ(error("getrawtransaction", "[" + txid + "]"),
            "-5 No such mempool transaction. Use -txindex or provide a block hash to enable blockchain transaction "
            "queries. Use gettransaction for wallet transactions.");
  const std::string other = "\"" + engine().view()->at(101)->hash.to_string() + "\"";
  EXPECT_EQ(error("getrawtransaction", "[" + txid + ",0," + other + "]"),
            "-5 No such transaction found in the provided block. Use gettransaction for wallet transactions.");
  const std::string genesis = engine().network().genesis->transactions()[0].txid.to_string();
  EXPECT_EQ(error("getrawtransaction", "[\"" + genesis + "\"]"),
            "-5 The genesis block coinbase is not considered an ordinary transaction and cannot be retrieved");
}

TEST_F(RawTransaction, C133_DescriptorMethods) {
  const std::string key = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
  const json::Value info = result("getdescriptorinfo", "[\"pkh(" + key + ")\"]");
  EXPECT_EQ(*info.find("descriptor")->as_string(), "pkh(" + key + ")#8fhd9pwu");
  EXPECT_EQ(*info.find("checksum")->as_string(), "8fhd9pwu");
  EXPECT_EQ(text("deriveaddresses", "[\"pkh(" + key + ")#8fhd9pwu\"]"), R"(["mg8Jz5776UdyiYcBb9Z873NTozEiADRW5H"])");
  EXPECT_EQ(error("deriveaddresses", "[\"pkh(" + key + ")\"]"), "-5 Missing checksum");
  EXPECT_EQ(error("deriveaddresses", R"(["raw(51)#8lvh9jxk"])"), "-5 Descriptor does not have a corresponding address");
  const std::string ranged =
      R"("tr(tpubD6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ)"
      R"(76uZPStJRJCTKvosUCJZL5B/0/*)#clxu8lez")";
  EXPECT_EQ(result("deriveaddresses", "[" + ranged + ",2]"), result("deriveaddresses", "[" + ranged + ",[0,2]]"));
  const auto refused = [&](const std::string& range) {
    return error("deriveaddresses", "[" + ranged + "," + range + "]");
  };
  EXPECT_EQ(refused("-1"), "-8 Range should be greater or equal than 0");
  EXPECT_EQ(refused("[2,1]"), "-8 Range specified as [begin,end] must not have begin after end");
  EXPECT_EQ(refused("2147483648"), "-8 End of range is too high");
  EXPECT_EQ(refused("1000000"), "-8 Range is too large");
  EXPECT_EQ(refused("[1]"), "-8 Range must be specified as end or as [begin,end]");
}

}  // namespace
}  // namespace kepeng::rpc
