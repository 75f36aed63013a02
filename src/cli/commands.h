// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The commands that are more than one call: -getinfo, -generate, -addrinfo (and -netinfo, net_info.h). Each answers the
// text to print.
#pragma once

#include <string>
#include <vector>

#include "node_client.h"

namespace kepeng::cli {

enum class Colours : std::uint8_t { Off, On };

using Text = Result<std::string, CallFailure>;

Text get_info(const NodeClient& node, Colours colours);
Text generate(const NodeClient& node, const std::vector<std::string>& words);
Text address_info(const NodeClient& node);

}  // namespace kepeng::cli
