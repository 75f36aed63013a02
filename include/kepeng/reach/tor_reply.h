// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Replies of Tor's control port (its control-spec): "250-" lines that go on, "250+" with data up to a ".", and "250 "
// at the end. Bounded: lines and bytes of one reply. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/result.h>

namespace kepeng::reach {

struct TorReply {
  int code = 0;
  std::vector<std::string> lines;  // without code and separator; data follows its line

  bool is_event() const { return code >= 600 && code < 700; }
  // The rest of the first line that begins with this word and a space.
  std::optional<std::string_view> find(std::string_view word) const;
  // The rest of the first line that begins with "name=".
  std::optional<std::string_view> value(std::string_view name) const;
};

class TorReplyReader {
 public:
  static constexpr std::size_t kLinesMax = 200;
  static constexpr std::size_t kBytesMax = 64 << 10;

  struct Malformed {};
  // Nothing until the last line is there. Malformed: the other side does not speak this protocol; it is over.
  Result<std::optional<TorReply>, Malformed> take(std::string_view line);

 private:
  TorReply reply_;
  std::size_t bytes_ = 0;
  bool in_data_ = false;
};

// "METHODS=COOKIE,SAFECOOKIE COOKIEFILE=\"/run/tor/cookie\"": names with values, quoted ones as C has them. nullopt if
// a quote stays open, and for more than 64.
std::optional<std::map<std::string, std::string>> parse_tor_fields(std::string_view text);
// In quotes, for a command.
std::string quote_for_tor(std::string_view text);

}  // namespace kepeng::reach
