// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/frame.h>

#include <algorithm>

namespace kepeng::net {

std::optional<MessageName> MessageName::from_text(std::string_view text) {
  if (text.empty() || text.size() > kSize) return std::nullopt;
  Wire wire{};
  std::copy(text.begin(), text.end(), wire.begin());
  return from_wire(wire);
}

std::optional<MessageName> MessageName::from_wire(ByteView bytes) {
  MessageName name;
  std::copy_n(bytes.begin(), kSize, name.bytes_.begin());
  const auto end = std::find(name.bytes_.begin(), name.bytes_.end(), 0);
  const bool is_printable = std::all_of(name.bytes_.begin(), end, [](auto c) { return c >= ' ' && c <= '~'; });
  const bool is_padded = std::all_of(end, name.bytes_.end(), [](auto c) { return c == 0; });
  if (end == name.bytes_.begin() || !is_printable || !is_padded) return std::nullopt;
  return name;
}

std::string_view MessageName::text() const {
  const auto end = std::find(bytes_.begin(), bytes_.end(), 0);
  return as_text(ByteView{bytes_.begin(), end});
}

const char* to_string(Dropped dropped) {
  switch (dropped) {
    case Dropped::BadName:
      return "message name that is none";
    case Dropped::WrongChecksum:
      return "wrong checksum";
    case Dropped::UnknownShortId:
      return "unknown short message id";
  }
  return "";
}

}  // namespace kepeng::net
