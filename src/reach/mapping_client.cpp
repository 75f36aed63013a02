// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "mapping_client.h"

#include <algorithm>

#include <kepeng/base/random.h>

namespace kepeng::reach {
namespace {

MappingAddress to_mapped(const asio::ip::address& address) {
  const auto v6 = address.is_v6() ? address.to_v6() : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
  return v6.to_bytes();
}

}  // namespace

MappingClient::MappingClient(asio::io_context& io, Setting setting)
    : setting_{std::move(setting)}, socket_{io}, wait_{io} {
  fill_random(nonce_);
}

void MappingClient::start() {
  if (is_stopped_) return;
  ++round_;
  const auto router = setting_.find_router();
  if (!router) return end("there is no router");
  Error error;
  std::string host = router->address.to_string();
  if (!router->interface.empty() && setting_.family == Family::Ipv6) host += '%' + router->interface;
  const auto address = asio::ip::make_address(host, error);
  if (!error) socket_.open(address.is_v4() ? Udp::v4() : Udp::v6(), error);
  if (!error && setting_.find_client) {
    const auto client = setting_.find_client();
    if (!client) return end("we have no address of our own that others could reach");
    socket_.bind({asio::ip::make_address(client->to_string(), error), 0}, error);
  }
  // Connected: the kernel drops what comes from elsewhere, and chooses our address.
  if (!error) socket_.connect({address, setting_.router_port}, error);
  const auto local = error ? Udp::endpoint{} : socket_.local_endpoint(error);
  if (error) return end(error.message());
  talk_.emplace(MappingWish{.client = to_mapped(local.address()), .port = setting_.port}, nonce_);
  follow(talk_->begin());
  read();
}

void MappingClient::stop() {
  is_stopped_ = true;
  Error ignored;
  socket_.close(ignored);
  wait_.cancel();
}

void MappingClient::read() {
  socket_.async_receive(asio::buffer(buffer_),
                        [self = shared_from_this(), round = round_](const Error& error, std::size_t count) {
                          if (self->is_stopped_ || round != self->round_) return;
                          // A refusal by the router's kernel: as if nothing had come.
                          if (!error) self->follow(self->talk_->on_datagram(ByteView{self->buffer_}.first(count)));
                          if (round == self->round_) self->read();
                        });
}

void MappingClient::follow(const MappingTalk::Step& step) {
  if (step.problem) return end(*step.problem);
  if (step.mapping) {
    tell(step.mapping->external);
    const std::int64_t half_ms = std::int64_t{step.mapping->lifetime_seconds} * 1000 / 2;
    return again_after(std::max(half_ms, setting_.timing.renew_min_ms));
  }
  if (step.send.empty()) return;
  Error ignored;  // the next try may do better
  socket_.send(asio::buffer(step.send), 0, ignored);
  wait_.expires_after(std::chrono::milliseconds{step.wait_ms});
  wait_.async_wait([self = shared_from_this(), round = round_](const Error& cancelled) {
    if (!cancelled && !self->is_stopped_ && round == self->round_) self->follow(self->talk_->on_time_out());
  });
}

void MappingClient::end(const std::string& problem) {
  tell(std::nullopt);
  setting_.on_problem(problem);
  again_after(setting_.timing.retry_ms);
}

void MappingClient::again_after(std::int64_t milliseconds) {
  ++round_;
  Error ignored;
  socket_.close(ignored);
  wait_.expires_after(std::chrono::milliseconds{milliseconds});
  wait_.async_wait([self = shared_from_this()](const Error& cancelled) {
    if (!cancelled) self->start();
  });
}

void MappingClient::tell(std::optional<wire::Endpoint> external) {
  if (external == external_) return;
  external_ = external;
  setting_.on_mapping(std::move(external));
}

}  // namespace kepeng::reach
