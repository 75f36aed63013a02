// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "connection.h"

namespace kepeng::http {
namespace {

struct Reason {
  int status;
  std::string_view phrase;
};
constexpr std::array kReasons{
    Reason{200, "OK"},
    Reason{204, "No Content"},
    Reason{304, "Not Modified"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{413, "Request Entity Too Large"},
    Reason{429, "Too Many Requests"},
    Reason{500, "Internal Server Error"},
    Reason{503, "Service Unavailable"},
};

std::string_view phrase(int status) {
  const auto found = std::ranges::find(kReasons, status, &Reason::status);
  return found == kReasons.end() ? "Status" : found->phrase;
}

std::string date() {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                     kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                     utc.tm_sec);
}

// A header that would begin a line of its own is left out.
bool is_safe(const Header& header) {
  return (header.name + header.value).find_first_of(std::string_view{"\r\n\0", 3}) == std::string::npos;
}

}  // namespace

std::string response_head(const Response& response, std::string_view connection_header) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nConnection: {}\r\n", response.status,
                                 phrase(response.status), date(), connection_header);
  if (response.status != 204) head += fmt::format("Content-Length: {}\r\n", response.body.size());
  if (!response.content_type.empty()) head += fmt::format("Content-Type: {}\r\n", response.content_type);
  for (const Header& header : response.headers) {
    if (is_safe(header)) head += fmt::format("{}: {}\r\n", header.name, header.value);
  }
  return head + "\r\n";
}

}  // namespace kepeng::http
