// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "connection.h"

#include <sys/socket.h>

#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/read.hpp>

#include "head_check.h"

namespace kepeng::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t kReadStep = 4096;
// Bounds what one read takes, and with it the trailers of a chunked body, which have to fit as a whole.
constexpr std::size_t kBufferBytesMax = 64 * 1024;
constexpr std::chrono::milliseconds kLinger{1000};
constexpr auto kNever = std::chrono::steady_clock::time_point::max();

std::string_view view(const beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

Response plain(int status, std::string_view text) {
  return {.status = status, .body = std::string{text} + '\n', .content_type = "text/plain", .headers = {}};
}

}  // namespace

Connection::Connection(std::shared_ptr<Core> core, asio::ip::tcp::socket socket, std::string peer,
                       const AddressBytes& address)
    : core_{std::move(core)},
      stream_{std::move(socket)},
      timer_{core_->io},
      buffer_{kBufferBytesMax},
      peer_{std::move(peer)},
      address_{address},
      rank_{core_->strangers.next_rank()},
      login_deadline_{std::chrono::steady_clock::now() + core_->options.strangers.login_timeout} {}

// Keeps the connection alive during an operation, and ends it when the operation fails.
template <class F>
auto Connection::step(F handle) {
  return [self = shared_from_this(), handle = std::move(handle)](const Error& error, auto... count) mutable {
    if (self->state_ == State::Closing) return;
    if (error) return self->close();
    handle(*self, count...);
  };
}

void Connection::start() {
  begin_request();
}

void Connection::enter(State state) {
  state_ = state;
  if (logged_in_) return;
  const bool owes = state == State::ReadingHead || state == State::ReadingBody;
  if (!owes) return core_->strangers.is_answered(rank_);
  if (Connection* surplus = core_->strangers.owes(rank_, *this, address_)) surplus->make_room();
}

void Connection::begin_request() {
  const Time now = std::chrono::steady_clock::now();
  if (!logged_in_ && login_deadline_ == kNever) login_deadline_ = now + core_->options.strangers.login_timeout;
  if (core_->stopping || now >= login_deadline_) return close();
  enter(State::ReadingHead);
  if (state_ == State::Closing) return;
  parser_.reset();
  channel_.reset();
  head_ = {};
  user_.clear();
  keep_alive_ = false;
  head_only_ = false;
  stream_.expires_at(head_deadline());
  stray_line_end_allowed_ = true;
  on_head_bytes();
}

// A stranger that was served may be silent for a while, as those who keep a connection are.
Connection::Time Connection::head_deadline() const {
  const ServerOptions& options = core_->options;
  const bool may_be_silent = logged_in_ || (served_ && buffer_.size() == 0);
  const auto limit =
      may_be_silent ? options.idle_timeout : std::min(options.idle_timeout, options.strangers.head_timeout);
  return std::min(std::chrono::steady_clock::now() + limit, login_deadline_);
}

void Connection::allow_a_step() {
  stream_.expires_at(std::min(std::chrono::steady_clock::now() + core_->options.idle_timeout, login_deadline_));
}

void Connection::read_head() {
  const std::size_t room = std::min(kReadStep, kHeadBytesMax + 1 - std::min(buffer_.size(), kHeadBytesMax));
  stream_.async_read_some(buffer_.prepare(room), step([](Connection& self, std::size_t count) {
                            const bool first = self.buffer_.size() == 0;
                            self.buffer_.commit(count);
                            if (first && self.served_ && !self.logged_in_)
                              self.stream_.expires_at(self.head_deadline());
                            self.on_head_bytes();
                          }));
}

void Connection::on_head_bytes() {
  // Some old clients end a body with one line end too many.
  if (stray_line_end_allowed_ && view(buffer_).starts_with("\r\n")) {
    stray_line_end_allowed_ = false;
    buffer_.consume(2);
  }
  const std::string_view bytes = view(buffer_).substr(0, kHeadBytesMax);
  const auto end = bytes.find(kHeadEnd);
  if (end != std::string_view::npos) return on_head(end + kHeadEnd.size());
  if (buffer_.size() > kHeadBytesMax) return refuse(400, "the head is too large");
  if (const auto fault = partial_head_fault(bytes)) return refuse(400, *fault);
  read_head();
}

void Connection::on_head(std::size_t head_bytes) {
  const std::string_view head = view(buffer_).substr(0, head_bytes);
  if (const auto fault = head_fault(head)) return refuse(400, *fault);
  parser_.emplace();
  parser_->header_limit(kHeadBytesMax);
  parser_->body_limit(boost::none);  // decided below, when it is known who asks
  Error error;
  parser_->put(asio::const_buffer{head.data(), head.size()}, error);
  if (error || !parser_->is_header_done()) return refuse(400, "malformed request");
  buffer_.consume(head_bytes);

  keep_alive_ = parser_->keep_alive();
  head_ = take_head();
  head_only_ = head_.method == "HEAD";
  if (core_->options.logger) {
    KP_LOG_DEBUG(*core_->options.logger, Http, "{} {} from {}", head_.method, head_.target, head_.peer);
  }
  if (auto response = refusal(head_)) return write(std::move(*response), After::Close);
  proceed(core_->admit ? core_->admit(head_) : Admission{});
}

RequestHead Connection::take_head() const {
  const auto& message = parser_->get();
  RequestHead head;
  head.method = message.method_string();
  head.target = message.target();
  for (const auto& field : message)
    head.headers.push_back({std::string{field.name_string()}, std::string{field.value()}});
  head.peer = peer_;
  return head;
}

// A page of another site in the operator's browser can send requests here, though it cannot read most answers. It says
// where it comes from (Origin), or reaches us under a name of its own (DNS rebinding).
std::optional<Response> Connection::refusal(const RequestHead& head) const {
  if (core_->options.refuse_origin && head.header("Origin")) return plain(403, "Requests from web pages are refused");
  const auto& hosts = core_->options.allowed_hosts;
  const std::string* host = head.header("Host");
  if (!hosts.empty() && host && !host_is_allowed(*host, hosts)) return plain(403, "This is not our host name");
  return std::nullopt;
}

void Connection::log_in() {
  core_->strangers.forget(rank_);
  logged_in_ = true;
  login_deadline_ = kNever;
}

void Connection::proceed(Admission admission) {
  if (admission.logged_in) log_in();
  if (admission.answer) return answer_later(std::move(*admission.answer), admission.delay);
  const auto length = parser_->content_length();
  if (length && *length > admission.body_bytes_max) return refuse(413, "the body is too large");
  parser_->body_limit(admission.body_bytes_max);
  user_ = std::move(admission.user);
  read_body();
}

void Connection::answer_later(Response response, std::chrono::milliseconds delay) {
  enter(State::Waiting);
  const bool has_body = parser_->chunked() || parser_->content_length().value_or(0) > 0;
  const After after = keep_alive_ && !has_body ? After::KeepAlive : After::Close;
  if (delay.count() == 0) return write(std::move(response), after);
  stream_.expires_never();
  timer_.expires_after(delay);
  timer_.async_wait(step(
      [response = std::move(response), after](Connection& self) mutable { self.write(std::move(response), after); }));
}

void Connection::read_body() {
  enter(State::ReadingBody);
  const std::string* expect = head_.header("Expect");
  if (!parser_->is_done() && expect && same_name(*expect, "100-continue") && buffer_.size() == 0) {
    asio::async_write(stream_, asio::buffer(kContinue),
                      step([](Connection& self, std::size_t) { self.read_more_body(); }));
    return;
  }
  read_more_body();
}

void Connection::read_more_body() {
  if (parser_->is_done()) return dispatch();
  allow_a_step();
  parser_->eager(true);
  beast::http::async_read_some(stream_, buffer_, *parser_,
                               [self = shared_from_this()](const Error& error, std::size_t) {
                                 if (self->state_ == State::Closing) return;
                                 if (error) return self->on_body_error(error);
                                 self->read_more_body();
                               });
}

void Connection::on_body_error(const Error& error) {
  if (error == beast::http::error::body_limit) return refuse(413, "the body is too large");
  if (error.category() != make_error_code(beast::http::error::body_limit).category()) return close();
  if (error == beast::http::error::end_of_stream || error == beast::http::error::partial_message) return close();
  refuse(400, "malformed body");
}

void Connection::dispatch() {
  count_as_served();
  enter(State::Waiting);
  stream_.expires_never();
  channel_ = std::make_shared<Responder::Channel>(core_, weak_from_this());
  Request request;
  static_cast<RequestHead&>(request) = std::move(head_);
  request.body = std::move(parser_->get().body());
  request.user = std::move(user_);
  watch_for_hangup();
  if (core_->enqueue(std::move(request), Responder{channel_})) return;
  if (core_->options.logger) {
    KP_LOG_WARNING(*core_->options.logger,
                   "Request rejected because the http work queue is full; it can be raised "
                   "with -rpcworkqueue.");
  }
}

// What needs no password is no reason to hang up, and the answer may take its time.
void Connection::count_as_served() {
  if (logged_in_) return;
  served_ = true;
  rank_ = core_->strangers.renew(rank_);
  login_deadline_ = kNever;
}

// A handler that waits for something may ask whether anybody still wants the answer.
void Connection::watch_for_hangup() {
  if (buffer_.size() > 0) return;
  stream_.socket().async_wait(
      asio::ip::tcp::socket::wait_read, [self = shared_from_this(), channel = channel_](const Error& error) {
        if (error || self->state_ == State::Closing) return;
        char byte = 0;
        const auto got = ::recv(self->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got == 0) channel->hang_up();
      });
}

void Connection::answer(Response response) {
  if (state_ != State::Waiting) return;
  Error ignored;
  stream_.socket().cancel(ignored);  // the watch
  const bool last = !keep_alive_ || core_->stopping;
  write(std::move(response), last ? After::Close : After::KeepAlive);
}

void Connection::refuse(int status, std::string_view reason) {
  if (core_->options.logger) KP_LOG_DEBUG(*core_->options.logger, Http, "request from {} refused: {}", peer_, reason);
  write(plain(status, reason), After::Close);
}

void Connection::write(Response response, After after) {
  enter(State::Writing);
  after_ = after;
  response_head_ = response_head(response, after == After::KeepAlive ? "keep-alive" : "close");
  response_body_ = std::move(response.body);
  const bool bodiless = head_only_ || response.status == 204;
  unwritten_ = {asio::buffer(response_head_), bodiless ? asio::const_buffer{} : asio::buffer(response_body_)};
  write_more();
}

// Step by step, so that the timeout is about a client that stands still, not about a large answer on a slow line.
void Connection::write_more() {
  allow_a_step();
  stream_.async_write_some(unwritten_, step([](Connection& self, std::size_t count) {
                             for (auto& part : self.unwritten_) {
                               const std::size_t taken = std::min(count, part.size());
                               part += taken;
                               count -= taken;
                             }
                             if (self.unwritten_[0].size() + self.unwritten_[1].size() > 0) return self.write_more();
                             self.on_written();
                           }));
}

void Connection::on_written() {
  response_body_ = {};
  if (after_ == After::KeepAlive && !core_->stopping) return begin_request();
  Error ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLinger);
  buffer_.consume(buffer_.size());
  linger();
}

void Connection::linger() {
  stream_.async_read_some(buffer_.prepare(kBufferBytesMax), step([](Connection& self, std::size_t) { self.linger(); }));
}

void Connection::finish() {
  if (state_ == State::ReadingHead || state_ == State::ReadingBody) close();
}

void Connection::make_room() {
  if (core_->options.logger) {
    KP_LOG_DEBUG(*core_->options.logger, Http, "connection from {} closed: too many have not logged in", peer_);
  }
  close();
}

void Connection::close() {
  const auto self = shared_from_this();
  state_ = State::Closing;
  core_->strangers.forget(rank_);
  timer_.cancel();
  stream_.close();
  core_->connections.erase(self);
}

}  // namespace kepeng::http
