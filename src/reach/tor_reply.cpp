// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/reach/tor_reply.h>

#include <algorithm>
#include <charconv>

namespace kepeng::reach {
namespace {

constexpr std::size_t kCodeDigits = 3;
constexpr std::size_t kFieldsMax = 64;

std::optional<int> code_of(std::string_view line) {
  if (line.size() <= kCodeDigits) return std::nullopt;
  int code = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + kCodeDigits, code);
  if (error != std::errc{} || end != line.data() + kCodeDigits || code < 0) return std::nullopt;
  return code;
}

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

// What stands behind a backslash; `at` moves to the last character of it.
char unescaped(std::string_view text, std::size_t& at) {
  switch (text[at]) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      break;
  }
  if (!is_octal(text[at])) return text[at];
  unsigned value = 0;
  const std::size_t end = std::min(at + 3, text.size());
  std::size_t next = at;
  for (; next < end && is_octal(text[next]); ++next) value = value * 8 + static_cast<unsigned>(text[next] - '0');
  at = next - 1;
  return static_cast<char>(value);
}

// The opening quote is gone already.
std::optional<std::string> take_quoted(std::string_view& from) {
  std::string value;
  for (std::size_t at = 0; at < from.size(); ++at) {
    if (from[at] == '"') {
      from.remove_prefix(at + 1);
      return value;
    }
    if (from[at] == '\\' && at + 1 < from.size()) {
      ++at;
      value += unescaped(from, at);
    } else {
      value += from[at];
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> TorReply::find(std::string_view word) const {
  for (const std::string& line : lines) {
    if (line.size() > word.size() && line.starts_with(word) && line[word.size()] == ' ') {
      return std::string_view{line}.substr(word.size() + 1);
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> TorReply::value(std::string_view name) const {
  for (const std::string& line : lines) {
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == '=') {
      return std::string_view{line}.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

Result<std::optional<TorReply>, TorReplyReader::Malformed> TorReplyReader::take(std::string_view line) {
  bytes_ += line.size();
  if (bytes_ > kBytesMax || reply_.lines.size() >= kLinesMax) return Err{Malformed{}};
  if (in_data_) {
    in_data_ = line != ".";
    if (in_data_) reply_.lines.emplace_back(line.substr(line.starts_with('.') ? 1 : 0));
    return std::optional<TorReply>{};
  }
  const auto code = code_of(line);
  if (!code || (!reply_.lines.empty() && *code != reply_.code)) return Err{Malformed{}};
  const char separator = line[kCodeDigits];
  if (separator != ' ' && separator != '-' && separator != '+') return Err{Malformed{}};
  reply_.code = *code;
  reply_.lines.emplace_back(line.substr(kCodeDigits + 1));
  in_data_ = separator == '+';
  if (separator != ' ') return std::optional<TorReply>{};
  bytes_ = 0;
  return std::optional{std::exchange(reply_, {})};
}

std::optional<std::map<std::string, std::string>> parse_tor_fields(std::string_view text) {
  std::map<std::string, std::string> fields;
  while (!text.empty()) {
    if (text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(text.find_first_of(" ="), text.size());
    const std::string name{text.substr(0, end)};
    const bool has_value = end < text.size() && text[end] == '=';
    text.remove_prefix(has_value ? end + 1 : end);
    std::string value;
    if (has_value && text.starts_with('"')) {
      text.remove_prefix(1);
      auto quoted = take_quoted(text);
      if (!quoted) return std::nullopt;
      value = std::move(*quoted);
    } else if (has_value) {
      value = text.substr(0, text.find(' '));
      text.remove_prefix(value.size());
    }
    if (fields.size() == kFieldsMax) return std::nullopt;
    fields.insert_or_assign(name, std::move(value));
  }
  return fields;
}

std::string quote_for_tor(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    // A line end would end the command.
    if (c == '\r' || c == '\n') {
      quoted += c == '\n' ? "\\n" : "\\r";
      continue;
    }
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace kepeng::reach
