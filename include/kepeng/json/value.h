// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Value: one JSON value, immutable and cheap to copy.
//
// A number is its text, so nothing is lost before somebody says what the number is; members of an object keep their
// order and duplicates are kept too, so that a caller can refuse them. The `as_` accessors answer nullopt when the
// value is not of that kind or does not fit. Immutable, thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kepeng::json {

enum class Kind : std::uint8_t { Null, Bool, Number, String, Array, Object };
// "null", "bool", "number", "string", "array", "object": the words of bitcoind's type errors.
std::string_view to_text(Kind kind);

struct Member;

class Value {
 public:
  Value() = default;  // null
  static Value boolean(bool flag);
  // `text` is a valid JSON number: the caller's duty.
  static Value number(std::string text);
  static Value number(std::int64_t number);
  static Value string(std::string text);
  static Value array(std::vector<Value> items);
  static Value object(std::vector<Member> members);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::Null; }
  bool is_bool() const { return kind_ == Kind::Bool; }
  bool is_number() const { return kind_ == Kind::Number; }
  bool is_string() const { return kind_ == Kind::String; }
  bool is_array() const { return kind_ == Kind::Array; }
  bool is_object() const { return kind_ == Kind::Object; }

  std::optional<bool> as_bool() const;
  // Whole numbers without fraction or exponent that fit.
  std::optional<std::int64_t> as_int64() const;
  std::optional<std::uint64_t> as_uint64() const;
  std::optional<double> as_double() const;
  const std::string* as_string() const;
  // The text of a number.
  const std::string* as_number_text() const;
  // A number, or a string that holds one, as a count of 10^-decimals units, exactly: more decimals are refused unless
  // they are zero, an exponent is applied, not rounded. Eight decimals give satoshi. Range (money) is the caller's.
  std::optional<std::int64_t> as_fixed_point(int decimals) const;
  std::optional<std::int64_t> as_amount() const { return as_fixed_point(8); }

  // Empty for other kinds.
  std::span<const Value> items() const;
  std::span<const Member> members() const;
  std::size_t size() const;
  // The first member with that name, or nullptr; nullptr for other kinds.
  const Value* find(std::string_view key) const;
  // The first name that an object holds twice (only this object, not what is inside it).
  std::optional<std::string> duplicate_key() const;

  friend bool operator==(const Value& a, const Value& b);

 private:
  using Items = std::shared_ptr<const std::vector<Value>>;
  using Members = std::shared_ptr<const std::vector<Member>>;

  Kind kind_ = Kind::Null;
  std::variant<bool, std::string, Items, Members> content_{false};
};

struct Member {
  std::string key;
  Value value;
};
bool operator==(const Member& a, const Member& b);

// A decimal text ("-1.5", "2e-3") as a count of 10^-decimals units; nullopt when it is no JSON number, is not exact, or
// has more than 18 digits.
std::optional<std::int64_t> parse_fixed_point(std::string_view text, int decimals);

}  // namespace kepeng::json
