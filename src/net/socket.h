// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// One connection and its socket. Private to net; net thread.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>

#include <kepeng/net/connections.h>
#include <kepeng/net/resolver.h>

namespace kepeng::net {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Stream = asio::generic::stream_protocol;  // TCP, or a socket in the file system
using Error = boost::system::error_code;

std::string address_text(const asio::ip::address& address);
Endpoint to_endpoint(const Tcp::endpoint& from);

class Socket : public std::enable_shared_from_this<Socket> {
 public:
  struct Owner {
    ConnectionListener& listener;
    const ConnectionLimits& limits;
    // Forgets the connection, before the listener is told.
    std::function<void(ConnectionId)> forget;
    // The answer comes in the net thread.
    std::function<void(const std::string& name, Resolver::OnAnswer)> look_up;
    // What has become of a connection that waited to be accepted from I2P: it came (no problem), or will not.
    std::function<void(ConnectionId, const std::string& problem)> decided;
  };

  Socket(ConnectionId id, Owner& owner, Stream::socket socket);
  ConnectionId id() const { return id_; }

  // One of these begins it.
  void begin_accepted(const Endpoint& remote);
  void begin_connect(const Endpoint& target, const ConnectChoices& choices);
  void begin_accept(const SamSession& session);

  void send(Bytes bytes);
  void close_after_sending(std::string reason);
  void pause() { is_paused_ = true; }
  void resume();
  // At once: what waits to be sent is thrown away.
  void fail(const std::string& reason);
  // Without word to the listener.
  void abandon();

 private:
  enum class Stage { Connecting, Passing, Open, Closed };
  enum class Role { Connects, Accepts };

  void begin();
  const Endpoint& first_hop() const;
  Endpoint local_end() const;
  Endpoint remote_end() const;
  void connect_next();
  void on_attempt_failed(const std::string& reason);
  void on_tcp_connected();
  std::unique_ptr<Passage> make_passage() const;
  void take_from_passage(ByteView bytes);
  void open(const Endpoint& remote, ByteView already_here);
  void read();
  void on_read(std::size_t count);
  void write();
  void tell_what_left();
  void set_deadline(std::int64_t milliseconds, std::string what);

  const ConnectionId id_;
  Owner& owner_;
  Stream::socket socket_;
  asio::steady_timer deadline_;
  Stage stage_ = Stage::Connecting;
  Endpoint target_;
  ConnectChoices choices_;
  Role role_ = Role::Connects;
  std::deque<Stream::endpoint> candidates_;  // of the first hop
  unsigned attempt_ = 0;
  std::unique_ptr<Passage> passage_;
  std::vector<std::uint8_t> buffer_;
  std::deque<Bytes> queue_;
  std::size_t passage_writes_ = 0;  // of the queue, once open: what was said to the go-between and is still leaving
  std::uint64_t given_bytes_ = 0;   // to `send`
  std::uint64_t told_bytes_ = 0;    // that have left
  std::size_t queued_bytes_ = 0;
  bool was_full_ = false;
  bool is_writing_ = false;
  bool is_reading_ = false;
  bool is_paused_ = false;
  std::optional<std::string> closing_;  // the reason, while what waits is being sent
};

}  // namespace kepeng::net
