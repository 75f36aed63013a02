// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "state.h"

namespace kepeng::config {
namespace {

namespace fs = std::filesystem;
using State = Options::State;

constexpr std::string_view kDefaultDirectory = ".kepeng";
constexpr std::string_view kOwnFile = "kepeng.conf";
constexpr std::string_view kOtherFile = "bitcoin.conf";

bool is_present(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}
bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path below(const fs::path& directory, params::Network network) {
  const std::string_view subdirectory = subdirectory_of(network);
  return subdirectory.empty() ? directory : directory / subdirectory;
}

// -datadir wherever it is known by now, or the default.
Result<fs::path, Fault> data_directory(const State& state, const Environment& environment) {
  const auto named = state.find("datadir");
  if (named && !named->value.empty()) {
    std::error_code error;
    const fs::path directory = fs::absolute(named->value, error);
    if (!error && is_folder(directory)) return directory;
    return Err{config_fault("Specified data directory \"" + named->value + "\" does not exist (" + named->origin +
                            "). Create it first.")};
  }
  if (environment.home.empty()) {
    return Err{config_fault("There is no home directory to hold the data. Name a data directory with -datadir.")};
  }
  return environment.home / kDefaultDirectory;
}

// The file to read; empty for none.
Result<fs::path, Fault> choose_config_file(State& state) {
  if (const auto named = state.find("conf")) {
    if (named->negated) return fs::path{};
    const fs::path path = state.base_directory / named->value;
    if (is_folder(path)) return Err{config_fault("Config file \"" + path.string() + "\" is a directory.")};
    if (is_present(path)) return path;
    return Err{config_fault("specified config file \"" + path.string() + "\" could not be opened.")};
  }
  const fs::path own = state.base_directory / kOwnFile;
  const fs::path other = state.base_directory / kOtherFile;
  if (is_present(own) && is_present(other))
    state.warnings.push_back("Both " + own.string() + " and " + other.string() + " exist; only the first is read.");
  if (is_present(own)) return own;
  return is_present(other) ? other : fs::path{};
}

Result<FileFindings, Fault> read_config(State& state, const fs::path& path) {
  KP_TRY(const std::string text, read_text_file(path));
  KP_TRY(auto findings, parse_config_text(state.program, {path.string(), text}, state.sources));
  std::ranges::copy(findings.warnings, std::back_inserter(state.warnings));
  return findings;
}

bool is_on(const std::optional<Setting>& setting) {
  return setting && !setting->negated && parse_bool(setting->value).value_or(false);
}

// Chain options live on the command line and in the global part: which section counts depends on them.
Result<params::Network, Fault> choose_network(const State& state) {
  using params::Network;
  constexpr std::array<std::pair<std::string_view, Network>, 4> kFlags{{{"regtest", Network::Regtest},
                                                                        {"signet", Network::Signet},
                                                                        {"testnet", Network::Testnet3},
                                                                        {"testnet4", Network::Testnet4}}};
  Sources outside{.command_line = state.sources.command_line, .settings_file = {}, .file = {}};
  if (const auto global = state.sources.file.find(""); global != state.sources.file.end()) outside.file.insert(*global);
  const auto find = [&](std::string_view name) { return resolve(outside, state.row(name), Network::Main); };
  std::vector<Network> chosen;
  for (const auto& [name, network] : kFlags) {
    if (is_on(find(name))) chosen.push_back(network);
  }
  const auto named = find("chain");
  if (named && !named->negated) {
    const auto network = params::network_from_name(named->value);
    if (!network) return Err{config_fault("Unknown chain " + named->value + " (" + named->origin + ").")};
    chosen.push_back(*network);
  }
  if (chosen.size() > 1) {
    return Err{
        config_fault("Invalid combination of -regtest, -signet, -testnet, -testnet4 and -chain. Can use at most "
                     "one.")};
  }
  return chosen.empty() ? Network::Main : chosen.front();
}

// Included files are read after the including one, so its values win; a file that is included includes nothing.
Result<Unit, Fault> read_includes(State& state, const std::vector<Include>& includes) {
  KP_TRY(const auto network, choose_network(state));
  for (const Include& include : includes) {
    if (!include.section.empty() && include.section != params::name_of(network)) continue;
    const fs::path path = state.base_directory / include.value;
    auto findings = read_config(state, path);
    if (!findings && findings.error().kind != FaultKind::NotFound) return Err{std::move(findings).error()};
    if (!findings) {
      return Err{config_fault("Failed to include configuration file " + path.string() + " (" + include.origin + ")")};
    }
    for (const Include& inner : findings->includes) {
      state.warnings.push_back("-includeconf cannot be used from included files; ignoring -includeconf=" + inner.value +
                               " (" + inner.origin + ")");
    }
  }
  return Unit{};
}

// A configuration file that lies in the data directory and is not read misleads its owner.
Result<Unit, Fault> check_for_ignored_file(const State& state) {
  if (state.truth("allowignoredconf")) return Unit{};
  for (const std::string_view name : {kOwnFile, kOtherFile}) {
    const fs::path path = state.base_directory / name;
    std::error_code ignored;
    if (!is_present(path) || fs::equivalent(path, state.config_file, ignored)) continue;
    if (name == kOtherFile && state.config_file == state.base_directory / kOwnFile) continue;
    return Err{config_fault("Data directory \"" + state.base_directory.string() + "\" contains a \"" +
                            std::string{name} + "\" file which is ignored, because a different configuration file \"" +
                            state.config_file.string() +
                            "\" is being used instead. Join the two files (or name the ignored one with includeconf=), "
                            "delete one, or set allowignoredconf=1.")};
  }
  return Unit{};
}

Result<Unit, Fault> read_config_files(State& state, const Environment& environment) {
  KP_TRY(state.base_directory, data_directory(state, environment));
  KP_TRY(state.config_file, choose_config_file(state));
  if (state.config_file.empty()) return Unit{};
  KP_TRY(const auto findings, read_config(state, state.config_file));
  KP_TRY(state.base_directory, data_directory(state, environment));  // the file may have named another
  KP_TRY_VOID(read_includes(state, findings.includes));
  return check_for_ignored_file(state);
}

// bitcoind refuses to start rather than to run with less than its operator wrote.
Result<Unit, Fault> check_sections(const State& state) {
  if (state.network == params::Network::Main) return Unit{};
  const auto global = state.sources.file.find("");
  if (global == state.sources.file.end()) return Unit{};
  std::string message;
  const std::string network{params::name_of(state.network)};
  for (const auto& [name, settings] : global->second) {
    const OptionRow& row = state.row(name);
    if (!row.has(kNetworkOnly) || resolve(state.sources, row, state.network)) continue;
    message += "Config setting for -" + name + " only applied on " + network + " network when in [" + network +
               "] section (" + settings.front().origin + "). ";
  }
  if (message.empty()) return Unit{};
  return Err{config_fault(message)};
}

Result<Unit, Fault> read_settings_file(State& state) {
  const auto named = state.find("settings");
  if (named && named->negated) return Unit{};
  const fs::path path = state.network_directory / (named ? named->value : std::string{state.row("settings").fallback});
  const auto text = read_text_file(path);
  if (!text && text.error().kind == FaultKind::NotFound) return Unit{};
  if (!text) return Err{text.error()};
  return parse_settings_text({path.string(), *text}, state.sources, state.warnings);
}

bool asks_for_help(const State& state) {
  return std::ranges::any_of(std::array{"help", "h", "?", "help-debug", "version"},
                             [&](const char* name) { return state.is_set(name); });
}

Result<Unit, Fault> load_all(State& state, const std::vector<std::string>& arguments, const Environment& environment) {
  KP_TRY(auto line, parse_command_line(state.program, arguments, state.warnings));
  state.sources.command_line = std::move(line.settings);
  state.words = std::move(line.words);
  if (asks_for_help(state)) return Unit{};

  KP_TRY_VOID(read_config_files(state, environment));
  KP_TRY(state.network, choose_network(state));
  state.network_directory = below(state.base_directory, state.network);
  if (state.program == Program::Node) {
    KP_TRY_VOID(check_sections(state));
    KP_TRY_VOID(read_settings_file(state));
  }
  KP_TRY_VOID(check_values(state));
  if (state.program == Program::Client) return Unit{};
  KP_TRY_VOID(check_combinations(state, environment));
  imply(state);
  return Unit{};
}

}  // namespace

Environment Environment::from_system() {
  Environment environment;
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    environment.home = home;
  } else if (const passwd* entry = ::getpwuid(::geteuid()); entry != nullptr && entry->pw_dir != nullptr) {
    environment.home = entry->pw_dir;
  }
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_bytes > 0) {
    environment.memory_bytes = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
  }
  return environment;
}

Result<Options, Fault> Options::load(Program program, const std::vector<std::string>& arguments,
                                     const Environment& environment) {
  auto state = std::make_unique<State>();
  state->program = program;
  KP_TRY_VOID(load_all(*state, arguments, environment));
  return Options{std::move(state)};
}

Result<Options, Fault> Options::load(Program program, int argc, const char* const* argv,
                                     const Environment& environment) {
  return load(program, std::vector<std::string>(argv + std::min(argc, 1), argv + argc), environment);
}

}  // namespace kepeng::config
