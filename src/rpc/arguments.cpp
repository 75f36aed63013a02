// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "arguments.h"

#include <algorithm>
#include <set>

namespace kepeng::rpc {
namespace {

using Values = std::vector<json::Value>;

std::string_view first_name(const Parameter& parameter) {
  return parameter.name.substr(0, parameter.name.find('|'));
}

// Shows `test` each name that the parameter goes by ("new|old"), until it says true.
template <class F>
bool any_name(const Parameter& parameter, F&& test) {
  for (std::string_view rest = parameter.name;;) {
    const std::size_t bar = rest.find('|');
    if (test(rest.substr(0, bar))) return true;
    if (bar == std::string_view::npos) return false;
    rest.remove_prefix(bar + 1);
  }
}

bool has_name(const Parameter& parameter, std::string_view name) {
  return any_name(parameter, [&](std::string_view alias) { return alias == name; });
}

std::string quoted_parameter(std::string_view name) {
  return "Parameter " + std::string{name};
}

// The named arguments of one call, each of which somebody has to take.
class Named {
 public:
  static Result<Named, RpcError> from(const json::Value& params) {
    if (const auto twice = params.duplicate_key()) {
      return fail(Code::InvalidParameter, quoted_parameter(*twice) + " specified multiple times");
    }
    return Named{params.members()};
  }

  // The first of the parameter's names that was given.
  const json::Member* take(const Parameter& parameter) {
    const json::Member* member = nullptr;
    any_name(parameter, [&](std::string_view alias) {
      member = take_name(alias);
      return member != nullptr;
    });
    return member;
  }
  const json::Member* take_name(std::string_view name) {
    const auto found = std::ranges::find_if(left_, [&](const json::Member* member) { return member->key == name; });
    if (found == left_.end()) return nullptr;
    const json::Member* member = *found;
    left_.erase(found);
    return member;
  }
  const std::vector<const json::Member*>& left() const { return left_; }

 private:
  explicit Named(std::span<const json::Member> members) {
    for (const json::Member& member : members) left_.push_back(&member);
  }
  std::vector<const json::Member*> left_;
};

// Members of the options object that were given beside it, as named arguments of the method.
Values take_place(const Method& method, const Parameter& parameter, Named& named, std::vector<json::Member>& options) {
  if (parameter.type == Type::NamedOptions) {
    for (const Parameter& option : parameter.inner) {
      const bool is_positional_too = std::ranges::any_of(
          method.parameters, [&](const Parameter& other) { return has_name(other, first_name(option)); });
      if (is_positional_too) continue;
      if (const json::Member* member = named.take(option)) options.push_back(*member);
    }
  }
  const json::Member* direct = named.take(parameter);
  return direct == nullptr ? Values{} : Values{direct->value};
}

Result<Values, RpcError> place_named(const Method& method, const json::Value& params) {
  KP_TRY(Named named, Named::from(params));
  const json::Value* prefix = params.find("args");
  if (prefix != nullptr && prefix->is_array()) {
    named.take_name("args");
  } else {
    prefix = nullptr;
  }
  Values values;
  if (prefix != nullptr) values.assign(prefix->items().begin(), prefix->items().end());
  std::size_t next = 0;
  for (std::size_t place = 0; place < method.parameters.size(); ++place) {
    const Parameter& parameter = method.parameters[place];
    std::vector<json::Member> options;
    Values given = take_place(method, parameter, named, options);
    if (!given.empty() && !options.empty()) {
      return fail(Code::InvalidParameter,
                  quoted_parameter(first_name(parameter)) + " conflicts with parameter " + options.front().key);
    }
    if (!options.empty()) given.push_back(json::Value::object(std::move(options)));
    if (given.empty()) continue;
    if (place < values.size() && next == 0) {
      return fail(Code::InvalidParameter,
                  quoted_parameter(parameter.name) + " specified twice both as positional and named argument");
    }
    values.resize(std::max(values.size(), place));
    values.push_back(std::move(given.front()));
    next = place + 1;
  }
  if (!named.left().empty()) {
    return fail(Code::InvalidParameter, "Unknown named parameter " + named.left().front()->key);
  }
  return values;
}

// The JSON type that the parameter must have; empty when several will do.
std::string_view expected_type(const Parameter& parameter) {
  if (parameter.checking == Checking::Unchecked) return {};
  switch (parameter.type) {
    case Type::Object:
    case Type::NamedOptions:
    case Type::UserKeys:
      return "object";
    case Type::Array:
      return "array";
    case Type::String:
    case Type::Hex:
      return "string";
    case Type::Number:
      return "number";
    case Type::Boolean:
      return "bool";
    case Type::Amount:
    case Type::Range:
      break;
  }
  return {};
}

Answer check_types(const Method& method, const Values& values) {
  std::string wrong;
  for (std::size_t place = 0; place < method.parameters.size(); ++place) {
    const Parameter& parameter = method.parameters[place];
    const std::string_view expected = expected_type(parameter);
    const json::Kind kind = place < values.size() ? values[place].kind() : json::Kind::Null;
    if (expected.empty() || json::to_text(kind) == expected) continue;
    if (kind == json::Kind::Null && parameter.need == Need::Optional) continue;
    if (!wrong.empty()) wrong += ",\n";
    wrong += "    ";
    json::append_quoted(wrong, fmt::format("Position {} ({})", place + 1, first_name(parameter)));
    wrong += ": ";
    json::append_quoted(wrong, type_error(kind, expected).message);
  }
  if (wrong.empty()) return Unit{};
  return fail(Code::TypeError, "Wrong type passed:\n{\n" + wrong + "\n}");
}

}  // namespace

Result<Arguments, RpcError> arguments_from(const Method& method, const json::Value& params) {
  Values values{params.items().begin(), params.items().end()};
  if (params.is_object()) {
    KP_TRY(values, place_named(method, params));
  }
  std::size_t count_min = method.parameters.size();
  while (count_min > 0 && method.parameters[count_min - 1].need != Need::Required) --count_min;
  if (values.size() < count_min || values.size() > method.parameters.size()) {
    return fail(Code::Misc, help_text(method));
  }
  KP_TRY_VOID(check_types(method, values));
  return Arguments{std::move(values)};
}

}  // namespace kepeng::rpc
