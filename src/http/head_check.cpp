// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "head_check.h"

#include <arpa/inet.h>

#include <algorithm>

namespace kepeng::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kLengthDigitsMax = 18;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}
bool is_token(char c) {
  return is_digit(c) || is_letter(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// What decides where the body ends.
struct Framing {
  int lengths = 0;
  int encodings = 0;
  int hosts = 0;
};

std::optional<std::string_view> request_line_fault(std::string_view line) {
  const auto method_end = line.find(' ');
  const auto target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || target_end <= method_end) return "malformed request line";
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  const std::string_view version = line.substr(target_end + 1);
  if (method.empty() || !std::ranges::all_of(method, is_token)) return "malformed method";
  if (!target.starts_with('/')) return "malformed target";
  if (std::ranges::any_of(target, [](char c) { return is_control(c) || c == ' '; })) return "malformed target";
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return "unknown version";
  return std::nullopt;
}

std::optional<std::string_view> framing_fault(std::string_view name, std::string_view value, Framing& seen) {
  if (same_name(name, "content-length")) {
    ++seen.lengths;
    if (value.empty() || value.size() > kLengthDigitsMax || !std::ranges::all_of(value, is_digit)) {
      return "malformed Content-Length";
    }
  } else if (same_name(name, "transfer-encoding")) {
    ++seen.encodings;
    if (!same_name(value, "chunked")) return "unknown Transfer-Encoding";
  } else if (same_name(name, "host")) {
    ++seen.hosts;
  }
  if (seen.lengths + seen.encodings > 1) return "the length of the body is given twice";
  if (seen.hosts > 1) return "more than one Host";
  return std::nullopt;
}

std::optional<std::string_view> header_fault(std::string_view line, Framing& seen) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return "malformed header";
  const std::string_view name = line.substr(0, colon);
  // Space before the colon, and the folded lines of old that begin with a space, are no names.
  if (!std::ranges::all_of(name, is_token)) return "malformed header name";
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (std::ranges::any_of(value, [](char c) { return is_control(c) && c != '\t'; })) return "malformed header value";
  return framing_fault(name, value, seen);
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> head_fault(std::string_view head) {
  Framing seen;
  const auto first_end = head.find(kLineEnd);
  if (first_end == std::string_view::npos) return "no request line";
  const std::string_view first = head.substr(0, first_end);
  if (const auto fault = request_line_fault(first)) return fault;
  head.remove_prefix(first_end + kLineEnd.size());
  while (head != kLineEnd) {
    const auto end = head.find(kLineEnd);
    if (end == std::string_view::npos) return "a header without end";
    if (const auto fault = header_fault(head.substr(0, end), seen)) return fault;
    head.remove_prefix(end + kLineEnd.size());
  }
  if (seen.encodings > 0 && first.ends_with("1.0")) return "Transfer-Encoding in HTTP/1.0";
  return std::nullopt;
}

std::optional<std::string_view> partial_head_fault(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    const bool bare_return = c == '\r' && i + 1 < bytes.size() && bytes[i + 1] != '\n';
    const bool bare_feed = c == '\n' && (i == 0 || bytes[i - 1] != '\r');
    if (bare_return || bare_feed) return "a bare line ending";
    if (is_control(c) && c != '\r' && c != '\n' && c != '\t') return "a control character";
  }
  const auto first_end = bytes.find(kLineEnd);
  if (first_end == std::string_view::npos) return std::nullopt;
  return request_line_fault(bytes.substr(0, first_end));
}

bool host_is_allowed(std::string_view host, const std::vector<std::string>& allowed) {
  std::string name{host};
  const auto colon = name.rfind(':');
  const bool bracketed = name.starts_with('[');
  if (colon != std::string::npos && (!bracketed || name.find(']') < colon)) name.resize(colon);
  if (bracketed) {
    if (!name.ends_with(']')) return false;
    in6_addr address{};
    return ::inet_pton(AF_INET6, name.substr(1, name.size() - 2).c_str(), &address) == 1;
  }
  in_addr address{};
  if (::inet_pton(AF_INET, name.c_str(), &address) == 1 || same_name(name, "localhost")) return true;
  return std::ranges::any_of(allowed, [&](const std::string& known) { return same_name(known, name); });
}

}  // namespace kepeng::http
