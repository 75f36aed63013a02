// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// P-34: what connections that have not logged in may do, for how long, and how many they may be.

#include <algorithm>
#include <memory>
#include <thread>

#include "server_fixture.h"

namespace kepeng::http {
namespace {

const std::string kStranger = "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
const std::string kGuess = "POST / HTTP/1.1\r\nAuthorization: Basic bad\r\nContent-Length: 0\r\n\r\n";
const std::string kCall = kPost + "Content-Length: 0\r\n\r\n";
const std::string kOpenToAll = "GET /rest HTTP/1.1\r\n\r\n";

class StrangersTest : public ServerTest {
 protected:
  using Clients = std::vector<std::unique_ptr<RawClient>>;

  // As with -rest: GET needs no password.
  static Admission admit_rest(const RequestHead& head) { return head.method == "GET" ? Admission{} : admit(head); }

  void connect(Clients& clients, int count, const char* from = "127.0.0.1") {
    for (int i = 0; i < count; ++i) clients.push_back(std::make_unique<RawClient>(port_, "127.0.0.1", from));
  }
  // After an exchange on a later connection: connections are taken in order, so the server has seen them all.
  std::ptrdiff_t staying(const Clients& clients) {
    EXPECT_TRUE(is_status(talk(kLast + "\r\n"), 200));
    return std::ranges::count_if(clients, [](const auto& client) { return !client->hung_up(); });
  }
  static bool is_served(RawClient& client, const std::string& bytes) {
    return client.send(bytes) && is_status(client.read_until("\r\n\r\n"), 200);
  }
  // How long the server listens to a client that sends these bytes again and again.
  std::int64_t patience_ms(std::string_view bytes, std::chrono::milliseconds pause) {
    const auto begun = std::chrono::steady_clock::now();
    RawClient client{port_};
    while (client.send(bytes) && !client.closed() && elapsed_ms(begun) < 10'000) client.read_until("never", pause);
    return elapsed_ms(begun);
  }
};

TEST_F(StrangersTest, P34_AHeadHasItsTimeHoweverTheBytesCome) {
  options_.strangers.head_timeout = 200ms;
  start();
  EXPECT_EQ(talk(""), "");
  EXPECT_EQ(talk(kPost), "");
  const std::int64_t dribbling = patience_ms("P", 20ms);
  EXPECT_GE(dribbling, 200);
  EXPECT_LT(dribbling, 5000);
}

TEST_F(StrangersTest, P34_AskingInVainDoesNotProlongTheStay) {
  options_.strangers.login_timeout = 500ms;
  start();
  for (const std::string& request : {kStranger, kGuess}) {
    const std::int64_t asking = patience_ms(request, 50ms);
    EXPECT_GE(asking, 500);
    EXPECT_LT(asking, 5000);
  }
}

TEST_F(StrangersTest, P34_ManyRequestsInOnePieceDoNotProlongTheStay) {
  options_.strangers.login_timeout = 500ms;
  start();
  std::string guesses;
  for (int i = 0; i < 40; ++i) guesses += kGuess;  // ten seconds of them
  const auto begun = std::chrono::steady_clock::now();
  talk(guesses);
  EXPECT_LT(elapsed_ms(begun), 5000);
}

TEST_F(StrangersTest, P34_ABodyOfAStrangerHasTheSameTime) {
  options_.strangers.login_timeout = 500ms;
  start(echo, [](const RequestHead&) { return Admission{}; });
  RawClient client{port_};
  client.send("POST /rest HTTP/1.1\r\nContent-Length: 100000\r\n\r\n");
  const auto begun = std::chrono::steady_clock::now();
  while (client.send("x") && !client.closed() && elapsed_ms(begun) < 10'000) client.read_until("never", 20ms);
  EXPECT_LT(elapsed_ms(begun), 5000);
}

TEST_F(StrangersTest, P34_ARequestThatIsServedProlongsTheStay) {
  options_.strangers.head_timeout = 300ms;
  options_.strangers.login_timeout = 2000ms;
  start(echo, admit_rest);
  RawClient client{port_};
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(is_served(client, kOpenToAll)) << i;
    std::this_thread::sleep_for(500ms);  // silent for longer than a head may take
  }
  EXPECT_GE(elapsed_ms(begun), 3000);
  client.send("GET");
  client.read_all();
  EXPECT_TRUE(client.closed());
}

TEST_F(StrangersTest, P34_AnAnswerMayTakeLongerThanTheStay) {
  options_.strangers.login_timeout = 500ms;
  start(
      [](Request got, Responder responder) {
        std::this_thread::sleep_for(800ms);
        echo(std::move(got), std::move(responder));
      },
      admit_rest);
  RawClient client{port_};
  EXPECT_TRUE(is_served(client, kOpenToAll));
}

TEST_F(StrangersTest, P34_WhoHasLoggedInHasTheIdleTimeout) {
  options_.strangers = {.head_timeout = 400ms, .login_timeout = 800ms};
  start();
  RawClient client{port_};
  ASSERT_TRUE(is_served(client, kCall));
  std::this_thread::sleep_for(1000ms);
  EXPECT_TRUE(is_served(client, kCall));
  // A wrong password on it is no way back.
  ASSERT_TRUE(client.send(kGuess));
  EXPECT_TRUE(is_status(client.read_until("\r\n\r\n"), 401));
  std::this_thread::sleep_for(600ms);
  EXPECT_TRUE(is_served(client, kCall));
}

TEST_F(StrangersTest, P34_SixteenOfAnAddress) {
  start();
  Clients here;
  Clients there;
  Clients shared;
  connect(here, 16, "127.0.0.2");
  connect(shared, 20);
  connect(there, 20, "127.0.0.3");
  EXPECT_EQ(staying(here), 16);
  EXPECT_EQ(staying(there), 16);
  EXPECT_TRUE(there[0]->hung_up() && there[3]->hung_up()) << "the oldest go";
  EXPECT_EQ(staying(shared), 20) << "all programs of the machine share this one";
}

TEST_F(StrangersTest, P34_SixtyFourInAllAndTheCrowdLosesFirst) {
  start();
  Clients few;
  Clients many;
  connect(few, 10, "127.0.0.2");
  connect(many, 200);
  EXPECT_EQ(staying(few), 10);
  EXPECT_EQ(staying(many), 53) << "the client that counts had a place too";
}

TEST_F(StrangersTest, P34_SilentConnectionsLockNobodyOut) {
  options_.connections_max = 100;
  start();
  Clients regulars;
  connect(regulars, 30);
  for (auto& client : regulars) ASSERT_TRUE(is_served(*client, kCall));
  Clients silent;
  for (int round = 0; round < 5; ++round) {
    connect(silent, 60);
    ASSERT_TRUE(is_served(*regulars[0], kCall));
    ASSERT_EQ(ask("in")->status, 200);
  }
  EXPECT_EQ(staying(regulars), 30);
}

TEST_F(StrangersTest, P34_WhoWaitsForARefusalIsNotCountedButMakesRoom) {
  options_.connections_max = 80;
  options_.stop_timeout = 100ms;
  start(echo, [](const RequestHead& head) {
    Admission admission = admit(head);
    if (admission.answer) admission.delay = 60s;
    return admission;
  });
  // One after the other, so that few owe a request at any time.
  const auto guess = [&](Clients& clients, int count) {
    for (int i = 0; i < count; ++i) {
      connect(clients, 1);
      ASSERT_TRUE(clients.back()->send(kGuess));
    }
  };
  Clients guessers;
  guess(guessers, 75);
  EXPECT_EQ(staying(guessers), 75);
  Clients more;
  guess(more, 20);
  EXPECT_EQ(staying(more), 20);
  // 80, without the 20 that came and the one or two clients that count, of which the first may not be gone yet.
  const auto left = staying(guessers);
  EXPECT_TRUE(left == 58 || left == 59) << left;
}

}  // namespace
}  // namespace kepeng::http
