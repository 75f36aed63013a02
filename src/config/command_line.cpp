// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "settings.h"

namespace kepeng::config {
namespace {

constexpr std::string_view kTrouble = "Error parsing command line arguments: ";

bool known_to(Program program, const OptionRow& row) {
  return program == Program::Node ? !row.has(kClientOnly) : row.has(kClientOnly) || row.has(kForClient);
}

Fault trouble(const std::string& what) {
  return config_fault(std::string{kTrouble} + what);
}

Result<Unit, Fault> add_argument(Program program, std::string_view argument, ParsedCommandLine& line) {
  std::string_view text = argument.substr(argument.starts_with("--") ? 2 : 1);
  const auto equals = text.find('=');
  const ParsedName parsed = parse_name(text.substr(0, equals));
  const OptionRow* row = find_option(parsed.name);
  if (row == nullptr || !known_to(program, *row) || !parsed.section.empty()) {
    return Err{trouble("Invalid parameter " + std::string{argument.substr(0, argument.find('='))})};
  }
  if (row->name == "includeconf") {
    return Err{trouble("-includeconf cannot be used from commandline; " + std::string{argument})};
  }
  if (row->has(kRemoved)) return Err{trouble("-" + parsed.name + ": " + std::string{row->help})};
  const bool has_value = equals != std::string_view::npos;
  if (!has_value && row->has(kNeedsValue) && !parsed.negated) {
    return Err{trouble("Can not set -" + parsed.name + " with no value. Please specify value with -" + parsed.name +
                       "=value.")};
  }
  const std::string_view value = has_value ? text.substr(equals + 1) : std::string_view{};
  auto setting = make_setting(*row, parsed, value, "the command line");
  if (!setting) return Err{trouble(setting.error().message)};
  line.settings[parsed.name].push_back(std::move(setting).value());
  return Unit{};
}

void warn_of_double_negation(std::string_view argument, std::vector<std::string>& warnings) {
  const auto equals = argument.find('=');
  if (equals == std::string_view::npos || argument.substr(equals) != "=0") return;
  const ParsedName parsed =
      parse_name(argument.substr(argument.starts_with("--") ? 2 : 1, equals - (argument.starts_with("--") ? 2 : 1)));
  if (parsed.negated) {
    warnings.push_back("Double negation " + std::string{argument} + " is taken as -" + parsed.name + "=1");
  }
}

}  // namespace

Result<ParsedCommandLine, Fault> parse_command_line(Program program, const std::vector<std::string>& arguments,
                                                    std::vector<std::string>& warnings) {
  ParsedCommandLine line;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool is_option = argument.size() > 1 && argument.starts_with('-');
    if (!is_option && program == Program::Node) {
      return Err{
          trouble("Command line contains unexpected token '" + argument + "', see kepengd -h for a list of options.")};
    }
    if (!is_option) {
      // From the method on, everything is the method's: its arguments may begin with a dash.
      line.words.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
      break;
    }
    KP_TRY_VOID(add_argument(program, argument, line));
    warn_of_double_negation(argument, warnings);
  }
  return line;
}

}  // namespace kepeng::config
