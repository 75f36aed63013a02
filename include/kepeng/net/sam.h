// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SAM 3.1: how programs ask an I2P router for connections. Here: its replies, and the two conversations that end in a
// connection with a peer, to a name of ours or from whoever comes. The session that they belong to is somebody else's.
//
// A line has at most kSamLineBytesMax bytes, of which a destination needs about 700. Pure; no sockets.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kepeng/net/line_gather.h>
#include <kepeng/net/passage.h>

namespace kepeng::net {

inline constexpr std::size_t kSamLineBytesMax = 8'192;
inline constexpr std::string_view kSamHello = "HELLO VERSION MIN=3.1 MAX=3.1\n";

// "STREAM STATUS RESULT=OK": two words, then names with values. Values may be in quotes.
struct SamReply {
  std::string topic;  // the two words
  std::vector<std::pair<std::string, std::string>> fields;

  // nullopt unless the line has that form.
  static std::optional<SamReply> parse(std::string_view line);
  // Empty where there is none.
  std::string_view find(std::string_view name) const;
  // Nothing if it is about `topic` and its result is OK; else a sentence.
  std::optional<std::string> problem(std::string_view topic_wanted) const;
};

// A session that lives: its router, its name there, and ours in I2P.
struct SamSession {
  Endpoint bridge;
  std::string id;
  std::string own_name;  // "....b32.i2p"

  friend bool operator==(const SamSession&, const SamSession&) = default;
};

class SamStream final : public Passage {
 public:
  static SamStream to(std::string name, SamSession session) { return {std::move(name), std::move(session)}; }
  static SamStream from_anybody(SamSession session) { return {{}, std::move(session)}; }

  Bytes greeting() const override;
  Step take(ByteView bytes) override;

 private:
  enum class Awaits : std::uint8_t { Hello, Name, Status, Peer, Nothing };
  SamStream(std::string name, SamSession session) : name_{std::move(name)}, session_{std::move(session)} {}

  Step on_line(const std::string& line);
  Step on_hello(const SamReply& reply);
  Step on_name(const SamReply& reply);
  Step on_status();
  Step on_peer(const std::string& line);
  Step fail(std::string why);

  std::string name_;  // empty: whoever comes
  SamSession session_;
  Awaits awaits_ = Awaits::Hello;
  LineGather lines_{kSamLineBytesMax};
};

}  // namespace kepeng::net
