// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>

#include <kepeng/rpc/method.h>

namespace kepeng::rpc {
namespace {

std::string_view first_name(const Parameter& parameter) {
  return parameter.name.substr(0, parameter.name.find('|'));
}

std::string_view type_words(Type type) {
  switch (type) {
    case Type::Object:
    case Type::NamedOptions:
    case Type::UserKeys:
      return "json object";
    case Type::Array:
      return "json array";
    case Type::String:
    case Type::Hex:
      break;
    case Type::Number:
      return "numeric";
    case Type::Boolean:
      return "boolean";
    case Type::Amount:
      return "numeric or string";
    case Type::Range:
      return "numeric or array";
  }
  return "string";
}

std::string shape(const Parameter& parameter);

std::string shape_of_members(const Parameter& parameter) {
  std::string text = "{";
  for (const Parameter& member : parameter.inner) {
    if (text.size() > 1) text += ',';
    text += '"' + std::string{first_name(member)} + "\":" + (member.name.empty() ? "..." : shape(member));
  }
  return text + (parameter.type == Type::UserKeys ? ",...}" : "}");
}

// How the parameter looks in a call.
std::string shape(const Parameter& parameter) {
  const std::string name{first_name(parameter)};
  switch (parameter.type) {
    case Type::Object:
    case Type::UserKeys:
      return parameter.inner.empty() ? "{...}" : shape_of_members(parameter);
    case Type::NamedOptions:
      return name.empty() ? "{...}" : name;
    case Type::Array: {
      std::string text = "[";
      for (const Parameter& item : parameter.inner) text += shape(item) + ",";
      return text + "...]";
    }
    case Type::String:
    case Type::Hex:
      return '"' + name + '"';
    case Type::Number:
    case Type::Boolean:
    case Type::Amount:
      return name;
    case Type::Range:
      return name + " or [begin,end]";
  }
  return name;
}

void append_parameter(std::string& out, const Parameter& parameter, const std::string& label, std::size_t indent) {
  const std::string margin(indent, ' ');
  out += margin + label + "    (" + std::string{type_words(parameter.type)};
  out += parameter.need == Need::Required ? ", required" : ", optional";
  if (!parameter.fallback.empty()) out += ", default=" + std::string{parameter.fallback};
  out += ")";
  if (!parameter.description.empty()) out += " " + std::string{parameter.description};
  out += '\n';
  for (const Parameter& inner : parameter.inner) {
    const std::string name = inner.name.empty() ? shape(inner) : '"' + std::string{first_name(inner)} + '"';
    append_parameter(out, inner, name, indent + 5);
  }
}

void append_section(std::string& out, std::string_view title, std::string_view text) {
  if (text.empty()) return;
  out += "\n" + std::string{title} + ":\n" + std::string{text};
  if (out.back() != '\n') out += '\n';
}

}  // namespace

std::string synopsis(const Method& method) {
  std::string text{method.name};
  bool is_optional = false;
  for (const Parameter& parameter : method.parameters) {
    const bool optional = parameter.need == Need::Optional;
    if (optional && !is_optional) text += " (";
    if (!optional && is_optional) text += " )";
    is_optional = optional;
    text += ' ' + shape(parameter);
  }
  return is_optional ? text + " )" : text;
}

std::string help_text(const Method& method) {
  std::string out = synopsis(method) + "\n\n" + std::string{method.description} + "\n";
  if (!method.parameters.empty()) out += "\nArguments:\n";
  for (std::size_t place = 0; place < method.parameters.size(); ++place) {
    const Parameter& parameter = method.parameters[place];
    append_parameter(out, parameter, fmt::format("{}. {}", place + 1, first_name(parameter)), 0);
  }
  append_section(out, "Result", method.result.empty() ? "null" : method.result);
  std::string examples;
  for (std::string_view rest = method.examples; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    examples += "> kepeng-cli " + std::string{rest.substr(0, end)} + '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  append_section(out, "Examples", examples);
  return out;
}

}  // namespace kepeng::rpc
