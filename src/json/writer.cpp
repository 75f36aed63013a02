// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include <kepeng/base/assert.h>
#include <kepeng/json/writer.h>

namespace kepeng::json {
namespace {

constexpr std::size_t kIndent = 2;
constexpr char kHexDigits[] = "0123456789abcdef";

constexpr bool needs_escape(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

constexpr std::array<bool, 256> make_escape_table() {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = needs_escape(static_cast<unsigned char>(i));
  return table;
}
constexpr auto kNeedsEscape = make_escape_table();

// The letter of the two-character escapes, or 0.
constexpr char short_escape(char c) {
  constexpr std::string_view kFrom = "\"\\\b\f\n\r\t";
  constexpr std::string_view kTo = "\"\\bfnrt";
  const auto at = kFrom.find(c);
  return at == std::string_view::npos ? '\0' : kTo[at];
}

void append_escape(std::string& out, char c) {
  out += '\\';
  if (const char letter = short_escape(c)) {
    out += letter;
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "u00";
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

// Both digits of every byte: one lookup and one store each, because hex is most of a large reply.
constexpr std::array<std::array<char, 2>, 256> make_hex_pairs() {
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kHexDigits[i >> 4], kHexDigits[i & 15]};
  return pairs;
}
constexpr auto kHexPairs = make_hex_pairs();

char* put_hex(char* at, std::uint8_t byte) {
  std::memcpy(at, kHexPairs[byte].data(), 2);
  return at + 2;
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain_from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!kNeedsEscape[static_cast<unsigned char>(text[i])]) continue;
    out.append(text, plain_from, i - plain_from);
    append_escape(out, text[i]);
    plain_from = i + 1;
  }
  out.append(text, plain_from);
  out += '"';
}

void Writer::new_line(std::size_t depth) {
  if (layout_ == Layout::Compact) return;
  out_ += '\n';
  out_.append(depth * kIndent, ' ');
}

void Writer::separate(Level& level) {
  if (!level.empty) out_ += ',';
  level.empty = false;
  new_line(open_.size());
}

void Writer::before_value() {
  if (open_.empty()) {
    KP_ASSERT(!wrote_);
    wrote_ = true;
    return;
  }
  Level& level = open_.back();
  KP_ASSERT(level.object == level.key_given);
  if (level.object) {
    level.key_given = false;
  } else {
    separate(level);
  }
}

void Writer::key(std::string_view name) {
  KP_ASSERT(!open_.empty() && open_.back().object && !open_.back().key_given);
  separate(open_.back());
  open_.back().key_given = true;
  append_quoted(out_, name);
  out_ += layout_ == Layout::Compact ? ":" : ": ";
}

void Writer::begin(char bracket) {
  before_value();
  out_ += bracket;
  open_.push_back({.object = bracket == '{'});
}

void Writer::end(char bracket) {
  KP_ASSERT(!open_.empty() && !open_.back().key_given && open_.back().object == (bracket == '}'));
  open_.pop_back();
  new_line(open_.size());
  out_ += bracket;
}

void Writer::int64(std::int64_t number) {
  char text[24];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  raw({text, end});
}

void Writer::uint64(std::uint64_t number) {
  char text[24];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  raw({text, end});
}

// JSON has no word for infinity and not-a-number.
void Writer::real(double number) {
  KP_ASSERT(std::isfinite(number));
  constexpr int kSignificantDigits = 16;
  char text[40];
  const auto [end, error] =
      std::to_chars(text, text + sizeof text, number, std::chars_format::general, kSignificantDigits);
  raw({text, end});
}

void Writer::amount(std::int64_t satoshi) {
  constexpr std::uint64_t kPerCoin = 100'000'000;
  char text[32];
  char* at = text;
  // Negated as unsigned, so that the lowest number does not overflow.
  const auto bits = static_cast<std::uint64_t>(satoshi);
  const std::uint64_t units = satoshi < 0 ? 0 - bits : bits;
  if (satoshi < 0) *at++ = '-';
  at = std::to_chars(at, text + sizeof text, units / kPerCoin).ptr;
  *at++ = '.';
  std::uint64_t fraction = units % kPerCoin;
  for (int i = 7; i >= 0; --i, fraction /= 10) at[i] = static_cast<char>('0' + fraction % 10);
  raw({text, at + 8});
}

void Writer::string(std::string_view text) {
  before_value();
  append_quoted(out_, text);
}

void Writer::hex(ByteView bytes) {
  before_value();
  const std::size_t start = out_.size();
  out_.resize(start + 2 * bytes.size() + 2, '"');
  char* at = out_.data() + start + 1;
  for (const std::uint8_t byte : bytes) at = put_hex(at, byte);
}

void Writer::hex_reversed(ByteView bytes) {
  before_value();
  const std::size_t start = out_.size();
  out_.resize(start + 2 * bytes.size() + 2, '"');
  char* at = out_.data() + start + 1;
  for (std::size_t i = bytes.size(); i-- > 0;) at = put_hex(at, bytes[i]);
}

void Writer::raw(std::string_view json) {
  before_value();
  out_ += json;
}

// Recursion is as deep as the value, which the reader bounds.
void Writer::value(const Value& value) {
  switch (value.kind()) {
    case Kind::Null:
      return null();
    case Kind::Bool:
      return boolean(*value.as_bool());
    case Kind::Number:
      return raw(*value.as_number_text());
    case Kind::String:
      return string(*value.as_string());
    case Kind::Array:
      begin_array();
      for (const Value& item : value.items()) this->value(item);
      return end_array();
    case Kind::Object:
      begin_object();
      for (const Member& member : value.members()) key(member.key), this->value(member.value);
      return end_object();
  }
}

std::string to_text(const Value& value, Layout layout) {
  std::string text;
  Writer{text, layout}.value(value);
  return text;
}

}  // namespace kepeng::json
