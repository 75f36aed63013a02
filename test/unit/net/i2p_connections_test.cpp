// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Connections through a SAM bridge that is played here.
#include <gtest/gtest.h>

#include <kepeng/net/i2p_destination.h>

#include "recorder.h"

namespace kepeng::net {
namespace {

Bytes destination(std::uint8_t filling) {
  Bytes made(384, filling);
  append(made, Bytes{5, 0, 4, 0, 7, 0, 0});
  return made;
}

const std::string kHello = "HELLO REPLY RESULT=OK VERSION=3.1\n";
const std::string kStreamOk = "STREAM STATUS RESULT=OK\n";

// Answers each line as a router with one far node would; callers that wait for a peer get one when it is time.
class Bridge {
 public:
  Bridge() {
    recorder_.answer = [this](ConnectionId id, ByteView bytes) { hear(id, bytes); };
    sockets_ = Connections::start(recorder_, {});
    at = sockets_->listen(kAnyPort).value();
  }

  void let_come(const Bytes& caller) { sockets_->send(waiting(), text(to_i2p_base64(caller) + " FROM_PORT=0\nhello")); }
  ConnectionId waiting() {
    EXPECT_TRUE(recorder_.wait([this] { return waiting_ != 0; }));
    const ConnectionId id = waiting_.exchange(0);
    EXPECT_TRUE(recorder_.wait_sent(id, kHello.size() + kStreamOk.size()));  // both replies have left
    return id;
  }
  void drop(ConnectionId id) { sockets_->close(id, "dropped"); }

  Endpoint at;
  std::string far_name = i2p_name_of(destination(1));

 private:
  void hear(ConnectionId id, ByteView bytes) {
    for (;;) {
      const auto line = lines_.try_emplace(id, kSamLineBytesMax).first->second.take(bytes);
      if (!line || !*line) return;
      const std::string& said = **line;
      if (said.starts_with("HELLO")) sockets_->send(id, text(kHello));
      if (said == "NAMING LOOKUP NAME=" + far_name) {
        sockets_->send(id, text("NAMING REPLY RESULT=OK VALUE=" + to_i2p_base64(destination(1)) + "\n"));
      } else if (said.starts_with("NAMING")) {
        sockets_->send(id, text("NAMING REPLY RESULT=KEY_NOT_FOUND\n"));
      }
      if (said.starts_with("STREAM")) sockets_->send(id, text(kStreamOk));
      if (said.starts_with("STREAM ACCEPT")) {
        waiting_ = id;
        recorder_.touch();
      }
    }
  }

  Recorder recorder_;
  std::map<ConnectionId, LineGather> lines_;
  std::atomic<ConnectionId> waiting_{0};
  std::unique_ptr<Connections> sockets_;
};

TEST(I2pConnections, OutAndIn) {
  Bridge bridge;
  Recorder here;
  const auto client = Connections::start(here, {});
  const SamSession session{bridge.at, "abc", "own.b32.i2p"};
  const ConnectionId id = client->connect({bridge.far_name, 0}, {.i2p = session});
  ASSERT_TRUE(here.wait_open(id));
  const ConnectionId nobody = client->connect({"nobody.b32.i2p", 0}, {.i2p = session});
  ASSERT_TRUE(here.wait_closed(nobody));
  EXPECT_EQ(here.of(nobody).reason, "The I2P router refuses: KEY_NOT_FOUND.");

  client->accept_from_i2p(session);
  for (std::uint8_t i = 1; i <= 3; ++i) {
    bridge.let_come(destination(10 + i));
    ASSERT_TRUE(here.wait_accepted(i));
    const ConnectionId came = here.accepted().back();
    ASSERT_TRUE(here.wait_received(came, 5));
    EXPECT_EQ(here.of(came).received, text("hello"));
    EXPECT_EQ(here.of(came).remote, (Endpoint{i2p_name_of(destination(10 + i)), 0}));
  }
  // One that the router drops is no connection that anybody has heard of; another one waits in its place.
  bridge.drop(bridge.waiting());
  bridge.let_come(destination(20));
  ASSERT_TRUE(here.wait_accepted(4));
  // Without a session nobody waits.
  const ConnectionId last = bridge.waiting();
  client->accept_from_i2p(std::nullopt);
  static_cast<void>(last);
  for (int i = 0; i < 1000 && client->count() != 5; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  EXPECT_EQ(client->count(), 5u);
}

TEST(I2pConnections, ARouterThatSaysNothingIsLeft) {
  Recorder silent;
  Recorder here;
  const auto router = Connections::start(silent, {});
  const auto client = Connections::start(here, {});
  const SamSession session{router->listen(kAnyPort).value(), "abc", "own.b32.i2p"};
  const ConnectionId id = client->connect({"x.b32.i2p", 0}, {.i2p = session, .proxy_timeout_ms = 50});
  ASSERT_TRUE(here.wait_closed(id));
  EXPECT_EQ(here.of(id).reason, "the I2P router took too long");
}

}  // namespace
}  // namespace kepeng::net
