// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// JSON text in, Value out.
//
// The whole text is one value with white space around it. Nesting is at most 512 deep and costs no stack; invalid
// UTF-8, lone surrogates, NUL bytes and anything after the value are refused, with the byte at which reading stopped.
// So are numbers with an exponent that no double has (1e400), also where their value would be zero. Memory is
// proportional to the text. Pure function.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <kepeng/base/result.h>
#include <kepeng/json/value.h>

namespace kepeng::json {

inline constexpr std::size_t kDepthMax = 512;  // as bitcoind's reader

struct ParseError {
  std::size_t position = 0;  // bytes from the start
  std::string message;
};

Result<Value, ParseError> parse(std::string_view text);

}  // namespace kepeng::json
