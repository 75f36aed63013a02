// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Handshake: the first words with a peer, until both have said `verack`.
//
// What comes before `version` is ignored, and so is what comes between `version` and `verack` but for the words that
// belong there (BIP155, BIP330, BIP339, BIP434); those are a mistake afterwards. A second `version` is ignored. Peer
// thread.
#pragma once

#include <optional>
#include <set>
#include <string>

#include <kepeng/gossip/actions.h>

namespace kepeng::gossip {

inline constexpr std::int32_t kProtocolVersion = 70'017;
inline constexpr std::int32_t kOldestProtocol = 31'800;
inline constexpr std::int64_t kHandshakeTimeoutMs = 60'000;

// What we say of ourselves, the same to everybody.
struct SelfPortrait {
  wire::Services services = 0;
  std::string user_agent;
  bool wants_transactions = false;
};

// What the peer said of itself.
struct PeerPortrait {
  std::int32_t protocol = 0;       // the lower of both versions
  std::int32_t protocol_said = 0;  // theirs
  wire::Services services = 0;
  std::string user_agent;  // any bytes
  Height start_height = 0;
  std::int64_t time_offset_seconds = 0;
  bool wants_transactions = false;
  bool announces_by_wtxid = false;
  bool takes_addrv2 = false;
  wire::Endpoint sees_us_at{};  // any bytes: somebody else's word
};

class Handshake {
 public:
  struct Now {
    UnixTime time;
    Height height;  // of our tip
  };

  // `nonce` tells us when we have called ourselves; the nonces of all our outbound connections are in `ours`. Where we
  // see the peer is told it, unless it is nowhere.
  Handshake(PeerId peer, Direction direction, std::uint64_t nonce, const wire::Endpoint& seen_at = {});

  // The first message, if it is ours to begin.
  void begin(const SelfPortrait& self, const Now& now, Actions& out);
  struct Context {
    const SelfPortrait& self;
    const std::multiset<std::uint64_t>& ours;
    Now now;
  };
  enum class Answer {
    Taken,      // it belonged to the handshake, or was to be ignored
    Completed,  // taken, and both have said verack now
    NotMine,    // the handshake is over: somebody else's message
  };
  Answer on(const wire::Message& message, const Context& context, Actions& out);

  bool is_complete() const { return got_verack_; }
  const std::optional<PeerPortrait>& portrait() const { return portrait_; }
  // BIP37: it has changed its mind.
  void note_wants_transactions() { portrait_->wants_transactions = true; }
  std::uint64_t nonce() const { return nonce_; }
  Direction direction() const { return direction_; }

 private:
  wire::Message our_version(const SelfPortrait& self, const Now& now) const;
  void on_version(const wire::Version& version, const Context& context, Actions& out);
  Answer on_late(const wire::Message& message, Actions& out) const;

  PeerId peer_;
  Direction direction_;
  std::uint64_t nonce_;
  wire::Endpoint seen_at_;
  std::optional<PeerPortrait> portrait_;
  bool got_verack_ = false;
};

}  // namespace kepeng::gossip
