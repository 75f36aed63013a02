// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// LineService: has a conversation in lines over TCP, and begins it again when it ends: at first after a second, later
// after up to ten minutes. An answer that does not come in time ends it too. Private to reach; its thread is that of
// the io_context. Held by shared_ptr; does nothing more after `stop`.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include <kepeng/net/endpoint.h>
#include <kepeng/net/line_gather.h>
#include <kepeng/reach/line_talk.h>

namespace kepeng::reach {

namespace asio = boost::asio;

struct LineTiming {
  std::int64_t answer_ms = 60'000;
  std::int64_t retry_first_ms = 1'000;
  std::int64_t retry_max_ms = 600'000;
};

class LineService : public std::enable_shared_from_this<LineService> {
 public:
  struct Setting {
    net::Endpoint at;
    LineTiming timing;
    // Gives addresses in our thread, none if there are none.
    std::function<void(const std::string& name, std::function<void(std::vector<std::string>)>)> look_up;
    // Every end, with its reason: there was no connection, or it was lost; or what was said was wrong.
    enum class End : std::uint8_t { Connection, Conversation };
    std::function<void(End end, const std::string& problem)> on_end;
  };
  LineService(asio::io_context& io, Setting setting, std::unique_ptr<LineTalk> talk);

  void start();
  void stop();
  // Ends the conversation that there is and begins anew.
  void renew();

 private:
  using Tcp = asio::ip::tcp;
  using Error = boost::system::error_code;

  void connect_next();
  void read();
  void hear(std::size_t count);
  void follow(LineTalk::Step step);
  void set_deadline();
  using End = Setting::End;
  void end(const std::string& problem, End kind = End::Connection);

  const Setting setting_;
  const std::unique_ptr<LineTalk> talk_;
  Tcp::socket socket_;
  asio::steady_timer deadline_;
  asio::steady_timer retry_;
  std::int64_t retry_ms_;
  unsigned round_ = 0;  // of connections: what belongs to an earlier one is passed over
  bool is_stopped_ = false;
  std::vector<std::string> candidates_;  // addresses that were not tried yet, the next one last
  net::LineGather lines_;
  std::array<std::uint8_t, 4096> buffer_{};
};

}  // namespace kepeng::reach
