// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Words of the command line as the parameters of a call. The error is a sentence for the user. Pure functions.
#pragma once

#include <string>
#include <vector>

#include <kepeng/base/result.h>
#include <kepeng/json/value.h>

namespace kepeng::cli {

struct Call {
  std::string method;
  std::vector<std::string> words;
};

// A list.
Result<json::Value, std::string> positional_parameters(const Call& call);
// An object; words without a name go to its member "args".
Result<json::Value, std::string> named_parameters(const Call& call);

}  // namespace kepeng::cli
