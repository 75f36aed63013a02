// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "fuzz.h"
#include "head_check.h"
#include "subnet.h"

namespace kepeng::fuzz {
namespace {

Seeds http_head_seeds() {
  return {bytes_of("POST / HTTP/1.1\r\nHost: localhost:8332\r\nContent-Length: 10\r\n\r\n"),
          bytes_of("GET /rest/chaininfo.json?x=%00 HTTP/1.0\r\nX: a\tb \r\nY:\r\n\r\n"),
          bytes_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), bytes_of("[::1]:8332")};
}

FUZZ_TARGET(http_head, http_head_seeds) {
  const std::string_view text = as_text(input);
  static_cast<void>(http::host_is_allowed(text, {"node.example"}));
  // What head_fault is given ends with the empty line, the only one.
  const auto end = text.find("\r\n\r\n");
  const std::string head = std::string{text.substr(0, end)} + "\r\n\r\n";
  const auto fault = http::head_fault(head);
  bool partial_fault = false;
  for (std::size_t length = 0; length <= std::min<std::size_t>(head.size(), 300); ++length) {
    const bool now = http::partial_head_fault(std::string_view{head}.substr(0, length)).has_value();
    KP_ASSERT(now || !partial_fault);  // junk does not become good again
    partial_fault = now;
  }
  if (partial_fault) KP_ASSERT(fault.has_value());
}

Seeds http_subnet_seeds() {
  return {bytes_of("10.0.0.0/8"), bytes_of("1.2.3.0/255.255.255.0"), bytes_of("::1"), bytes_of("fe80::/10"),
          bytes_of("::ffff:1.2.3.4/128")};
}

FUZZ_TARGET(http_subnet, http_subnet_seeds) {
  const std::string text{as_text(input)};
  const auto subnet = http::Subnet::parse(text);
  const auto address = http::parse_address(text.substr(0, text.find('/')));
  if (subnet) KP_ASSERT(address && subnet->contains(*address));
  if (address) {
    const auto alone = http::Subnet::parse(text.substr(0, text.find('/')));
    KP_ASSERT(alone && alone->contains(*address));
    http::AddressBytes neighbour = *address;
    neighbour[15] ^= 1;
    KP_ASSERT(!alone->contains(neighbour));
  }
}

}  // namespace
}  // namespace kepeng::fuzz
