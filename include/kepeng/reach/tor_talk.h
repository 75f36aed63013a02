// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// TorTalk: asks Tor, over its control port, for an onion service that leads to us, and where its SOCKS proxy is.
//
// Logs in by password, without, or by SAFECOOKIE, where both sides show that they know a file without telling it. The
// service lives as long as the connection; its key is handed out so that the next run has the same name. Contract:
// line_talk.h.
#pragma once

#include <functional>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/net/endpoint.h>
#include <kepeng/reach/line_talk.h>
#include <kepeng/reach/tor_reply.h>

namespace kepeng::reach {

// "ED25519-V3:" and base64, as Tor writes it: fit to be part of a command.
bool is_onion_key(std::string_view text);

class TorTalk final : public LineTalk {
 public:
  struct Wish {
    std::string password{};                  // empty: none
    std::optional<net::Endpoint> service{};  // where the service leads; none: no service
    std::uint16_t service_port = 0;          // that others call
    enum class Proxy : std::uint8_t { Known, Wanted } proxy = Proxy::Known;
  };
  struct Hooks {
    std::function<std::optional<Bytes>(const std::string& path)> read_cookie;
    std::function<Bytes()> nonce;  // 32 random bytes
    // The kept key, empty where there is none; and a new one to keep.
    std::function<std::string()> load_key;
    std::function<void(const std::string& key)> keep_key;
    // The name of the service, ".onion" included; empty when it is gone.
    std::function<void(const std::string& name)> on_service;
    std::function<void(const net::Endpoint& proxy)> on_proxy;
  };
  TorTalk(Wish wish, Hooks hooks) : wish_{std::move(wish)}, hooks_{std::move(hooks)} {}

  Step begin() override;
  Step on_line(std::string_view line) override;
  void on_lost() override;

 private:
  enum class Awaits : std::uint8_t { ProtocolInfo, Challenge, Login, Proxy, Service, Nothing };

  Step on_reply(const TorReply& reply);
  Step on_protocol_info(const TorReply& reply);
  Step log_in_by_cookie(const std::string& file);
  Step on_challenge(const TorReply& reply);
  Step after_login();
  Step on_proxy(const TorReply& reply);
  Step ask_for_service();
  Step on_service(const TorReply& reply);
  Step ask(Awaits for_what, const std::string& command);

  const Wish wish_;
  const Hooks hooks_;
  Awaits awaits_ = Awaits::Nothing;
  TorReplyReader reader_;
  Bytes cookie_;
  Bytes nonce_;
  bool has_service_ = false;
  bool defends_ = true;  // callers show work when there are too many of them
};

}  // namespace kepeng::reach
