// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Which arguments of which methods are more than strings. Constant data, generated, sorted by method.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kepeng::cli {

enum class ArgumentForm : std::uint8_t {
  Json,          // parsed as JSON
  String,        // a string, even when it looks like name=value
  JsonOrString,  // JSON if it is, else a string
};

struct ArgumentRow {
  std::string_view method;
  int position;  // -1: by name only
  std::string_view name;
  ArgumentForm form;
};

std::span<const ArgumentRow> argument_table();

}  // namespace kepeng::cli
