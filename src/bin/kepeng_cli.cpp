// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include <kepeng/cli/cli.h>

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const kepeng::cli::Terminal terminal{std::cin, std::cout, std::cerr, ::isatty(STDOUT_FILENO) == 1};
  const int status = kepeng::cli::run(arguments, kepeng::config::Environment::from_system(), terminal);
  std::cout.flush();
  return status == 0 && !std::cout ? 1 : status;
}
