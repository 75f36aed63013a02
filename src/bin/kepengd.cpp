// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <string>
#include <vector>

#include <kepeng/node/node.h>

int main(int argc, char** argv) {
  return kepeng::node::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
