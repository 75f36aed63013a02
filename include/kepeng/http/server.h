// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// HTTP server: accepts connections, checks them, and hands whole requests to a handler.
//
// The order of events for one request: the peer's address must be in an allowed subnet, or the connection is dropped;
// the head (at most 8,192 bytes) is read and must be strictly well formed; the `admit` hook sees the head and may
// answer at once, so nothing of a stranger's body is read; the body is read within its limit; the request waits in the
// work queue (a full queue answers 503) and a worker thread runs the handler. A handler may keep its Responder and
// answer later from any thread, so a long poll holds no worker. Requests of one connection are answered in order.
//
// A connection is a stranger's until `admit` says that it has logged in. StrangerLimits bound how long strangers stay
// and how many they are; beyond that the older ones are closed, never the new one refused, so they cannot keep out
// those who have a password. A stranger's request that `admit` lets pass is served all the same, and its time begins
// anew. When connections_max is reached a stranger makes room, and without one the new connection is dropped.
//
// `start` fails if any address cannot be bound: half a server is none. `stop` refuses new work, lets handlers finish
// and replies go out, and joins all threads. The object is thread-safe; `admit` runs on the network thread and must be
// quick.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kepeng/base/fault.h>
#include <kepeng/base/log.h>
#include <kepeng/base/result.h>
#include <kepeng/http/message.h>

namespace kepeng::http {

inline constexpr std::size_t kHeadBytesMax = 8192;              // as bitcoind
inline constexpr std::size_t kBodyBytesMax = 32 * 1024 * 1024;  // a block in hex, four times over
inline constexpr std::size_t kConnectionsMax = 2048;            // a connection without a request costs a few KiB

// For connections that have not logged in.
struct StrangerLimits {
  // For a whole head, however the bytes come; from the start of the connection, from the last refusal, or, after a
  // request that was served, from the first byte. The idle timeout if that is shorter.
  std::chrono::milliseconds head_timeout{10'000};
  // From the start, or from the last request that was served. Refused ones do not prolong it.
  std::chrono::milliseconds login_timeout{30'000};
  // Of whom a request is awaited, at one time. Beyond it, the oldest of the address that has the most is closed.
  std::size_t connections_max = 64;
  // As above, for one address; beyond it, its oldest is closed. Not for 127.0.0.1 and ::1, which all programs of this
  // machine share.
  std::size_t per_address_max = 16;
};

struct Endpoint {
  std::string address{};   // IPv4 or IPv6 literal
  std::uint16_t port = 0;  // 0: the system chooses, see Server::endpoints
  // For default binds on both loopbacks: a system without that address family or address goes without. An address that
  // is in use is an error all the same.
  bool skip_if_missing = false;
};

// What the hook decides about a request whose head was read. Without `answer` the request goes on.
struct Admission {
  std::optional<Response> answer{};
  std::chrono::milliseconds delay{0};  // before the answer; holds no thread
  std::string user{};                  // handed to the handler
  bool logged_in = false;              // the limits for strangers end for this connection
  std::size_t body_bytes_max = kBodyBytesMax;
};

struct ServerOptions {
  std::vector<Endpoint> binds{};
  // "10.0.0.0/8", "1.2.3.4", "1.2.3.0/255.255.255.0", "fe80::/10". Loopback is always allowed.
  std::vector<std::string> allowed_subnets{};
  // Names that a Host header may carry besides IP literals and localhost; empty: any name (no check).
  std::vector<std::string> allowed_hosts{};
  // A browser page of another site is the only sender of this header that we know: refused with 403.
  bool refuse_origin = true;
  std::size_t threads = 16;
  std::size_t queue_depth = 64;
  std::size_t connections_max = kConnectionsMax;
  StrangerLimits strangers{};
  // For each step of reading or writing, and for a head as a whole. StrangerLimits can only make it shorter.
  std::chrono::milliseconds idle_timeout{30'000};
  std::chrono::milliseconds stop_timeout{10'000};
  Logger* logger = nullptr;
};

// The right to answer one request, once. Dropping it unanswered answers 500. Movable to any thread.
class Responder {
 public:
  class Channel;
  explicit Responder(std::shared_ptr<Channel> channel);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();

  void send(Response response);
  // True when the client has gone away: nobody waits for the answer.
  bool abandoned() const;

 private:
  std::shared_ptr<Channel> channel_;
};

class Server {
 public:
  using Admit = std::function<Admission(const RequestHead&)>;
  using Handler = std::function<void(Request, Responder)>;

  static Result<std::unique_ptr<Server>, Fault> start(ServerOptions options, Admit admit, Handler handler);
  ~Server();  // stops

  // Where it listens, with the ports that the system chose.
  std::vector<Endpoint> endpoints() const;
  void stop();

 private:
  class Impl;
  explicit Server(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace kepeng::http
