// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "node_client.h"

#include <chrono>
#include <fstream>
#include <thread>

#include <kepeng/base/base64.h>
#include <kepeng/json/reader.h>
#include <kepeng/json/writer.h>

namespace kepeng::cli {
namespace {

using json::Value;

constexpr std::int64_t kInWarmup = -28;
constexpr std::chrono::milliseconds kRetryAfter{1000};

std::string url_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

struct HostAndPort {
  std::string host;
  std::optional<std::int64_t> port;
};

// "host", "host:port", "[v6]:port", "v6".
std::optional<HostAndPort> split_host(const std::string& text) {
  HostAndPort split{text, std::nullopt};
  const auto colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const bool has_port = colon != std::string::npos && (bracketed ? text[colon - 1] == ']' : text.find(':') == colon);
  if (has_port) {
    const Value port = Value::number(text.substr(colon + 1));
    split.port = port.as_int64();
    if (!split.port || *split.port < 1 || *split.port > 65535) return std::nullopt;
    split.host = text.substr(0, colon);
  }
  if (bracketed) {
    if (!split.host.ends_with(']')) return std::nullopt;
    split.host = split.host.substr(1, split.host.size() - 2);
  }
  return split;
}

void write_request(json::Writer& out, const NodeClient::Item& item, const Value& id) {
  out.begin_object();
  out.field("jsonrpc", "2.0");
  out.field("method", item.method);
  out.field("params", item.parameters);
  out.field("id", id);
  out.end_object();
}

// -rpcid is text that may be JSON.
Value request_id(const config::Options& options) {
  const std::string text = options.get_string("rpcid");
  auto parsed = json::parse(text);
  const bool plain = parsed && (parsed->is_number() || parsed->is_string());
  return plain ? std::move(parsed).value() : Value::string(text);
}

}  // namespace

struct NodeClient::Attempt {
  enum class Next : std::uint8_t { GiveUp, Retry } next = Next::GiveUp;
  std::string message;
};

Result<Value, CallFailure> outcome_of(const Value& reply) {
  const Value* error = reply.find("error");
  if (error != nullptr && !error->is_null()) {
    const Value* code = error->find("code");
    const Value* message = error->find("message");
    const std::string* text = message != nullptr ? message->as_string() : nullptr;
    return Err{CallFailure{code != nullptr ? code->as_int64().value_or(-1) : -1,
                           text != nullptr ? *text : json::to_text(*error)}};
  }
  const Value* result = reply.find("result");
  if (result == nullptr) return Err{CallFailure{0, "expected reply to have result, error and id properties"}};
  return *result;
}

NodeClient::NodeClient(const config::Options& options, std::string password)
    : options_{options}, password_{std::move(password)} {}

Result<NodeClient, std::string> NodeClient::create(const config::Options& options, const std::string& password) {
  NodeClient client{options, password.empty() ? options.get_string("rpcpassword") : password};
  const std::string connect = options.get_string("rpcconnect");
  const auto where = split_host(connect);
  if (!where) return Err{"Invalid port provided in -rpcconnect: " + connect};
  const auto port = options.find_int("rpcport");
  if (port && (*port < 1 || *port > 65535))
    return Err{"Invalid port provided in -rpcport: " + options.get_string("rpcport")};
  client.request_.host = where->host;
  const std::int64_t chosen = port ? *port : where->port.value_or(config::rpc_port_of(options.network()));
  client.request_.port = static_cast<std::uint16_t>(chosen);
  client.request_.timeout = std::chrono::seconds{options.get_int("rpcclienttimeout")};
  if (const auto wallet = options.find_string("rpcwallet")) client.request_.target = "/wallet/" + url_encoded(*wallet);
  return client;
}

// The cookie is read for each attempt: a node that is just starting writes a new one.
std::string NodeClient::credentials() const {
  if (!password_.empty()) return options_.get_string("rpcuser") + ':' + password_;
  std::string cookie;
  std::ifstream file{options_.get_path("rpccookiefile")};
  std::getline(file, cookie);
  return cookie;
}

std::string NodeClient::unreachable_text() const {
  return "Could not connect to the server " + request_.host + ':' + std::to_string(request_.port) +
         "\n\nMake sure the kepengd server is running and that you are connecting to the correct RPC port.\n"
         "Use \"kepeng-cli -help\" for more info.";
}

std::string NodeClient::unauthorized_text() const {
  if (!credentials().empty()) return "Authorization failed: Incorrect rpcuser or rpcpassword";
  return "Could not locate RPC credentials. No authentication cookie could be found at " +
         options_.get_path("rpccookiefile").string() +
         ", and RPC password is not set.  See -rpcpassword and -stdinrpcpass.  Configuration file: (" +
         (options_.config_file().empty() ? "none" : options_.config_file().string()) + ")";
}

Result<Value, NodeClient::Attempt> NodeClient::attempt(const std::string& body) const {
  using Next = Attempt::Next;
  http::ClientRequest request = request_;
  request.body = body;
  request.headers = {{"Content-Type", "application/json"}};
  if (const std::string known = credentials(); !known.empty()) {
    request.headers.push_back({"Authorization", "Basic " + to_base64(as_bytes(known))});
  }
  const auto response = http::exchange(request);
  if (!response) {
    const bool nobody = response.error().kind == http::ClientFailureKind::Unreachable;
    if (nobody) return Err{Attempt{Next::Retry, unreachable_text()}};
    return Err{Attempt{Next::GiveUp, response.error().message}};
  }
  // A node that is starting may not have written its cookie yet.
  if (response->status == 401)
    return Err{Attempt{credentials().empty() ? Next::Retry : Next::GiveUp, unauthorized_text()}};
  if (response->status == 503) return Err{Attempt{Next::GiveUp, "Server response: " + response->body}};
  const bool may_hold_error = response->status == 400 || response->status == 404 || response->status == 500;
  if (response->status >= 400 && !may_hold_error) {
    return Err{Attempt{Next::GiveUp, "server returned HTTP error " + std::to_string(response->status)}};
  }
  if (response->body.empty()) return Err{Attempt{Next::GiveUp, "no response from server"}};
  auto reply = json::parse(response->body);
  if (!reply) return Err{Attempt{Next::GiveUp, "couldn't parse reply from server"}};
  if (reply->is_object()) {
    const auto outcome = outcome_of(*reply);
    if (!outcome && outcome.error().code == kInWarmup && options_.get_bool("rpcwait")) {
      return Err{Attempt{Next::Retry, outcome.error().message}};
    }
  }
  return std::move(reply).value();
}

Result<Value, CallFailure> NodeClient::exchange_waiting(const std::string& body) const {
  const bool wait = options_.get_bool("rpcwait");
  const auto limit = std::chrono::seconds{options_.get_int("rpcwaittimeout")};
  const auto begun = std::chrono::steady_clock::now();
  while (true) {
    auto reply = attempt(body);
    if (reply) return std::move(reply).value();
    if (!wait || reply.error().next == Attempt::Next::GiveUp) return Err{CallFailure{0, reply.error().message}};
    if (limit.count() > 0 && std::chrono::steady_clock::now() - begun + kRetryAfter > limit) {
      return Err{CallFailure{0, "timeout on transient error: " + reply.error().message}};
    }
    std::this_thread::sleep_for(kRetryAfter);
  }
}

Result<Value, CallFailure> NodeClient::call(const std::string& method, const Value& parameters) const {
  std::string body;
  json::Writer out{body};
  write_request(out, {method, parameters}, request_id(options_));
  KP_TRY(const Value reply, exchange_waiting(body + '\n'));
  return outcome_of(reply);
}

Result<std::vector<Result<Value, CallFailure>>, CallFailure> NodeClient::batch(const std::vector<Item>& items) const {
  std::string body;
  json::Writer out{body};
  out.begin_array();
  for (std::size_t i = 0; i < items.size(); ++i)
    write_request(out, items[i], Value::number(static_cast<std::int64_t>(i)));
  out.end_array();
  KP_TRY(const Value replies, exchange_waiting(body + '\n'));
  if (!replies.is_array())
    return Err{outcome_of(replies).ok() ? CallFailure{0, "no batch reply"} : outcome_of(replies).error()};

  std::vector<Result<Value, CallFailure>> ordered(items.size(),
                                                  Err{CallFailure{0, "the node did not answer this call"}});
  for (const Value& reply : replies.items()) {
    const Value* id = reply.find("id");
    const auto place = id != nullptr ? id->as_uint64() : std::nullopt;
    if (place && *place < ordered.size()) ordered[*place] = outcome_of(reply);
  }
  return ordered;
}

}  // namespace kepeng::cli
