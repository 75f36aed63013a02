// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "head_check.h"

#include <gtest/gtest.h>

#include <string>

#include "subnet.h"

namespace kepeng::http {
namespace {

using namespace std::string_literals;

std::string with_headers(const std::string& headers) {
  return "POST / HTTP/1.1\r\n" + headers + "\r\n";
}

TEST(HeadCheck, OrdinaryHeadsPass) {
  for (const std::string& head :
       {with_headers(""), with_headers("Host: localhost\r\n"), with_headers("Content-Length: 10\r\nHost: x\r\n"),
        with_headers("Transfer-Encoding: Chunked\r\n"), with_headers("X: a\tb \r\nY:\r\n"),
        "GET /rest/chaininfo.json?x=%00 HTTP/1.0\r\n\r\n"s, with_headers("X: \xc3\xa9\r\n")}) {
    EXPECT_EQ(head_fault(head), std::nullopt) << head;
    EXPECT_EQ(partial_head_fault(head), std::nullopt) << head;
  }
}

TEST(HeadCheck, R009_WhatCouldBeReadInTwoWaysIsRefused) {
  for (const std::string& head : {
           with_headers("Content-Length: 5\r\nContent-Length: 5\r\n"),
           with_headers("Content-Length: 5\r\nContent-Length: 6\r\n"),
           with_headers("Content-Length: 5, 5\r\n"),
           with_headers("Content-Length: -1\r\n"),
           with_headers("Content-Length: +1\r\n"),
           with_headers("Content-Length: 0x10\r\n"),
           with_headers("Content-Length: 1 0\r\n"),
           with_headers("Content-Length:\r\n"),
           with_headers("Content-Length: 99999999999999999999\r\n"),
           with_headers("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
           with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
           with_headers("Transfer-Encoding: identity\r\n"),
           with_headers("Transfer-Encoding: gzip, chunked\r\n"),
           with_headers("Transfer-Encoding: xchunked\r\n"),
           with_headers("Transfer-Encoding : chunked\r\n"),
           with_headers("Content Length: 5\r\n"),
           with_headers(" folded\r\n"),
           with_headers("X: a\r\n folded\r\n"),
           with_headers("X: a\r\n\tfolded\r\n"),
           with_headers(": empty\r\n"),
           with_headers("no colon\r\n"),
           with_headers("X: a\0b\r\n"s),
           with_headers("X: a\rb\r\n"),
           with_headers("X: a\nContent-Length: 5\r\n"),
           with_headers("X\x7f: a\r\n"),
           with_headers("Host: a\r\nHost: b\r\n"),
           "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"s,
           "POST / HTTP/1.2\r\n\r\n"s,
           "POST / HTTP/2.0\r\n\r\n"s,
           "PRI * HTTP/2.0\r\n\r\n"s,
           "POST / http/1.1\r\n\r\n"s,
           "POST /\r\n\r\n"s,
           "POST  / HTTP/1.1\r\n\r\n"s,
           "POST / / HTTP/1.1\r\n\r\n"s,
           "POST http://x/ HTTP/1.1\r\n\r\n"s,
           "CONNECT x:1 HTTP/1.1\r\n\r\n"s,
           " / HTTP/1.1\r\n\r\n"s,
           "PO ST / HTTP/1.1\r\n\r\n"s,
           "P(T / HTTP/1.1\r\n\r\n"s,
           "POST /\0 HTTP/1.1\r\n\r\n"s,
           "POST /\x01 HTTP/1.1\r\n\r\n"s,
           "\r\n\r\n"s,
       }) {
    EXPECT_NE(head_fault(head), std::nullopt) << head;
  }
}

TEST(HeadCheck, B114_JunkIsSeenBeforeTheHeadIsWhole) {
  for (const std::string& bytes : {"\x16\x03\x01\x02\x00"s, "SSH-2.0-OpenSSH_9\r\n"s, "POST / HTTP/1.1\nHost: x\n\n"s,
                                   "POST /\rx"s, "\0"s, "GET / HTTP/3\r\n"s}) {
    EXPECT_NE(partial_head_fault(bytes), std::nullopt) << bytes;
  }
  for (const std::string& bytes : {""s, "P"s, "POST / HTTP/1.1\r"s, "POST / HTTP/1.1\r\nHo"s}) {
    EXPECT_EQ(partial_head_fault(bytes), std::nullopt) << bytes;
  }
}

TEST(HeadCheck, R022_HostNamesThatAPageCannotForge) {
  const std::vector<std::string> allowed{"node.example"};
  for (const char* host : {"127.0.0.1", "127.0.0.1:8332", "localhost", "LOCALHOST:8332", "[::1]", "[::1]:8332",
                           "10.1.2.3:1", "node.example:8332", "Node.Example"}) {
    EXPECT_TRUE(host_is_allowed(host, allowed)) << host;
  }
  for (const char* host :
       {"evil", "evil.example:8332", "localhost.evil", "127.0.0.1.evil", "[evil]", "[::1", "", "::1"}) {
    EXPECT_FALSE(host_is_allowed(host, allowed)) << host;
  }
}

TEST(Subnet, FormsOfARange) {
  const auto contains = [](const char* subnet, const char* address) {
    const auto parsed = Subnet::parse(subnet);
    EXPECT_TRUE(parsed) << subnet;
    return parsed && parsed->contains(*parse_address(address));
  };
  EXPECT_TRUE(contains("127.0.0.0/8", "127.1.2.3"));
  EXPECT_FALSE(contains("127.0.0.0/8", "128.0.0.1"));
  EXPECT_TRUE(contains("1.2.3.4", "1.2.3.4"));
  EXPECT_FALSE(contains("1.2.3.4", "1.2.3.5"));
  EXPECT_TRUE(contains("1.2.3.4/255.255.254.0", "1.2.2.9"));
  EXPECT_FALSE(contains("1.2.3.4/255.255.254.0", "1.2.4.9"));
  EXPECT_TRUE(contains("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
  EXPECT_TRUE(contains("::/0", "8.8.8.8"));
  EXPECT_TRUE(contains("fe80::/10", "febf::1"));
  EXPECT_FALSE(contains("fe80::/10", "fec0::1"));
  EXPECT_TRUE(contains("::1", "::1"));
  EXPECT_TRUE(contains("1.2.3.0/25", "1.2.3.127"));
  EXPECT_FALSE(contains("1.2.3.0/25", "1.2.3.128"));
  for (const char* text : {"", "x", "1.2.3", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/", "1.2.3.4/255.0.255.0", "::1/129",
                           "1.2.3.4/::1", "::1/255.0.0.0", "1.2.3.4/8x", "1.2.3.4 ", "[::1]"}) {
    EXPECT_FALSE(Subnet::parse(text)) << text;
  }
}

}  // namespace
}  // namespace kepeng::http
