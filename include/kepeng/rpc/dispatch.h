// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Dispatcher: from the text of a JSON-RPC request to the text of its answer.
//
// Speaks versions 1.0 (with bitcoind's HTTP statuses) and 2.0 (always 200 or 204), single and in batches. Until
// `end_warmup` every call is answered with -28 and the message of the moment. Thread-safe; the services' engine is set
// before warm-up ends and then stays.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/guarded.h>
#include <kepeng/rpc/method.h>
#include <kepeng/rpc/whitelist.h>

namespace kepeng::rpc {

inline constexpr std::size_t kBatchMax = 1000;  // members of one batch: the answers wait in memory together

struct Reply {
  int status = 200;
  std::string body;  // empty for 204 and 403
};

class Dispatcher {
 public:
  // The services outlive the dispatcher. Two rows of one name are our own mistake.
  Dispatcher(Services& services, const std::vector<std::span<const Method>>& families, Whitelist whitelist);

  void set_warmup(std::string message);
  void end_warmup();

  // Whether the body names a method that waits. Sometimes it is only a word in an argument: then a thread too many is
  // used, which does no harm.
  bool may_wait(std::string_view body) const;
  // One HTTP body of an authenticated caller.
  Reply answer(std::string_view body, const Context::Caller& caller) const;

  const Method* find(std::string_view name) const;
  // In the order of their names.
  std::vector<const Method*> methods() const;

  struct ActiveCall {
    std::string_view method;
    std::int64_t started_ns = 0;
  };
  std::vector<ActiveCall> active_calls() const;

 private:
  struct Request;
  Reply answer_single(const json::Value& text, const Context::Caller& caller) const;
  Reply answer_batch(const json::Value& batch, const Context::Caller& caller) const;
  Answer execute(const Request& request, const Context::Caller& caller, std::string& out) const;
  Answer run(const Method& method, const json::Value& params, const Context::Caller& caller, std::string& out) const;

  Services& services_;
  Whitelist whitelist_;
  std::map<std::string_view, const Method*> by_name_;
  std::vector<std::string_view> waiting_names_;
  std::atomic<bool> warming_up_{true};
  Guarded<std::string> warmup_message_;
  mutable Guarded<std::list<ActiveCall>> active_;
};

}  // namespace kepeng::rpc
