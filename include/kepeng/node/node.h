// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Node: builds every part from the options, connects them, and takes them down in reverse.
//
// No fact about Bitcoin is decided here. RPC answers (with -28 and what is going on) before the chain state is opened.
// The first failure that could cost state stops the node; nothing is written after it. Two nodes may live in one
// process if their directories differ. `start`, `run` and `stop` belong to one thread; `request_shutdown` may be called
// from any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>
#include <kepeng/config/options.h>

namespace kepeng::node {

class Node {
 public:
  // When it returns, RPC serves all methods; importing goes on in the background. The options outlive the node.
  static Result<std::unique_ptr<Node>, Fault> start(const config::Options& options,
                                                    const config::Environment& environment);
  ~Node();  // stops

  // Until somebody asks for shutdown or something fails. Reads signals from a signalfd, if one is given: SIGHUP reopens
  // the log, the others ask for shutdown.
  void run(int signal_descriptor = -1);
  void request_shutdown();
  // Flushes everything; what had failed, if anything did.
  Result<Unit, Fault> stop();

 private:
  class Impl;
  explicit Node(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The whole life of kepengd: options, help, daemon, node, signals. The exit code of the process.
int run_program(const std::vector<std::string>& arguments);

}  // namespace kepeng::node
