// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/net/socks5.h>

namespace kepeng::net {
namespace {

using Kind = Socks5::Step::Kind;

Bytes bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// The whole request for a name, as RFC 1928 has it.
Bytes request_for(const std::string& host, std::uint8_t high, std::uint8_t low) {
  return Bytes{5, 1, 0, 3, static_cast<std::uint8_t>(host.size())} + bytes(host) + Bytes{high, low};
}

TEST(Socks5, WithoutLogin) {
  Socks5 proxy{{"name.onion", 8333}, std::nullopt};
  EXPECT_EQ(proxy.greeting(), (Bytes{5, 1, 0}));
  const auto asked = proxy.take(Bytes{5, 0});
  EXPECT_EQ(asked.kind, Kind::NeedsMore);
  EXPECT_EQ(asked.send, request_for("name.onion", 0x20, 0x8d));
  const auto done = proxy.take(Bytes{5, 0, 0, 1, 0, 0, 0, 0, 0, 0} + bytes("first words"));
  EXPECT_EQ(done.kind, Kind::Connected);
  EXPECT_EQ(done.rest, bytes("first words"));
}

TEST(Socks5, WithLoginAndAnyCutting) {
  const Bytes answers = Bytes{5, 2} + Bytes{1, 0} + Bytes{5, 0, 0, 4} + Bytes(16, 9) + Bytes{1, 2} + bytes("x");
  for (std::size_t cut = 1; cut <= answers.size(); ++cut) {
    Socks5 proxy{{"::1", 1}, ProxyCredentials{"user", "secret"}};
    EXPECT_EQ(proxy.greeting(), (Bytes{5, 2, 0, 2}));
    Bytes sent;
    Bytes rest;
    bool connected = false;
    for (std::size_t at = 0; at < answers.size(); at += cut) {
      const ByteView part = ByteView{answers}.subspan(at, std::min(cut, answers.size() - at));
      if (connected) {
        rest.insert(rest.end(), part.begin(), part.end());
        continue;
      }
      const auto step = proxy.take(part);
      ASSERT_NE(step.kind, Kind::Failed) << step.problem;
      sent.insert(sent.end(), step.send.begin(), step.send.end());
      if (step.kind == Kind::Connected) {
        connected = true;
        rest = step.rest;
      }
    }
    EXPECT_TRUE(connected);
    EXPECT_EQ(rest, bytes("x"));
    EXPECT_EQ(sent, Bytes({1, 4}) + bytes("user") + Bytes{6} + bytes("secret") + request_for("::1", 0, 1));
  }
}

TEST(Socks5, B043_EveryLengthOfAName) {
  for (unsigned length = 0; length < 256; ++length) {
    Socks5 proxy{{"host", 1}, std::nullopt};
    proxy.take(Bytes{5, 0});
    const Bytes reply = Bytes{5, 0, 0, 3, static_cast<std::uint8_t>(length)} + Bytes(length, 0xff) + Bytes{0, 0};
    // All but the last byte is not enough, whatever the length says.
    EXPECT_EQ(proxy.take(ByteView{reply}.first(reply.size() - 1)).kind, Kind::NeedsMore) << length;
    const auto done = proxy.take(ByteView{reply}.last(1));
    EXPECT_EQ(done.kind, Kind::Connected) << length;
    EXPECT_TRUE(done.rest.empty());
  }
}

TEST(Socks5, B043_RefusalsSayWhy) {
  const auto problem = [](std::initializer_list<Bytes> answers, std::optional<ProxyCredentials> login = std::nullopt) {
    Socks5 proxy{{"host", 1}, std::move(login)};
    Socks5::Step last;
    for (const Bytes& answer : answers) last = proxy.take(answer);
    EXPECT_EQ(last.kind, Kind::Failed);
    return last.problem;
  };
  EXPECT_EQ(problem({{4, 0}}), "The proxy does not speak SOCKS5.");
  EXPECT_EQ(problem({{5, 2}}), "The proxy wants a login that is not possible here.");
  EXPECT_EQ(problem({{5, 0xff}}, ProxyCredentials{"a", "b"}), "The proxy wants a login that is not possible here.");
  EXPECT_EQ(problem({{5, 2}, {1, 1}}, ProxyCredentials{"a", "b"}), "The proxy refuses the user or the password.");
  EXPECT_EQ(problem({{5, 0}, {4, 0, 0, 1}}), "The proxy answers no SOCKS5.");
  EXPECT_EQ(problem({{5, 0}, {5, 5}}), "The proxy cannot connect to host:1: connection refused.");
  EXPECT_EQ(problem({{5, 0}, {5, 0xf0}}), "The proxy cannot connect to host:1: onion service descriptor not found.");
  EXPECT_EQ(problem({{5, 0}, {5, 77}}), "The proxy cannot connect to host:1: an unknown failure.");
  EXPECT_EQ(problem({{5, 0}, {5, 0, 0, 2, 0}}), "The proxy answers with an unknown kind of address.");
}

}  // namespace
}  // namespace kepeng::net
