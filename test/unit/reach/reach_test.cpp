// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Over real sockets, with Tor, an I2P router and a home router that are played here.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include <kepeng/base/files.h>
#include <kepeng/base/hex.h>
#include <kepeng/base/time.h>
#include <kepeng/crypto/hmac.h>
#include <kepeng/net/connections.h>
#include <kepeng/net/i2p_destination.h>
#include <kepeng/net/line_gather.h>
#include <kepeng/reach/reach.h>

namespace kepeng::reach {
namespace {

using namespace std::chrono_literals;

const std::string kServiceName = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid";

// A service of lines: `answer` says what to send back.
class FakeService final : public net::ConnectionListener {
 public:
  using Answer = std::function<std::string(const std::string& line)>;
  explicit FakeService(Answer answer) : answer_{std::move(answer)} {
    sockets_ = net::Connections::start(*this, {});
    at = sockets_->listen({"127.0.0.1", 0}).value();
  }
  void on_accepted(net::ConnectionId id, const net::Endpoint&, const net::Endpoint&) override {
    ++accepted;
    last_ = id;
  }
  void on_connected(net::ConnectionId, const net::Endpoint&, const net::Endpoint&) override {}
  void on_sent(net::ConnectionId, std::uint64_t) override {}
  void on_closed(net::ConnectionId, const std::string&) override { ++closed; }
  void on_bytes(net::ConnectionId id, ByteView bytes) override {
    for (;;) {
      const auto line = lines_.try_emplace(id, 16'000).first->second.take(bytes);
      if (!line || !*line) return;
      const std::string said = answer_(**line);
      if (!said.empty()) sockets_->send(id, {said.begin(), said.end()});
    }
  }
  void drop() { sockets_->close(last_, "dropped"); }

  net::Endpoint at;
  std::atomic<int> accepted{0};
  std::atomic<int> closed{0};

 private:
  Answer answer_;
  std::map<net::ConnectionId, net::LineGather> lines_;
  std::atomic<net::ConnectionId> last_{0};
  std::unique_ptr<net::Connections> sockets_;
};

// Answers datagrams on loopback.
class FakeRouter {
 public:
  using Answer = std::function<Bytes(ByteView question)>;
  explicit FakeRouter(Answer answer) : answer_{std::move(answer)}, socket_{::socket(AF_INET, SOCK_DGRAM, 0)} {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size), 0);
    port = ntohs(at.sin_port);
    thread_ = std::thread{[this] { run(); }};
  }
  ~FakeRouter() {
    is_ending_ = true;
    thread_.join();
    ::close(socket_);
  }

  std::uint16_t port = 0;
  std::atomic<int> asked{0};

 private:
  void run() {
    while (!is_ending_) {
      pollfd waiting{socket_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      std::uint8_t buffer[2000];
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const ssize_t count = ::recvfrom(socket_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (count < 0) continue;
      ++asked;
      const Bytes said = answer_(ByteView{buffer, static_cast<std::size_t>(count)});
      if (!said.empty()) ::sendto(socket_, said.data(), said.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }
  Answer answer_;
  int socket_;
  std::atomic<bool> is_ending_{false};
  std::thread thread_;
};

class ReachTest : public testing::Test {
 protected:
  ReachTest() {
    std::string pattern = testing::TempDir() + "kepeng-reach-XXXXXX";
    directory = ::mkdtemp(pattern.data());
    options.directory = directory;
    options.timing = {.answer_ms = 300, .retry_first_ms = 10, .retry_max_ms = 20, .mapping_retry_ms = 20};
  }
  ~ReachTest() override { std::filesystem::remove_all(directory); }

  std::unique_ptr<Reach> start() {
    return Reach::start({*env, log}, options,
                        {[this](auto service) { note([&] { services.push_back(service); }); },
                         [this](const auto& at) { note([&] { proxies.push_back(at); }); },
                         [this](auto session) { note([&] { sessions.push_back(session); }); },
                         [this](auto session) { note([&] { fresh.push_back(session); }); },
                         [this](Family, auto external) { note([&] { mappings.push_back(external); }); }});
  }
  template <class F>
  void note(F&& change) {
    std::scoped_lock hold{mutex};
    change();
    changed.notify_all();
  }
  template <class F>
  bool wait(F&& until) {
    std::unique_lock hold{mutex};
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!until()) {
      if (std::chrono::steady_clock::now() > end) return false;
      changed.wait_for(hold, 10ms);
    }
    return true;
  }
  unsigned mode_of(const std::string& file) {
    struct stat status {};
    return ::stat((directory + "/" + file).c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
  }
  std::string content_of(const std::string& file) {
    const auto bytes = read_file(*env, directory + "/" + file, 10'000);
    return bytes ? std::string{as_text(*bytes)} : std::string{};
  }

  std::string directory;
  std::unique_ptr<Env> env = posix_env();
  Logger log;
  ReachOptions options;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<net::Endpoint>> services;
  std::vector<net::Endpoint> proxies;
  std::vector<std::optional<net::SamSession>> sessions;
  std::vector<std::optional<net::SamSession>> fresh;
  std::vector<std::optional<wire::Endpoint>> mappings;
};

// Login by cookie, the proxy, a service whose key is kept and used again when the connection was lost.
TEST_F(ReachTest, Tor) {
  const Bytes cookie(32, 5);
  ASSERT_TRUE(write_file_atomically(*env, directory + "/cookie", cookie));
  const std::string key = "ED25519-V3:" + std::string(86, 'a') + "==";
  std::atomic<int> made{0};
  std::atomic<int> asked_again{0};
  Bytes client_nonce;
  const Bytes server_nonce(32, 9);
  const auto proof = [&](std::string_view who) {
    Bytes message = cookie;
    append(message, client_nonce);
    append(message, server_nonce);
    return to_hex(crypto::hmac_sha256(as_bytes("Tor safe cookie authentication " + std::string{who}), message));
  };
  FakeService tor{[&](const std::string& line) -> std::string {
    if (line.starts_with("PROTOCOLINFO")) {
      return "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE=\"" + directory +
             "/cookie\"\r\n250-VERSION Tor=\"0.4.8\"\r\n250 OK\r\n";
    }
    if (line.starts_with("AUTHCHALLENGE SAFECOOKIE ")) {
      client_nonce = from_hex(line.substr(25)).value_or(Bytes{});
      return "250 AUTHCHALLENGE SERVERHASH=" + proof("server-to-controller hash") +
             " SERVERNONCE=" + to_hex(server_nonce) + "\r\n";
    }
    if (line == "AUTHENTICATE " + proof("controller-to-server hash")) return "250 OK\r\n";
    if (line == "GETINFO net/listeners/socks") return "250-net/listeners/socks=\"127.0.0.1:9999\"\r\n250 OK\r\n";
    if (line == "ADD_ONION NEW:ED25519-V3 PoWDefensesEnabled=1 Port=18444,127.0.0.1:18445") {
      ++made;
      return "250-ServiceID=" + kServiceName + "\r\n250-PrivateKey=" + key + "\r\n250 OK\r\n";
    }
    if (line == "ADD_ONION " + key + " PoWDefensesEnabled=1 Port=18444,127.0.0.1:18445") {
      ++asked_again;
      return "250-ServiceID=" + kServiceName + "\r\n250 OK\r\n";
    }
    return "515 no\r\n";
  }};
  options.tor = {
      tor.at,
      ReachOptions::Tor::Control::Chosen,
      {.service = net::Endpoint{"127.0.0.1", 18445}, .service_port = 18444, .proxy = TorTalk::Wish::Proxy::Wanted}};
  const auto reach = start();
  ASSERT_TRUE(wait([&] { return services.size() == 1; }));
  EXPECT_EQ(services[0], (net::Endpoint{kServiceName + ".onion", 18444}));
  EXPECT_EQ(proxies.at(0), (net::Endpoint{"127.0.0.1", 9999}));
  EXPECT_EQ(content_of("onion_v3_private_key"), key);
  EXPECT_EQ(mode_of("onion_v3_private_key"), 0600u);
  tor.drop();
  ASSERT_TRUE(wait([&] { return services.size() == 3; }));
  EXPECT_FALSE(services[1]);
  EXPECT_EQ(services[2], services[0]);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(asked_again, 1);
}

// Garbage, a line without end, silence: each is left and asked again, and the end does not wait for any.
TEST_F(ReachTest, ServicesThatAnswerDamageAreLeftAndTriedAgain) {
  FakeService garbage{[](const std::string&) { return std::string{"what?\r\n"}; }};
  FakeService endless{[](const std::string&) { return std::string(100'000, 'x'); }};
  FakeService silent{[](const std::string&) { return std::string{}; }};
  FakeService never_done{[](const std::string&) { return "250-x\r\n" + std::string(2'000'000, '\n'); }};
  for (FakeService* service : {&garbage, &endless, &silent, &never_done}) {
    options.tor = {service->at, ReachOptions::Tor::Control::Chosen, {.service = net::Endpoint{"127.0.0.1", 1}}};
    options.i2p = I2pTalk::Wish{service->at, I2pTalk::Name::Kept};
    const auto reach = start();
    ASSERT_TRUE(wait([&] { return service->accepted >= 4; }));
  }
  EXPECT_TRUE(services.empty());
  EXPECT_TRUE(sessions.empty());
}

TEST_F(ReachTest, NobodyThereIsAskedAgainAndAgain) {
  net::Endpoint nobody;
  {
    FakeService gone{[](const std::string&) { return std::string{}; }};
    nobody = gone.at;
  }
  options.i2p = I2pTalk::Wish{nobody, I2pTalk::Name::Kept};
  options.tor = {{"no-such-name.invalid", 9051}, ReachOptions::Tor::Control::Usual, {}};
  options.router = Router{*wire::NetworkAddress::from_string("127.0.0.1"), ""};
  options.router_port = nobody.port;
  options.mapped_port = 18444;
  const auto since = steady_ns();
  {
    const auto reach = start();
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_LT(steady_ns() - since, 5'000'000'000);
  EXPECT_TRUE(sessions.empty() && services.empty() && mappings.empty());
}

TEST_F(ReachTest, I2p) {
  Bytes key(384, 1);
  append(key, Bytes{5, 0, 4, 0, 7, 0, 0});
  const std::string own_name = net::i2p_name_of(key);
  append(key, Bytes(96, 2));
  const std::string text = net::to_i2p_base64(key);
  std::atomic<int> made{0};
  FakeService router{[&](const std::string& line) -> std::string {
    if (line.starts_with("HELLO")) return "HELLO REPLY RESULT=OK VERSION=3.1\n";
    if (line.starts_with("DEST GENERATE")) {
      ++made;
      return "DEST REPLY PUB=x PRIV=" + text + "\n";
    }
    if (line.find("DESTINATION=" + text) != std::string::npos)
      return "SESSION STATUS RESULT=OK DESTINATION=" + text + "\n";
    return "SESSION STATUS RESULT=I2P_ERROR\n";
  }};
  options.i2p = I2pTalk::Wish{router.at, I2pTalk::Name::Kept};
  const auto reach = start();
  ASSERT_TRUE(wait([&] { return sessions.size() == 1; }));
  EXPECT_EQ(sessions[0]->own_name, own_name);
  EXPECT_EQ(content_of("i2p_private_key"), as_text(key));
  EXPECT_EQ(mode_of("i2p_private_key"), 0600u);
  router.drop();
  ASSERT_TRUE(wait([&] { return sessions.size() == 3; }));
  EXPECT_FALSE(sessions[1]);
  EXPECT_NE(sessions[2]->id, sessions[0]->id);
  EXPECT_EQ(made, 1);
}

TEST_F(ReachTest, P29_ANameInI2pForEachUse) {
  std::atomic<std::uint8_t> made{0};
  FakeService router{[&](const std::string& line) -> std::string {
    if (line.starts_with("HELLO")) return "HELLO REPLY RESULT=OK VERSION=3.1\n";
    if (line.find("DESTINATION=TRANSIENT") == std::string::npos) return "SESSION STATUS RESULT=I2P_ERROR\n";
    Bytes key(384, ++made);
    append(key, Bytes{5, 0, 4, 0, 7, 0, 0});
    append(key, Bytes(96, 2));
    return "SESSION STATUS RESULT=OK DESTINATION=" + net::to_i2p_base64(key) + "\n";
  }};
  options.fresh_i2p = router.at;
  const auto reach = start();
  ASSERT_TRUE(wait([&] { return fresh.size() == 1; }));
  reach->renew_fresh_i2p();
  ASSERT_TRUE(wait([&] { return fresh.size() == 3; }));
  EXPECT_FALSE(fresh[1]);
  EXPECT_NE(fresh[2]->own_name, fresh[0]->own_name);
  EXPECT_NE(fresh[2]->id, fresh[0]->id);
  EXPECT_TRUE(sessions.empty());
  EXPECT_EQ(content_of("i2p_private_key"), "") << "nothing is kept";
}

TEST_F(ReachTest, ARouterOpensThePortByPcpOrByNatPmp) {
  const auto pcp = [](ByteView question) {
    Bytes answer{question.begin(), question.end()};
    answer[1] |= 0x80;
    const Bytes external = *from_hex("208d00000000000000000000ffff5db8d822");
    std::copy(external.begin(), external.end(), answer.begin() + 42);
    return answer;
  };
  const auto nat_pmp = [](ByteView question) {
    if (question[0] == 2) return *from_hex("0081000100000064");
    if (question[1] == 0) return *from_hex("00800000000000645db8d823");
    Bytes answer = *from_hex("0082000000000064");
    append(answer, question.subspan(4));
    return answer;
  };
  const auto mapped_by = [&](FakeRouter::Answer answer) {
    FakeRouter router{std::move(answer)};
    options.router = Router{*wire::NetworkAddress::from_string("127.0.0.1"), ""};
    options.router_port = router.port;
    options.mapped_port = 8333;
    mappings.clear();
    const auto reach = start();
    EXPECT_TRUE(wait([&] { return !mappings.empty(); }));
    return mappings.empty() || !mappings[0] ? std::string{} : mappings[0]->to_string();
  };
  EXPECT_EQ(mapped_by(pcp), "93.184.216.34:8333");
  EXPECT_EQ(mapped_by(nat_pmp), "93.184.216.35:8333");
}

TEST_F(ReachTest, ARouterThatRefusesIsAskedAgainLater) {
  FakeRouter router{[](ByteView question) {
    Bytes answer{question.begin(), question.end()};
    answer[1] |= 0x80;
    answer[3] = 2;
    return answer;
  }};
  options.router = Router{*wire::NetworkAddress::from_string("127.0.0.1"), ""};
  options.router_port = router.port;
  options.mapped_port = 8333;
  const auto reach = start();
  EXPECT_TRUE(wait([&] { return router.asked >= 3; }));
  EXPECT_TRUE(mappings.empty());
}

}  // namespace
}  // namespace kepeng::reach
