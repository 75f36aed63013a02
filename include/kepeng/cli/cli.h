// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The command line client: one call to a node, its answer on standard output.
//
// Exit status: 0; the absolute value of an RPC error's code, modulo 256; 1 for everything else (nobody answered, bad
// usage). A string result is printed raw, null prints nothing, all else is indented JSON. Errors go to standard error.
// One thread; blocks.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <kepeng/config/options.h>

namespace kepeng::cli {

struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool colours = false;  // what -color=auto means
};

// `arguments` without the program's name.
int run(const std::vector<std::string>& arguments, const config::Environment& environment, const Terminal& terminal);

}  // namespace kepeng::cli
