// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// HTTP client: one request, one answer, then the connection is closed. Blocking, with one time limit for the whole
// exchange. Thread-safe (no state).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <kepeng/base/result.h>
#include <kepeng/http/message.h>

namespace kepeng::http {

struct ClientRequest {
  std::string host{};  // name or literal
  std::uint16_t port = 0;
  std::string method = "POST";
  std::string target = "/";
  std::vector<Header> headers{};
  std::string body{};
  std::chrono::milliseconds timeout{0};  // 0: none
};

enum class ClientFailureKind {
  Unreachable,  // no such host, or nobody accepted the connection
  TimedOut,
  Broken,  // the connection ended early, or what came was no HTTP
};

struct ClientFailure {
  ClientFailureKind kind = ClientFailureKind::Broken;
  std::string message{};
};

struct ClientResponse {
  int status = 0;
  std::vector<Header> headers{};
  std::string body{};
};

Result<ClientResponse, ClientFailure> exchange(const ClientRequest& request);

}  // namespace kepeng::http
