// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <sstream>

#include <kepeng/base/hex.h>
#include <kepeng/json/writer.h>
#include <kepeng/params/network.h>
#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/tools/tools.h>

#include "support/vectors.h"

namespace kepeng::tools {
namespace {

struct Answer {
  int status = 0;
  std::string out;
  std::string err;
};

Answer call(const std::vector<std::string>& arguments, const std::string& input = "") {
  std::istringstream in{input};
  std::ostringstream out;
  std::ostringstream err;
  const int status = run(arguments, {in, out, err});
  return {status, out.str(), err.str()};
}

TEST(Util, AnswersTheRecordedCallsOfTheUtilityTool) {
  KEPENG_NEED_VECTORS();
  const auto cases = test::read_shared_json("vectors/rpc/tx_util/bitcoin-util-test.json");
  int count = 0;
  for (const auto& row : cases.GetArray()) {
    if (std::string_view{row["exec"].GetString()} != "./bitcoin-util") continue;
    std::vector<std::string> arguments;
    for (const auto& argument : row["args"].GetArray()) arguments.emplace_back(argument.GetString());
    const Answer answer = call(arguments);
    SCOPED_TRACE(arguments[0]);
    EXPECT_EQ(answer.status, row["return_code"].GetInt());
    if (row.HasMember("error_txt")) {
      EXPECT_NE(answer.err.find(row["error_txt"].GetString()), std::string::npos) << answer.err;
    }
    if (row.HasMember("output_cmp")) {
      const std::string file = row["output_cmp"].GetString();
      EXPECT_EQ(answer.out, test::read_shared_text("vectors/rpc/chainparams/" + file)) << file;
    }
    ++count;
  }
  EXPECT_EQ(count, 12);
}

TEST(Util, ChainsMayBeNamedInOneOption) {
  EXPECT_EQ(call({"-chain=test", "getchainparams"}).out, call({"--testnet", "getchainparams"}).out);
  EXPECT_EQ(call({"getchainparams", "-chain=main"}).out, call({"getchainparams"}).out);
  EXPECT_EQ(call({"-chain=other", "getchainparams"}).status, 1);
  EXPECT_EQ(call({"-signet", "-signetchallenge=xyz", "getchainparams"}).status, 1);
  EXPECT_EQ(call({"-nonsense"}).err, "Error parsing command line arguments: Invalid parameter -nonsense\n");
  EXPECT_EQ(call({}).err, "Error: must specify a command\n");
  const Answer help = call({"-help"});
  EXPECT_EQ(help.status, 0);
  for (const char* word : {"checkblock", "verifyinput", "grind", "getchainparams", "-spent"}) {
    EXPECT_NE(help.out.find(word), std::string::npos) << word;
  }
}

TEST(Util, GrindFindsANonce) {
  const auto network = params::make_network({.network = params::Network::Regtest}).value();
  BlockHeader header = network.genesis->header();
  header.time = 1'700'000'000;
  header.target = {0x1f7fffff};  // five hundred tries
  const Answer answer = call({"grind", to_hex(header.encode())});
  ASSERT_EQ(answer.status, 0) << answer.err;
  ASSERT_EQ(answer.out.size(), 161u);
  const Bytes raw = test::unhex(answer.out.substr(0, 160));
  const BlockHeader found = BlockHeader::decode(raw.data());
  EXPECT_TRUE(meets_target(found.hash(), found.target, network.pow_limit));
  header.nonce = found.nonce;
  EXPECT_EQ(found, header);
  header.target = {0x1d80ffff};
  EXPECT_EQ(call({"grind", to_hex(header.encode())}).err, "Could not satisfy difficulty target\n");
  EXPECT_EQ(call({"grind", to_hex(header.encode()) + "00"}).err, "Could not decode block header\n");
}

std::vector<std::string> check_arguments(const std::vector<std::string>& row) {
  std::vector<std::string> arguments{"checkblock", test::shared_path("chain/" + row[3]),
                                     "-chain=" + (row[0] == "testnet3" ? "test" : row[0])};
  if (!row[1].empty()) arguments.push_back("-height=" + row[1]);
  if (!row[4].empty()) arguments.push_back("-spent=" + test::shared_path("chain/" + row[4]));
  return arguments;
}

TEST(Util, CheckBlockAcceptsRealBlocksAndCountsTheirInputs) {
  KEPENG_NEED_VECTORS();
  int blocks = 0;
  for (const auto& row : test::read_shared_csv("chain/blocks/index.csv")) {
    // The largest are judged by the same functions in the tests of consensus.
    if (row[0] == "network" || std::stoul(row[6]) > 2'000) continue;
    const Answer answer = call(check_arguments(row));
    EXPECT_EQ(answer.status, 0) << row[2] << answer.err;
    EXPECT_EQ(answer.out, "") << row[2];
    const std::string verified = row[4].empty() ? "0" : row[10];
    EXPECT_EQ(answer.err, "verified " + verified + " of " + row[6] + " inputs\n") << row[2];
    ++blocks;
  }
  EXPECT_GT(blocks, 40);
}

class SpoiledBlock : public testing::Test {
 protected:
  void SetUp() override {
    KEPENG_NEED_VECTORS();
    for (const auto& candidate : test::read_shared_csv("chain/blocks/index.csv")) {
      if (candidate[1] == "757739") row_ = candidate;
    }
    ASSERT_FALSE(row_.empty());
    block_ = test::read_shared("chain/" + row_[3]);
    spent_ = test::read_shared("chain/" + row_[4]);
  }
  static std::string write(const std::string& name, const Bytes& bytes) {
    const std::string path = testing::TempDir() + name;
    std::ofstream{path, std::ios::binary}.write(reinterpret_cast<const char*>(bytes.data()),
                                                static_cast<std::streamsize>(bytes.size()));
    return path;
  }
  Answer check(const Bytes& block, const Bytes& spent, const std::string& height = "757739") {
    return call(
        {"checkblock", write("kepeng_block", block), "-height=" + height, "-spent=" + write("kepeng_spent", spent)});
  }

  std::vector<std::string> row_;
  Bytes block_;
  Bytes spent_;
};

TEST_F(SpoiledBlock, EachGetsItsReason) {
  EXPECT_EQ(check(block_, spent_).status, 0);
  Bytes changed = block_;
  changed[40] ^= 1;
  EXPECT_EQ(check(changed, spent_).out, "high-hash\n");
  changed = block_;
  changed.back() ^= 1;  // the last lock time
  EXPECT_EQ(check(changed, spent_).out, "bad-txnmrklroot\n");
  changed = block_;
  changed.pop_back();
  EXPECT_EQ(check(changed, spent_).out, "Block decode failed: the bytes end too early\n");
  changed = block_;
  changed.push_back(0);
  EXPECT_EQ(check(changed, spent_).out, "Block decode failed: bytes follow the end\n");
  EXPECT_EQ(check(block_, spent_, "757740").out, "bad-cb-height\n");
}

TEST_F(SpoiledBlock, CoinsDecideAmountsAndScripts) {
  // The first record begins behind 44 bytes: value, height, coinbase, length of the script, script.
  constexpr std::size_t kFirst = 44;
  Bytes changed = spent_;
  store_le(changed.data() + kFirst, std::int64_t{0});
  EXPECT_EQ(check(block_, changed).out, "bad-txns-in-belowout\n");
  changed = spent_;
  store_le(changed.data() + kFirst, std::int64_t{2'100'000'000'000'001});
  EXPECT_EQ(check(block_, changed).out, "bad-txns-inputvalues-outofrange\n");
  changed = spent_;
  store_le(changed.data() + kFirst + 8, std::uint32_t{757'700});
  changed[kFirst + 12] = 1;
  EXPECT_EQ(check(block_, changed).out, "bad-txns-premature-spend-of-coinbase\n");
  changed = spent_;
  changed[kFirst + 14 + 5] ^= 1;
  const Answer refused = check(block_, changed);
  EXPECT_EQ(refused.status, 1);
  EXPECT_TRUE(refused.out.starts_with("block-script-verify-flag-failed (")) << refused.out;
  // Damaged or foreign files are mistakes of the caller.
  changed = spent_;
  changed.pop_back();
  EXPECT_EQ(check(block_, changed).err, "the file of spent outputs is damaged\n");
  changed = spent_;
  changed[10] ^= 1;
  EXPECT_EQ(check(block_, changed).err, "the file of spent outputs belongs to another block\n");
  EXPECT_EQ(check(block_, {}).err, "the file of spent outputs is no KSPO file of version 1\n");
  EXPECT_EQ(call({"checkblock", "/nowhere"}).err, "Cannot read /nowhere\n");
  EXPECT_EQ(call({"checkblock"}).status, 1);
}

// One line of input for `verifyinput`.
struct Line {
  std::string tx;
  std::vector<std::pair<std::int64_t, std::string>> prevouts;  // empty script and -1: not known
  std::uint32_t input = 0;
  std::string flags;
  const rapidjson::Value* replacement = nullptr;  // scriptSig and witness

  std::string text() const {
    std::string line;
    json::Writer out{line};
    out.begin_object();
    out.field("tx", tx);
    out.key("prevouts");
    out.begin_array();
    for (const auto& [value, script] : prevouts) {
      if (value < 0) {
        out.null();
        continue;
      }
      out.begin_object();
      out.field("value", value);
      out.field("script", script);
      out.end_object();
    }
    out.end_array();
    out.field("input", input);
    out.field("flags", flags);
    if (replacement != nullptr) {
      out.field("scriptsig", std::string_view{(*replacement)["scriptSig"].GetString()});
      out.key("witness");
      out.begin_array();
      for (const auto& item : (*replacement)["witness"].GetArray()) out.string(item.GetString());
      out.end_array();
    }
    out.end_object();
    return line + "\n";
  }
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(VerifyInput, OddInputsOfRealChains) {
  KEPENG_NEED_VECTORS();
  const auto cases = test::read_shared_json("vectors/script/odd_chain_inputs.json");
  std::string input;
  std::vector<bool> wanted;
  for (const auto& row : cases.GetArray()) {
    Line line;
    line.tx = row["tx"].GetString();
    line.input = row["input"].GetUint();
    const auto tx = parse_transaction(test::unhex(line.tx));
    ASSERT_TRUE(tx.ok());
    line.prevouts.assign((*tx)->inputs.size(), {-1, ""});
    for (const auto& prevout : row["prevouts"].GetArray()) {
      line.prevouts[prevout["input"].GetUint()] = {prevout["value"].GetInt64(), prevout["script_pubkey"].GetString()};
    }
    for (const auto& result : row["results"].GetObject()) {
      line.flags = result.name.GetString();
      input += line.text();
      wanted.push_back(std::string_view{result.value.GetString()} == "OK");
    }
  }
  const Answer answer = call({"verifyinput"}, input);
  EXPECT_EQ(answer.status, 0);
  const auto verdicts = lines_of(answer.out);
  ASSERT_EQ(verdicts.size(), wanted.size());
  EXPECT_EQ(verdicts.size(), 46u * 18u);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    EXPECT_EQ(verdicts[i] == "OK", wanted[i]) << i << " " << verdicts[i];
    EXPECT_FALSE(verdicts[i].starts_with("ERROR")) << verdicts[i];
  }
}

TEST(VerifyInput, TaprootSpendsWithReplacedWitnesses) {
  KEPENG_NEED_VECTORS();
  std::string input;
  std::vector<bool> wanted;
  std::deque<rapidjson::Document> documents;
  for (const std::string& text : test::read_shared_xz_lines("vectors/taproot/script_assets_a.jsonl.xz")) {
    if (documents.size() == 600) break;
    const auto& row = documents.emplace_back(test::parse_json(text));
    Line line;
    line.tx = row["tx"].GetString();
    line.input = row["index"].GetUint();
    line.flags = row["flags"].GetString();
    for (const auto& prevout : row["prevouts"].GetArray()) {
      const Bytes raw = test::unhex(prevout.GetString());
      Cursor cursor{raw};
      const auto value = cursor.read_le<std::int64_t>();
      line.prevouts.emplace_back(value, to_hex(cursor.read_var_bytes()));
    }
    for (const char* kind : {"success", "failure"}) {
      if (!row.HasMember(kind)) continue;
      line.replacement = &row[kind];
      input += line.text();
      wanted.push_back(std::string_view{kind} == "success");
    }
  }
  const auto verdicts = lines_of(call({"verifyinput"}, input).out);
  ASSERT_EQ(verdicts.size(), wanted.size());
  EXPECT_GT(verdicts.size(), 1'000u);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    EXPECT_EQ(verdicts[i] == "OK", wanted[i]) << i << " " << verdicts[i];
    EXPECT_FALSE(verdicts[i].starts_with("ERROR")) << verdicts[i];
  }
}

TEST(VerifyInput, NamesTheErrorAndSurvivesBadLines) {
  MutableTransaction tx;
  tx.inputs.resize(2);
  tx.inputs[0].script_sig = {0x51};
  tx.outputs.push_back({Amount{1}, {}});
  Line line;
  line.tx = to_hex(tx.serialize());
  line.prevouts = {{5, "51"}, {-1, ""}};
  const std::string good = line.text();
  line.prevouts[0].second = "00";
  const std::string is_false = line.text();
  line.prevouts[0].second = "5120" + std::string(64, '1');
  line.flags = "P2SH,WITNESS,TAPROOT";
  const std::string unknown_coin = line.text();
  line.input = 1;
  const std::string unknown_own = line.text();
  line.input = 2;
  const std::string no_input = line.text();
  line.input = 0;
  line.flags = "P2SH,NEVER";
  const std::string no_flag = line.text();
  const Answer answer = call({"verifyinput"}, good + "\n" + is_false + "{\n" + "[]\n" + unknown_own + no_input +
                                                  no_flag + "{\"tx\":\"00\"}\n" + unknown_coin + good);
  EXPECT_EQ(answer.status, 1);
  const auto verdicts = lines_of(answer.out);
  ASSERT_EQ(verdicts.size(), 10u);
  EXPECT_EQ(verdicts[0], "OK");
  EXPECT_EQ(verdicts[1], "EVAL_FALSE");
  EXPECT_TRUE(verdicts[2].starts_with("ERROR: no JSON"));
  EXPECT_EQ(verdicts[3], "ERROR: tx must be hex");
  EXPECT_EQ(verdicts[4], "ERROR: the prevout of the input is not known");
  EXPECT_EQ(verdicts[5], "ERROR: tx has no such input");
  EXPECT_EQ(verdicts[6], "ERROR: unknown flag NEVER");
  EXPECT_EQ(verdicts[7], "ERROR: tx cannot be decoded: the bytes end too early");
  EXPECT_NE(verdicts[8], "OK");
  EXPECT_EQ(verdicts[9], "OK");
  EXPECT_EQ(call({"verifyinput", "x"}).status, 1);
}

}  // namespace
}  // namespace kepeng::tools
