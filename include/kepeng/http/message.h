// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What HTTP carries: requests, their heads, responses. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kepeng::http {

struct Header {
  std::string name{};
  std::string value{};
};

// Everything that is known before the body is read.
struct RequestHead {
  std::string method{};  // as sent: methods are case-sensitive
  std::string target{};  // path and query, not decoded
  std::vector<Header> headers{};
  std::string peer{};  // "127.0.0.1:50000", "[::1]:50000"

  // The first header of that name (any case), or nullptr.
  const std::string* header(std::string_view name) const;
};

struct Request : RequestHead {
  std::string body{};
  std::string user{};  // what the admission hook said
};

struct Response {
  int status = 200;
  std::string body{};
  std::string content_type{};  // empty: no such header
  std::vector<Header> headers{};
};

}  // namespace kepeng::http
