// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What stands behind Options, and the checks that look at several options together.
#pragma once

#include "settings.h"

namespace kepeng::config {

struct Options::State {
  Program program = Program::Node;
  Sources sources;
  params::Network network = params::Network::Main;
  std::map<std::string, std::string, std::less<>> implied;  // defaults that other options changed
  std::filesystem::path base_directory;
  std::filesystem::path network_directory;
  std::filesystem::path config_file;
  std::vector<std::string> warnings;
  std::vector<std::string> words;

  const OptionRow& row(std::string_view name) const;
  std::optional<Setting> find(std::string_view name) const;
  std::vector<Setting> find_all(std::string_view name) const;
  bool is_set(std::string_view name) const { return find(name).has_value(); }
  bool truth(std::string_view name) const;
  // Set, or implied, or the table's default.
  std::optional<std::string> text(std::string_view name) const;
};

std::optional<bool> parse_bool(std::string_view text);
std::optional<std::int64_t> parse_int(std::string_view text);

// Each option that was set has a value of its kind, within its range.
Result<Unit, Fault> check_values(const Options::State& state);
// Combinations, and values whose form is more than a kind. Warnings are added.
Result<Unit, Fault> check_combinations(Options::State& state, const Environment& environment);
// What an option says about others that were not set.
void imply(Options::State& state);

}  // namespace kepeng::config
