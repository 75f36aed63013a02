// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "line_service.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace kepeng::reach {
namespace {

constexpr std::size_t kLineBytesMax = 16 << 10;

}  // namespace

LineService::LineService(asio::io_context& io, Setting setting, std::unique_ptr<LineTalk> talk)
    : setting_{std::move(setting)},
      talk_{std::move(talk)},
      socket_{io},
      deadline_{io},
      retry_{io},
      retry_ms_{setting_.timing.retry_first_ms},
      lines_{kLineBytesMax} {}

void LineService::start() {
  if (is_stopped_) return;
  ++round_;
  lines_ = net::LineGather{kLineBytesMax};
  set_deadline();
  Error error;
  asio::ip::make_address(setting_.at.host, error);
  if (!error) {
    candidates_ = {setting_.at.host};
    return connect_next();
  }
  setting_.look_up(setting_.at.host,
                   [self = shared_from_this(), round = round_](const std::vector<std::string>& found) {
                     if (self->is_stopped_ || round != self->round_) return;
                     if (found.empty()) return self->end("no address was found for the name " + self->setting_.at.host);
                     self->candidates_.assign(found.rbegin(), found.rend());
                     self->connect_next();
                   });
}

// The deadline is one for all of them.
void LineService::connect_next() {
  Error error;
  const Tcp::endpoint to{asio::ip::make_address(candidates_.back(), error), setting_.at.port};
  candidates_.pop_back();
  if (error) return end(error.message());
  socket_.close(error);
  socket_.async_connect(to, [self = shared_from_this(), round = round_](const Error& failed) {
    if (self->is_stopped_ || round != self->round_) return;
    if (failed && !self->candidates_.empty()) return self->connect_next();
    if (failed) return self->end(failed.message());
    self->follow(self->talk_->begin());
    self->read();
  });
}

void LineService::stop() {
  if (is_stopped_) return;
  is_stopped_ = true;
  Error ignored;
  socket_.close(ignored);
  deadline_.cancel();
  retry_.cancel();
}

void LineService::renew() {
  if (!is_stopped_) end("it has served");
}

void LineService::read() {
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this(), round = round_](const Error& error, std::size_t count) {
                            if (self->is_stopped_ || round != self->round_) return;
                            if (error) return self->end("the connection was closed");
                            self->hear(count);
                            if (round == self->round_) self->read();
                          });
}

void LineService::hear(std::size_t count) {
  ByteView bytes = ByteView{buffer_}.first(count);
  const unsigned round = round_;
  while (round == round_) {
    const auto line = lines_.take(bytes);
    if (!line) return end("It sends a line without an end.", End::Conversation);
    if (!*line) return;
    follow(talk_->on_line(**line));
  }
}

void LineService::follow(LineTalk::Step step) {
  if (step.problem) return end(*step.problem, End::Conversation);
  if (step.awaits == LineTalk::Step::Awaits::Nothing) {
    // It has come to where it should: should it end, that is no reason to hurry less than at first.
    retry_ms_ = setting_.timing.retry_first_ms;
    deadline_.cancel();
  } else if (!step.send.empty()) {
    set_deadline();
  }
  if (step.send.empty()) return;
  const auto text = std::make_shared<std::string>(std::move(step.send));
  asio::async_write(socket_, asio::buffer(*text),
                    [self = shared_from_this(), text, round = round_](const Error& error, std::size_t) {
                      if (error && !self->is_stopped_ && round == self->round_) self->end(error.message());
                    });
}

void LineService::set_deadline() {
  deadline_.expires_after(std::chrono::milliseconds{setting_.timing.answer_ms});
  deadline_.async_wait([self = shared_from_this(), round = round_](const Error& cancelled) {
    if (!cancelled && !self->is_stopped_ && round == self->round_) self->end("it does not answer in time");
  });
}

void LineService::end(const std::string& problem, End kind) {
  ++round_;
  Error ignored;
  socket_.close(ignored);
  deadline_.cancel();
  talk_->on_lost();
  setting_.on_end(kind, problem);
  retry_.expires_after(std::chrono::milliseconds{retry_ms_});
  retry_ms_ = std::min(retry_ms_ + retry_ms_ / 2, setting_.timing.retry_max_ms);
  retry_.async_wait([self = shared_from_this()](const Error& cancelled) {
    if (!cancelled) self->start();
  });
}

}  // namespace kepeng::reach
