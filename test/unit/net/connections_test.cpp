// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Real sockets on the loopback interface.
#include <gtest/gtest.h>

#include <thread>

#include "recorder.h"

namespace kepeng::net {
namespace {

using namespace std::chrono_literals;

TEST(Connections, BytesGoBothWaysAndTheEndIsToldOnce) {
  Recorder here;
  Recorder there;
  const auto server = Connections::start(there, {});
  const auto client = Connections::start(here, {});
  const Endpoint at = server->listen(kAnyPort).value();
  there.answer = [&](ConnectionId id, ByteView bytes) { server->send(id, Bytes(bytes.begin(), bytes.end())); };
  const ConnectionId id = client->connect(at, {});
  ASSERT_TRUE(here.wait_open(id));
  client->send(id, text("hello "));
  client->send(id, text("there"));
  ASSERT_TRUE(here.wait_received(id, 11));
  EXPECT_EQ(here.of(id).received, text("hello there"));
  ASSERT_TRUE(there.wait_accepted(1));
  EXPECT_EQ(there.of(there.accepted()[0]).remote.host, "127.0.0.1");
  EXPECT_EQ(client->count(), 1u);
  client->close(id, "enough");
  client->close(id, "again");
  client->send(id, text("too late"));
  ASSERT_TRUE(here.wait_closed(id));
  ASSERT_TRUE(there.wait_closed(there.accepted()[0]));
  EXPECT_EQ(here.of(id).reason, "enough");
  EXPECT_EQ(here.of(id).closed, 1);
  EXPECT_EQ(there.of(there.accepted()[0]).reason, "the other end closed the connection");
  EXPECT_EQ(client->count(), 0u);
}

TEST(Connections, LastWordsAreSent) {
  Recorder here;
  Recorder there;
  const auto server = Connections::start(there, {});
  const auto client = Connections::start(here, {});
  const ConnectionId id = client->connect(server->listen(kAnyPort).value(), {});
  ASSERT_TRUE(here.wait_open(id));
  client->send(id, Bytes(1'000'000, 7));
  client->close(id, "done");
  ASSERT_TRUE(there.wait_accepted(1));
  ASSERT_TRUE(there.wait_closed(there.accepted()[0]));
  EXPECT_EQ(there.of(there.accepted()[0]).received.size(), 1'000'000u);
}

TEST(Connections, P03_WhoIsCutOffGetsNoLastWords) {
  Recorder here;
  Recorder there;
  const auto server = Connections::start(there, {});
  const auto client = Connections::start(here, {});
  const ConnectionId id = client->connect(server->listen(kAnyPort).value(), {});
  ASSERT_TRUE(here.wait_open(id));
  ASSERT_TRUE(there.wait_accepted(1));
  server->pause(there.accepted()[0]);
  client->send(id, Bytes(30u << 20, 7));
  const auto since = std::chrono::steady_clock::now();
  client->cut(id, "enough");
  ASSERT_TRUE(here.wait_closed(id));
  EXPECT_LT(std::chrono::steady_clock::now() - since, 900ms);  // last words have a second
  EXPECT_EQ(here.of(id).reason, "enough");
  EXPECT_EQ(here.of(id).closed, 1);
}

TEST(Connections, FailuresAreToldWithTheirReason) {
  Recorder here;
  const auto client = Connections::start(here, {});
  Endpoint closed;
  {
    Recorder nobody;
    closed = Connections::start(nobody, {})->listen(kAnyPort).value();
  }
  const ConnectionId refused = client->connect(closed, {});
  ASSERT_TRUE(here.wait_closed(refused));
  EXPECT_EQ(here.of(refused).reason, "Connection refused");
  const ConnectionId name = client->connect({"no.such.name", 1}, {});
  ASSERT_TRUE(here.wait_closed(name));
  EXPECT_EQ(here.of(name).reason, "no.such.name is no IP address, and there is no proxy to look it up");
  Recorder there;
  const auto server = Connections::start(there, {});
  const Endpoint taken = server->listen(kAnyPort).value();
  EXPECT_EQ(client->listen({"127.0.0.1x", 1}).error().kind, FaultKind::Config);
  EXPECT_NE(client->listen(taken).error().message.find("Address already in use"), std::string::npos);
}

TEST(Connections, ANameIsLookedUpWhereThatIsAllowed) {
  Recorder here;
  Recorder there;
  const auto server = Connections::start(there, {});
  const auto client = Connections::start(here, {});
  const Endpoint at = server->listen(kAnyPort).value();
  // Whatever else the name stands for, one of its addresses is the one that listens.
  const ConnectionId id = client->connect({"localhost", at.port}, {.names = Names::LookUp});
  ASSERT_TRUE(here.wait_open(id));
  EXPECT_EQ(here.of(id).remote, at);
  const ConnectionId none = client->connect({"no-such-name.invalid", 1}, {.names = Names::LookUp});
  ASSERT_TRUE(here.wait_closed(none));
  EXPECT_EQ(here.of(none).reason, "no address was found for the name no-such-name.invalid");
  client->connect({"localhost", at.port}, {.names = Names::LookUp});  // whose answer may come after the end
}

TEST(Connections, P03_B046_APeerThatNeverReadsIsBounded) {
  Recorder here;
  Recorder there;
  const auto server = Connections::start(there, {});
  const auto client = Connections::start(here, {.send_bytes_max = 20u << 20});
  const ConnectionId id = client->connect(server->listen(kAnyPort).value(), {});
  ASSERT_TRUE(here.wait_open(id));
  ASSERT_TRUE(there.wait_accepted(1));
  server->pause(there.accepted()[0]);
  for (int i = 0; i < 64; ++i) client->send(id, Bytes(1u << 20, 1));
  ASSERT_TRUE(here.wait_closed(id));
  EXPECT_EQ(here.of(id).reason, "too much waits to be sent");
}

TEST(Connections, PausingMakesTheSenderWaitAndLosesNothing) {
  Recorder here;
  Recorder there;
  const auto server = Connections::start(there, {});
  const auto client = Connections::start(here, {});
  there.greet = [&](ConnectionId id) { server->pause(id); };
  const ConnectionId id = client->connect(server->listen(kAnyPort).value(), {});
  ASSERT_TRUE(here.wait_open(id));
  ASSERT_TRUE(there.wait_accepted(1));
  constexpr std::size_t kBytes = 24u << 20;
  client->send(id, Bytes(kBytes, 1));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(here.of(id).sent, 0u);
  server->resume(there.accepted()[0]);
  ASSERT_TRUE(there.wait_received(there.accepted()[0], kBytes));
  ASSERT_TRUE(here.wait([&] { return true; }));
  for (int i = 0; i < 1000 && here.of(id).sent == 0; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(here.of(id).sent, kBytes);
}

TEST(Connections, P03_WhatHasLeftIsToldAndInTheEndAllOfIt) {
  Recorder here;
  Recorder there;
  const auto server = Connections::start(there, {});
  const auto client = Connections::start(here, {});
  const ConnectionId id = client->connect(server->listen(kAnyPort).value(), {});
  ASSERT_TRUE(here.wait_open(id));
  std::uint64_t given = 0;
  for (int round = 0; round < 50; ++round) {
    for (const std::size_t size : {1u, 10u, 300u << 10, 77u}) {
      client->send(id, Bytes(size, 1));
      given += size;
    }
    ASSERT_LE(here.of(id).sent, given);
    if (round % 10 == 9) {
      ASSERT_TRUE(here.wait([&] { return true; }));
      for (int i = 0; i < 2000 && here.of(id).sent != given; ++i) std::this_thread::sleep_for(5ms);
      ASSERT_EQ(here.of(id).sent, given);
    }
  }
}

TEST(Connections, P04_NoMoreThanTheLimit) {
  Recorder here;
  Recorder there;
  const auto server = Connections::start(there, {.accepted_max = 3});
  const auto client = Connections::start(here, {.called_max = 5});
  const Endpoint at = server->listen(kAnyPort).value();
  std::vector<ConnectionId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(client->connect(at, {}));
  ASSERT_TRUE(there.wait_accepted(3));
  int closed = 0;
  for (int i = 0; i < 1000 && closed < 2; ++i) {
    std::this_thread::sleep_for(5ms);
    closed = 0;
    for (const ConnectionId id : ids) closed += here.of(id).closed;
  }
  EXPECT_EQ(closed, 2);
  EXPECT_EQ(server->count(), 3u);
}

TEST(Connections, P04_WhoHasComeTakesNoRoomFromThoseWeCall) {
  Recorder here;
  Recorder there;
  const auto server = Connections::start(there, {});
  const auto client = Connections::start(here, {.accepted_max = 2, .called_max = 1});
  const Endpoint ours = client->listen(kAnyPort).value();
  for (int i = 0; i < 2; ++i) server->connect(ours, {});
  ASSERT_TRUE(here.wait_accepted(2));
  const Endpoint theirs = server->listen(kAnyPort).value();
  const ConnectionId called = client->connect(theirs, {});
  ASSERT_TRUE(here.wait_open(called));
  const ConnectionId refused = client->connect(theirs, {});
  ASSERT_TRUE(here.wait_closed(refused));
  EXPECT_EQ(here.of(refused).reason, "too many connections");
  client->close(called, "");
  ASSERT_TRUE(here.wait_closed(called));
  ASSERT_TRUE(here.wait_open(client->connect(theirs, {})));
}

TEST(Connections, B048_ManyComeAndGo) {
  Recorder here;
  Recorder there;
  const auto server = Connections::start(there, {});
  const auto client = Connections::start(here, {});
  const Endpoint at = server->listen(kAnyPort).value();
  for (int i = 0; i < 300; ++i) {
    const ConnectionId id = client->connect(at, {});
    if (i % 3 != 0) {
      ASSERT_TRUE(here.wait_open(id));
    }
    client->close(id, "gone");
    ASSERT_TRUE(here.wait_closed(id));
  }
  EXPECT_EQ(client->count(), 0u);
  for (int i = 0; i < 1000 && server->count() != 0; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(server->count(), 0u);
}

// A proxy that reads the request and then is the target.
TEST(Connections, AProxyIsAskedByName) {
  Recorder here;
  Recorder proxy;
  const auto server = Connections::start(proxy, {});
  const auto client = Connections::start(here, {});
  const Endpoint at = server->listen(kAnyPort).value();
  proxy.answer = [&](ConnectionId id, ByteView bytes) {
    if (bytes.size() == 3) server->send(id, {5, 0});
    if (bytes.size() > 3 && bytes[1] == 1) server->send(id, Bytes{5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 'h', 'i'});
  };
  const ConnectionId id = client->connect({"far.onion", 8333}, {.proxy = Proxy{at, std::nullopt}});
  ASSERT_TRUE(here.wait_open(id));
  ASSERT_TRUE(here.wait_received(id, 2));
  EXPECT_EQ(here.of(id).received, text("hi"));
  const Bytes asked = proxy.of(proxy.accepted()[0]).received;
  const Bytes name = text("far.onion");
  EXPECT_NE(std::search(asked.begin(), asked.end(), name.begin(), name.end()), asked.end());
}

// However slowly it goes on, the time for all of it is limited.
TEST(Connections, B043_AProxyThatDribblesIsLeft) {
  Recorder here;
  Recorder proxy;
  const auto server = Connections::start(proxy, {});
  const auto client = Connections::start(here, {});
  const Endpoint at = server->listen(kAnyPort).value();
  const ConnectionId id =
      client->connect({"far.onion", 8333}, {.proxy = Proxy{at, std::nullopt}, .proxy_timeout_ms = 300});
  ASSERT_TRUE(proxy.wait_accepted(1));
  const ConnectionId far = proxy.accepted()[0];
  // The longest reply there is, a byte at a time.
  Bytes reply{5, 0, 5, 0, 0, 3, 255};
  reply.resize(reply.size() + 255 + 2);
  std::size_t said = 0;
  for (const std::uint8_t byte : reply) {
    if (here.of(id).closed != 0) break;
    server->send(far, {byte});
    ++said;
    std::this_thread::sleep_for(20ms);
  }
  ASSERT_TRUE(here.wait_closed(id));
  EXPECT_EQ(here.of(id).reason, "the proxy took too long");
  EXPECT_LT(said, reply.size());
}

TEST(Connections, B043_AProxyThatSaysNothingIsLeft) {
  Recorder here;
  Recorder proxy;
  const auto server = Connections::start(proxy, {});
  const auto client = Connections::start(here, {});
  const Endpoint at = server->listen(kAnyPort).value();
  const ConnectionId id =
      client->connect({"far.onion", 8333}, {.proxy = Proxy{at, std::nullopt}, .proxy_timeout_ms = 50});
  ASSERT_TRUE(here.wait_closed(id));
  EXPECT_EQ(here.of(id).reason, "the proxy took too long");
}

}  // namespace
}  // namespace kepeng::net
