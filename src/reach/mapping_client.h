// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// MappingClient: keeps one port mapping at a router, over UDP: renews it after half of its life, and tries again some
// minutes after a failure. Private to reach; its thread is that of the io_context.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include <kepeng/reach/interfaces.h>
#include <kepeng/reach/port_mapping.h>

namespace kepeng::reach {

namespace asio = boost::asio;

struct MappingTiming {
  std::int64_t retry_ms = 300'000;
  std::int64_t renew_min_ms = 60'000;
};

class MappingClient : public std::enable_shared_from_this<MappingClient> {
 public:
  struct Setting {
    Family family = Family::Ipv4;
    std::uint16_t port = 0;  // of ours
    MappingTiming timing;
    std::function<std::optional<Router>()> find_router;
    // Which address of ours is to be reached; empty: the one from which the router is.
    std::function<std::optional<wire::NetworkAddress>()> find_client{};
    std::uint16_t router_port = kMappingServerPort;
    // The address, or none any more.
    std::function<void(std::optional<wire::Endpoint>)> on_mapping;
    std::function<void(const std::string& problem)> on_problem;
  };
  MappingClient(asio::io_context& io, Setting setting);

  void start();
  void stop();

 private:
  using Udp = asio::ip::udp;
  using Error = boost::system::error_code;

  void read();
  void follow(const MappingTalk::Step& step);
  void end(const std::string& problem);
  void again_after(std::int64_t milliseconds);
  void tell(std::optional<wire::Endpoint> external);

  const Setting setting_;
  Udp::socket socket_;
  asio::steady_timer wait_;
  std::optional<MappingTalk> talk_;
  unsigned round_ = 0;
  bool is_stopped_ = false;
  MappingNonce nonce_{};  // the same for renewals: the router knows the mapping by it
  std::optional<wire::Endpoint> external_;
  std::array<std::uint8_t, kMappingDatagramMax> buffer_{};
};

}  // namespace kepeng::reach
