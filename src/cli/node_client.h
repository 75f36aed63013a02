// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// NodeClient: JSON-RPC calls to the node that the options name, with its credentials, waiting for it if asked to.
// One owner.
#pragma once

#include <string>
#include <vector>

#include <kepeng/base/result.h>
#include <kepeng/config/options.h>
#include <kepeng/http/client.h>
#include <kepeng/json/value.h>

namespace kepeng::cli {

// Either the node's answer to the call was an error (code is not 0), or there was no usable answer.
struct CallFailure {
  std::int64_t code = 0;
  std::string message;
};

// One reply object: its error when it has one, else its result.
Result<json::Value, CallFailure> outcome_of(const json::Value& reply);

class NodeClient {
 public:
  // Fails for a bad -rpcconnect. `password` replaces -rpcpassword when it is not empty.
  static Result<NodeClient, std::string> create(const config::Options& options, const std::string& password);

  Result<json::Value, CallFailure> call(const std::string& method, const json::Value& parameters) const;
  // All calls in one batch; the replies in the order of the calls.
  struct Item {
    std::string method;
    json::Value parameters;
  };
  Result<std::vector<Result<json::Value, CallFailure>>, CallFailure> batch(const std::vector<Item>& items) const;

 private:
  NodeClient(const config::Options& options, std::string password);
  struct Attempt;
  Result<json::Value, Attempt> attempt(const std::string& body) const;
  Result<json::Value, CallFailure> exchange_waiting(const std::string& body) const;
  std::string credentials() const;
  std::string unreachable_text() const;
  std::string unauthorized_text() const;

  const config::Options& options_;
  std::string password_;
  http::ClientRequest request_;
};

}  // namespace kepeng::cli
