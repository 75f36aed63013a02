// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "socket.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

namespace kepeng::net {
namespace {

constexpr std::int64_t kLastWordsMs = 1'000;
constexpr std::uint64_t kTellBytes = 256 << 10;
constexpr std::size_t kCandidatesMax = 8;  // of the addresses of one name

std::string reason_of(const Error& error) {
  if (error == asio::error::eof || error == asio::error::connection_reset) return "the other end closed the connection";
  return error.message();
}

// Nowhere for a socket in the file system.
Endpoint end_from(const Stream::endpoint& raw) {
  Tcp::endpoint end;
  const bool is_ip = raw.protocol().family() == AF_INET || raw.protocol().family() == AF_INET6;
  if (!is_ip || raw.size() > end.capacity()) return {};
  std::memcpy(end.data(), raw.data(), raw.size());
  return to_endpoint(end);
}

}  // namespace

// An IPv4 peer on a socket for both families is shown as what it is.
std::string address_text(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

Endpoint to_endpoint(const Tcp::endpoint& from) {
  return {address_text(from.address()), from.port()};
}

Socket::Socket(ConnectionId id, Owner& owner, Stream::socket socket)
    : id_{id}, owner_{owner}, socket_{std::move(socket)}, deadline_{socket_.get_executor()} {}

void Socket::begin_accepted(const Endpoint& remote) {
  Error ignored;
  socket_.set_option(Tcp::no_delay{true}, ignored);
  stage_ = Stage::Open;
  owner_.listener.on_accepted(id_, remote, local_end());
  read();
}

void Socket::begin_connect(const Endpoint& target, const ConnectChoices& choices) {
  target_ = target;
  choices_ = choices;
  begin();
}

void Socket::begin_accept(const SamSession& session) {
  role_ = Role::Accepts;
  target_ = {session.own_name, 0};
  choices_.i2p = session;
  choices_.names = Names::LookUp;
  begin();
}

// The target, or who leads there.
const Endpoint& Socket::first_hop() const {
  return choices_.proxy ? choices_.proxy->at : choices_.i2p ? choices_.i2p->bridge : target_;
}

Endpoint Socket::local_end() const {
  Error gone;
  const Stream::endpoint raw = socket_.local_endpoint(gone);
  return gone ? Endpoint{} : end_from(raw);
}

Endpoint Socket::remote_end() const {
  Error gone;
  const Stream::endpoint raw = socket_.remote_endpoint(gone);
  return gone ? target_ : end_from(raw);
}

void Socket::begin() {
  const Endpoint& first = first_hop();
  if (first.is_path()) {
    candidates_.emplace_back(asio::local::stream_protocol::endpoint{first.host});
    return connect_next();
  }
  Error error;
  const auto address = asio::ip::make_address(first.host, error);
  if (!error) {
    candidates_.emplace_back(Tcp::endpoint{address, first.port});
    return connect_next();
  }
  if (choices_.names == Names::Refuse) {
    return fail(first.host + " is no IP address, and there is no proxy to look it up");
  }
  owner_.look_up(first.host, [self = shared_from_this()](const std::vector<std::string>& found) {
    if (self->stage_ == Stage::Closed) return;
    for (const std::string& text : found) {
      Error failed;
      const auto one = asio::ip::make_address(text, failed);
      if (failed || self->candidates_.size() == kCandidatesMax) continue;
      self->candidates_.emplace_back(Tcp::endpoint{one, self->first_hop().port});
    }
    if (self->candidates_.empty()) {
      return self->fail("no address was found for the name " + self->first_hop().host);
    }
    self->connect_next();
  });
}

void Socket::connect_next() {
  const Stream::endpoint to = candidates_.front();
  candidates_.pop_front();
  const unsigned attempt = ++attempt_;
  Error error;
  socket_.close(error);
  socket_.open(to.protocol(), error);
  Error no_tcp;
  socket_.set_option(Tcp::no_delay{true}, no_tcp);
  if (!error && choices_.bind && !first_hop().is_path()) {
    const auto from = asio::ip::make_address(choices_.bind->host, error);
    if (!error) socket_.bind(Tcp::endpoint{from, choices_.bind->port}, error);
  }
  if (error) return on_attempt_failed(error.message());
  deadline_.expires_after(std::chrono::milliseconds{choices_.timeout_ms});
  deadline_.async_wait([self = shared_from_this(), attempt](const Error& cancelled) {
    if (cancelled || self->stage_ != Stage::Connecting || attempt != self->attempt_) return;
    self->on_attempt_failed("the connection took too long");
  });
  socket_.async_connect(to, [self = shared_from_this(), attempt](const Error& failed) {
    if (self->stage_ != Stage::Connecting || attempt != self->attempt_) return;
    if (failed) return self->on_attempt_failed(reason_of(failed));
    self->on_tcp_connected();
  });
}

void Socket::on_attempt_failed(const std::string& reason) {
  if (candidates_.empty()) return fail(reason);
  connect_next();
}

void Socket::on_tcp_connected() {
  passage_ = make_passage();
  if (passage_ == nullptr) return open(remote_end(), {});
  stage_ = Stage::Passing;
  set_deadline(choices_.proxy_timeout_ms, choices_.proxy ? "the proxy took too long" : "the I2P router took too long");
  queue_.push_back(passage_->greeting());
  write();
  read();
}

std::unique_ptr<Passage> Socket::make_passage() const {
  if (choices_.proxy) return std::make_unique<Socks5>(target_, choices_.proxy->credentials);
  if (!choices_.i2p) return nullptr;
  return std::make_unique<SamStream>(role_ == Role::Accepts ? SamStream::from_anybody(*choices_.i2p)
                                                            : SamStream::to(target_.host, *choices_.i2p));
}

void Socket::take_from_passage(ByteView bytes) {
  Passage::Step step = passage_->take(bytes);
  if (step.kind == Passage::Step::Kind::Failed) return fail(step.problem);
  if (!step.send.empty()) {
    queue_.push_back(std::move(step.send));
    write();
  }
  if (step.kind == Passage::Step::Kind::Waits) deadline_.cancel();
  if (step.kind != Passage::Step::Kind::Connected) return;
  passage_.reset();
  open(step.remote.value_or(target_), step.rest);
}

void Socket::open(const Endpoint& remote, ByteView already_here) {
  deadline_.cancel();
  stage_ = Stage::Open;
  passage_writes_ = queue_.size();
  const Endpoint local = choices_.i2p ? Endpoint{choices_.i2p->own_name, 0} : local_end();
  if (role_ == Role::Accepts) {
    owner_.decided(id_, {});
    owner_.listener.on_accepted(id_, remote, local);
  } else {
    owner_.listener.on_connected(id_, remote, local);
  }
  if (!already_here.empty() && stage_ == Stage::Open) owner_.listener.on_bytes(id_, already_here);
  read();
}

void Socket::read() {
  if (is_reading_ || is_paused_ || stage_ == Stage::Closed || closing_) return;
  is_reading_ = true;
  // Memory for bytes is taken only when there are some: idle connections cost nothing.
  socket_.async_wait(Stream::socket::wait_read, [self = shared_from_this()](const Error& error) {
    self->is_reading_ = false;
    if (self->stage_ == Stage::Closed) return;
    if (error) return self->fail(reason_of(error));
    self->buffer_.resize(self->owner_.limits.read_bytes);
    Error failed;
    self->socket_.non_blocking(true, failed);
    const std::size_t count = self->socket_.read_some(asio::buffer(self->buffer_), failed);
    if (failed == asio::error::would_block) return self->read();
    if (failed) return self->fail(reason_of(failed));
    self->on_read(count);
    self->buffer_ = {};
  });
}

void Socket::on_read(std::size_t count) {
  const ByteView bytes{buffer_.data(), count};
  if (stage_ == Stage::Passing) {
    take_from_passage(bytes);
  } else if (!closing_) {
    owner_.listener.on_bytes(id_, bytes);
  }
  read();
}

void Socket::resume() {
  is_paused_ = false;
  if (stage_ == Stage::Open) read();
}

void Socket::send(Bytes bytes) {
  if (stage_ != Stage::Open || closing_ || bytes.empty()) return;
  given_bytes_ += bytes.size();
  queued_bytes_ += bytes.size();
  if (queued_bytes_ > owner_.limits.send_bytes_max) return fail("too much waits to be sent");
  if (queued_bytes_ > owner_.limits.send_bytes_low) was_full_ = true;
  queue_.push_back(std::move(bytes));
  write();
}

void Socket::write() {
  if (is_writing_ || queue_.empty() || stage_ == Stage::Closed) return;
  is_writing_ = true;
  asio::async_write(socket_, asio::buffer(queue_.front()),
                    [self = shared_from_this()](const Error& error, std::size_t) {
                      self->is_writing_ = false;
                      if (self->stage_ == Stage::Closed) return;
                      if (error) return self->fail(reason_of(error));
                      if (self->passage_writes_ != 0) {
                        --self->passage_writes_;
                      } else if (self->stage_ == Stage::Open) {
                        self->queued_bytes_ -= std::min(self->queued_bytes_, self->queue_.front().size());
                      }
                      self->queue_.pop_front();
                      if (self->queue_.empty() && self->closing_) return self->fail(*self->closing_);
                      self->write();
                      self->tell_what_left();
                    });
}

void Socket::tell_what_left() {
  if (stage_ != Stage::Open) return;
  const std::uint64_t sent = given_bytes_ - queued_bytes_;
  const bool is_low = was_full_ && queued_bytes_ < owner_.limits.send_bytes_low;
  if (!is_low && !queue_.empty() && sent - told_bytes_ < kTellBytes) return;
  if (is_low) was_full_ = false;
  told_bytes_ = sent;
  owner_.listener.on_sent(id_, sent);
}

void Socket::close_after_sending(std::string reason) {
  if (stage_ == Stage::Closed || closing_) return;
  if (queue_.empty() || stage_ != Stage::Open) return fail(reason);
  closing_ = std::move(reason);
  set_deadline(kLastWordsMs, *closing_);
}

void Socket::set_deadline(std::int64_t milliseconds, std::string what) {
  deadline_.expires_after(std::chrono::milliseconds{milliseconds});
  deadline_.async_wait([self = shared_from_this(), what = std::move(what)](const Error& cancelled) {
    if (!cancelled) self->fail(what);
  });
}

void Socket::fail(const std::string& reason) {
  if (stage_ == Stage::Closed) return;
  const auto self = shared_from_this();
  const std::string said = reason;  // NOLINT(performance-unnecessary-copy-initialization): `reason` may be ours
  const bool was_announced = role_ == Role::Connects || stage_ == Stage::Open;
  abandon();
  owner_.forget(id_);
  if (was_announced) return owner_.listener.on_closed(id_, said);
  owner_.decided(id_, said);
}

void Socket::abandon() {
  stage_ = Stage::Closed;
  Error ignored;
  socket_.close(ignored);
  deadline_.cancel();
  queue_.clear();
}

}  // namespace kepeng::net
