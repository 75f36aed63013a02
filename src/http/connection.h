// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// One connection: reads a request, waits for its answer, writes it, and begins again.
//
// A small state machine on the network thread. Each reading or writing step has the idle timeout, the head as a whole
// has it once, and the wait for a handler has none. Until it has logged in, StrangerLimits shorten these. After a
// refusal the rest of what the client sends is thrown away for a moment, because closing at once would also destroy the
// answer on its way.
#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>

#include "core.h"

namespace kepeng::http {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Core> core, boost::asio::ip::tcp::socket socket, std::string peer,
             const AddressBytes& address);

  void start();
  // No further request: closes now if none is under way.
  void finish();
  void close();
  // Closes because there are too many strangers.
  void make_room();
  // The answer of a handler.
  void answer(Response response);

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Error = boost::system::error_code;
  enum class State { ReadingHead, ReadingBody, Waiting, Writing, Closing };
  enum class After { KeepAlive, Close };
  using Time = std::chrono::steady_clock::time_point;

  void enter(State state);
  void begin_request();
  Time head_deadline() const;
  void allow_a_step();
  void read_head();
  void on_head_bytes();
  void on_head(std::size_t head_bytes);
  RequestHead take_head() const;
  std::optional<Response> refusal(const RequestHead& head) const;
  void log_in();
  void proceed(Admission admission);
  void answer_later(Response response, std::chrono::milliseconds delay);
  void read_body();
  void read_more_body();
  void on_body_error(const Error& error);
  void dispatch();
  void count_as_served();
  void watch_for_hangup();
  void refuse(int status, std::string_view reason);
  void write(Response response, After after);
  void write_more();
  void on_written();
  void linger();
  template <class F>
  auto step(F handle);

  std::shared_ptr<Core> core_;
  boost::beast::tcp_stream stream_;
  boost::asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::string peer_;
  AddressBytes address_;
  State state_ = State::ReadingHead;

  // Of a stranger. The deadline is not there while a request is served, and no more after the login.
  bool logged_in_ = false;
  bool served_ = false;
  std::uint64_t rank_;
  Time login_deadline_;

  // The request under way.
  std::optional<Parser> parser_;
  RequestHead head_;
  std::string user_;
  bool stray_line_end_allowed_ = true;
  bool keep_alive_ = false;
  bool head_only_ = false;
  std::shared_ptr<Responder::Channel> channel_;

  // The answer under way.
  After after_ = After::Close;
  std::string response_head_;
  std::string response_body_;
  std::array<boost::asio::const_buffer, 2> unwritten_;
};

class Responder::Channel {
 public:
  Channel(std::shared_ptr<Core> core, std::weak_ptr<Connection> connection)
      : core_{std::move(core)}, connection_{std::move(connection)} {}
  void send(Response response);
  bool abandoned() const { return hung_up_.load(std::memory_order_relaxed) || connection_.expired(); }
  void hang_up() { hung_up_.store(true, std::memory_order_relaxed); }

 private:
  std::shared_ptr<Core> core_;
  std::weak_ptr<Connection> connection_;
  std::atomic<bool> hung_up_{false};
  std::atomic<bool> sent_{false};
};

// The status line and headers, with the empty line.
std::string response_head(const Response& response, std::string_view connection_header);

}  // namespace kepeng::http
