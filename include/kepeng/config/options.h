// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Options: what the operator asked for, from the command line, settings.json and the configuration file.
//
// An earlier source counts before a later one. On the command line the last value wins, in a file the first;
// `-no<name>` wipes what the same and later sources say. Values are checked for kind and range while loading, and an
// error names the option, the value and where it stands. Asking for a name that is not in the table is our own mistake.
// Immutable after loading, thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>
#include <kepeng/params/network.h>

namespace kepeng::config {

enum class Program : std::uint8_t { Node, Client };

// What options depend on besides their text.
struct Environment {
  std::filesystem::path home;  // empty: unknown
  std::uint64_t memory_bytes = 0;

  static Environment from_system();
};

class Options {
 public:
  // `arguments` without the program's name. A Config fault's message is for the operator, as it is.
  static Result<Options, Fault> load(Program program, const std::vector<std::string>& arguments,
                                     const Environment& environment);
  static Result<Options, Fault> load(Program program, int argc, const char* const* argv,
                                     const Environment& environment);

  Options(Options&&) noexcept;
  Options& operator=(Options&&) noexcept;
  ~Options();

  // Somebody named it, be it to negate it.
  bool is_set(std::string_view name) const;
  bool is_negated(std::string_view name) const;
  // The value, or the table's default. Without a default: false, 0, "".
  bool get_bool(std::string_view name) const;
  std::int64_t get_int(std::string_view name) const;
  std::string get_string(std::string_view name) const;
  // Satoshi, for options whose argument is an amount.
  std::int64_t get_amount(std::string_view name) const;
  // Bytes, for options that take a size suffix.
  std::uint64_t get_size_bytes(std::string_view name) const;
  // All values, most important source first; empty when there are none or the option is negated.
  std::vector<std::string> get_list(std::string_view name) const;
  // The value if somebody set one, for options whose default is decided where it is used.
  std::optional<bool> find_bool(std::string_view name) const;
  std::optional<std::int64_t> find_int(std::string_view name) const;
  std::optional<std::string> find_string(std::string_view name) const;

  params::Network network() const;
  // The directory that the operator named (-datadir), and the one of the chosen network below it.
  const std::filesystem::path& base_directory() const;
  const std::filesystem::path& network_directory() const;
  // A path option: relative ones stand below the network directory. Empty when negated or without value and default.
  std::filesystem::path get_path(std::string_view name) const;
  // Where blocks go: -blocksdir with the network's subdirectory, or the network directory.
  std::filesystem::path blocks_parent() const;
  const std::filesystem::path& config_file() const;  // empty: none was read

  // What is not wrong enough to refuse: unknown names in files, double negations, odd values. For the log.
  const std::vector<std::string>& warnings() const;
  // Each option that was set, with its source, secrets hidden: for the log at start.
  std::vector<std::string> describe() const;
  // The words that are no options (for the client: method and arguments).
  const std::vector<std::string>& words() const;

  struct State;

 private:
  explicit Options(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// "-help": all options of the program; with `HelpLevel::Debug` the debugging ones too.
enum class HelpLevel : std::uint8_t { Usual, Debug };
std::string help_text(Program program, HelpLevel level);
std::string version_text(Program program);
// share/kepeng.conf.example.
std::string example_config();

// "500", "500M", "1g": MiB unless a suffix says otherwise. Lower-case suffixes are powers of 1000, upper-case of 1024.
std::optional<std::uint64_t> parse_size(std::string_view text, char unit_without_suffix);

// The port of RPC, and the subdirectory of the data directory, for each network.
std::uint16_t rpc_port_of(params::Network network);
std::string_view subdirectory_of(params::Network network);

}  // namespace kepeng::config
