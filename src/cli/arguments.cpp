// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "arguments.h"

#include <algorithm>
#include <optional>

#include <kepeng/json/reader.h>

#include "argument_table.h"

namespace kepeng::cli {
namespace {

using json::Value;
using Parameter = Result<Value, std::string>;

const ArgumentRow* find_position(const std::string& method, std::size_t position) {
  const auto rows = argument_table();
  const auto found = std::ranges::find_if(rows, [&](const ArgumentRow& row) {
    return row.method == method && row.position >= 0 && static_cast<std::size_t>(row.position) == position;
  });
  return found == rows.end() ? nullptr : &*found;
}

const ArgumentRow* find_name(const std::string& method, std::string_view name) {
  const auto rows = argument_table();
  const auto found =
      std::ranges::find_if(rows, [&](const ArgumentRow& row) { return row.method == method && row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

Parameter convert(const ArgumentRow* row, std::string_view text) {
  if (row == nullptr || row->form == ArgumentForm::String) return Value::string(std::string{text});
  auto parsed = json::parse(text);
  if (parsed) return std::move(parsed).value();
  if (row->form == ArgumentForm::JsonOrString) return Value::string(std::string{text});
  return Err{"Error parsing JSON: " + std::string{text}};
}

// Where the name ends in "name=value". A string may hold '=' itself (base64 does), so at a string's place the word
// counts as named only if the method knows the name.
std::optional<std::size_t> name_length(const Call& call, std::size_t position, const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) return std::nullopt;
  const ArgumentRow* row = find_position(call.method, position);
  const bool string_here = row != nullptr && row->form == ArgumentForm::String;
  if (string_here && find_name(call.method, std::string_view{word}.substr(0, equals)) == nullptr) return std::nullopt;
  return equals;
}

}  // namespace

Result<Value, std::string> positional_parameters(const Call& call) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < call.words.size(); ++i) {
    KP_TRY(auto value, convert(find_position(call.method, i), call.words[i]));
    values.push_back(std::move(value));
  }
  return Value::array(std::move(values));
}

Result<Value, std::string> named_parameters(const Call& call) {
  std::vector<json::Member> members;
  std::vector<Value> unnamed;
  for (const std::string& word : call.words) {
    const auto length = name_length(call, unnamed.size(), word);
    if (!length) {
      KP_TRY(auto value, convert(find_position(call.method, unnamed.size()), word));
      unnamed.push_back(std::move(value));
      continue;
    }
    const std::string name = word.substr(0, *length);
    if (std::ranges::find(members, name, &json::Member::key) != members.end()) {
      return Err{"Parameter " + name + " is given more than once"};
    }
    KP_TRY(auto value, convert(find_name(call.method, name), std::string_view{word}.substr(*length + 1)));
    members.push_back({name, std::move(value)});
  }
  if (unnamed.empty()) return Value::object(std::move(members));
  if (std::ranges::find(members, "args", &json::Member::key) != members.end()) {
    return Err{std::string{"Parameter args is given together with words that have no name"}};
  }
  members.push_back({"args", Value::array(std::move(unnamed))});
  return Value::object(std::move(members));
}

}  // namespace kepeng::cli
