// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/connections.h>

#include <pthread.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <list>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "socket.h"

namespace kepeng::net {
namespace {

constexpr std::chrono::milliseconds kAcceptPause{100};  // when the process has no descriptor left
constexpr int kBacklog = 4096;  // a burst of callers is not to keep others out; the system may have a lower limit
constexpr std::chrono::seconds kI2pPause{1};  // when its router does not let us wait for a peer

}  // namespace

class Connections::Core {
 public:
  Core(ConnectionListener& listener, const ConnectionLimits& limits)
      : limits_{limits},
        owner_{listener, limits_, [this](ConnectionId id) { forget(id); },
               [this](const std::string& name, Resolver::OnAnswer on_answer) { look_up(name, std::move(on_answer)); },
               [this](ConnectionId id, const std::string& problem) { wait_for_another(id, problem); }} {
    thread_ = std::thread{[this] { io_.run(); }};
    pthread_setname_np(thread_.native_handle(), "net");
  }
  ~Core() {
    asio::post(io_, [this] {
      for (auto& [id, socket] : sockets_) socket->abandon();
      acceptors_.clear();
      keep_running_.reset();
      io_.stop();
    });
    thread_.join();
  }

  Result<Endpoint, Fault> listen(const Endpoint& at) {
    const auto refuse = [&](const Error& error) {
      return Err{Fault{FaultKind::Config, "Cannot listen on " + at.to_string() + ": " + error.message() + "."}};
    };
    Error error;
    const auto address = asio::ip::make_address(at.host, error);
    if (error) return refuse(error);
    const Tcp::endpoint endpoint{address, at.port};
    Tcp::acceptor acceptor{io_};
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(Tcp::acceptor::reuse_address{true}, error);
    if (!error && address.is_v6()) acceptor.set_option(asio::ip::v6_only{true}, error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(kBacklog, error);
    if (error) return refuse(error);
    const Endpoint real = to_endpoint(acceptor.local_endpoint());
    asio::post(io_, [this, opened = std::make_shared<Tcp::acceptor>(std::move(acceptor))] {
      accept(acceptors_.emplace_back(opened));
    });
    return real;
  }

  ConnectionId connect(const Endpoint& target, const ConnectChoices& choices) {
    const ConnectionId id = next_id_++;
    asio::post(io_, [this, id, target, choices] {
      if (sockets_.size() - accepted_.size() >= limits_.called_max) {
        return owner_.listener.on_closed(id, "too many connections");
      }
      add(id, Stream::socket{io_})->begin_connect(target, choices);
    });
    return id;
  }

  void accept_from_i2p(std::optional<SamSession> session) {
    asio::post(io_, [this, session = std::move(session)]() mutable {
      if (session == i2p_) return;
      i2p_ = std::move(session);
      if (const auto found = sockets_.find(waiting_); found != sockets_.end()) {
        const auto held = found->second;
        forget(waiting_);
        held->abandon();
      }
      wait_for_i2p();
    });
  }

  template <class F>
  void with(ConnectionId id, F&& act) {
    asio::post(io_, [this, id, act = std::forward<F>(act)]() mutable {
      const auto found = sockets_.find(id);
      if (found == sockets_.end()) return;
      const auto held = found->second;
      act(*held);
    });
  }

  std::size_t count() const { return count_; }

 private:
  std::shared_ptr<Socket> add(ConnectionId id, Stream::socket socket) {
    const auto made = std::make_shared<Socket>(id, owner_, std::move(socket));
    sockets_.emplace(id, made);
    count_ = sockets_.size();
    return made;
  }

  std::shared_ptr<Socket> add_accepted(Stream::socket socket) {
    const ConnectionId id = next_id_++;
    accepted_.insert(id);
    return add(id, std::move(socket));
  }

  void forget(ConnectionId id) {
    sockets_.erase(id);
    accepted_.erase(id);
    count_ = sockets_.size();
  }

  void accept(const std::shared_ptr<Tcp::acceptor>& acceptor) {
    acceptor->async_accept([this, acceptor](const Error& error, Tcp::socket socket) {
      if (!acceptor->is_open() || error == asio::error::operation_aborted) return;
      if (error) {
        const auto pause = std::make_shared<asio::steady_timer>(io_, kAcceptPause);
        return pause->async_wait([this, acceptor, pause](const Error&) { accept(acceptor); });
      }
      Error gone;
      const Tcp::endpoint remote = socket.remote_endpoint(gone);
      // Over the limit the socket is closed at once: whom to make room for is decided above, with fewer connections.
      if (!gone && accepted_.size() < limits_.accepted_max) {
        add_accepted(std::move(socket))->begin_accepted(to_endpoint(remote));
      }
      accept(acceptor);
    });
  }

  // One connection waits for who comes next.
  void wait_for_i2p() {
    if (!i2p_) return;
    const auto socket = add_accepted(Stream::socket{io_});
    waiting_ = socket->id();
    socket->begin_accept(*i2p_);
  }

  void wait_for_another(ConnectionId id, const std::string& problem) {
    if (id != waiting_) return;
    if (problem.empty() && accepted_.size() < limits_.accepted_max) return wait_for_i2p();
    i2p_pause_.expires_after(kI2pPause);
    i2p_pause_.async_wait([this, id](const Error& cancelled) {
      if (!cancelled) wait_for_another(id, {});
    });
  }

  // Sockets live as long as they are asked for; what they asked is answered in the net thread.
  void look_up(const std::string& name, Resolver::OnAnswer on_answer) {
    if (!resolver_) resolver_ = std::make_unique<Resolver>();
    auto shared = std::make_shared<Resolver::OnAnswer>(std::move(on_answer));
    const bool is_asked = resolver_->look_up(name, [this, shared](std::vector<std::string> addresses) {
      asio::post(io_, [shared, addresses = std::move(addresses)]() mutable { (*shared)(std::move(addresses)); });
    });
    if (!is_asked) asio::post(io_, [shared] { (*shared)({}); });
  }

  const ConnectionLimits limits_;
  Socket::Owner owner_;
  asio::io_context io_{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> keep_running_{io_.get_executor()};
  std::unordered_map<ConnectionId, std::shared_ptr<Socket>> sockets_;
  std::unordered_set<ConnectionId> accepted_;  // of these; one of them may wait for a caller from I2P
  std::list<std::shared_ptr<Tcp::acceptor>> acceptors_;
  std::optional<SamSession> i2p_;
  ConnectionId waiting_ = 0;
  asio::steady_timer i2p_pause_{io_};
  std::unique_ptr<Resolver> resolver_;  // from the first name on; ends before what it posts to
  std::atomic<ConnectionId> next_id_{1};
  std::atomic<std::size_t> count_{0};
  std::thread thread_;
};

Connections::Connections(std::unique_ptr<Core> core) : core_{std::move(core)} {}
Connections::~Connections() = default;

std::unique_ptr<Connections> Connections::start(ConnectionListener& listener, const ConnectionLimits& limits) {
  return std::unique_ptr<Connections>{new Connections{std::make_unique<Core>(listener, limits)}};
}

Result<Endpoint, Fault> Connections::listen(const Endpoint& at) {
  return core_->listen(at);
}

void Connections::accept_from_i2p(std::optional<SamSession> session) {
  core_->accept_from_i2p(std::move(session));
}

ConnectionId Connections::connect(const Endpoint& target, const ConnectChoices& choices) {
  return core_->connect(target, choices);
}

void Connections::send(ConnectionId id, Bytes bytes) {
  core_->with(id, [bytes = std::move(bytes)](Socket& socket) mutable { socket.send(std::move(bytes)); });
}

void Connections::close(ConnectionId id, std::string reason) {
  core_->with(id, [reason = std::move(reason)](Socket& socket) { socket.close_after_sending(reason); });
}

void Connections::cut(ConnectionId id, std::string reason) {
  core_->with(id, [reason = std::move(reason)](Socket& socket) { socket.fail(reason); });
}

void Connections::pause(ConnectionId id) {
  core_->with(id, [](Socket& socket) { socket.pause(); });
}

void Connections::resume(ConnectionId id) {
  core_->with(id, [](Socket& socket) { socket.resume(); });
}

std::size_t Connections::count() const {
  return core_->count();
}

}  // namespace kepeng::net
