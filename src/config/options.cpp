// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>
#include <charconv>

#include <kepeng/base/assert.h>
#include <kepeng/json/value.h>

#include "state.h"

namespace kepeng::config {
namespace {

struct NetworkFacts {
  params::Network network;
  std::string_view subdirectory;
  std::uint16_t rpc_port;
};
constexpr std::array kNetworkFacts{
    NetworkFacts{params::Network::Main, "", 8332},
    NetworkFacts{params::Network::Testnet3, "testnet3", 18332},
    NetworkFacts{params::Network::Testnet4, "testnet4", 48332},
    NetworkFacts{params::Network::Signet, "signet", 38332},
    NetworkFacts{params::Network::Regtest, "regtest", 18443},
};

const NetworkFacts& facts_of(params::Network network) {
  return *std::ranges::find(kNetworkFacts, network, &NetworkFacts::network);
}

constexpr std::string_view kHidden = "****";

void describe_map(const SettingMap& map, const std::string& prefix, std::vector<std::string>& out) {
  for (const auto& [name, settings] : map) {
    const OptionRow* row = find_option(name);
    for (const Setting& setting : settings) {
      const bool secret = row != nullptr && row->has(kSecret);
      const std::string value = setting.negated ? "false" : '"' + setting.value + '"';
      out.push_back(prefix + name + '=' + (secret ? std::string{kHidden} : value));
    }
  }
}

}  // namespace

std::optional<bool> parse_bool(std::string_view text) {
  if (text.empty()) return true;  // "-x" alone says yes
  const auto number = parse_int(text);
  if (!number) return std::nullopt;
  return *number != 0;
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_size(std::string_view text, char unit_without_suffix) {
  constexpr std::string_view kUnits = "kKmMgGtT";
  if (text.empty()) return std::nullopt;
  char unit = unit_without_suffix;
  if (kUnits.find(text.back()) != std::string_view::npos) {
    unit = text.back();
    text.remove_suffix(1);
  }
  const auto number = parse_int(text);
  if (!number || *number < 0 || text.starts_with('+')) return std::nullopt;
  const auto place = kUnits.find(unit);
  const std::uint64_t base = place % 2 == 0 ? 1000 : 1024;
  auto bytes = static_cast<std::uint64_t>(*number);
  for (std::size_t power = 0; power <= place / 2; ++power) {
    if (bytes > UINT64_MAX / base) return std::nullopt;
    bytes *= base;
  }
  return bytes;
}

std::uint16_t rpc_port_of(params::Network network) {
  return facts_of(network).rpc_port;
}
std::string_view subdirectory_of(params::Network network) {
  return facts_of(network).subdirectory;
}

const OptionRow& Options::State::row(std::string_view name) const {
  const OptionRow* found = find_option(name);
  KP_ASSERT(found != nullptr);
  return *found;
}

std::optional<Setting> Options::State::find(std::string_view name) const {
  return resolve(sources, row(name), network);
}

std::vector<Setting> Options::State::find_all(std::string_view name) const {
  return resolve_list(sources, row(name), network);
}

std::optional<std::string> Options::State::text(std::string_view name) const {
  if (const auto setting = find(name)) return setting->value;
  if (const auto changed = implied.find(name); changed != implied.end()) return changed->second;
  const std::string_view fallback = row(name).fallback;
  if (fallback.empty()) return std::nullopt;
  return std::string{fallback};
}

bool Options::State::truth(std::string_view name) const {
  const auto value = text(name);
  return value && parse_bool(*value).value_or(false);
}

Options::Options(std::unique_ptr<State> state) : state_{std::move(state)} {}
Options::Options(Options&&) noexcept = default;
Options& Options::operator=(Options&&) noexcept = default;
Options::~Options() = default;

bool Options::is_set(std::string_view name) const {
  return state_->is_set(name);
}

bool Options::is_negated(std::string_view name) const {
  const auto setting = state_->find(name);
  return setting && setting->negated;
}

bool Options::get_bool(std::string_view name) const {
  return state_->truth(name);
}

std::int64_t Options::get_int(std::string_view name) const {
  return parse_int(state_->text(name).value_or("0")).value_or(0);
}

std::string Options::get_string(std::string_view name) const {
  if (is_negated(name)) return {};
  return state_->text(name).value_or("");
}

std::int64_t Options::get_amount(std::string_view name) const {
  return json::parse_fixed_point(state_->text(name).value_or("0"), 8).value_or(0);
}

std::uint64_t Options::get_size_bytes(std::string_view name) const {
  return parse_size(state_->text(name).value_or("0"), 'M').value_or(0);
}

std::vector<std::string> Options::get_list(std::string_view name) const {
  std::vector<std::string> values;
  for (Setting& setting : state_->find_all(name)) values.push_back(std::move(setting.value));
  return values;
}

std::optional<bool> Options::find_bool(std::string_view name) const {
  const auto setting = state_->find(name);
  if (!setting) return std::nullopt;
  return parse_bool(setting->value);
}

std::optional<std::int64_t> Options::find_int(std::string_view name) const {
  const auto setting = state_->find(name);
  if (!setting) return std::nullopt;
  return parse_int(setting->value);
}

std::optional<std::string> Options::find_string(std::string_view name) const {
  const auto setting = state_->find(name);
  if (!setting || setting->negated) return std::nullopt;
  return setting->value;
}

params::Network Options::network() const {
  return state_->network;
}
const std::filesystem::path& Options::base_directory() const {
  return state_->base_directory;
}
const std::filesystem::path& Options::network_directory() const {
  return state_->network_directory;
}
const std::filesystem::path& Options::config_file() const {
  return state_->config_file;
}

std::filesystem::path Options::get_path(std::string_view name) const {
  const std::string text = get_string(name);
  if (text.empty()) return {};
  return state_->network_directory / text;  // an absolute path replaces what stands before it
}

std::filesystem::path Options::blocks_parent() const {
  const auto directory = find_string("blocksdir");
  if (!directory) return state_->network_directory;
  std::error_code error;
  const std::filesystem::path base = std::filesystem::absolute(*directory, error);
  const std::string_view subdirectory = subdirectory_of(state_->network);
  return subdirectory.empty() ? base : base / subdirectory;
}

const std::vector<std::string>& Options::warnings() const {
  return state_->warnings;
}
const std::vector<std::string>& Options::words() const {
  return state_->words;
}

std::vector<std::string> Options::describe() const {
  std::vector<std::string> lines;
  for (const auto& [section, settings] : state_->sources.file) {
    describe_map(settings, section.empty() ? "Config file arg: " : "Config file arg: [" + section + "] ", lines);
  }
  describe_map(state_->sources.settings_file, "Setting file arg: ", lines);
  describe_map(state_->sources.command_line, "Command-line arg: ", lines);
  return lines;
}

}  // namespace kepeng::config
