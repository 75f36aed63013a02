// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <kepeng/http/client.h>

namespace kepeng::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;
using Message = beast::http::request<beast::http::string_body>;
using Parser = beast::http::response_parser<beast::http::string_body>;

ClientFailure failure(ClientFailureKind kind, const Error& error) {
  if (error == beast::error::timeout) return {ClientFailureKind::TimedOut, "the server did not answer in time"};
  return {kind, error.message()};
}

Message message_for(const ClientRequest& request) {
  Message message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.target);
  const bool ipv6 = request.host.find(':') != std::string::npos;
  message.set(beast::http::field::host,
              fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), request.host, request.port));
  message.set(beast::http::field::connection, "close");
  for (const Header& header : request.headers) message.set(header.name, header.value);
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

// One exchange; the stages run one after the other on the caller's thread, each under the same deadline.
class Exchange {
 public:
  explicit Exchange(const ClientRequest& request) : request_{request}, stream_{io_} {
    parser_.body_limit(boost::none);
    if (request.timeout.count() > 0) stream_.expires_after(request.timeout);
  }

  Result<ClientResponse, ClientFailure> run() {
    Error error;
    Tcp::resolver resolver{io_};
    const auto endpoints = resolver.resolve(request_.host, std::to_string(request_.port), error);
    if (error) return Err{failure(ClientFailureKind::Unreachable, error)};
    stream_.async_connect(endpoints, [&](const Error& result, const Tcp::endpoint&) { error = result; });
    finish_stage();
    if (error) return Err{failure(ClientFailureKind::Unreachable, error)};

    // A server may refuse before it has read everything: its answer counts, not our failure to write the rest.
    const Message message = message_for(request_);
    Error unwritten;
    beast::http::async_write(stream_, message, [&](const Error& result, std::size_t) { unwritten = result; });
    finish_stage();
    beast::http::async_read(stream_, buffer_, parser_, [&](const Error& result, std::size_t) { error = result; });
    finish_stage();
    if (error) return Err{failure(ClientFailureKind::Broken, unwritten ? unwritten : error)};
    return take_response();
  }

 private:
  void finish_stage() {
    io_.restart();
    io_.run();
  }

  ClientResponse take_response() {
    auto message = parser_.release();
    ClientResponse response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      response.headers.push_back({std::string{field.name_string()}, std::string{field.value()}});
    }
    response.body = std::move(message.body());
    return response;
  }

  const ClientRequest& request_;
  asio::io_context io_{1};
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  Parser parser_;
};

}  // namespace

Result<ClientResponse, ClientFailure> exchange(const ClientRequest& request) {
  try {
    return Exchange{request}.run();
  } catch (const std::exception& error) {
    return Err{ClientFailure{ClientFailureKind::Broken, error.what()}};
  }
}

}  // namespace kepeng::http
