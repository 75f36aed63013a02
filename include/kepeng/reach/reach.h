// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Reach: makes us reachable: an onion service at Tor, a session at an I2P router, an open port at the router of the
// local network. Each is tried for as long as it takes, and kept.
//
// One thread ("reach") does all the talking and calls the hooks. The keys of our names in Tor and I2P are kept in files
// that only their owner can read: `onion_v3_private_key` and `i2p_private_key`. What does not work is said once in the
// log, at each change of the reason, and is no fault of the node.
#pragma once

#include <functional>
#include <memory>

#include <kepeng/base/env.h>
#include <kepeng/base/log.h>
#include <kepeng/reach/i2p_talk.h>
#include <kepeng/reach/interfaces.h>
#include <kepeng/reach/port_mapping.h>
#include <kepeng/reach/tor_talk.h>

namespace kepeng::reach {

struct ReachOptions {
  struct Tor {
    net::Endpoint control;
    // With Usual nobody has said that Tor is there: that it is not is no news.
    enum class Control : std::uint8_t { Usual, Chosen } is = Control::Usual;
    TorTalk::Wish wish;
  };
  std::optional<Tor> tor;
  std::optional<I2pTalk::Wish> i2p;
  std::optional<net::Endpoint> fresh_i2p;    // the router, where names are wanted that are used once
  std::optional<std::uint16_t> mapped_port;  // open this one at the router
  std::string directory;                     // of the key files

  struct Timing {
    std::int64_t answer_ms = 60'000;  // for each answer of Tor and I2P; making a session may take most of it
    std::int64_t retry_first_ms = 1'000;
    std::int64_t retry_max_ms = 600'000;
    std::int64_t mapping_retry_ms = 300'000;
  };
  Timing timing{};
  std::optional<Router> router{};  // instead of the default ones
  std::uint16_t router_port = kMappingServerPort;

  bool is_empty() const { return !tor && !i2p && !fresh_i2p && !mapped_port; }
};

class Reach {
 public:
  // All in our thread, and quick.
  struct Hooks {
    // The service's name and port; none any more.
    std::function<void(std::optional<net::Endpoint> service)> on_onion_service;
    std::function<void(const net::Endpoint& proxy)> on_onion_proxy;
    std::function<void(std::optional<net::SamSession> session)> on_i2p_session;
    // One under a name of its own that nobody knows.
    std::function<void(std::optional<net::SamSession> session)> on_fresh_i2p_session;
    // What the router lets in, for each family; none any more.
    std::function<void(Family family, std::optional<wire::Endpoint> external)> on_mapping;
  };
  struct Dependencies {
    Env& env;
    Logger& log;
  };
  static std::unique_ptr<Reach> start(const Dependencies& dependencies, const ReachOptions& options, Hooks hooks);
  // Ends everything; no hook is called afterwards.
  ~Reach();
  Reach(const Reach&) = delete;
  Reach& operator=(const Reach&) = delete;

  // The fresh name has been used: ends its session and begins another under a new name.
  void renew_fresh_i2p();

 private:
  class Core;
  explicit Reach(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace kepeng::reach
