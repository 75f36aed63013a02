// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include <kepeng/tools/tools.h>

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const int status = kepeng::tools::run(arguments, {std::cin, std::cout, std::cerr});
  std::cout.flush();
  return status == 0 && !std::cout ? 1 : status;
}
