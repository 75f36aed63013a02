// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/dispatch.h>

#include <exception>

#include <kepeng/json/reader.h>

#include "arguments.h"

namespace kepeng::rpc {
namespace {

enum class Version { Legacy, Two };

// What an answer has to repeat.
struct Frame {
  Version version = Version::Legacy;
  std::optional<json::Value> id;

  bool is_notification() const { return version == Version::Two && !id; }
};

void append_id(std::string& out, const Frame& frame) {
  out += ",\"id\":";
  json::Writer{out}.value(frame.id.value_or(json::Value{}));
  out += '}';
}

void append_error(std::string& out, const RpcError& error, const Frame& frame) {
  out += frame.version == Version::Two ? R"({"jsonrpc":"2.0")" : R"({"result":null)";
  out += R"(,"error":)";
  json::Writer writer{out};
  writer.begin_object();
  writer.field("code", static_cast<int>(error.code));
  writer.field("message", error.message);
  writer.end_object();
  append_id(out, frame);
}

int http_status(const RpcError& error) {
  if (error.code == Code::InvalidRequest) return 400;
  return error.code == Code::MethodNotFound ? 404 : 500;
}

Reply error_reply(const RpcError& error, const Frame& frame) {
  Reply reply{http_status(error), {}};
  append_error(reply.body, error, frame);
  reply.body += '\n';
  return reply;
}

// The part of a request that an answer repeats, as far as it can be read.
Answer read_frame(const json::Value& request, Frame& frame) {
  frame = {};
  if (const json::Value* id = request.find("id")) frame.id = *id;
  const json::Value* version = request.find("jsonrpc");
  if (version == nullptr || version->is_null()) return Unit{};
  if (!version->is_string()) return fail(Code::InvalidRequest, "jsonrpc field must be a string");
  if (*version->as_string() == "1.0") return Unit{};
  if (*version->as_string() != "2.0") return fail(Code::InvalidRequest, "JSON-RPC version not supported");
  frame.version = Version::Two;
  return Unit{};
}

}  // namespace

struct Dispatcher::Request {
  Frame frame;
  std::string method;
  json::Value params;

  // On failure the frame is what could be read of it; for what is no object, it stays that of the request before.
  Answer parse(const json::Value& text) {
    if (!text.is_object()) return fail(Code::InvalidRequest, "Invalid Request object");
    KP_TRY_VOID(read_frame(text, frame));
    const json::Value* name = text.find("method");
    if (name == nullptr || name->is_null()) return fail(Code::InvalidRequest, "Missing method");
    if (!name->is_string()) return fail(Code::InvalidRequest, "Method must be a string");
    method = *name->as_string();
    const json::Value* given = text.find("params");
    params = given == nullptr || given->is_null() ? json::Value::array({}) : *given;
    if (params.is_array() || params.is_object()) return Unit{};
    return fail(Code::InvalidRequest, "Params must be an array or object");
  }
};

Dispatcher::Dispatcher(Services& services, const std::vector<std::span<const Method>>& families, Whitelist whitelist)
    : services_{services}, whitelist_{std::move(whitelist)}, warmup_message_{"RPC server started"} {
  for (const auto& family : families) {
    for (const Method& method : family) {
      const bool is_new = by_name_.emplace(method.name, &method).second;
      KP_ASSERT(is_new && method.handler != nullptr);
      if (method.pace == Pace::Waits) waiting_names_.push_back(method.name);
    }
  }
}

void Dispatcher::set_warmup(std::string message) {
  warmup_message_.with([&](std::string& current) { current = std::move(message); });
}

void Dispatcher::end_warmup() {
  warming_up_.store(false, std::memory_order_release);
}

bool Dispatcher::may_wait(std::string_view body) const {
  return std::any_of(waiting_names_.begin(), waiting_names_.end(),
                     [&](std::string_view name) { return body.find(name) != std::string_view::npos; });
}

Reply Dispatcher::answer(std::string_view body, const Context::Caller& caller) const {
  if (!whitelist_.admits(caller.user)) {
    KP_LOG_WARNING(*services_.logger, "RPC User {} not allowed to call any methods", caller.user);
    return {403, {}};
  }
  const auto text = json::parse(body);
  if (!text) return error_reply({Code::ParseError, "Parse error"}, {});
  if (text->is_object()) return answer_single(*text, caller);
  if (text->is_array()) return answer_batch(*text, caller);
  return error_reply({Code::ParseError, "Top-level object parse error"}, {});
}

Reply Dispatcher::answer_single(const json::Value& text, const Context::Caller& caller) const {
  Request request;
  if (const auto parsed = request.parse(text); !parsed) return error_reply(parsed.error(), request.frame);
  if (!whitelist_.allows(caller.user, request.method)) {
    KP_LOG_WARNING(*services_.logger, "RPC User {} not allowed to call method {}", caller.user, request.method);
    return {403, {}};
  }
  Reply reply;
  const auto done = execute(request, caller, reply.body);
  if (request.frame.is_notification()) return {204, {}};
  // Version 2.0 keeps HTTP for the state of HTTP.
  if (!done && request.frame.version == Version::Legacy) reply.status = http_status(done.error());
  reply.body += '\n';
  return reply;
}

Reply Dispatcher::answer_batch(const json::Value& batch, const Context::Caller& caller) const {
  if (batch.size() > kBatchMax) {
    return error_reply({Code::InvalidRequest, fmt::format("A batch holds at most {} requests", kBatchMax)}, {});
  }
  for (const json::Value& item : batch.items()) {
    const json::Value* name = item.find("method");
    const std::string* method = name == nullptr ? nullptr : name->as_string();
    if (method == nullptr || whitelist_.allows(caller.user, *method)) continue;
    KP_LOG_WARNING(*services_.logger, "RPC User {} not allowed to call method {}", caller.user, *method);
    return {403, {}};
  }
  Reply reply{200, "["};
  Request request;
  for (const json::Value& item : batch.items()) {
    const std::size_t before = reply.body.size();
    if (before != 1) reply.body += ',';
    if (const auto parsed = request.parse(item); !parsed) {
      append_error(reply.body, parsed.error(), request.frame);
    } else {
      static_cast<void>(execute(request, caller, reply.body));
    }
    if (request.frame.is_notification()) reply.body.resize(before);
  }
  // Nothing but notifications: no answer at all. An empty batch is answered as old clients know it.
  if (reply.body.size() == 1 && batch.size() != 0) return {204, {}};
  reply.body += "]\n";
  return reply;
}

// Appends the whole answer, good or bad, and says which.
Answer Dispatcher::execute(const Request& request, const Context::Caller& caller, std::string& out) const {
  const std::size_t before = out.size();
  const bool two = request.frame.version == Version::Two;
  out += two ? R"({"jsonrpc":"2.0","result":)" : R"({"result":)";
  Answer done = [&]() -> Answer {
    if (warming_up_.load(std::memory_order_acquire)) {
      return fail(Code::InWarmup, warmup_message_.with([](const std::string& message) { return message; }));
    }
    const Method* method = find(request.method);
    if (method == nullptr) return fail(Code::MethodNotFound, "Method not found");
    KP_LOG_DEBUG(*services_.logger, Rpc, "ThreadRPCServer method={} user={}", request.method, caller.user);
    return run(*method, request.params, caller, out);
  }();
  if (!done) {
    out.resize(before);
    append_error(out, done.error(), request.frame);
    return done;
  }
  if (!two) out += R"(,"error":null)";
  append_id(out, request.frame);
  return done;
}

Answer Dispatcher::run(const Method& method, const json::Value& params, const Context::Caller& caller,
                       std::string& out) const {
  KP_TRY(const Arguments arguments, arguments_from(method, params));
  const auto place = active_.with([&](auto& calls) { return calls.insert(calls.end(), {method.name, steady_ns()}); });
  const std::size_t before = out.size();
  Answer done = Unit{};
  try {
    Context context{services_, *this, caller};
    json::Writer writer{out};
    done = method.handler(context, arguments, writer);
    KP_ASSERT(!done || writer.finished() || out.size() == before);
    if (out.size() == before) out += "null";
  } catch (const std::exception& failure) {  // out of memory, in practice: one call fails, the node goes on
    done = fail(Code::Misc, failure.what());
  }
  active_.with([&](auto& calls) { calls.erase(place); });
  return done;
}

const Method* Dispatcher::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<const Method*> Dispatcher::methods() const {
  std::vector<const Method*> all;
  for (const auto& [name, method] : by_name_) all.push_back(method);
  return all;
}

std::vector<Dispatcher::ActiveCall> Dispatcher::active_calls() const {
  return active_.with([](const auto& calls) { return std::vector<ActiveCall>(calls.begin(), calls.end()); });
}

}  // namespace kepeng::rpc
