// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Connections: connections in both directions, by TCP, through a SOCKS5 proxy or through an I2P router: bytes in, bytes
// out.
//
// One thread ("net") owns all sockets and calls the listener; the methods may be called from any thread, the listener's
// included, and never wait. A connection is known by its number, which is never used again; a call about one that is
// gone does nothing. Every connection that was announced (accepted or connected) is closed exactly once, with a reason.
// What is bounded: bytes that wait to be sent (the connection is closed beyond), bytes per read, connections of each
// direction, the time to connect. A reader that is too slow pauses a connection: the sender's TCP then waits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <kepeng/base/bytes.h>
#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>
#include <kepeng/net/endpoint.h>
#include <kepeng/net/sam.h>
#include <kepeng/net/socks5.h>

namespace kepeng::net {

using ConnectionId = std::uint64_t;

class ConnectionListener {
 public:
  virtual ~ConnectionListener() = default;

  // All in the net thread, and quick. `local` is our end; with a listener it tells which one was used.
  virtual void on_accepted(ConnectionId id, const Endpoint& remote, const Endpoint& local) = 0;
  // `remote` is who was reached: of a name that was looked up here, its address.
  virtual void on_connected(ConnectionId id, const Endpoint& remote, const Endpoint& local) = 0;
  // Good until it returns.
  virtual void on_bytes(ConnectionId id, ByteView bytes) = 0;
  // So much of what `send` was given has left, in all. Told now and then; always when nothing waits any more, and when
  // less than the low mark waits after more had waited.
  virtual void on_sent(ConnectionId id, std::uint64_t bytes) = 0;
  // Also for one that never came about, unless it was to be accepted.
  virtual void on_closed(ConnectionId id, const std::string& reason) = 0;
};

struct Proxy {
  Endpoint at;
  std::optional<ProxyCredentials> credentials;
};

// Of the target, or of the proxy or the router, which then sees to the target's.
enum class Names : std::uint8_t { Refuse, LookUp };

struct ConnectChoices {
  std::optional<Proxy> proxy{};
  std::optional<SamSession> i2p{};         // the target is a name in I2P; not with a proxy
  Names names = Names::Refuse;             // of a name's addresses a few are tried in turn
  std::optional<Endpoint> bind{};          // our end
  std::int64_t timeout_ms = 5'000;         // for the way to the target, or to the proxy
  std::int64_t proxy_timeout_ms = 60'000;  // for the answers of the proxy or the router
};

struct ConnectionLimits {
  std::size_t accepted_max = 512;  // who has come takes no room from those we call, and the other way round
  std::size_t called_max = 512;
  std::size_t send_bytes_max = 32u << 20;  // of one connection; larger than any message and what waits before it
  std::size_t send_bytes_low = 512u << 10;
  std::size_t read_bytes = 64u << 10;
};

class Connections {
 public:
  // `listener` outlives it.
  static std::unique_ptr<Connections> start(ConnectionListener& listener, const ConnectionLimits& limits);
  // Closes everything without calling the listener any more.
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Accepts connections at this address (port 0: any) from when it returns on; what it really is.
  Result<Endpoint, Fault> listen(const Endpoint& at);
  // Accepts who calls our name in I2P, for as long as the session lives; without a session nobody more.
  void accept_from_i2p(std::optional<SamSession> session);
  ConnectionId connect(const Endpoint& target, const ConnectChoices& choices);
  void send(ConnectionId id, Bytes bytes);
  // Sends what waits, for at most a second, and closes.
  void close(ConnectionId id, std::string reason);
  // Closes at once: what waits is thrown away, and its memory is free.
  void cut(ConnectionId id, std::string reason);
  void pause(ConnectionId id);
  void resume(ConnectionId id);
  std::size_t count() const;

 private:
  class Core;
  explicit Connections(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace kepeng::net
