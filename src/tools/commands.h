// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The commands of kepeng-util and what they are told. Private to tools.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <kepeng/params/network.h>
#include <kepeng/tools/tools.h>

namespace kepeng::tools {

struct Request {
  params::NetworkChoice network;
  std::optional<Height> height;
  std::string spent_path;
  std::vector<std::string> operands;  // what follows the command
};

// The exit code. A caller's mistake is the error, to be shown as it is.
using Outcome = Result<int, std::string>;

Outcome check_block_file(const Request& request, const Streams& streams);
Outcome verify_inputs(const Request& request, const Streams& streams);
Outcome grind_header(const Request& request, const Streams& streams);
Outcome show_chain_parameters(const Request& request, const Streams& streams);

}  // namespace kepeng::tools
