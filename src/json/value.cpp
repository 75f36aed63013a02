// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>
#include <charconv>

#include <kepeng/json/value.h>

namespace kepeng::json {
namespace {

template <class T>
std::optional<T> whole_number(const std::string& text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string_view to_text(Kind kind) {
  constexpr std::array<std::string_view, 6> kNames{"null", "bool", "number", "string", "array", "object"};
  return kNames[static_cast<std::size_t>(kind)];
}

Value Value::boolean(bool flag) {
  Value value;
  value.kind_ = Kind::Bool;
  value.content_ = flag;
  return value;
}

Value Value::number(std::string text) {
  Value value;
  value.kind_ = Kind::Number;
  value.content_ = std::move(text);
  return value;
}

Value Value::number(std::int64_t number) {
  return Value::number(std::to_string(number));
}

Value Value::string(std::string text) {
  Value value;
  value.kind_ = Kind::String;
  value.content_ = std::move(text);
  return value;
}

// An empty array or object allocates nothing: its pointer is null.
Value Value::array(std::vector<Value> items) {
  Value value;
  value.kind_ = Kind::Array;
  value.content_ = items.empty() ? Items{} : std::make_shared<const std::vector<Value>>(std::move(items));
  return value;
}

Value Value::object(std::vector<Member> members) {
  Value value;
  value.kind_ = Kind::Object;
  value.content_ = members.empty() ? Members{} : std::make_shared<const std::vector<Member>>(std::move(members));
  return value;
}

std::optional<bool> Value::as_bool() const {
  if (!is_bool()) return std::nullopt;
  return std::get<bool>(content_);
}

std::optional<std::int64_t> Value::as_int64() const {
  if (!is_number()) return std::nullopt;
  return whole_number<std::int64_t>(std::get<std::string>(content_));
}

std::optional<std::uint64_t> Value::as_uint64() const {
  if (!is_number()) return std::nullopt;
  return whole_number<std::uint64_t>(std::get<std::string>(content_));
}

std::optional<double> Value::as_double() const {
  if (!is_number()) return std::nullopt;
  return whole_number<double>(std::get<std::string>(content_));
}

const std::string* Value::as_string() const {
  return is_string() ? &std::get<std::string>(content_) : nullptr;
}
const std::string* Value::as_number_text() const {
  return is_number() ? &std::get<std::string>(content_) : nullptr;
}

std::optional<std::int64_t> Value::as_fixed_point(int decimals) const {
  if (!is_number() && !is_string()) return std::nullopt;
  return parse_fixed_point(std::get<std::string>(content_), decimals);
}

std::span<const Value> Value::items() const {
  if (!is_array() || !std::get<Items>(content_)) return {};
  return *std::get<Items>(content_);
}

std::span<const Member> Value::members() const {
  if (!is_object() || !std::get<Members>(content_)) return {};
  return *std::get<Members>(content_);
}

std::size_t Value::size() const {
  return is_array() ? items().size() : members().size();
}

const Value* Value::find(std::string_view key) const {
  const auto all = members();
  const auto found = std::ranges::find(all, key, &Member::key);
  return found == all.end() ? nullptr : &found->value;
}

std::optional<std::string> Value::duplicate_key() const {
  std::vector<std::string_view> keys;
  for (const Member& member : members()) keys.emplace_back(member.key);
  std::ranges::sort(keys);
  const auto twice = std::ranges::adjacent_find(keys);
  if (twice == keys.end()) return std::nullopt;
  return std::string{*twice};
}

bool operator==(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_) return false;
  if (a.is_array()) return std::ranges::equal(a.items(), b.items());
  if (a.is_object()) return std::ranges::equal(a.members(), b.members());
  return a.content_ == b.content_;
}

bool operator==(const Member& a, const Member& b) {
  return a.key == b.key && a.value == b.value;
}

}  // namespace kepeng::json
