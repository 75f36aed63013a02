// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// A listener that writes down what happens to connections, and answers if it is told to.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>

#include <kepeng/net/connections.h>

namespace kepeng::net {

class Recorder final : public ConnectionListener {
 public:
  struct Connection {
    bool is_open = false;
    Endpoint remote;
    Bytes received;
    std::uint64_t sent = 0;
    int closed = 0;
    std::string reason;
  };
  std::function<void(ConnectionId, ByteView)> answer;
  std::function<void(ConnectionId)> greet;

  void on_accepted(ConnectionId id, const Endpoint& remote, const Endpoint&) override {
    note([&] { seen_[id] = {true, remote, {}, 0, 0, {}}, accepted_.push_back(id); });
    if (greet) greet(id);
  }
  void on_connected(ConnectionId id, const Endpoint& remote, const Endpoint&) override {
    note([&] { seen_[id].is_open = true, seen_[id].remote = remote; });
  }
  void on_bytes(ConnectionId id, ByteView bytes) override {
    note([&] { seen_[id].received.insert(seen_[id].received.end(), bytes.begin(), bytes.end()); });
    if (answer) answer(id, bytes);
  }
  void on_sent(ConnectionId id, std::uint64_t bytes) override {
    note([&] { seen_[id].sent = bytes; });
  }
  void on_closed(ConnectionId id, const std::string& reason) override {
    note([&] { seen_[id].is_open = false, ++seen_[id].closed, seen_[id].reason = reason; });
  }

  Connection of(ConnectionId id) {
    std::scoped_lock hold{mutex_};
    return seen_[id];
  }
  std::vector<ConnectionId> accepted() {
    std::scoped_lock hold{mutex_};
    return accepted_;
  }
  template <class F>
  bool wait(F&& until) {
    std::unique_lock hold{mutex_};
    return changed_.wait_for(hold, std::chrono::seconds{10}, [&] { return until(); });
  }
  bool wait_open(ConnectionId id) {
    return wait([&] { return seen_[id].is_open; });
  }
  bool wait_closed(ConnectionId id) {
    return wait([&] { return seen_[id].closed != 0; });
  }
  bool wait_received(ConnectionId id, std::size_t count) {
    return wait([&] { return seen_[id].received.size() >= count; });
  }
  bool wait_sent(ConnectionId id, std::uint64_t bytes) {
    return wait([&] { return seen_[id].sent >= bytes; });
  }
  bool wait_accepted(std::size_t count) {
    return wait([&] { return accepted_.size() >= count; });
  }

  // Makes who waits look again.
  void touch() {
    note([] {});
  }

 private:
  template <class F>
  void note(F&& change) {
    std::scoped_lock hold{mutex_};
    change();
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<ConnectionId, Connection> seen_;
  std::vector<ConnectionId> accepted_;
};

inline const Endpoint kAnyPort{"127.0.0.1", 0};

inline Bytes text(std::string_view words) {
  return {words.begin(), words.end()};
}

}  // namespace kepeng::net
