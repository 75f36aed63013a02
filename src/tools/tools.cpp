// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/tools/tools.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ostream>

#include <kepeng/base/hex.h>

#include "commands.h"

namespace kepeng::tools {
namespace {

struct Command {
  std::string_view name;
  std::string_view usage;
  std::string_view what;
  Outcome (*run)(const Request&, const Streams&);
};

constexpr std::array kCommands{
    Command{"checkblock", "checkblock FILE",
            "Judge one block by itself: all rules that need no chain, and every script whose spent output is in -spent",
            check_block_file},
    Command{"verifyinput", "verifyinput",
            "Read one JSON object a line (tx, prevouts, input, flags, and optionally scriptsig and witness) and write "
            "OK or the script error for each",
            verify_inputs},
    Command{"grind", "grind HEADER", "Find a nonce with which the header (hex) meets its own target", grind_header},
    Command{"getchainparams", "getchainparams", "Show the parameters of the network", show_chain_parameters},
};

struct Option {
  std::string_view name;
  std::string_view what;
};

constexpr std::array kOptions{
    Option{"-chain=<name>", "main (default), test, testnet4, signet or regtest"},
    Option{"-testnet, -testnet4, -signet, -regtest", "The same as -chain="},
    Option{"-signetchallenge=<hex>", "The challenge of a signet of one's own"},
    Option{"-height=<n>", "checkblock: the height of the block; without it only what holds at any height is judged"},
    Option{"-spent=<file>", "checkblock: the outputs that the block spends (KSPO)"},
    Option{"-help, -h, -?", "This text"},
};

void show_help(std::ostream& out) {
  out << "Usage: kepeng-util [options] <command> [operands]\n\nCommands:\n";
  for (const Command& command : kCommands) out << "\n  " << command.usage << "\n       " << command.what << "\n";
  out << "\nOptions:\n";
  for (const Option& option : kOptions) out << "\n  " << option.name << "\n       " << option.what << "\n";
}

std::string wrong_arguments(const std::string& why) {
  return "Error parsing command line arguments: " + why;
}

Result<Unit, std::string> apply_option(const std::string& name, const std::string& value, Request& request) {
  if (name == "chain" || name == "testnet" || name == "testnet4" || name == "signet" || name == "regtest") {
    const std::string chain = name == "chain" ? value : name == "testnet" ? "test" : name;
    const auto network = params::network_from_name(chain);
    if (!network) return Err{wrong_arguments("Unknown chain " + chain)};
    request.network.network = *network;
  } else if (name == "signetchallenge") {
    request.network.signet_challenge = from_hex(value);
    if (!request.network.signet_challenge) return Err{wrong_arguments("-signetchallenge must be hex, not " + value)};
  } else if (name == "height") {
    Height height = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), height);
    if (error != std::errc{} || end != value.data() + value.size() || height < 0) {
      return Err{wrong_arguments("Invalid height " + value)};
    }
    request.height = height;
  } else if (name == "spent") {
    request.spent_path = value;
  } else {
    return Err{wrong_arguments("Invalid parameter -" + name)};
  }
  return Unit{};
}

struct CommandLine {
  const Command* command = nullptr;
  Request request;
  bool wants_help = false;
};

Result<CommandLine, std::string> read_arguments(std::span<const std::string> arguments) {
  CommandLine line;
  for (const std::string& argument : arguments) {
    if (argument.size() > 1 && argument[0] == '-') {
      const std::string body = argument.substr(argument.starts_with("--") ? 2 : 1);
      const std::size_t equals = body.find('=');
      const std::string name = body.substr(0, equals);
      if (name == "help" || name == "h" || name == "?") {
        line.wants_help = true;
        continue;
      }
      KP_TRY_VOID(apply_option(name, equals == std::string::npos ? "" : body.substr(equals + 1), line.request));
    } else if (line.command == nullptr) {
      const auto found = std::find_if(kCommands.begin(), kCommands.end(),
                                      [&](const Command& command) { return command.name == argument; });
      if (found == kCommands.end()) return Err{wrong_arguments("Invalid command '" + argument + "'")};
      line.command = &*found;
    } else {
      line.request.operands.push_back(argument);
    }
  }
  return line;
}

}  // namespace

int run(std::span<const std::string> arguments, const Streams& streams) {
  const auto line = read_arguments(arguments);
  if (!line) {
    streams.err << line.error() << "\n";
    return 1;
  }
  if (line->wants_help) {
    show_help(streams.out);
    return 0;
  }
  if (line->command == nullptr) {
    streams.err << "Error: must specify a command\n";
    return 1;
  }
  const Outcome outcome = line->command->run(line->request, streams);
  if (!outcome) streams.err << outcome.error() << "\n";
  return outcome.value_or(1);
}

}  // namespace kepeng::tools
