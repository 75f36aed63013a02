// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/socks5.h>

#include <kepeng/base/assert.h>

namespace kepeng::net {
namespace {

constexpr std::uint8_t kVersion = 5;
constexpr std::uint8_t kNoLogin = 0;
constexpr std::uint8_t kLoginByPassword = 2;
constexpr std::uint8_t kLoginVersion = 1;
constexpr std::uint8_t kConnect = 1;
constexpr std::uint8_t kIpv4 = 1;
constexpr std::uint8_t kName = 3;
constexpr std::uint8_t kIpv6 = 4;
constexpr std::size_t kTextBytesMax = 255;
constexpr std::size_t kReplyHeadBytes = 4;

void append_text(Bytes& to, std::string_view text) {
  to.push_back(static_cast<std::uint8_t>(text.size()));
  to.insert(to.end(), text.begin(), text.end());
}

// RFC 1928, and Tor's own codes above 0xf0.
std::string_view reply_text(std::uint8_t code) {
  struct Row {
    std::uint8_t code;
    std::string_view text;
  };
  static constexpr Row kRows[] = {{1, "general failure"},
                                  {2, "connection not allowed"},
                                  {3, "network unreachable"},
                                  {4, "host unreachable"},
                                  {5, "connection refused"},
                                  {6, "time to live expired"},
                                  {7, "protocol error"},
                                  {8, "address type not supported"},
                                  {0xf0, "onion service descriptor not found"},
                                  {0xf1, "onion service descriptor is invalid"},
                                  {0xf2, "onion service introduction failed"},
                                  {0xf3, "onion service rendezvous failed"},
                                  {0xf4, "onion service lacks client authorization"},
                                  {0xf5, "onion service has the wrong client authorization"},
                                  {0xf6, "onion service address is invalid"},
                                  {0xf7, "onion service introduction timed out"}};
  for (const Row& row : kRows) {
    if (row.code == code) return row.text;
  }
  return "an unknown failure";
}

}  // namespace

Socks5::Socks5(Endpoint target, std::optional<ProxyCredentials> credentials)
    : target_{std::move(target)}, credentials_{std::move(credentials)} {
  KP_ASSERT(!target_.host.empty() && target_.host.size() <= kTextBytesMax);
  KP_ASSERT(!credentials_ ||
            (credentials_->user.size() <= kTextBytesMax && credentials_->password.size() <= kTextBytesMax));
}

Bytes Socks5::greeting() const {
  if (!credentials_) return {kVersion, 1, kNoLogin};
  return {kVersion, 2, kNoLogin, kLoginByPassword};
}

Socks5::Step Socks5::take(ByteView bytes) {
  received_.insert(received_.end(), bytes.begin(), bytes.end());
  Bytes to_send;
  for (;;) {
    const Awaits before = awaits_;
    Step step;
    switch (awaits_) {
      case Awaits::Method:
        step = on_method();
        break;
      case Awaits::Login:
        step = on_login();
        break;
      case Awaits::Reply:
        step = on_reply();
        break;
      case Awaits::Nothing:
        return fail("The proxy was asked for more after the end.");
    }
    to_send.insert(to_send.end(), step.send.begin(), step.send.end());
    if (step.kind != Step::Kind::NeedsMore || awaits_ == before) {
      step.send = std::move(to_send);
      return step;
    }
  }
}

Socks5::Step Socks5::on_method() {
  if (received_.size() < 2) return {};
  if (received_[0] != kVersion) return fail("The proxy does not speak SOCKS5.");
  const std::uint8_t method = received_[1];
  received_.erase(received_.begin(), received_.begin() + 2);
  Step step;
  if (method == kNoLogin) {
    awaits_ = Awaits::Reply;
    step.send = request();
    return step;
  }
  if (method != kLoginByPassword || !credentials_) return fail("The proxy wants a login that is not possible here.");
  awaits_ = Awaits::Login;
  step.send.push_back(kLoginVersion);
  append_text(step.send, credentials_->user);
  append_text(step.send, credentials_->password);
  return step;
}

Socks5::Step Socks5::on_login() {
  if (received_.size() < 2) return {};
  if (received_[0] != kLoginVersion || received_[1] != 0) return fail("The proxy refuses the user or the password.");
  received_.erase(received_.begin(), received_.begin() + 2);
  awaits_ = Awaits::Reply;
  Step step;
  step.send = request();
  return step;
}

Socks5::Step Socks5::on_reply() {
  if (received_.size() >= 2 && received_[0] != kVersion) return fail("The proxy answers no SOCKS5.");
  if (received_.size() >= 2 && received_[1] != 0) {
    return fail("The proxy cannot connect to " + target_.to_string() + ": " + std::string{reply_text(received_[1])} +
                ".");
  }
  if (received_.size() < kReplyHeadBytes + 1) return {};
  std::size_t address_bytes = 0;
  switch (received_[3]) {
    case kIpv4:
      address_bytes = 4;
      break;
    case kIpv6:
      address_bytes = 16;
      break;
    case kName:
      address_bytes = 1 + std::size_t{received_[kReplyHeadBytes]};
      break;
    default:
      return fail("The proxy answers with an unknown kind of address.");
  }
  const std::size_t whole = kReplyHeadBytes + address_bytes + 2;
  if (received_.size() < whole) return {};
  awaits_ = Awaits::Nothing;
  Step step;
  step.kind = Step::Kind::Connected;
  step.rest.assign(received_.begin() + static_cast<std::ptrdiff_t>(whole), received_.end());
  received_.clear();
  return step;
}

Socks5::Step Socks5::fail(std::string why) {
  awaits_ = Awaits::Nothing;
  received_.clear();
  Step step;
  step.kind = Step::Kind::Failed;
  step.problem = std::move(why);
  return step;
}

// Always by name: Tor takes addresses in this form too.
Bytes Socks5::request() const {
  Bytes request{kVersion, kConnect, 0, kName};
  append_text(request, target_.host);
  request.push_back(static_cast<std::uint8_t>(target_.port >> 8));
  request.push_back(static_cast<std::uint8_t>(target_.port & 0xff));
  return request;
}

}  // namespace kepeng::net
