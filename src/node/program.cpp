// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include <kepeng/node/node.h>

#include <kepeng/process/daemon.h>

namespace kepeng::node {
namespace {

using config::Program;

int fail(const Fault& fault) {
  std::cerr << "Error: " << fault.message << std::endl;
  return 1;
}

// Threads started from here on hold these back; they are read from the descriptor.
int take_over_signals() {
  sigset_t taken;
  ::sigemptyset(&taken);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&taken, signal);
  ::pthread_sigmask(SIG_BLOCK, &taken, nullptr);
  return ::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool answer_without_node(const config::Options& options) {
  if (options.get_bool("version")) {
    std::cout << config::version_text(Program::Node);
    return true;
  }
  const bool asks_for_all = options.get_bool("help-debug");
  if (!asks_for_all && !options.get_bool("help") && !options.get_bool("h") && !options.get_bool("?")) return false;
  std::cout << config::help_text(Program::Node, asks_for_all ? config::HelpLevel::Debug : config::HelpLevel::Usual);
  return true;
}

Result<Unit, Fault> live(const config::Options& options, const config::Environment& environment,
                         const std::optional<process::Daemon::Fork>& fork) {
  const int signals = take_over_signals();
  KP_TRY(const auto node, Node::start(options, environment));
  if (fork) process::Daemon::report_started(*fork);
  node->run(signals);
  return node->stop();
}

}  // namespace

int run_program(const std::vector<std::string>& arguments) {
  process::open_standard_descriptors();
  ::umask(077);
  std::signal(SIGPIPE, SIG_IGN);
  const auto environment = config::Environment::from_system();
  const auto options = config::Options::load(Program::Node, arguments, environment);
  if (!options) return fail(options.error());
  if (answer_without_node(*options)) return 0;
  if (!options->words().empty()) {
    return fail({FaultKind::Config, "Command line contains unexpected token '" + options->words().front() +
                                        "', see kepengd -h for a list of options."});
  }
  std::optional<process::Daemon::Fork> fork;
  const bool waits = options->get_bool("daemonwait");
  if (waits || options->get_bool("daemon")) {
    std::cout << "kepeng starting" << std::endl;
    auto forked =
        process::Daemon::fork(waits ? process::Daemon::Parent::WaitsForStart : process::Daemon::Parent::Leaves);
    if (!forked) return fail(forked.error());
    if (forked->parent_exit_code) return *forked->parent_exit_code;
    fork = *forked;
  }
  const auto lived = live(*options, environment, fork);
  return lived ? 0 : fail(lived.error());
}

}  // namespace kepeng::node
