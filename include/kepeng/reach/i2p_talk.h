// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// I2pTalk: keeps a session at an I2P router (SAM 3.1), over which connections are made and accepted.
//
// With a kept key we have the same name in every run; the first run makes one. Without (nobody is to call us) the
// router makes a name up that is forgotten. The session lives as long as the connection. Contract: line_talk.h.
#pragma once

#include <functional>

#include <kepeng/base/bytes.h>
#include <kepeng/net/sam.h>
#include <kepeng/reach/line_talk.h>

namespace kepeng::reach {

class I2pTalk final : public LineTalk {
 public:
  enum class Name : std::uint8_t { Kept, Transient };
  struct Wish {
    net::Endpoint bridge;
    Name name = Name::Kept;
  };
  struct Hooks {
    std::function<std::string()> session_id;  // another one each time: letters and digits
    // The private key as bytes, empty where there is none; and a new one to keep.
    std::function<Bytes()> load_key;
    std::function<void(const Bytes& key)> keep_key;
    // A session, or none any more.
    std::function<void(std::optional<net::SamSession>)> on_session;
  };
  I2pTalk(Wish wish, Hooks hooks) : wish_{std::move(wish)}, hooks_{std::move(hooks)} {}

  Step begin() override;
  Step on_line(std::string_view line) override;
  void on_lost() override;

 private:
  enum class Awaits : std::uint8_t { Hello, Key, Session, Nothing };
  Step on_hello();
  Step on_key(const net::SamReply& reply);
  Step on_session(const net::SamReply& reply);
  Step create_session(const Bytes& key);

  const Wish wish_;
  const Hooks hooks_;
  Awaits awaits_ = Awaits::Nothing;
  std::string id_;
  bool has_session_ = false;
};

}  // namespace kepeng::reach
