// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// HttpService: JSON-RPC as the HTTP server's two hooks.
//
// `admit` judges a request by its head alone: path, method, credentials; a wrong password is answered after a quarter
// of a second without holding a thread. `handle` answers a request that was admitted. Thread-safe.
#pragma once

#include <kepeng/http/server.h>
#include <kepeng/rpc/auth.h>
#include <kepeng/rpc/dispatch.h>

namespace kepeng::rpc {

class HttpService {
 public:
  // All outlive the service.
  HttpService(const Dispatcher& dispatcher, const Credentials& credentials, Logger& logger)
      : dispatcher_{dispatcher}, credentials_{credentials}, logger_{logger} {}

  // Is the target one of ours: "/" or "/wallet/..."?
  static bool serves(std::string_view target);
  http::Admission admit(const http::RequestHead& head) const;
  void handle(const http::Request& request, http::Responder responder) const;

 private:
  const Dispatcher& dispatcher_;
  const Credentials& credentials_;
  Logger& logger_;
};

}  // namespace kepeng::rpc
