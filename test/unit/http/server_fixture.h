// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// A server with one password and a client that can misbehave.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include <kepeng/http/client.h>
#include <kepeng/http/server.h>

namespace kepeng::http {

using namespace std::chrono_literals;

inline std::int64_t elapsed_ms(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - since).count();
}

// A client that can misbehave: bytes out, bytes in.
class RawClient {
 public:
  // `from` is the address that the server sees; by default the system chooses.
  explicit RawClient(std::uint16_t port, const char* address = "127.0.0.1", const char* from = nullptr) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const auto source = endpoint(0, from ? from : address);
    if (from) ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&source), sizeof source);
    const auto target = endpoint(port, address);
    connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0;
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(descriptor_); }

  bool connected() const { return connected_; }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Everything until the server closes, or `limit` passes.
  std::string read_all(std::chrono::milliseconds limit = 5000ms) {
    std::string all;
    while (read_some(all, limit)) {
    }
    return all;
  }
  // Until `count` bytes or the end.
  std::string read_until(std::string_view marker, std::chrono::milliseconds limit = 5000ms) {
    std::string all;
    while (all.find(marker) == std::string::npos && read_some(all, limit)) {
    }
    return all;
  }
  bool closed() const { return closed_; }
  // Whether the server has closed, by what has come until now; takes nothing of it.
  bool hung_up() const {
    char byte = 0;
    const auto got = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
  }

 private:
  static sockaddr_in endpoint(std::uint16_t port, const char* address) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &made.sin_addr);
    return made;
  }
  bool read_some(std::string& all, std::chrono::milliseconds limit) {
    pollfd wait{descriptor_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(limit.count())) <= 0) return false;
    char chunk[65536];
    const auto got = ::recv(descriptor_, chunk, sizeof chunk, 0);
    closed_ = got <= 0;
    if (closed_) return false;
    all.append(chunk, static_cast<std::size_t>(got));
    return true;
  }
  int descriptor_ = -1;
  bool connected_ = false;
  bool closed_ = false;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options_.binds = {{.address = "127.0.0.1", .port = 0}};
    options_.threads = 2;
  }

  // As the RPC layer will: POST only, and one password.
  static Admission admit(const RequestHead& head) {
    Admission admission;
    const std::string* authorization = head.header("authorization");
    if (head.method != "POST" && head.method != "HEAD") {
      admission.answer = Response{.status = 405, .body = "POST only", .content_type = {}, .headers = {}};
    } else if (!authorization || *authorization != "Basic good") {
      admission.answer = Response{
          .status = 401, .body = {}, .content_type = {}, .headers = {{"WWW-Authenticate", "Basic realm=\"jsonrpc\""}}};
      if (authorization) admission.delay = 250ms;
    }
    admission.user = "alice";
    admission.logged_in = !admission.answer;
    return admission;
  }
  static void echo(Request request, Responder responder) {
    responder.send({.status = 200, .body = request.body, .content_type = "application/json", .headers = {}});
  }

  void start(Server::Handler handler = echo, Server::Admit admission = admit) {
    auto started = Server::start(options_, std::move(admission), std::move(handler));
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(started).value();
    port_ = server_->endpoints().at(0).port;
  }
  std::string talk(std::string_view bytes) {
    RawClient client{port_};
    client.send(bytes);
    const std::string answer = client.read_all();
    EXPECT_TRUE(client.closed()) << "the server kept the connection: " << bytes.substr(0, 60);
    return answer;
  }
  ClientRequest request(std::string body) const {
    return {.host = "127.0.0.1",
            .port = port_,
            .method = "POST",
            .target = "/",
            .headers = {{"Authorization", "Basic good"}},
            .body = std::move(body),
            .timeout = 20s};
  }
  Result<ClientResponse, ClientFailure> ask(std::string body) { return exchange(request(std::move(body))); }

  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
};

inline const std::string kPost = "POST / HTTP/1.1\r\nAuthorization: Basic good\r\n";
inline const std::string kLast = kPost + "Connection: close\r\n";

inline bool is_status(const std::string& answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

}  // namespace kepeng::http
