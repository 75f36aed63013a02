// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "settings.h"

#include <algorithm>

namespace kepeng::config {
namespace {

// One source's values of one option. Files are written top-down, and the first value there is the operator's choice
// (bitcoind's rule); on the command line a later word corrects an earlier one.
struct SourceValues {
  const std::vector<Setting>* values = nullptr;
  enum class Wins : std::uint8_t { First, Last } wins = Wins::Last;

  bool empty() const { return values == nullptr || values->empty(); }
  // Where the values begin that no negation wiped.
  std::size_t live_from() const {
    const auto last = std::find_if(values->rbegin(), values->rend(), [](const Setting& s) { return s.negated; });
    return static_cast<std::size_t>(values->rend() - last);
  }
  bool ends_negated() const { return live_from() == values->size(); }
};

const std::vector<Setting>* values_in(const SettingMap& map, std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

std::array<SourceValues, 4> all_sources(const Sources& sources, const OptionRow& row, params::Network network) {
  using Wins = SourceValues::Wins;
  const auto in_section = [&](std::string_view section) -> const std::vector<Setting>* {
    const auto found = sources.file.find(section);
    return found == sources.file.end() ? nullptr : values_in(found->second, row.name);
  };
  SourceValues global{in_section(""), Wins::First};
  const bool only_for_main = row.has(kNetworkOnly) && network != params::Network::Main;
  // A negation in the global part counts everywhere: it can do no harm on a wrong network.
  if (only_for_main && !global.empty() && !global.ends_negated()) global.values = nullptr;
  return {SourceValues{values_in(sources.command_line, row.name), Wins::Last},
          SourceValues{values_in(sources.settings_file, row.name), Wins::Last},
          SourceValues{in_section(params::name_of(network)), Wins::First}, global};
}

}  // namespace

std::optional<Setting> resolve(const Sources& sources, const OptionRow& row, params::Network network) {
  for (const SourceValues& source : all_sources(sources, row, network)) {
    if (source.empty()) continue;
    if (source.ends_negated()) return source.values->back();
    return source.wins == SourceValues::Wins::First ? (*source.values)[source.live_from()] : source.values->back();
  }
  return std::nullopt;
}

std::vector<Setting> resolve_list(const Sources& sources, const OptionRow& row, params::Network network) {
  std::vector<Setting> all;
  for (const SourceValues& source : all_sources(sources, row, network)) {
    if (source.empty()) continue;
    const auto from = source.live_from();
    all.insert(all.end(), source.values->begin() + static_cast<std::ptrdiff_t>(from), source.values->end());
    if (from > 0) break;  // a negation wipes the less important sources too
  }
  return all;
}

ParsedName parse_name(std::string_view text) {
  ParsedName parsed;
  if (const auto dot = text.find('.'); dot != std::string_view::npos) {
    parsed.section = text.substr(0, dot);
    text.remove_prefix(dot + 1);
  }
  parsed.negated = text.starts_with("no") && find_option(text) == nullptr;
  if (parsed.negated) text.remove_prefix(2);
  parsed.name = text;
  return parsed;
}

Result<Setting, Fault> make_setting(const OptionRow& row, const ParsedName& parsed, std::string_view value,
                                    std::string origin) {
  Setting setting{.negated = false, .value = std::string{value}, .origin = std::move(origin)};
  if (!parsed.negated) return setting;
  if (row.has(kNoNegation)) {
    return Err{config_fault("Negating of -" + parsed.name + " is meaningless and therefore forbidden (" +
                            setting.origin + ")")};
  }
  // "-nofoo=0" says no twice.
  setting.negated = value != "0";
  setting.value = setting.negated ? "0" : "1";
  return setting;
}

Fault config_fault(std::string message) {
  return {FaultKind::Config, std::move(message)};
}

}  // namespace kepeng::config
