// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Methods on a real engine, in a directory that goes away with the test.

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include <kepeng/base/hex.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/json/reader.h>
#include <kepeng/rpc/dispatch.h>
#include <kepeng/rpc/families.h>
#include <kepeng/storage/chainstate_records.h>

#include <kepeng/mining/block_assembly.h>

namespace kepeng::rpc {
namespace {

namespace fs = std::filesystem;

class EngineMethodsTest : public testing::Test {
 protected:
  EngineMethodsTest() : network_{params::make_network({.network = params::Network::Regtest}).value()} {
    std::string name = fs::temp_directory_path() / "kepeng-rpc-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    services_.network = &network_;
    services_.logger = &logger_;
    services_.clock = &clock_;
    open();
  }
  ~EngineMethodsTest() override {
    close();
    fs::remove_all(directory_);
  }
  void open() {
    validation::EngineOptions options;
    options.data_directory = directory_ / "data";
    options.blocks_directory = directory_ / "data/blocks";
    options.script_threads = 1;
    auto engine = validation::Engine::open({*env_, logger_, clock_, network_}, options);
    ASSERT_TRUE(engine.ok()) << engine.error().message;
    engine_ = std::move(engine).value();
    services_.engine = engine_.get();
    dispatcher_.emplace(services_,
                        std::vector{control_methods(), generate_methods(), submit_methods(), chain_control_methods(),
                                    waiting_methods()},
                        Whitelist{{}});
    dispatcher_->end_warmup();
  }
  void close() {
    dispatcher_.reset();
    if (engine_) {
      EXPECT_TRUE(engine_->close().ok());
    }
    engine_.reset();
  }
  // The result as JSON text, or "code message".
  std::string call(const std::string& method, const std::string& params = "[]") {
    const auto reply = dispatcher_->answer(
        R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}", {"user", "/", {}});
    const auto parsed = json::parse(reply.body);
    EXPECT_TRUE(parsed.ok());
    if (const json::Value* result = parsed->find("result")) return json::to_text(*result);
    const json::Value* error = parsed->find("error");
    return *error->find("code")->as_number_text() + " " + *error->find("message")->as_string();
  }
  void generate(int count) { call("generatetodescriptor", "[" + std::to_string(count) + R"(,"raw(51)#8lvh9jxk"])"); }
  Height height() { return engine_->view()->height(); }
  std::string tip() { return engine_->view()->tip()->hash.to_string(); }
  static std::string quoted(const std::string& text) { return "[\"" + text + "\"]"; }
  // A solved block on the tip that was not submitted, in hex.
  std::string draft() {
    const auto answer = json::parse(call("generateblock", R"(["raw(51)#8lvh9jxk",[],false])"));
    return *answer->find("hex")->as_string();
  }

  fs::path directory_;
  std::unique_ptr<Env> env_ = posix_env();
  Logger logger_;
  Clock clock_;
  params::NetworkParams network_;
  Services services_;
  std::unique_ptr<validation::Engine> engine_;
  std::optional<Dispatcher> dispatcher_;
};

TEST_F(EngineMethodsTest, GeneratedBlocksBecomeTheChain) {
  generate(120);
  EXPECT_EQ(height(), 120);
  EXPECT_EQ(call("generatetodescriptor", R"([0,"raw(51)#8lvh9jxk"])"), "[]");
  EXPECT_EQ(call("generatetodescriptor", R"([1,"raw(51)#8lvh9jxk",0])"), "[]");
  EXPECT_TRUE(call("generatetodescriptor", R"([1,"nonsense"])").starts_with("-5 "));
  EXPECT_EQ(call("generatetoaddress", R"([1,"nonsense"])"), "-5 Error: Invalid address");
  EXPECT_EQ(height(), 120);
}

TEST_F(EngineMethodsTest, B128_SubmitBlockAnswersAsBip22Says) {
  generate(2);
  EXPECT_EQ(call("submitblock", quoted("00")), "-22 Block decode failed");
  EXPECT_EQ(call("submitblock", quoted("zz")), "-22 Block decode failed");
  const std::string block = draft();
  EXPECT_EQ(call("submitblock", quoted(block)), "null");
  EXPECT_EQ(height(), 3);
  EXPECT_EQ(call("submitblock", quoted(block)), "\"duplicate\"");
  EXPECT_EQ(call("invalidateblock", quoted(tip())), "null");
  EXPECT_EQ(height(), 2);
  EXPECT_EQ(call("submitblock", quoted(block)), "\"duplicate-invalid\"");

  // A block beside the tip is kept and not judged.
  clock_.mock({clock_.now().seconds + 60});
  const std::string beside = draft();
  clock_.mock({clock_.now().seconds + 60});
  generate(1);
  EXPECT_EQ(call("submitblock", quoted(beside)), "\"inconclusive\"");
  EXPECT_EQ(call("submitblock", quoted(beside)), "\"duplicate\"");

  // Another merkle root: the hash may meet the easy target or not.
  std::string spoiled = draft();
  spoiled[72] = spoiled[72] == '0' ? '1' : '0';
  const std::string answer = call("submitblock", quoted(spoiled));
  EXPECT_TRUE(answer == "\"high-hash\"" || answer == "\"bad-txnmrklroot\"") << answer;
  // A parent that nobody knows.
  std::string orphan = draft();
  orphan.replace(8, 64, std::string(64, '1'));
  const std::string unknown = call("submitblock", quoted(orphan));
  EXPECT_TRUE(unknown == "\"high-hash\"" || unknown == "\"prev-blk-not-found\"") << unknown;
}

TEST_F(EngineMethodsTest, SubmitBlockFillsInTheCoinbaseWitness) {
  generate(1);
  const auto raw = from_hex(draft());
  const auto block = parse_block(*raw);
  ASSERT_TRUE(block.ok());
  ASSERT_TRUE((*block)->transactions()[0].has_witness());
  const TxPtr bare =
      parse_transaction(MutableTransaction{(*block)->transactions()[0]}.serialize(WitnessForm::Forbidden)).value();
  const Bytes stripped = serialize_block((*block)->header(), std::vector{bare});
  ASSERT_LT(stripped.size(), raw->size());
  EXPECT_EQ(call("submitblock", quoted(to_hex(stripped))), "null");
  EXPECT_EQ(height(), 2);
  EXPECT_EQ(engine_->read_block_bytes(engine_->view()->tip()).value(), *raw);
}

TEST_F(EngineMethodsTest, SubmitHeaderPlacesTheHeader) {
  const std::string block = draft();
  const std::string header = block.substr(0, 160);
  EXPECT_EQ(call("submitheader", quoted("00")), "-22 Block header decode failed");
  EXPECT_EQ(call("submitheader", quoted(header)), "null");
  EXPECT_EQ(height(), 0);
  EXPECT_EQ(engine_->best_header()->height, 1);
  std::string orphan = header;
  orphan.replace(8, 64, std::string(64, '1'));
  EXPECT_EQ(call("submitheader", quoted(orphan)),
            "-25 Must submit previous header (" + std::string(64, '1') + ") first");
  EXPECT_EQ(call("submitblock", quoted(block)), "null");
}

TEST_F(EngineMethodsTest, InvalidatedBranchesComeBack) {
  generate(110);
  const std::string best = tip();
  const std::string low = engine_->view()->at(11)->hash.to_string();
  EXPECT_EQ(call("invalidateblock", quoted(low)), "null");
  EXPECT_EQ(height(), 10);
  generate(1);
  EXPECT_EQ(call("reconsiderblock", quoted(low)), "null");
  EXPECT_EQ(tip(), best);
  EXPECT_EQ(call("invalidateblock", quoted(network_.genesis->hash().to_string())), "null");
  EXPECT_EQ(tip(), best);
  EXPECT_EQ(call("verifychain", "[4,0]"), "true");
}

TEST_F(EngineMethodsTest, PreciousBlocksWinAgainstTheirEquals) {
  generate(3);
  const std::string first = tip();
  EXPECT_EQ(call("invalidateblock", quoted(first)), "null");
  clock_.mock({clock_.now().seconds + 100});
  generate(1);
  const std::string second = tip();
  EXPECT_EQ(call("reconsiderblock", quoted(first)), "null");
  for (const std::string& wanted : {first, second, first}) {
    EXPECT_EQ(call("preciousblock", quoted(wanted)), "null");
    EXPECT_EQ(tip(), wanted);
  }
}

TEST_F(EngineMethodsTest, GenerateBlockRefusesWhatDoesNotFit) {
  generate(1);
  EXPECT_EQ(call("generateblock", R"(["nonsense",[]])"), "-5 Error: Invalid address or descriptor");
  EXPECT_EQ(call("generateblock", R"(["raw(51)#8lvh9jxk",["00"]])"),
            "-22 Transaction decode failed for 00. Make sure the tx has at least one input.");
  const std::string txid(64, 'a');
  EXPECT_EQ(call("generateblock", R"(["raw(51)#8lvh9jxk",[")" + txid + R"("]])"),
            "-5 Transaction " + txid + " not in mempool.");
  MutableTransaction tx;
  tx.inputs.push_back({.prevout = {{}, 0}, .script_sig = {}, .witness = {}});
  tx.outputs.push_back({Amount{1}, Bytes{0x51}});
  EXPECT_EQ(call("generateblock", R"(["raw(51)#8lvh9jxk",[")" + to_hex(tx.serialize()) + R"("]])"),
            "-25 TestBlockValidity failed: bad-txns-inputs-missingorspent");
  EXPECT_EQ(height(), 1);
}

TEST_F(EngineMethodsTest, GenerateBlockTakesTransactions) {
  generate(101);
  const auto block = engine_->read_block(engine_->view()->at(1)).value();
  MutableTransaction tx;
  tx.inputs.push_back({.prevout = {block->transactions()[0].txid, 0}, .script_sig = {}, .witness = {}});
  tx.outputs.push_back({Amount{1000}, Bytes{0x51}});
  const std::string raw = to_hex(tx.serialize());
  EXPECT_TRUE(call("generateblock", R"(["raw(51)#8lvh9jxk",[")" + raw + R"("]])").starts_with("{\"hash\":"));
  EXPECT_EQ(height(), 102);
  EXPECT_EQ(engine_->read_block(engine_->view()->tip()).value()->transactions().size(), 2u);
  EXPECT_EQ(call("verifychain", "[4,0]"), "true");
}

TEST_F(EngineMethodsTest, WaitingEndsWithTheBlockTheTimeOrTheNode) {
  generate(1);
  const std::string here = "{\"hash\":\"" + tip() + "\",\"height\":1}";
  EXPECT_EQ(call("waitfornewblock", "[20]"), here);
  EXPECT_EQ(call("waitforblock", "[\"" + tip() + "\"]"), here);
  EXPECT_EQ(call("waitforblockheight", "[1]"), here);
  EXPECT_EQ(call("waitforblockheight", "[9,20]"), here);
  EXPECT_EQ(call("waitfornewblock", "[-1]"), "-1 Negative timeout");
  EXPECT_EQ(call("waitfornewblock", "[0,\"" + std::string(64, '0') + "\"]"), here);
  std::string answer;
  std::thread waiter{[&] { answer = call("waitforblockheight", "[3]"); }};
  generate(2);
  waiter.join();
  EXPECT_EQ(answer, "{\"hash\":\"" + tip() + "\",\"height\":3}");
  services_.is_stopping = [] { return true; };
  EXPECT_NE(call("waitfornewblock"), "");
}

TEST_F(EngineMethodsTest, D013_VerifyChainFindsACoinThatIsGone) {
  generate(5);
  const auto block = engine_->read_block(engine_->view()->at(3)).value();
  for (const char* arguments : {"[0,0]", "[1,0]", "[2,0]", "[3,0]", "[4,0]"}) {
    EXPECT_EQ(call("verifychain", arguments), "true") << arguments;
  }
  close();
  {
    auto database = storage::Database::open(*env_, directory_ / "data/chainstate", {}).value();
    storage::WriteBatch batch;
    batch.erase(storage::CoinKey{{block->transactions()[0].txid, 0}}.view());
    ASSERT_TRUE(database->write(batch, storage::Durability::Synced).ok());
  }
  open();
  EXPECT_EQ(call("verifychain", "[2,0]"), "true");
  EXPECT_EQ(call("verifychain", "[3,2]"), "true");
  EXPECT_EQ(call("verifychain", "[3,3]"), "false");
}

TEST_F(EngineMethodsTest, PruningNeedsItsMode) {
  EXPECT_EQ(call("pruneblockchain", "[1]"), "-1 Cannot prune blocks because node is not in prune mode.");
}

TEST_F(EngineMethodsTest, ControlMethods) {
  EXPECT_EQ(call("setmocktime", "[-5]"), "-8 Mocktime must be in the range [0, 4294967295], not -5.");
  EXPECT_EQ(call("setmocktime", "[1700000000]"), "null");
  EXPECT_EQ(clock_.now().seconds, 1'700'000'000);
  EXPECT_EQ(call("echo", R"([1,"a",null,{"b":[]}])"), R"([1,"a",null,{"b":[]}])");
  EXPECT_EQ(call("getmemoryinfo", R"(["foo"])"), "-8 unknown mode foo");
  EXPECT_TRUE(call("getmemoryinfo", R"(["mallocinfo"])").starts_with("\"<malloc"));
  EXPECT_EQ(call("help", R"(["nope"])"), "\"help: unknown command: nope\"");
  EXPECT_TRUE(call("help").starts_with("\"== Blockchain ==\\n"));
  EXPECT_EQ(call("logging", R"([["nope"]])"), "-8 unknown logging category nope");
  EXPECT_NE(call("logging", R"([["rpc"]])").find("\"rpc\":true"), std::string::npos);
  EXPECT_NE(call("logging", R"([[],["rpc"]])").find("\"rpc\":false"), std::string::npos);
  EXPECT_NE(call("getrpcinfo").find("\"method\":\"getrpcinfo\""), std::string::npos);
}

TEST(BlockAssemblyTest, SolvingGivesUpWhenItsTriesAreUsed) {
  BlockHeader header;
  header.target = {0x1d00ffff};
  std::uint64_t tries = 100;
  EXPECT_FALSE(mining::solve(header, tries, [] { return true; }));
  EXPECT_EQ(tries, 0u);
}

}  // namespace
}  // namespace kepeng::rpc
