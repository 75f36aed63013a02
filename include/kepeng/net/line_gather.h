// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// LineGather: lines out of bytes that arrive in pieces. A line that does not end within the limit is an error for good,
// so a sender of endless lines costs no more memory than one. Value type.
#pragma once

#include <optional>
#include <string>

#include <kepeng/base/bytes.h>
#include <kepeng/base/result.h>

namespace kepeng::net {

struct LineTooLong {};

class LineGather {
 public:
  explicit LineGather(std::size_t bytes_max) : bytes_max_{bytes_max} {}

  // Takes bytes from the front of `from` up to and including the next line feed. The line is without it, and without a
  // carriage return before it. Nothing: it ends later.
  Result<std::optional<std::string>, LineTooLong> take(ByteView& from) {
    while (!from.empty()) {
      const auto byte = static_cast<char>(from.front());
      if (byte != '\n' && line_.size() >= bytes_max_) return Err{LineTooLong{}};
      from = from.subspan(1);
      if (byte != '\n') {
        line_ += byte;
        continue;
      }
      if (line_.ends_with('\r')) line_.pop_back();
      return std::optional{std::exchange(line_, {})};
    }
    return std::optional<std::string>{};
  }

 private:
  std::size_t bytes_max_;
  std::string line_;
};

}  // namespace kepeng::net
