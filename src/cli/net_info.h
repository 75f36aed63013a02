// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// -netinfo: who we are connected with, as a table for people.
#pragma once

#include "commands.h"

namespace kepeng::cli {

// `words`: [level 0 to 4] [outonly], or `help`. `now` is the time of day, for ages.
Text net_info(const NodeClient& node, const std::vector<std::string>& words, std::int64_t now);

}  // namespace kepeng::cli
