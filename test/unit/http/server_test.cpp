// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <ifaddrs.h>

#include <atomic>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

#include "server_fixture.h"

namespace kepeng::http {
namespace {

using namespace std::string_literals;

// A held worker would cost 250 ms for each of hundreds of guesses before.
constexpr std::int64_t kPromptMs = 3000;

TEST_F(ServerTest, AnswersARequest) {
  start();
  const auto answer = ask("hello");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "hello");
}

TEST_F(ServerTest, HandlerSeesTheRequest) {
  Request seen;
  start([&](Request got, Responder responder) {
    seen = std::move(got);
    responder.send({.status = 204, .body = {}, .content_type = {}, .headers = {}});
  });
  const std::string answer = talk(
      "POST /wallet/a%20b?x HTTP/1.1\r\nauthorization: Basic good\r\nConnection: close\r\nX-Y:  z \r\nContent-Length: "
      "2\r\n\r\nok");
  EXPECT_TRUE(is_status(answer, 204)) << answer;
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/wallet/a%20b?x");
  EXPECT_EQ(seen.body, "ok");
  EXPECT_EQ(seen.user, "alice");
  EXPECT_TRUE(seen.peer.starts_with("127.0.0.1:"));
  ASSERT_NE(seen.header("x-y"), nullptr);
  EXPECT_EQ(*seen.header("x-y"), "z");
}

TEST_F(ServerTest, R009_KeepAliveAndPipeliningStayInOrder) {
  start([](Request got, Responder responder) {
    if (got.body == "1") std::this_thread::sleep_for(50ms);
    echo(std::move(got), std::move(responder));
  });
  RawClient client{port_};
  std::string all;
  for (const char* body : {"1", "2", "3"}) all += kPost + "Content-Length: 1\r\n\r\n" + body;
  all += kLast + "Content-Length: 1\r\n\r\n4";
  ASSERT_TRUE(client.send(all));
  const std::string answer = client.read_all();
  EXPECT_TRUE(client.closed());
  std::string order;
  for (auto at = answer.find("\r\n\r\n"); at != std::string::npos; at = answer.find("\r\n\r\n", at + 4))
    order += answer[at + 4];
  EXPECT_EQ(order, "1234");
}

TEST_F(ServerTest, ChunkedBodiesAreJoined) {
  start();
  const std::string answer =
      talk(kLast + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: t\r\n\r\n");
  EXPECT_TRUE(is_status(answer, 200)) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nabcdefg")) << answer;
}

TEST_F(ServerTest, Http10ClosesUnlessAskedToKeep) {
  start();
  EXPECT_TRUE(is_status(talk("POST / HTTP/1.0\r\nAuthorization: Basic good\r\nContent-Length: 1\r\n\r\nx"), 200));
}

TEST_F(ServerTest, HeadHasNoBody) {
  start();
  const std::string answer =
      talk("HEAD / HTTP/1.1\r\nAuthorization: Basic good\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_NE(answer.find("Content-Length: 3"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, AStrayLineEndBeforeARequestIsForgiven) {
  start();
  EXPECT_TRUE(is_status(talk("\r\n" + kLast + "\r\n"), 200));
}

TEST_F(ServerTest, ExpectContinueIsAnswered) {
  start();
  RawClient client{port_};
  client.send(kLast + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_TRUE(client.read_all().ends_with("ok"));
}

TEST_F(ServerTest, B110_NoOrWrongCredentials) {
  start();
  const std::string none = talk("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_TRUE(is_status(none, 401));
  EXPECT_NE(none.find("WWW-Authenticate: Basic realm=\"jsonrpc\""), std::string::npos);
  for (const std::string& value : {"Basic"s, "Basic wrong"s, "Bearer x"s, ""s, std::string(7000, 'A')}) {
    EXPECT_TRUE(is_status(talk("POST / HTTP/1.1\r\nConnection: close\r\nAuthorization: " + value + "\r\n\r\n"), 401));
  }
}

TEST_F(ServerTest, B111_OtherMethods) {
  start();
  const auto status = [&](const std::string& method) {
    return talk(method + " / HTTP/1.1\r\nConnection: close\r\nAuthorization: Basic good\r\n\r\n").substr(9, 3);
  };
  for (const char* method : {"GET", "PUT", "TRACE", "post", "Post", "OPTIONS"})
    EXPECT_EQ(status(method), "405") << method;
  for (const char* method : {"P OST", "P\tST", "(", "\"POST\""}) EXPECT_EQ(status(method), "400") << method;
  EXPECT_EQ(status(std::string(1 << 20, 'A')), "400");
}

TEST_F(ServerTest, B112_BodiesThatAreTooLargeOrAmbiguous) {
  start();
  EXPECT_TRUE(is_status(talk(kPost + "Content-Length: 33554433\r\n\r\n"), 413));
  EXPECT_TRUE(is_status(talk(kPost + "Content-Length: 999999999999999999\r\n\r\n"), 413));
  for (const char* header :
       {"Content-Length: -1", "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 99999999999999999999"}) {
    EXPECT_TRUE(is_status(talk(kPost + header + "\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"), 400)) << header;
  }
  // Too small: what follows is no request.
  const std::string small = talk(kPost + "Content-Length: 2\r\n\r\nabGARBAGE\r\n\r\n");
  EXPECT_TRUE(is_status(small, 200));
  EXPECT_NE(small.find("HTTP/1.1 400"), std::string::npos);
  std::string chunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = "100000\r\n" + std::string(1 << 20, 'x') + "\r\n";
  for (int i = 0; i < 33; ++i) chunked += chunk;
  EXPECT_TRUE(is_status(talk(chunked), 413));
}

TEST_F(ServerTest, B112_TheLargestBodyPasses) {
  start();
  const auto answer = ask(std::string(kBodyBytesMax, 'x'));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body.size(), kBodyBytesMax);
}

TEST_F(ServerTest, B112_TooLargeContentLengthEndsWithTheConnection) {
  options_.idle_timeout = 200ms;
  start();
  EXPECT_EQ(talk(kPost + "Content-Length: 10\r\n\r\nshort"), "");
}

TEST_F(ServerTest, B113_BadChunks) {
  options_.idle_timeout = 500ms;
  start();
  for (const char* size : {"ffffffffffffffff", "fffffffffffffffff", "-1", "g", "0x1", " 1", ""}) {
    const std::string answer = talk(kPost + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\nx\r\n0\r\n\r\n");
    EXPECT_TRUE(is_status(answer, 400) || is_status(answer, 413)) << size << ": " << answer;
  }
  std::string endless = kPost + "Transfer-Encoding: chunked\r\n\r\n0\r\n";
  for (int i = 0; i < 200'000; ++i) endless += "T: \r\n";
  const std::string answer = talk(endless);
  EXPECT_TRUE(is_status(answer, 400)) << answer;
}

TEST_F(ServerTest, B114_HeadsThatAreTooLargeOrNoHttp) {
  start();
  const auto head_of = [](std::size_t size) {
    std::string head = kLast + "X: ";
    return head + std::string(size - head.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_TRUE(is_status(talk(head_of(8192)), 200));
  EXPECT_TRUE(is_status(talk(head_of(8193)), 400));
  EXPECT_TRUE(is_status(talk(kPost + "X: " + std::string(1 << 20, 'x')), 400));
  for (const std::string& bytes : {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s,
                                   "SSH-2.0-OpenSSH_9.2\r\n"s, "POST /\0x HTTP/1.1\r\n\r\n"s,
                                   "POST / HTTP/1.1\rX: y\r\n\r\n"s, "POST / HTTP/1.1\nX: y\n\n"s}) {
    EXPECT_TRUE(is_status(talk(bytes), 400)) << bytes;
  }
}

TEST_F(ServerTest, R003_WrongPasswordsHoldNoWorkerThread) {
  options_.threads = 1;
  start();
  std::vector<std::unique_ptr<RawClient>> guessers;
  for (int i = 0; i < 400; ++i) {
    guessers.push_back(std::make_unique<RawClient>(port_));
    ASSERT_TRUE(guessers.back()->send("POST / HTTP/1.1\r\nAuthorization: Basic bad\r\nContent-Length: 0\r\n\r\n"));
  }
  const auto begun = std::chrono::steady_clock::now();
  const auto right = ask("in");
  ASSERT_TRUE(right);
  EXPECT_EQ(right->status, 200);
  EXPECT_LT(elapsed_ms(begun), kPromptMs);
  for (auto& guesser : guessers) EXPECT_TRUE(is_status(guesser->read_until("\r\n\r\n"), 401));
}

TEST_F(ServerTest, R003_AWrongPasswordIsAnsweredLate) {
  start();
  const auto begun = std::chrono::steady_clock::now();
  talk("POST / HTTP/1.1\r\nAuthorization: Basic bad\r\nConnection: close\r\n\r\n");
  EXPECT_GE(elapsed_ms(begun), 250);
}

std::size_t resident_kib() {
  std::ifstream status{"/proc/self/statm"};
  std::size_t total = 0;
  std::size_t resident = 0;
  status >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

TEST_F(ServerTest, R004_AStrangersBodyIsNotRead) {
  std::atomic<int> handled{0};
  start([&](Request got, Responder responder) {
    ++handled;
    echo(std::move(got), std::move(responder));
  });
  const std::string head = "POST / HTTP/1.1\r\nContent-Length: 33554432\r\nX: ";
  const std::string large_head = head + std::string(8192 - head.size() - 4, 'x') + "\r\n\r\n";
  ASSERT_EQ(large_head.size(), 8192u);
  const std::string body(1 << 20, 'b');
  const std::size_t before = resident_kib();
  RawClient client{port_};
  ASSERT_TRUE(client.send(large_head));
  EXPECT_TRUE(is_status(client.read_until("\r\n\r\n"), 401));
  for (int i = 0; i < 32 && client.send(body); ++i) {
  }
  EXPECT_LT(resident_kib(), before + 8 * 1024);
  EXPECT_EQ(handled, 0);
}

TEST_F(ServerTest, R008_AnyFailedBindIsFatal) {
  start();
  options_.binds = {{.address = "127.0.0.1", .port = 0},
                    {.address = "127.0.0.1", .port = port_, .skip_if_missing = true}};
  const auto failed = Server::start(options_, admit, echo);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("port " + std::to_string(port_)), std::string::npos);
  options_.binds = {{.address = "not an address", .port = 0}};
  EXPECT_FALSE(Server::start(options_, admit, echo));
  options_.binds = {{.address = "192.0.2.1", .port = 0}};  // not ours
  EXPECT_FALSE(Server::start(options_, admit, echo));
  options_.binds = {};
  EXPECT_FALSE(Server::start(options_, admit, echo));
}

TEST_F(ServerTest, ADefaultBindMayBeMissingFromTheSystem) {
  options_.binds.push_back({.address = "192.0.2.1", .port = 0, .skip_if_missing = true});
  start();
  EXPECT_EQ(server_->endpoints().size(), 1u);
}

TEST_F(ServerTest, BadSubnetIsRefusedAtStart) {
  options_.allowed_subnets = {"10.0.0.0/33"};
  const auto failed = Server::start(options_, admit, echo);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("10.0.0.0/33"), std::string::npos);
}

// An address of this machine other than loopback: a connection to it comes from it.
std::string own_address() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  std::string found;
  for (const ifaddrs* at = list; at; at = at->ifa_next) {
    if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET) continue;
    char text[INET_ADDRSTRLEN] = {};
    sockaddr_in address{};
    std::memcpy(&address, at->ifa_addr, sizeof address);
    ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    if (!std::string_view{text}.starts_with("127.")) found = text;
  }
  ::freeifaddrs(list);
  return found;
}

TEST_F(ServerTest, R007_OtherAddressesAreDisconnectedAtOnce) {
  const std::string address = own_address();
  if (address.empty()) GTEST_SKIP() << "this machine has no address besides loopback";
  options_.binds = {{.address = "0.0.0.0", .port = 0}};
  start();
  RawClient stranger{port_, address.c_str()};
  stranger.send(kLast + "\r\n");
  EXPECT_EQ(stranger.read_all(), "");
  EXPECT_TRUE(stranger.closed());
  server_.reset();
  options_.allowed_subnets = {address};
  start();
  RawClient friendly{port_, address.c_str()};
  friendly.send(kLast + "\r\n");
  EXPECT_TRUE(is_status(friendly.read_all(), 200));
}

TEST_F(ServerTest, R022_RequestsFromWebPagesAreRefused) {
  options_.allowed_hosts = {"localhost"};
  start();
  EXPECT_TRUE(is_status(talk(kPost + "Origin: http://x\r\n\r\n"), 403));
  EXPECT_TRUE(is_status(talk(kPost + "Host: evil\r\n\r\n"), 403));
  const std::string good = talk(kLast + "Host: 127.0.0.1:8332\r\n\r\n");
  EXPECT_TRUE(is_status(good, 200));
  EXPECT_EQ(good.find("Access-Control"), std::string::npos);
}

TEST_F(ServerTest, B118_B134_AFullQueueAnswers503) {
  options_.threads = 2;
  options_.queue_depth = 3;
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::atomic<int> running{0};
  start([&](Request got, Responder responder) {
    ++running;
    released.wait();
    echo(std::move(got), std::move(responder));
  });
  std::vector<std::unique_ptr<RawClient>> heavy;
  const auto add = [&] {
    heavy.push_back(std::make_unique<RawClient>(port_));
    heavy.back()->send(kLast + "Content-Length: 1\r\n\r\nh");
  };
  add(), add();
  while (running < 2) std::this_thread::sleep_for(1ms);
  for (int i = 0; i < 3; ++i) add();
  std::this_thread::sleep_for(50ms);
  const auto refused = ask("more");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->body, "Work queue depth exceeded\n");
  release.set_value();
  for (auto& client : heavy) EXPECT_TRUE(is_status(client->read_all(), 200));
  EXPECT_EQ(ask("again")->status, 200);
}

TEST_F(ServerTest, R021_LongPollsHoldNoWorker) {
  options_.threads = 1;
  std::mutex mutex;
  std::vector<Responder> waiting;
  start([&](Request got, Responder responder) {
    if (got.body != "wait") return echo(std::move(got), std::move(responder));
    std::scoped_lock hold{mutex};
    waiting.push_back(std::move(responder));
  });
  std::vector<std::unique_ptr<RawClient>> pollers;
  for (int i = 0; i < 20; ++i) {
    pollers.push_back(std::make_unique<RawClient>(port_));
    pollers.back()->send(kLast + "Content-Length: 4\r\n\r\nwait");
  }
  const auto count = [&] {
    std::scoped_lock hold{mutex};
    return waiting.size();
  };
  while (count() < 20) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(ask("quick")->status, 200);
  pollers[0].reset();
  for (int i = 0; i < 500; ++i) {
    std::scoped_lock hold{mutex};
    int gone = 0;
    for (const Responder& responder : waiting) gone += responder.abandoned() ? 1 : 0;
    if (gone == 1) break;
    ASSERT_LT(i, 499) << "a client that left is not noticed";
    std::this_thread::sleep_for(1ms);
  }
  for (Responder& responder : waiting)
    responder.send({.status = 200, .body = "late", .content_type = {}, .headers = {}});
  for (std::size_t i = 1; i < pollers.size(); ++i) EXPECT_TRUE(pollers[i]->read_all().ends_with("late"));
}

TEST_F(ServerTest, ADroppedResponderAnswers500) {
  start([](Request, Responder) {});
  EXPECT_EQ(ask("x")->status, 500);
}

TEST_F(ServerTest, IdleAndSlowClientsAreCut) {
  options_.idle_timeout = 200ms;
  start();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(talk(""), "");
  RawClient slow{port_};
  for (int i = 0; i < 20 && slow.send("P"); ++i) std::this_thread::sleep_for(20ms);
  slow.read_all();
  EXPECT_TRUE(slow.closed());
  EXPECT_LT(elapsed_ms(begun), 3000);
}

TEST_F(ServerTest, ConnectionsAreCounted) {
  options_.connections_max = 2;
  start();
  RawClient one{port_};
  RawClient two{port_};
  one.send(kPost + "\r\n"), two.send(kPost + "\r\n");
  one.read_until("\r\n\r\n"), two.read_until("\r\n\r\n");
  RawClient three{port_};
  three.send(kPost + "\r\n");
  EXPECT_EQ(three.read_all(), "");
  EXPECT_TRUE(three.closed());
}

TEST_F(ServerTest, B133_StopLetsRunningRequestsFinish) {
  std::promise<void> entered;
  start([&](Request got, Responder responder) {
    entered.set_value();
    std::this_thread::sleep_for(100ms);
    echo(std::move(got), std::move(responder));
  });
  RawClient idle{port_};
  auto answer = std::async(std::launch::async, [&] { return ask("bye"); });
  entered.get_future().wait();
  const auto begun = std::chrono::steady_clock::now();
  server_->stop();
  server_->stop();
  EXPECT_LT(elapsed_ms(begun), 3000);
  const auto got = answer.get();
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->body, "bye");
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_FALSE(RawClient{port_}.connected());
}

TEST_F(ServerTest, AResponderMayOutliveTheServer) {
  options_.stop_timeout = 100ms;
  std::optional<Responder> kept;
  std::promise<void> entered;
  start([&](Request, Responder responder) {
    kept.emplace(std::move(responder));
    entered.set_value();
  });
  RawClient client{port_};
  client.send(kLast + "\r\n");
  entered.get_future().wait();
  server_.reset();
  EXPECT_EQ(client.read_all(), "");
  EXPECT_TRUE(kept->abandoned());
  kept->send({});
}

TEST_F(ServerTest, ResponseHeadersCannotBeginALine) {
  start([](Request, Responder responder) {
    responder.send({.status = 200, .body = "b", .content_type = {}, .headers = {{"X", "a\r\nEvil: 1"}, {"Y", "fine"}}});
  });
  const std::string answer = talk(kLast + "\r\n");
  EXPECT_EQ(answer.find("Evil"), std::string::npos);
  EXPECT_NE(answer.find("Y: fine\r\n"), std::string::npos);
}

TEST_F(ServerTest, Ipv6Loopback) {
  options_.binds = {{.address = "::1", .port = 0, .skip_if_missing = true}};
  auto started = Server::start(options_, admit, echo);
  if (!started) GTEST_SKIP() << "no IPv6 here";
  auto six = request("six");
  six.host = "::1";
  six.port = (*started)->endpoints().at(0).port;
  const auto answer = exchange(six);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "six");
}

TEST_F(ServerTest, ClientFailuresHaveTheirKind) {
  start([](Request got, Responder responder) {
    std::this_thread::sleep_for(400ms);
    echo(std::move(got), std::move(responder));
  });
  auto slow = request("x");
  slow.timeout = 100ms;
  const auto late = exchange(slow);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ClientFailureKind::TimedOut);
  server_.reset();
  const auto nobody = ask("x");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().kind, ClientFailureKind::Unreachable);
  auto unknown = request("x");
  unknown.host = "name.invalid";
  EXPECT_EQ(exchange(unknown).error().kind, ClientFailureKind::Unreachable);
}

TEST_F(ServerTest, ManyClientsAtOnce) {
  options_.queue_depth = 1000;
  start();
  std::vector<std::future<int>> all;
  for (int thread = 0; thread < 8; ++thread) {
    all.push_back(std::async(std::launch::async, [&, thread] {
      int good = 0;
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(thread) + ":" + std::to_string(i);
        const auto answer = ask(body);
        if (answer && answer->body == body) ++good;
      }
      return good;
    }));
  }
  for (auto& one : all) EXPECT_EQ(one.get(), 50);
}

}  // namespace
}  // namespace kepeng::http
