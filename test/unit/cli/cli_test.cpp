// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/cli/cli.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include <kepeng/http/server.h>
#include <kepeng/json/reader.h>
#include <kepeng/json/writer.h>

namespace kepeng::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// "__cookie__:abc" and "alice:pa:ss".
const std::string kCookieHeader = "Basic X19jb29raWVfXzphYmM=";
const std::string kAliceHeader = "Basic YWxpY2U6cGE6c3M=";

// A node that answers each method with a text that the test has set.
class CliTest : public ::testing::Test {
 protected:
  CliTest() {
    char name[] = "/tmp/kepeng_cli_XXXXXX";
    home_ = ::mkdtemp(name);
    data_ = home_ / ".kepeng";
    fs::create_directory(data_);
    write_cookie("__cookie__:abc");
    start();
  }
  ~CliTest() override {
    server_.reset();
    fs::remove_all(home_);
  }

  void write_cookie(const std::string& text) { std::ofstream{data_ / ".cookie"} << text; }

  void start() {
    auto started = http::Server::start(
        {.binds = {{.address = "127.0.0.1", .port = port_}}, .threads = 2},
        [](const http::RequestHead& head) {
          http::Admission admission;
          const std::string* given = head.header("Authorization");
          if (!given || (*given != kCookieHeader && *given != kAliceHeader)) {
            admission.answer = http::Response{.status = 401, .body = {}, .content_type = {}, .headers = {}};
          }
          return admission;
        },
        [this](http::Request request, http::Responder responder) { responder.send(answer(request)); });
    if (!started) throw std::runtime_error(started.error().message);
    server_ = std::move(started).value();
    port_ = server_->endpoints().at(0).port;
  }

  http::Response answer(const http::Request& request) {
    std::scoped_lock hold{mutex_};
    last_ = request;
    ++requests_;
    http::Response response{.status = status_, .body = {}, .content_type = "application/json", .headers = {}};
    if (status_ != 200) return response;
    const auto parsed = json::parse(request.body);
    EXPECT_TRUE(parsed) << request.body;
    if (!parsed->is_array()) {
      response.body = reply(*parsed);
      return response;
    }
    // In the wrong order: the client has to sort them.
    for (const auto& item : parsed->items())
      response.body = reply(item) + (response.body.empty() ? "" : "," + response.body);
    response.body = '[' + response.body + ']';
    return response;
  }
  std::string reply(const json::Value& request) {
    const std::string method = *request.find("method")->as_string();
    const auto found = answers_.find(method);
    const std::string what =
        found == answers_.end() ? R"("error":{"code":-32601,"message":"Method not found"})" : found->second;
    return R"({"jsonrpc":"2.0",)" + what + R"(,"id":)" + json::to_text(*request.find("id")) + "}";
  }

  int run(std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin(), "-rpcport=" + std::to_string(port_));
    std::istringstream in{input};
    std::ostringstream out;
    std::ostringstream err;
    const int status = cli::run(arguments, {.home = home_, .memory_bytes = 0}, {.in = in, .out = out, .err = err});
    out_ = out.str();
    err_ = err.str();
    return status;
  }

  fs::path home_;
  fs::path data_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  http::Request last_;
  int requests_ = 0;
  int status_ = 200;
  std::string out_;
  std::string err_;
};

TEST_F(CliTest, ResultsArePrintedByKind) {
  answers_["text"] = R"("result":"plain \"text\"")";
  EXPECT_EQ(run({"text"}), 0);
  EXPECT_EQ(out_, "plain \"text\"\n");
  answers_["null"] = R"("result":null)";
  EXPECT_EQ(run({"null"}), 0);
  EXPECT_EQ(out_, "");
  answers_["number"] = R"("result":0.10000000)";
  EXPECT_EQ(run({"number"}), 0);
  EXPECT_EQ(out_, "0.10000000\n");
  answers_["object"] = R"("result":{"a":[1,true],"b":{}})";
  EXPECT_EQ(run({"object"}), 0);
  EXPECT_EQ(out_, "{\n  \"a\": [\n    1,\n    true\n  ],\n  \"b\": {\n  }\n}\n");
  EXPECT_EQ(err_, "");
}

TEST_F(CliTest, LegacyRepliesAreUnderstood) {
  answers_["getblockcount"] = R"("result":7,"error":null)";
  EXPECT_EQ(run({"getblockcount"}), 0);
  EXPECT_EQ(out_, "7\n");
}

TEST_F(CliTest, TheRequestHasItsForm) {
  answers_["getblockhash"] = R"("result":"00")";
  EXPECT_EQ(run({"-rpcid=mine", "getblockhash", "-5"}), 0);
  EXPECT_EQ(last_.body, R"({"jsonrpc":"2.0","method":"getblockhash","params":[-5],"id":"mine"})"
                        "\n");
  EXPECT_EQ(last_.target, "/");
  EXPECT_EQ(run({"-rpcwallet=a b/\xc3\xa9", "-named", "getblockhash", "height=6"}), 0);
  EXPECT_EQ(last_.target, "/wallet/a%20b%2F%C3%A9");
  EXPECT_EQ(last_.body, R"({"jsonrpc":"2.0","method":"getblockhash","params":{"height":6},"id":1})"
                        "\n");
  EXPECT_EQ(run({"-rpcwallet=", "getblockhash", "6"}), 0);
  EXPECT_EQ(last_.target, "/wallet/");
}

TEST_F(CliTest, ErrorsHaveTheirExitStatus) {
  answers_["e8"] = R"("error":{"code":-8,"message":"Block height out of range"})";
  EXPECT_EQ(run({"e8"}), 8);
  EXPECT_EQ(err_, "error code: -8\nerror message:\nBlock height out of range\n");
  EXPECT_EQ(out_, "");
  EXPECT_EQ(run({"nosuchmethod"}), 89);
  EXPECT_THAT(err_, StartsWith("error code: -32601\nerror message:\nMethod not found\n"));
  answers_["warm"] = R"("error":{"code":-28,"message":"Loading"})";
  EXPECT_EQ(run({"warm"}), 28);
  answers_["w"] = R"("error":{"code":-19,"message":"Wallet file not specified"})";
  EXPECT_EQ(run({"w"}), 19);
  EXPECT_THAT(err_, HasSubstr("-rpcwallet=<filename>"));
}

TEST_F(CliTest, EverythingElseIsOne) {
  EXPECT_EQ(run({}), 1);
  EXPECT_EQ(run({"-unknown", "x"}), 1);
  EXPECT_THAT(err_, HasSubstr("Invalid parameter -unknown"));
  EXPECT_EQ(run({"getblockhash", "seven"}), 1);
  EXPECT_EQ(err_, "error: Error parsing JSON: seven\n");
  EXPECT_EQ(run({"-color=sometimes", "x"}), 1);
  EXPECT_EQ(run({"-getinfo", "-generate"}), 1);
  EXPECT_EQ(run({"-rpcconnect=127.0.0.1:0", "x"}), 1);
  EXPECT_EQ(run({"-rpcport=70000", "x"}), 1);
  EXPECT_EQ(run({"-ipcconnect=unix", "x"}), 1);
  status_ = 503;
  EXPECT_EQ(run({"x"}), 1);
  EXPECT_THAT(err_, HasSubstr("Server response: "));
  status_ = 403;
  EXPECT_EQ(run({"x"}), 1);
  EXPECT_EQ(err_, "error: server returned HTTP error 403\n");
  status_ = 204;
  EXPECT_EQ(run({"x"}), 1);
  EXPECT_EQ(err_, "error: no response from server\n");
  server_.reset();
  EXPECT_EQ(run({"x"}), 1);
  EXPECT_THAT(err_, StartsWith("error: Could not connect to the server 127.0.0.1:" + std::to_string(port_)));
}

TEST_F(CliTest, Credentials) {
  answers_["x"] = R"("result":1)";
  EXPECT_EQ(run({"-rpcuser=alice", "-rpcpassword=pa:ss", "x"}), 0);
  EXPECT_EQ(*last_.header("authorization"), kAliceHeader);
  EXPECT_EQ(run({"-rpcuser=alice", "-stdinrpcpass", "x"}, "pa:ss\n"), 0);
  EXPECT_EQ(run({"-stdinrpcpass", "x"}), 1);
  EXPECT_EQ(run({"-rpcuser=alice", "-rpcpassword=wrong", "x"}), 1);
  EXPECT_EQ(err_, "error: Authorization failed: Incorrect rpcuser or rpcpassword\n");
  fs::rename(data_ / ".cookie", home_ / "elsewhere");
  EXPECT_EQ(run({"-rpccookiefile=" + (home_ / "elsewhere").string(), "x"}), 0);
  EXPECT_EQ(run({"x"}), 1);
  EXPECT_THAT(err_, StartsWith("error: Could not locate RPC credentials."));
  std::ofstream{data_ / "bitcoin.conf"} << "rpcuser=alice\nrpcpassword=pa:ss\n";
  EXPECT_EQ(run({"x"}), 0);
}

TEST_F(CliTest, StandardInputAddsArguments) {
  answers_["echo"] = R"("result":1)";
  EXPECT_EQ(run({"-stdin", "echo", "a"}, "b\nc d\n"), 0);
  EXPECT_THAT(last_.body, HasSubstr(R"("params":["a","b","c d"])"));
  answers_["walletpassphrase"] = R"("result":null)";
  EXPECT_EQ(run({"-stdinwalletpassphrase", "walletpassphrase", "60"}, "1 secret\n"), 0);
  EXPECT_THAT(last_.body, HasSubstr(R"("params":["1 secret",60])"));
  EXPECT_EQ(run({"-stdinwalletpassphrase", "echo"}, "secret\n"), 1);
}

TEST_F(CliTest, RpcWaitWaitsForTheNode) {
  answers_["x"] = R"("error":{"code":-28,"message":"Loading block index"})";
  std::thread ready{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    std::scoped_lock hold{mutex_};
    answers_["x"] = R"("result":5)";
  }};
  EXPECT_EQ(run({"-rpcwait", "x"}), 0);
  ready.join();
  EXPECT_EQ(out_, "5\n");
  EXPECT_GE(requests_, 2);
  server_.reset();
  EXPECT_EQ(run({"-rpcwait", "-rpcwaittimeout=1", "x"}), 1);
  EXPECT_THAT(err_, StartsWith("error: timeout on transient error: Could not connect to the server"));
}

TEST_F(CliTest, GetInfoPrintsWhatItCanGet) {
  answers_["getblockchaininfo"] = R"("result":{"chain":"regtest","blocks":7,"headers":9,"verificationprogress":0.5,)"
                                  R"("difficulty":4.656542373906925e-10,"warnings":["a","b"]})";
  EXPECT_EQ(run({"-getinfo"}), 0);
  EXPECT_THAT(out_, StartsWith("Chain: regtest\nBlocks: 7\nHeaders: 9\nVerification progress: "));
  EXPECT_THAT(out_, HasSubstr(" 50.0000%\nDifficulty: 4.656542373906925e-10\n"));
  EXPECT_THAT(out_, HasSubstr("Warnings: a\nb\n"));
  EXPECT_EQ(out_.find("Network"), std::string::npos);
  answers_["getnetworkinfo"] =
      R"("result":{"connections_in":1,"connections_out":2,"connections":3,"version":320000,"timeoffset":0,)"
      R"("relayfee":0.00000100,"networks":[{"name":"ipv4","proxy":"1.2.3.4:1"}]})";
  answers_["getwalletinfo"] = R"("result":{"walletname":"w","keypoolsize":10})";
  answers_["getbalances"] = R"("result":{"mine":{"trusted":1.50000000}})";
  EXPECT_EQ(run({"-getinfo", "-color=always"}), 0);
  EXPECT_THAT(out_, HasSubstr("\x1b[34mChain: regtest\x1b[0m\n"));
  EXPECT_THAT(out_, HasSubstr("Network: in 1, out 2, total 3"));
  EXPECT_THAT(out_, HasSubstr("Proxies: 1.2.3.4:1 (ipv4)\nMin tx relay fee rate (BTC/kvB): 0.00000100\n"));
  EXPECT_THAT(out_, HasSubstr("Balance: 1.50000000\n"));
}

TEST_F(CliTest, GenerateAsksForAnAddress) {
  answers_["getnewaddress"] = R"("result":"bcrt1q")";
  answers_["generatetoaddress"] = R"("result":["00"])";
  EXPECT_EQ(run({"-generate", "3", "100"}), 0);
  EXPECT_THAT(last_.body, HasSubstr(R"("params":[3,"bcrt1q",100])"));
  EXPECT_EQ(out_, "{\n  \"address\": \"bcrt1q\",\n  \"blocks\": [\n    \"00\"\n  ]\n}\n");
  EXPECT_EQ(run({"-generate"}), 0);
  EXPECT_THAT(last_.body, HasSubstr(R"("params":[1,"bcrt1q"])"));
  EXPECT_EQ(run({"-generate", "0"}), 1);
  EXPECT_EQ(run({"-generate", "1", "2", "3"}), 1);
  answers_.erase("getnewaddress");
  EXPECT_EQ(run({"-generate"}), 89);
}

TEST_F(CliTest, PeerCommandsSayWhatTheNodeLacks) {
  EXPECT_EQ(run({"-addrinfo"}), 89);
  EXPECT_EQ(run({"-netinfo"}), 89);
  answers_["getaddrmaninfo"] = R"("result":{"ipv4":{"new":1,"tried":1,"total":2},"all_networks":{"total":2}})";
  EXPECT_EQ(run({"-addrinfo"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"ipv4\": 2,\n    \"total\": 2\n"));
  answers_["getpeerinfo"] = R"("result":[{"network":"ipv4","inbound":true},{"network":"onion","inbound":false}])";
  answers_["getnetworkinfo"] = R"("result":{"subversion":"/x/"})";
  EXPECT_EQ(run({"-netinfo"}), 0);
  EXPECT_THAT(out_, HasSubstr("total    1     1       2\n"));
}

TEST_F(CliTest, NetInfoShowsPeersAsATable) {
  answers_["getnetworkinfo"] =
      R"("result":{"subversion":"/x/","localaddresses":[{"address":"1.2.3.4","port":8333,"score":4}]})";
  answers_["getpeerinfo"] =
      R"("result":[{"id":7,"addr":"5.6.7.8:8333","network":"ipv4","inbound":false,"version":70016,"subver":"/other/",)"
      R"("connection_type":"block-relay-only","transport_protocol_type":"v2","minping":0.0123,"pingtime":0.5},)"
      R"({"id":12,"addr":"[::1]:1","network":"not_publicly_routable","inbound":true,"connection_type":"inbound",)"
      R"("bip152_hb_from":true,"addr_processed":3}]})";
  answers_["getpeerinfo"].pop_back();
  EXPECT_EQ(run({"-netinfo", "4"}), 0);
  EXPECT_THAT(out_, HasSubstr("dir  type   net   v  mping  ping"));
  EXPECT_THAT(out_, HasSubstr("out  block  ipv4  2     12   500"));
  EXPECT_THAT(out_, HasSubstr(" 7  5.6.7.8:8333  70016/other/\n"));
  EXPECT_THAT(out_, HasSubstr("in          npr"));
  EXPECT_THAT(out_, HasSubstr("npr      1     0       1\n"));
  EXPECT_THAT(out_, HasSubstr("1.2.3.4  port 8333  score 4\n"));
  EXPECT_EQ(run({"-netinfo", "1", "outonly"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("in          npr")));
  EXPECT_THAT(out_, Not(HasSubstr("5.6.7.8")));
  EXPECT_EQ(run({"-netinfo", "help"}), 0);
  EXPECT_THAT(out_, HasSubstr("Columns:"));
  EXPECT_EQ(run({"-netinfo", "5"}), 1);
}

TEST_F(CliTest, HelpAndVersion) {
  EXPECT_EQ(run({"-help"}), 0);
  EXPECT_THAT(out_, HasSubstr("Usage:  kepeng-cli"));
  EXPECT_EQ(run({"-version"}), 0);
  EXPECT_THAT(out_, StartsWith("kepeng RPC client version"));
}

}  // namespace
}  // namespace kepeng::cli
