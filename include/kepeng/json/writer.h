// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Writer: JSON text, written piece by piece to the end of a string.
//
//   Writer out{text};
//   out.begin_object();
//   out.field("height", 7);
//   out.key("hash"), out.hex(bytes);
//   out.end_object();
//
// The text is what bitcoind would write: amounts with eight decimals, doubles with up to 16 significant digits, quotes,
// backslashes, control characters and DEL escaped and everything else left as it is, indentation by two. Nothing is
// kept but the nesting; a wrong order of calls is our own mistake and stops the process. One owner.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/bytes.h>
#include <kepeng/json/value.h>

namespace kepeng::json {

enum class Layout : std::uint8_t { Compact, Indented };

class Writer {
 public:
  explicit Writer(std::string& out, Layout layout = Layout::Compact) : out_{out}, layout_{layout} {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);

  void null() { raw("null"); }
  void boolean(bool flag) { raw(flag ? "true" : "false"); }
  void int64(std::int64_t number);
  void uint64(std::uint64_t number);
  void real(double number);
  // A count of 10^-8 units: 100000000 is written 1.00000000.
  void amount(std::int64_t satoshi);
  void string(std::string_view text);
  void hex(ByteView bytes);
  // The bytes from last to first: hashes as people read them.
  void hex_reversed(ByteView bytes);
  // Text that is JSON already (a number's text, a finished object).
  void raw(std::string_view json);
  void value(const Value& value);

  template <class T>
  void write(const T& item) {
    if constexpr (std::same_as<T, bool>) {
      boolean(item);
    } else if constexpr (std::unsigned_integral<T>) {
      uint64(item);
    } else if constexpr (std::signed_integral<T>) {
      int64(item);
    } else if constexpr (std::floating_point<T>) {
      real(item);
    } else if constexpr (std::same_as<T, Value>) {
      value(item);
    } else {
      string(std::string_view{item});
    }
  }
  template <class T>
  void field(std::string_view name, const T& item) {
    key(name);
    write(item);
  }
  void field_amount(std::string_view name, std::int64_t satoshi) { key(name), amount(satoshi); }
  void field_hex(std::string_view name, ByteView bytes) { key(name), hex(bytes); }

  bool finished() const { return open_.empty() && wrote_; }

 private:
  struct Level {
    bool object = false;
    bool empty = true;
    bool key_given = false;
  };
  void begin(char bracket);
  void end(char bracket);
  void before_value();
  void separate(Level& level);
  void new_line(std::size_t depth);

  std::string& out_;
  Layout layout_;
  bool wrote_ = false;
  std::vector<Level> open_;
};

// The JSON string literal for `text`, quotes included, at the end of `out`.
void append_quoted(std::string& out, std::string_view text);
std::string to_text(const Value& value, Layout layout = Layout::Compact);

}  // namespace kepeng::json
