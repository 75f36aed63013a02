// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// HttpService: JSON-RPC as the HTTP server's two hooks.
//
// `admit` judges a request by its head alone: path, method, credentials; a wrong password is answered after a quarter
// of a second without holding a thread. `handle` answers a request that was admitted; one that may wait for long goes
// to a thread of its own, of which there are kWaitingCallsMax. Thread-safe.
#pragma once

#include <kepeng/http/server.h>
#include <kepeng/rpc/auth.h>
#include <kepeng/rpc/dispatch.h>

namespace kepeng::rpc {

// Of waitfornewblock and its like, at one time. The next one is answered with 503.
inline constexpr std::size_t kWaitingCallsMax = 64;

class WaitingRoom;

class HttpService {
 public:
  // All outlive the service.
  HttpService(const Dispatcher& dispatcher, const Credentials& credentials, Logger& logger);
  ~HttpService();

  // Is the target one of ours: "/" or "/wallet/..."?
  static bool serves(std::string_view target);
  http::Admission admit(const http::RequestHead& head) const;
  void handle(http::Request request, http::Responder responder) const;
  // Waits until no call waits any more: after the server has stopped, before what calls use goes away.
  void stop();

 private:
  void answer(const http::Request& request, http::Responder& responder) const;

  const Dispatcher& dispatcher_;
  const Credentials& credentials_;
  Logger& logger_;
  std::unique_ptr<WaitingRoom> waiting_;
};

}  // namespace kepeng::rpc
