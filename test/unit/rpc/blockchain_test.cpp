// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/coins/coin_walk.h>
#include <kepeng/storage/snapshot_file.h>

#include "chain_fixture.h"

namespace kepeng::rpc {
namespace {

const char* const kNullHash = R"("0000000000000000000000000000000000000000000000000000000000000000")";

class Blockchain : public testing::Test, public ChainFixture {
 protected:
  void SetUp() override {
    KEPENG_NEED_VECTORS();
    add_vector_chain();
  }
  std::string hash_at(Height height) { return engine().view()->at(height)->hash.to_string(); }
  std::string quoted_hash_at(Height height) { return "\"" + hash_at(height) + "\""; }
};

// Objects compare by their members, whatever the order.
void expect_same(const json::Value& found, const json::Value& expected, const std::string& what) {
  EXPECT_EQ(found.size(), expected.size()) << what;
  for (const json::Member& member : expected.members()) {
    const json::Value* own = found.find(member.key);
    ASSERT_NE(own, nullptr) << what << " lacks " << member.key;
    if (member.value.is_object()) {
      expect_same(*own, member.value, what + "." + member.key);
    } else {
      EXPECT_EQ(json::to_text(*own), json::to_text(member.value)) << what << "." << member.key;
    }
  }
}

TEST_F(Blockchain, BlockStatisticsAreThoseOfTheVectors) {
  const json::Value vectors = json_of(test::read_shared_text("vectors/rpc/rpc_getblockstats.json"));
  unsigned cases = 0;
  unsigned figures = 0;
  for (const json::Value& expected : vectors.find("stats")->items()) {
    const std::string& height = *expected.find("height")->as_number_text();
    const std::string hash = json::to_text(*expected.find("blockhash"));
    expect_same(result("getblockstats", "[" + height + "]"), expected, height);
    expect_same(result("getblockstats", "[" + hash + "]"), expected, hash);
    for (const json::Member& member : expected.members()) {
      const json::Value one = result("getblockstats", "[" + height + ",[\"" + member.key + "\"]]");
      EXPECT_EQ(one.size(), 1u);
      EXPECT_EQ(json::to_text(*one.find(member.key)), json::to_text(member.value)) << member.key;
      ++figures;
    }
    ++cases;
  }
  EXPECT_EQ(cases, 3u);
  EXPECT_EQ(figures, 3u * 31);
}

TEST_F(Blockchain, BlockStatisticsOfGenesisAndErrors) {
  const json::Value genesis = result("getblockstats", "[0]");
  EXPECT_EQ(*genesis.find("utxo_increase")->as_int64(), 1);
  EXPECT_EQ(*genesis.find("utxo_increase_actual")->as_int64(), 0);
  EXPECT_EQ(*genesis.find("utxo_size_inc")->as_int64(), 116);
  EXPECT_EQ(error("getblockstats", "[-1]"), "-8 Target block height -1 is negative");
  EXPECT_EQ(error("getblockstats", "[104]"), "-8 Target block height 104 after current tip 103");
  EXPECT_EQ(error("getblockstats", "[\"x\"]"), "-8 hash_or_height must be of length 64 (not 1, for 'x')");
  EXPECT_EQ(error("getblockstats", std::string{"["} + kNullHash + "]"), "-5 Block not found");
  EXPECT_EQ(error("getblockstats", "[1,[\"minfee\",\"asdfghjkl\"]]"), "-8 Invalid selected statistic 'asdfghjkl'");
}

TEST_F(Blockchain, HeadersAndBlocks) {
  const json::Value tip = result("getblockheader", "[" + quoted_hash_at(103) + "]");
  EXPECT_EQ(*tip.find("confirmations")->as_int64(), 1);
  EXPECT_EQ(tip.find("nextblockhash"), nullptr);
  EXPECT_EQ(*tip.find("previousblockhash")->as_string(), hash_at(102));
  const json::Value genesis = result("getblockheader", "[" + quoted_hash_at(0) + "]");
  EXPECT_EQ(genesis.find("previousblockhash"), nullptr);
  EXPECT_EQ(*genesis.find("nextblockhash")->as_string(), hash_at(1));
  EXPECT_EQ(result("getblockheader", "[" + quoted_hash_at(5) + ",false]").as_string()->size(), 160u);

  const std::string hex = *result("getblock", "[" + quoted_hash_at(103) + ",0]").as_string();
  EXPECT_EQ(parse_block(test::unhex(hex)).value()->hash().to_string(), hash_at(103));
  EXPECT_EQ(text("getblock", "[" + quoted_hash_at(103) + ",false]"), "\"" + hex + "\"");
  EXPECT_EQ(text("getblock", "[" + quoted_hash_at(103) + ",true]"),
            text("getblock", "[" + quoted_hash_at(103) + ",1]"));

  const json::Value full = result("getblock", "[" + quoted_hash_at(102) + ",3]");
  const json::Value& payment = full.find("tx")->items()[1];
  EXPECT_EQ(json::to_text(*payment.find("fee")), "0.00004440");
  const json::Value* prevout = payment.find("vin")->items()[0].find("prevout");
  ASSERT_NE(prevout, nullptr);
  EXPECT_EQ(*prevout->find("generated")->as_bool(), true);
  EXPECT_EQ(json::to_text(*prevout->find("value")), "50.00000000");
  const json::Value plain = result("getblock", "[" + quoted_hash_at(102) + ",2]");
  EXPECT_EQ(plain.find("tx")->items()[1].find("vin")->items()[0].find("prevout"), nullptr);
  EXPECT_NE(plain.find("tx")->items()[1].find("fee"), nullptr);

  EXPECT_EQ(error("getblock", std::string{"["} + kNullHash + "]"), "-5 Block not found");
  EXPECT_EQ(error("getblock", "[" + quoted_hash_at(1) + ",\"2\"]"),
            "-3 JSON value of type string is not of expected type number");
  EXPECT_EQ(error("getblockhash", "[104]"), "-8 Block height out of range");
  EXPECT_EQ(error("getblockhash", "[-1]"), "-8 Block height out of range");
}

// A branch of two blocks gets shorter than the tip: each kind of end is named.
TEST_F(Blockchain, ChainTips) {
  EXPECT_EQ(text("getchaintips"),
            R"([{"height":103,"hash":")" + hash_at(103) + R"(","branchlen":0,"status":"active"}])");
  const std::string old_tip = hash_at(103);
  ASSERT_TRUE(engine().invalidate(engine().view()->tip()).ok());
  const json::Value tips = result("getchaintips");
  ASSERT_EQ(tips.size(), 2u);
  EXPECT_EQ(json::to_text(tips.items()[0]),
            R"({"height":103,"hash":")" + old_tip + R"(","branchlen":1,"status":"invalid"})");
  EXPECT_EQ(json::to_text(tips.items()[1]),
            R"({"height":102,"hash":")" + hash_at(102) + R"(","branchlen":0,"status":"active"})");
  EXPECT_EQ(*result("getblockheader", "[\"" + old_tip + "\"]").find("confirmations")->as_int64(), -1);
}

TEST_F(Blockchain, HeadersOnlyTip) {
  BlockHeader header = engine().view()->tip()->header;
  header.previous = engine().view()->tip()->hash;
  header.time += 600;
  while (!meets_target(header.hash(), header.target, engine().network().pow_limit)) ++header.nonce;
  clock().mock(header.unix_time());
  ASSERT_TRUE(engine().submit_header(header).value().ok());
  const json::Value tips = result("getchaintips");
  ASSERT_EQ(tips.size(), 2u);
  EXPECT_EQ(*tips.items()[0].find("status")->as_string(), "headers-only");
  EXPECT_EQ(*tips.items()[0].find("branchlen")->as_int64(), 1);
  EXPECT_EQ(*result("getblockchaininfo").find("headers")->as_int64(), 104);
  EXPECT_EQ(error("getblock", "[\"" + header.hash().to_string() + "\"]"),
            "-1 Block not available (not fully downloaded)");
}

TEST_F(Blockchain, ChainInfo) {
  const json::Value info = result("getblockchaininfo");
  EXPECT_EQ(*info.find("chain")->as_string(), "regtest");
  EXPECT_EQ(*info.find("blocks")->as_int64(), 103);
  EXPECT_EQ(*info.find("bestblockhash")->as_string(), hash_at(103));
  EXPECT_EQ(*info.find("bits")->as_string(), "207fffff");
  EXPECT_EQ(*info.find("pruned")->as_bool(), false);
  EXPECT_EQ(info.find("pruneheight"), nullptr);
  EXPECT_TRUE(info.find("warnings")->is_array());
  services().warnings = [] { return std::vector<std::string>{"one", "two"}; };
  EXPECT_EQ(json::to_text(*result("getblockchaininfo").find("warnings")), R"(["one","two"])");
  services().deprecated = {"warnings"};
  EXPECT_EQ(json::to_text(*result("getblockchaininfo").find("warnings")), R"("two")");
  const json::Value states = result("getchainstates");
  ASSERT_EQ(states.find("chainstates")->size(), 1u);
  EXPECT_EQ(*states.find("chainstates")->items()[0].find("validated")->as_bool(), true);
}

TEST_F(Blockchain, TransactionStatistics) {
  EXPECT_EQ(error("getchaintxstats", "[103]"),
            "-8 Invalid block count: should be between 0 and the block's height - 1");
  EXPECT_EQ(error("getchaintxstats", "[-1]"), "-8 Invalid block count: should be between 0 and the block's height - 1");
  const json::Value all = result("getchaintxstats");
  EXPECT_EQ(*all.find("window_block_count")->as_int64(), 102);
  const json::Value none = result("getchaintxstats", "[0]");
  EXPECT_EQ(none.find("window_interval"), nullptr);
  const json::Value one = result("getchaintxstats", "[1," + quoted_hash_at(102) + "]");
  EXPECT_EQ(*one.find("window_tx_count")->as_int64(), 2);
  EXPECT_EQ(*one.find("window_final_block_height")->as_int64(), 102);
}

// --- coins -----------------------------------------------------------------------------------------------------------

TEST_F(Blockchain, OneOutput) {
  const json::Value block = result("getblock", "[" + quoted_hash_at(102) + ",2]");
  const std::string txid = json::to_text(*block.find("tx")->items()[1].find("txid"));
  const json::Value found = result("gettxout", "[" + txid + ",0]");
  EXPECT_EQ(*found.find("coinbase")->as_bool(), false);
  EXPECT_EQ(*found.find("bestblock")->as_string(), hash_at(103));
  EXPECT_EQ(text("gettxout", "[" + txid + ",7]"), "null");
  EXPECT_EQ(text("gettxout", std::string{"["} + kNullHash + ",0]"), "null");
  EXPECT_EQ(error("gettxout", "[" + txid + ",-1]"), "-1 JSON integer out of range");
  EXPECT_EQ(error("gettxout", "[\"x\",0]"), "-8 txid must be of length 64 (not 1, for 'x')");
}

TEST_F(Blockchain, SetInfoCountsWhatTheBlocksMade) {
  const json::Value info = result("gettxoutsetinfo", R"(["none"])");
  EXPECT_EQ(info.find("hash_serialized_3"), nullptr);
  EXPECT_EQ(*info.find("height")->as_int64(), 103);
  std::int64_t change = 0;
  for (Height height = 0; height <= 103; ++height) {
    change += *result("getblockstats", "[" + std::to_string(height) + "]").find("utxo_increase_actual")->as_int64();
  }
  EXPECT_EQ(*info.find("txouts")->as_int64(), change);
  EXPECT_EQ(error("gettxoutsetinfo", R"(["foohash"])"), "-8 'foohash' is not a valid hash_type");
  EXPECT_EQ(error("gettxoutsetinfo", R"(["none",1])"), "-8 Querying specific block heights requires coinstatsindex");
}

// Undoing blocks and redoing them gives the same set, whichever way it is hashed.
TEST_F(Blockchain, SetHashesFollowTheChain) {
  const std::string before = text("gettxoutsetinfo");
  const json::Value muhash_before = result("gettxoutsetinfo", R"(["muhash"])");
  const chain::Entry* entry = engine().view()->at(102);
  ASSERT_TRUE(engine().invalidate(entry).ok());
  EXPECT_NE(text("gettxoutsetinfo"), before);
  ASSERT_TRUE(engine().reconsider(entry).ok());
  const json::Value after = result("gettxoutsetinfo");
  EXPECT_EQ(json::to_text(*after.find("hash_serialized_3")), json::to_text(*json_of(before).find("hash_serialized_3")));
  EXPECT_EQ(json::to_text(*result("gettxoutsetinfo", R"(["muhash"])").find("muhash")),
            json::to_text(*muhash_before.find("muhash")));
}

storage::Coin coin_of(std::int64_t sats) {
  return {Amount{sats}, Bytes{0x51}, 1, false};
}

// Changes are merged in at their places: new transactions, new and lost outputs of known ones, in the order of indexes.
TEST_F(Blockchain, WalkSeesTheOverlay) {
  const validation::CoinSnapshot snapshot = engine().coin_snapshot().value();
  coins::CoinGroup group;
  coins::CoinWalk plain{snapshot.coins, nullptr};
  ASSERT_TRUE(plain.next(group).value());
  const coins::CoinGroup first = group;
  ASSERT_EQ(first.coins.size(), 1u);
  const auto env = posix_env();
  const auto overlay = coins::CoinOverlay::create(*env, services().data_directory + "/overlay").value();
  Txid last;
  last.bytes.fill(0xff);
  const auto set = [&](const OutPoint& at, std::int64_t sats) {
    ASSERT_TRUE(overlay->set(at, coin_of(sats).view()).ok());
  };
  set({Txid{}, 7}, 1);
  set({first.txid, 20'000}, 2);
  set({first.txid, 300}, 3);
  ASSERT_TRUE(overlay->set_none({first.txid, first.coins[0].index}).ok());
  ASSERT_TRUE(overlay->set_none({last, 0}).ok());
  set({first.txid, 301}, 3);
  ASSERT_TRUE(overlay->set_none({first.txid, 301}).ok());  // the last word counts
  coins::CoinWalk walk{snapshot.coins, std::make_shared<storage::DatabaseIterator>(overlay->changes().value())};
  ASSERT_TRUE(walk.next(group).value());
  EXPECT_TRUE(group.txid.is_null());
  ASSERT_TRUE(walk.next(group).value());
  EXPECT_EQ(group.txid, first.txid);
  ASSERT_EQ(group.coins.size(), 2u);
  EXPECT_EQ(group.coins[0].index, 300u);
  EXPECT_EQ(group.coins[1].index, 20'000u);
  std::size_t groups = 2;
  while (walk.next(group).value()) ++groups;
  EXPECT_EQ(
      groups,
      coins::total_coins(coins::CoinWalk{snapshot.coins, nullptr}, coins::CoinHash::None, {}).value().transactions + 1);
}

TEST_F(Blockchain, WalkStopsWhenItIsTold) {
  const validation::CoinSnapshot snapshot = engine().coin_snapshot().value();
  const auto env = posix_env();
  const auto overlay = coins::CoinOverlay::create(*env, services().data_directory + "/overlay").value();
  for (std::uint32_t i = 0; i < 10'000; ++i) {  // enough transactions that the walk asks
    Txid txid;
    store_be(txid.bytes.data(), i << 16);
    ASSERT_TRUE(overlay->set({txid, 0}, coin_of(1).view()).ok());
  }
  const auto changes = std::make_shared<storage::DatabaseIterator>(overlay->changes().value());
  double asked_at = 0;
  const auto walked =
      coins::total_coins(coins::CoinWalk{snapshot.coins, changes}, coins::CoinHash::None, [&](double share) {
        asked_at = share;
        return false;
      });
  ASSERT_FALSE(walked.ok());
  EXPECT_EQ(walked.error().kind, FaultKind::Interrupted);
  EXPECT_GT(asked_at, 0.05);
  EXPECT_LT(asked_at, 0.07);
}

// --- snapshots -------------------------------------------------------------------------------------------------------

TEST_F(Blockchain, SnapshotOfTheTip) {
  const json::Value dumped = result("dumptxoutset", R"(["utxo.dat","latest"])");
  const std::string path = *dumped.find("path")->as_string();
  EXPECT_EQ(path, services().data_directory + "/utxo.dat");
  const json::Value info = result("gettxoutsetinfo");
  EXPECT_EQ(json::to_text(*dumped.find("txoutset_hash")), json::to_text(*info.find("hash_serialized_3")));
  EXPECT_EQ(json::to_text(*dumped.find("coins_written")), json::to_text(*info.find("txouts")));
  EXPECT_EQ(*dumped.find("base_height")->as_int64(), 103);
  const auto env = posix_env();
  auto reader = storage::SnapshotReader::open(*env, path).value();
  EXPECT_EQ(reader.header().base.to_string(), hash_at(103));
  storage::SnapshotCoin coin;
  while (reader.next(coin).value()) continue;
  EXPECT_EQ(static_cast<std::int64_t>(reader.coins_read()), *info.find("txouts")->as_int64());
  EXPECT_EQ(error("dumptxoutset", R"(["utxo.dat","latest"])"),
            "-8 " + path + " already exists. If you are sure this is what you want, move it out of the way first");
}

// The coins of an earlier block, made by rolling back beside the chain, are those that the chain had there.
TEST_F(Blockchain, SnapshotOfAnEarlierBlock) {
  const json::Value dumped = result("dumptxoutset", R"({"path":"old.dat","rollback":101})");
  EXPECT_EQ(*dumped.find("base_height")->as_int64(), 101);
  EXPECT_EQ(engine().view()->height(), 103);
  ASSERT_TRUE(engine().invalidate(engine().view()->at(102)).ok());
  const json::Value info = result("gettxoutsetinfo");
  EXPECT_EQ(*info.find("height")->as_int64(), 101);
  EXPECT_EQ(json::to_text(*dumped.find("txoutset_hash")), json::to_text(*info.find("hash_serialized_3")));
  EXPECT_EQ(json::to_text(*dumped.find("coins_written")), json::to_text(*info.find("txouts")));
}

TEST_F(Blockchain, SnapshotErrors) {
  EXPECT_EQ(error("dumptxoutset", R"(["x.dat"])"),
            "-8 Invalid snapshot type \"\" specified. Please specify \"rollback\" or \"latest\"");
  EXPECT_EQ(error("dumptxoutset", R"(["x.dat","newest"])"),
            "-8 Invalid snapshot type \"newest\" specified. Please specify \"rollback\" or \"latest\"");
  EXPECT_EQ(error("dumptxoutset", R"(["x.dat","latest",{"rollback":1}])"),
            "-8 Invalid snapshot type \"latest\" specified with rollback option");
  EXPECT_EQ(error("loadtxoutset", R"(["none.dat"])"),
            "-8 Couldn't open file " + services().data_directory + "/none.dat for reading.");
  result("dumptxoutset", R"(["x.dat","latest"])");
  EXPECT_EQ(error("loadtxoutset", R"(["x.dat"])").substr(0, 36), "-32603 Unable to load UTXO snapshot:");
}

// --- proofs ----------------------------------------------------------------------------------------------------------

TEST_F(Blockchain, ProofsOfTransactions) {
  const json::Value block = result("getblock", "[" + quoted_hash_at(103) + "]");
  std::string all = "[";
  for (const json::Value& txid : block.find("tx")->items()) {
    const std::string one = "[" + json::to_text(txid) + "]";
    const std::string proof = text("gettxoutproof", "[" + one + "," + quoted_hash_at(103) + "]");
    EXPECT_EQ(text("verifytxoutproof", "[" + proof + "]"), one);
    all += (all.size() > 1 ? "," : "") + json::to_text(txid);
  }
  all += "]";
  EXPECT_EQ(text("verifytxoutproof", "[" + text("gettxoutproof", "[" + all + "]") + "]"), all);
  EXPECT_EQ(error("gettxoutproof", "[[]]"), "-8 Parameter 'txids' cannot be empty");
  EXPECT_EQ(error("gettxoutproof", std::string{"[["} + kNullHash + "]]"), "-5 Transaction not yet in block");
  EXPECT_EQ(error("gettxoutproof", std::string{"[["} + kNullHash + "]," + quoted_hash_at(1) + "]"),
            "-5 Not all transactions found in specified or retrieved block");
  EXPECT_EQ(error("verifytxoutproof", R"(["00"])"), "-1 SpanReader::read(): end of data: iostream error");
}

// CVE-2017-12842: a proof that claims fewer transactions makes inner nodes look like transactions; it proves nothing.
TEST_F(Blockchain, ProofWithAnotherCountProvesNothing) {
  const BlockPtr block = engine().read_block(engine().view()->at(103)).value();
  ASSERT_GE(block->transactions().size(), 3u);
  const std::string txid = block->transactions()[0].txid.to_string();
  Bytes proof = test::unhex(*result("gettxoutproof", "[[\"" + txid + "\"]," + quoted_hash_at(103) + "]").as_string());
  // With one transaction the root itself is the only leaf.
  Bytes forged(proof.begin(), proof.begin() + BlockHeader::kSize);
  append_le(forged, std::uint32_t{1});
  forged.push_back(1);
  append(forged, block->header().merkle_root.view());
  forged.insert(forged.end(), {1, 1});
  EXPECT_EQ(text("verifytxoutproof", "[\"" + to_hex(forged) + "\"]"), "[]");
  // A header that nobody knows.
  proof[0] ^= 1;
  EXPECT_EQ(error("verifytxoutproof", "[\"" + to_hex(proof) + "\"]"), "-5 Block not found in chain");
}

TEST_F(Blockchain, MiningFacts) {
  const json::Value info = result("getmininginfo");
  EXPECT_EQ(*info.find("blocks")->as_int64(), 103);
  EXPECT_EQ(*info.find("next")->find("height")->as_int64(), 104);
  EXPECT_EQ(error("getnetworkhashps", "[0]"), "-8 Invalid nblocks. Must be a positive number or -1.");
  EXPECT_EQ(error("getnetworkhashps", "[100,104]"), "-8 Block does not exist at specified height");
  EXPECT_EQ(text("getnetworkhashps", "[100,0]"), "0");
}

}  // namespace
}  // namespace kepeng::rpc
