// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// kepeng-util: small tools that need no node. One table of commands; `run` is the whole program.
//
//   checkblock FILE      the rules of a block by itself, and its scripts where the spent outputs are given
//   verifyinput          verdicts on single inputs, one JSON object a line
//   grind HEADER         a nonce for a header
//   getchainparams       what a network is made of
// A verdict goes to `out`, a mistake of the caller to `err`. Exit codes: 0 fine, 1 refused or wrong usage.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace kepeng::tools {

struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

// `arguments` without the program's name.
int run(std::span<const std::string> arguments, const Streams& streams);

}  // namespace kepeng::tools
