// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <future>
#include <thread>

#include "connection.h"

namespace kepeng::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr std::chrono::milliseconds kStopLook{10};
constexpr std::chrono::milliseconds kAcceptPause{100};  // when the process has no descriptor left

Response busy(std::string_view text) {
  return {.status = 503, .body = std::string{text} + '\n', .content_type = "text/plain", .headers = {}};
}

AddressBytes bytes_of(const asio::ip::address& address) {
  return address.is_v6() ? address.to_v6().to_bytes()
                         : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

// An IPv4 peer on a dual-stack socket is shown, and judged, as what it is.
asio::ip::address unmapped(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

std::string to_text(const asio::ip::address& address, std::uint16_t port) {
  return fmt::format(fmt::runtime(address.is_v6() ? "[{}]:{}" : "{}:{}"), address.to_string(), port);
}

bool family_is_missing(const Error& error) {
  return error == asio::error::address_family_not_supported ||
         error == Error{EADDRNOTAVAIL, boost::system::system_category()};
}

Result<std::vector<Subnet>, Fault> parse_subnets(const std::vector<std::string>& texts) {
  std::vector<Subnet> subnets{*Subnet::parse("127.0.0.0/8"), *Subnet::parse("::1")};
  for (const std::string& text : texts) {
    const auto subnet = Subnet::parse(text);
    if (!subnet) {
      return Err{Fault{FaultKind::Config,
                       fmt::format("Invalid -rpcallowip subnet specification: {}. Give an address (1.2.3.4), a network "
                                   "(1.2.3.0/24) or a network and mask (1.2.3.0/255.255.255.0).",
                                   text)}};
    }
    subnets.push_back(*subnet);
  }
  return subnets;
}

}  // namespace

bool Core::enqueue(Request request, Responder responder) {
  if (queued.fetch_add(1) >= options.queue_depth) {
    queued.fetch_sub(1);
    responder.send(busy("Work queue depth exceeded"));
    return false;
  }
  // The executor wants tasks that can be copied.
  auto job = std::make_shared<std::pair<Request, Responder>>(std::move(request), std::move(responder));
  asio::post(workers, [this, job = std::move(job)] {
    queued.fetch_sub(1);
    if (draining.load()) return job->second.send(busy("The server is stopping"));
    handler(std::move(job->first), std::move(job->second));
  });
  return true;
}

Responder::Responder(std::shared_ptr<Channel> channel) : channel_{std::move(channel)} {}
Responder::Responder(Responder&&) noexcept = default;
Responder& Responder::operator=(Responder&&) noexcept = default;
Responder::~Responder() {
  if (channel_) channel_->send({.status = 500, .body = {}, .content_type = {}, .headers = {}});
}
void Responder::send(Response response) {
  channel_->send(std::move(response));
}
bool Responder::abandoned() const {
  return channel_->abandoned();
}

void Responder::Channel::send(Response response) {
  if (sent_.exchange(true)) return;
  auto shared = std::make_shared<Response>(std::move(response));
  core_->post([connection = connection_, shared] {
    if (const auto alive = connection.lock()) alive->answer(std::move(*shared));
  });
}

class Server::Impl {
 public:
  explicit Impl(std::shared_ptr<Core> core) : core_{std::move(core)}, stop_timer_{core_->io} {}

  Result<Unit, Fault> listen();
  Result<Unit, Fault> run();
  void stop();
  std::vector<Endpoint> endpoints() const { return endpoints_; }

 private:
  struct Listener {
    explicit Listener(asio::io_context& io) : acceptor{io}, pause{io} {}
    Tcp::acceptor acceptor;
    asio::steady_timer pause;
  };

  Result<Unit, Fault> listen_on(const Endpoint& bind);
  bool shares_port_with_ipv4(const Endpoint& bind) const;
  void accept(Listener& listener);
  void on_accepted(Tcp::socket socket);
  bool has_room();
  void begin_stop();
  void wait_for_connections(std::chrono::steady_clock::time_point deadline);

  std::shared_ptr<Core> core_;
  asio::steady_timer stop_timer_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<Endpoint> endpoints_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_;
  std::thread thread_;
};

Result<Unit, Fault> Server::Impl::listen() {
  for (const Endpoint& bind : core_->options.binds) KP_TRY_VOID(listen_on(bind));
  if (listeners_.empty()) return Err{Fault{FaultKind::Config, "The HTTP server has no address to listen on."}};
  return Unit{};
}

// "::" also takes IPv4, unless an IPv4 address has been named for the same port.
bool Server::Impl::shares_port_with_ipv4(const Endpoint& bind) const {
  return std::ranges::any_of(core_->options.binds, [&](const Endpoint& other) {
    return other.port == bind.port && other.address.find(':') == std::string::npos;
  });
}

Result<Unit, Fault> Server::Impl::listen_on(const Endpoint& bind) {
  Error error;
  const auto address = asio::ip::make_address(bind.address, error);
  const Tcp::endpoint endpoint{address, bind.port};
  auto listener = std::make_unique<Listener>(core_->io);
  Tcp::acceptor& acceptor = listener->acceptor;
  if (!error) acceptor.open(endpoint.protocol(), error);
  // Only lets a restart follow a stop at once; it does not let two listeners share a port.
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address{true}, error);
  if (!error && address.is_v6()) acceptor.set_option(asio::ip::v6_only{shares_port_with_ipv4(bind)}, error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error && bind.skip_if_missing && family_is_missing(error)) return Unit{};
  if (error) {
    return Err{
        Fault{FaultKind::Config, fmt::format("Cannot listen for HTTP on {} port {}: {}. Is another program using "
                                             "it? Choose another with -rpcbind and -rpcport.",
                                             bind.address, bind.port, error.message())}};
  }
  endpoints_.push_back({.address = bind.address, .port = acceptor.local_endpoint(error).port()});
  listeners_.push_back(std::move(listener));
  return Unit{};
}

Result<Unit, Fault> Server::Impl::run() {
  guard_.emplace(core_->io.get_executor());
  for (auto& listener : listeners_) accept(*listener);
  try {
    thread_ = std::thread{[core = core_] {
      set_thread_name("http");
      core->io.run();
    }};
  } catch (const std::system_error& error) {
    return Err{Fault{FaultKind::Internal, std::string{"Cannot start the HTTP thread: "} + error.what()}};
  }
  return Unit{};
}

void Server::Impl::accept(Listener& listener) {
  listener.acceptor.async_accept([this, &listener](const Error& error, Tcp::socket socket) {
    if (error == asio::error::operation_aborted || !listener.acceptor.is_open()) return;
    if (!error) {
      on_accepted(std::move(socket));
      return accept(listener);
    }
    listener.pause.expires_after(kAcceptPause);
    listener.pause.async_wait([this, &listener](const Error& cancelled) {
      if (!cancelled) accept(listener);
    });
  });
}

// A refused connection ends here: the socket closes as it goes out of scope.
void Server::Impl::on_accepted(Tcp::socket socket) {
  Error error;
  const auto remote = socket.remote_endpoint(error);
  if (error || core_->stopping) return;
  const auto address = unmapped(remote.address());
  const AddressBytes bytes = bytes_of(address);
  const std::string peer = to_text(address, remote.port());
  const bool allowed =
      std::ranges::any_of(core_->subnets, [&](const Subnet& subnet) { return subnet.contains(bytes); });
  if (!allowed || !has_room()) {
    if (core_->options.logger) {
      KP_LOG_DEBUG(*core_->options.logger, Http, "connection from {} dropped: {}", peer,
                   allowed ? "too many connections" : "its address is not allowed");
    }
    return;
  }
  socket.set_option(Tcp::no_delay{true}, error);
  auto connection = std::make_shared<Connection>(core_, std::move(socket), peer, bytes);
  core_->connections.insert(connection);
  connection->start();
}

// Those who know no password give way.
bool Server::Impl::has_room() {
  if (core_->connections.size() < core_->options.connections_max) return true;
  Connection* stranger = core_->strangers.oldest();
  if (!stranger) return false;
  stranger->make_room();
  return true;
}

void Server::Impl::begin_stop() {
  core_->stopping = true;
  Error ignored;
  for (auto& listener : listeners_) {
    listener->acceptor.close(ignored);
    listener->pause.cancel();
  }
  const auto all = core_->connections;
  for (const auto& connection : all) connection->finish();
}

// Looks again and again until every answer has gone out or the time for it is over.
void Server::Impl::wait_for_connections(std::chrono::steady_clock::time_point deadline) {
  const bool over = std::chrono::steady_clock::now() >= deadline;
  const auto all = core_->connections;
  if (over) {
    for (const auto& connection : all) connection->close();
  }
  if (all.empty() || over) return guard_.reset();
  stop_timer_.expires_after(kStopLook);
  stop_timer_.async_wait([this, deadline](const Error&) { wait_for_connections(deadline); });
}

void Server::Impl::stop() {
  if (!thread_.joinable()) return;
  std::promise<void> begun;
  core_->post([&] {
    begin_stop();
    begun.set_value();
  });
  begun.get_future().wait();  // from here on nothing new reaches the workers
  core_->draining = true;
  core_->workers.join();
  core_->post([this] { wait_for_connections(std::chrono::steady_clock::now() + core_->options.stop_timeout); });
  thread_.join();
  core_->open.with([](bool& accepting) { accepting = false; });
  core_->io.restart();
  core_->io.poll();  // what was posted at the last moment holds connections
}

Result<std::unique_ptr<Server>, Fault> Server::start(ServerOptions options, Admit admit, Handler handler) {
  KP_TRY(auto subnets, parse_subnets(options.allowed_subnets));
  try {
    auto core = std::make_shared<Core>(std::move(options), std::move(admit), std::move(handler));
    core->subnets = std::move(subnets);
    auto impl = std::make_shared<Impl>(std::move(core));
    KP_TRY_VOID(impl->listen());
    KP_TRY_VOID(impl->run());
    return std::unique_ptr<Server>{new Server{std::move(impl)}};
  } catch (const std::exception& error) {
    return Err{Fault{FaultKind::Internal, std::string{"Cannot start the HTTP server: "} + error.what()}};
  }
}

Server::Server(std::shared_ptr<Impl> impl) : impl_{std::move(impl)} {}
Server::~Server() {
  stop();
}
std::vector<Endpoint> Server::endpoints() const {
  return impl_->endpoints();
}
void Server::stop() {
  impl_->stop();
}

}  // namespace kepeng::http
