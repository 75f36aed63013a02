// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Frame: one message as it goes over a connection: a name and a payload, neither of them understood.
//
// A name is 1 to 12 printable ASCII characters; on the wire zeros follow up to 12. Value types.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <variant>

#include <kepeng/base/bytes.h>

namespace kepeng::net {

class MessageName {
 public:
  static constexpr std::size_t kSize = 12;
  using Wire = std::array<std::uint8_t, kSize>;

  // No name.
  MessageName() = default;
  // nullopt unless `text` can be a name.
  static std::optional<MessageName> from_text(std::string_view text);
  // `bytes` has 12. nullopt unless a name and zeros, zeros only behind it.
  static std::optional<MessageName> from_wire(ByteView bytes);

  std::string_view text() const;
  const Wire& wire() const { return bytes_; }

  friend bool operator==(const MessageName&, const MessageName&) = default;

 private:
  Wire bytes_{};
};

struct Frame {
  MessageName name;
  Bytes payload;
};

// A message that came whole and is of no use; the connection goes on.
enum class Dropped : std::uint8_t { BadName, WrongChecksum, UnknownShortId };
const char* to_string(Dropped dropped);

// Nothing: the bytes end before a frame does.
using Received = std::variant<std::monostate, Frame, Dropped>;

}  // namespace kepeng::net
