// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/http_service.h>

#include "waiting_room.h"

namespace kepeng::rpc {
namespace {

constexpr std::chrono::milliseconds kWrongPasswordDelay{250};  // as bitcoind: makes guessing slow

http::Response plain(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

http::Response unauthorized() {
  http::Response response = plain(401, {});
  response.headers.push_back({"WWW-Authenticate", "Basic realm=\"jsonrpc\""});
  return response;
}

}  // namespace

HttpService::HttpService(const Dispatcher& dispatcher, const Credentials& credentials, Logger& logger)
    : dispatcher_{dispatcher},
      credentials_{credentials},
      logger_{logger},
      waiting_{std::make_unique<WaitingRoom>(kWaitingCallsMax)} {}

HttpService::~HttpService() = default;

void HttpService::stop() {
  waiting_->close();
}

bool HttpService::serves(std::string_view target) {
  return target == "/" || target.starts_with("/wallet/");
}

http::Admission HttpService::admit(const http::RequestHead& head) const {
  http::Admission admission;
  if (!serves(head.target)) {
    admission.answer = plain(404, {});
    return admission;
  }
  if (head.method != "POST") {
    admission.answer = plain(405, "JSONRPC server handles only POST requests");
    return admission;
  }
  const std::string* authorization = head.header("Authorization");
  if (authorization == nullptr) {
    admission.answer = unauthorized();
    return admission;
  }
  auto user = credentials_.check(*authorization);
  if (!user) {
    KP_LOG_WARNING(logger_, "ThreadRPCServer incorrect password attempt from {}", head.peer);
    admission.answer = unauthorized();
    admission.delay = kWrongPasswordDelay;
    return admission;
  }
  admission.user = std::move(*user);
  admission.logged_in = true;
  return admission;
}

void HttpService::handle(http::Request request, http::Responder responder) const {
  if (!dispatcher_.may_wait(request.body)) return answer(request, responder);
  // Shared, because a std::function can be copied.
  auto call = std::make_shared<std::pair<http::Request, http::Responder>>(std::move(request), std::move(responder));
  if (waiting_->run([this, call] { answer(call->first, call->second); })) return;
  call->second.send(plain(503, "Too many calls are waiting already"));
}

void HttpService::answer(const http::Request& request, http::Responder& responder) const {
  Context::Caller caller{request.user, request.target, [&responder] { return responder.abandoned(); }};
  Reply reply = dispatcher_.answer(request.body, caller);
  http::Response response = plain(reply.status, std::move(reply.body));
  if (!response.body.empty()) response.content_type = "application/json";
  responder.send(std::move(response));
}

}  // namespace kepeng::rpc
