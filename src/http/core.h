// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the connections of one server share: the event loop, the options, the hooks and the workers.
//
// Everything runs on the one network thread, except handlers (worker threads) and `post` (any thread). A responder may
// outlive the server; `post` then drops what it is given, so that nothing waits in a loop that no longer runs.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

#include <kepeng/base/guarded.h>
#include <kepeng/http/server.h>

#include "strangers.h"
#include "subnet.h"

namespace kepeng::http {

class Connection;

struct Core {
  Core(ServerOptions given, Server::Admit admission, Server::Handler handling)
      : options{std::move(given)},
        admit{std::move(admission)},
        handler{std::move(handling)},
        workers{options.threads} {}

  // Runs `task` on the network thread, unless the server has ended.
  template <class F>
  void post(F&& task) {
    open.with([&](bool& accepting) {
      if (accepting) boost::asio::post(io, std::forward<F>(task));
    });
  }

  // False when the work queue is full.
  bool enqueue(Request request, Responder responder);

  const ServerOptions options;
  const Server::Admit admit;
  const Server::Handler handler;
  std::vector<Subnet> subnets;

  boost::asio::io_context io{1};
  Guarded<bool> open{true};
  std::unordered_set<std::shared_ptr<Connection>> connections;
  Strangers strangers{options.strangers};
  bool stopping = false;  // network thread

  std::atomic<std::size_t> queued{0};
  std::atomic<bool> draining{false};  // workers answer 503 to what is still queued
  boost::asio::thread_pool workers;
};

}  // namespace kepeng::http
