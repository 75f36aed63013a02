// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/reach/reach.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <list>
#include <thread>

#include <kepeng/base/files.h>
#include <kepeng/base/hex.h>
#include <kepeng/base/random.h>
#include <kepeng/net/resolver.h>
#include "key_files.h"
#include "line_service.h"
#include "mapping_client.h"

namespace kepeng::reach {
namespace {

constexpr std::size_t kNonceBytes = 32;
constexpr std::size_t kSessionIdBytes = 8;
constexpr std::uint64_t kCookieBytesMax = 4096;

Bytes random_bytes(std::size_t count) {
  Bytes bytes(count);
  fill_random(bytes);
  return bytes;
}

std::optional<wire::NetworkAddress> public_ipv6() {
  for (const auto& address : interface_addresses(wire::NetworkAddress::Fc00::Ipv6)) {
    if (address.network() == wire::AddressNetwork::Ipv6 && address.is_routable()) return address;
  }
  return std::nullopt;
}

}  // namespace

class Reach::Core {
 public:
  Core(const Dependencies& dependencies, const ReachOptions& options, Hooks hooks)
      : with_{dependencies}, options_{options}, hooks_{std::move(hooks)} {
    if (options_.tor) begin_tor(*options_.tor);
    if (options_.i2p) begin_i2p(*options_.i2p);
    if (options_.fresh_i2p) begin_fresh_i2p(*options_.fresh_i2p);
    if (options_.mapped_port) {
      begin_mapping(Family::Ipv4, *options_.mapped_port);
      begin_mapping(Family::Ipv6, *options_.mapped_port);
    }
    thread_ = std::thread{[this] {
      set_thread_name("reach");
      for (const auto& service : services_) service->start();
      for (const auto& client : mappings_) client->start();
      io_.run();
    }};
  }

  ~Core() {
    asio::post(io_, [this] {
      for (const auto& service : services_) service->stop();
      for (const auto& client : mappings_) client->stop();
      keep_running_.reset();
      io_.stop();
    });
    thread_.join();
  }

  void renew_fresh_i2p() {
    asio::post(io_, [this] {
      if (fresh_i2p_) fresh_i2p_->renew();
    });
  }

 private:
  void begin_tor(const ReachOptions::Tor& tor);
  void begin_i2p(const I2pTalk::Wish& wish);
  void begin_fresh_i2p(const net::Endpoint& bridge);
  void begin_mapping(Family family, std::uint16_t port);
  void begin(const net::Endpoint& at, std::unique_ptr<LineTalk> talk,
             std::function<void(LineService::Setting::End, const std::string&)> on_end);
  void look_up(const std::string& name, std::function<void(std::vector<std::string>)> on_answer);

  std::string path_of(std::string_view file) const { return join_path(options_.directory, file); }
  Bytes load(std::string_view file);
  void keep(std::string_view file, ByteView key);

  const Dependencies with_;
  const ReachOptions options_;
  const Hooks hooks_;
  asio::io_context io_{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> keep_running_{io_.get_executor()};
  std::list<std::shared_ptr<LineService>> services_;
  std::shared_ptr<LineService> fresh_i2p_;  // one of these
  std::list<std::shared_ptr<MappingClient>> mappings_;
  std::unique_ptr<net::Resolver> resolver_;  // from the first name on; ends before what it posts to
  std::thread thread_;
};

void Reach::Core::begin_tor(const ReachOptions::Tor& tor) {
  TorTalk::Hooks hooks;
  hooks.read_cookie = [this](const std::string& path) -> std::optional<Bytes> {
    auto bytes = read_file(with_.env, path, kCookieBytesMax);
    if (!bytes) return std::nullopt;
    return std::move(*bytes);
  };
  hooks.nonce = [] { return random_bytes(kNonceBytes); };
  hooks.load_key = [this] {
    std::string key{as_text(load(kOnionKeyFile))};
    while (key.ends_with('\n')) key.pop_back();
    return key;
  };
  hooks.keep_key = [this](const std::string& key) { keep(kOnionKeyFile, as_bytes(key)); };
  hooks.on_service = [this, port = tor.wish.service_port](const std::string& name) {
    if (name.empty()) return hooks_.on_onion_service(std::nullopt);
    KP_LOG_INFO(with_.log, "Tor: reachable as {}:{}", name, port);
    hooks_.on_onion_service(net::Endpoint{name, port});
  };
  hooks.on_proxy = [this](const net::Endpoint& proxy) {
    KP_LOG_DEBUG(with_.log, Tor, "the proxy of Tor is {}", proxy.to_string());
    hooks_.on_onion_proxy(proxy);
  };
  using End = LineService::Setting::End;
  const bool is_chosen = tor.is == ReachOptions::Tor::Control::Chosen;
  begin(tor.control, std::make_unique<TorTalk>(tor.wish, std::move(hooks)),
        [this, is_chosen, at = tor.control.to_string(), last = std::string{}](End end, const std::string& why) mutable {
          const bool is_news = std::exchange(last, why) != why && (is_chosen || end == End::Conversation);
          if (is_news) KP_LOG_WARNING(with_.log, "Tor's control port {}: {}", at, why);
          KP_LOG_DEBUG(with_.log, Tor, "control port {}: {}", at, why);
        });
}

void Reach::Core::begin_i2p(const I2pTalk::Wish& wish) {
  I2pTalk::Hooks hooks;
  hooks.session_id = [] { return to_hex(random_bytes(kSessionIdBytes)); };
  hooks.load_key = [this] { return load(kI2pKeyFile); };
  hooks.keep_key = [this](const Bytes& key) { keep(kI2pKeyFile, key); };
  hooks.on_session = [this](std::optional<net::SamSession> session) {
    if (session) KP_LOG_INFO(with_.log, "I2P: our name is {}", session->own_name);
    hooks_.on_i2p_session(std::move(session));
  };
  using End = LineService::Setting::End;
  begin(wish.bridge, std::make_unique<I2pTalk>(wish, std::move(hooks)),
        [this, at = wish.bridge.to_string(), last = std::string{}](End, const std::string& why) mutable {
          if (std::exchange(last, why) != why) KP_LOG_WARNING(with_.log, "I2P router {}: {}", at, why);
          KP_LOG_DEBUG(with_.log, I2p, "router {}: {}", at, why);
        });
}

void Reach::Core::begin_fresh_i2p(const net::Endpoint& bridge) {
  I2pTalk::Hooks hooks;
  hooks.session_id = [] { return to_hex(random_bytes(kSessionIdBytes)); };
  hooks.on_session = [this](std::optional<net::SamSession> session) {
    hooks_.on_fresh_i2p_session(std::move(session));
  };
  // That the router is not there is said by who keeps our lasting name.
  begin(bridge, std::make_unique<I2pTalk>(I2pTalk::Wish{bridge, I2pTalk::Name::Transient}, std::move(hooks)),
        [this](LineService::Setting::End, const std::string& why) {
          KP_LOG_DEBUG(with_.log, I2p, "a name for one connection has ended: {}", why);
        });
  fresh_i2p_ = services_.back();
}

void Reach::Core::begin_mapping(Family family, std::uint16_t port) {
  MappingClient::Setting setting;
  setting.family = family;
  setting.port = port;
  setting.timing.retry_ms = options_.timing.mapping_retry_ms;
  setting.router_port = options_.router_port;
  setting.find_router = [this, family]() -> std::optional<Router> {
    if (!options_.router) return default_router(family);
    const bool is_ipv4 = options_.router->address.network() == wire::AddressNetwork::Ipv4;
    return is_ipv4 == (family == Family::Ipv4) ? options_.router : std::nullopt;
  };
  // A router is reached from a link-local address, which is of no use to others: the firewall is opened for a public
  // one.
  if (family == Family::Ipv6 && !options_.router) setting.find_client = public_ipv6;
  setting.on_mapping = [this, family](std::optional<wire::Endpoint> external) {
    if (external) KP_LOG_INFO(with_.log, "The router lets connections to {} in", external->to_string());
    hooks_.on_mapping(family, std::move(external));
  };
  setting.on_problem = [this](const std::string& why) {
    KP_LOG_DEBUG(with_.log, Net, "no port at the router: {}", why);
  };
  mappings_.push_back(std::make_shared<MappingClient>(io_, std::move(setting)));
}

void Reach::Core::begin(const net::Endpoint& at, std::unique_ptr<LineTalk> talk,
                        std::function<void(LineService::Setting::End, const std::string&)> on_end) {
  LineService::Setting setting;
  setting.at = at;
  setting.timing = {options_.timing.answer_ms, options_.timing.retry_first_ms, options_.timing.retry_max_ms};
  setting.look_up = [this](const std::string& name, auto on_answer) { look_up(name, std::move(on_answer)); };
  setting.on_end = std::move(on_end);
  services_.push_back(std::make_shared<LineService>(io_, std::move(setting), std::move(talk)));
}

void Reach::Core::look_up(const std::string& name, std::function<void(std::vector<std::string>)> on_answer) {
  if (!resolver_) resolver_ = std::make_unique<net::Resolver>();
  resolver_->look_up(name, [this, on_answer = std::move(on_answer)](std::vector<std::string> addresses) {
    asio::post(io_, [on_answer, addresses = std::move(addresses)]() mutable { on_answer(std::move(addresses)); });
  });
}

Bytes Reach::Core::load(std::string_view file) {
  auto key = load_key(with_.env, path_of(file));
  if (key) return std::move(*key);
  // Read as something that is no key, so that nothing is put in its place.
  KP_LOG_WARNING(with_.log, "{}", key.error().message);
  return {'?'};
}

void Reach::Core::keep(std::string_view file, ByteView key) {
  const auto kept = keep_key(with_.env, path_of(file), key);
  if (!kept) KP_LOG_WARNING(with_.log, "The name is good for this run only: {}", kept.error().message);
}

Reach::Reach(std::unique_ptr<Core> core) : core_{std::move(core)} {}
Reach::~Reach() = default;

void Reach::renew_fresh_i2p() {
  core_->renew_fresh_i2p();
}

std::unique_ptr<Reach> Reach::start(const Dependencies& dependencies, const ReachOptions& options, Hooks hooks) {
  return std::unique_ptr<Reach>{new Reach{std::make_unique<Core>(dependencies, options, std::move(hooks))}};
}

}  // namespace kepeng::reach
