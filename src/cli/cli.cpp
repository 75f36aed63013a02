// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>
#include <ctime>
#include <istream>
#include <ostream>

#include <kepeng/cli/cli.h>
#include <kepeng/json/writer.h>

#include "arguments.h"
#include "commands.h"
#include "net_info.h"

namespace kepeng::cli {
namespace {

using config::Options;
using json::Value;

constexpr int kFailed = 1;
constexpr std::int64_t kWalletNotFound = -18;
constexpr std::int64_t kWalletNotSpecified = -19;
constexpr std::array<const char*, 4> kCommands{"getinfo", "netinfo", "addrinfo", "generate"};

int report(const CallFailure& failure, const Terminal& terminal) {
  if (failure.code == 0) {
    terminal.err << "error: " << failure.message << '\n';
    return kFailed;
  }
  terminal.err << "error code: " << failure.code << "\nerror message:\n" << failure.message << '\n';
  if (failure.code == kWalletNotFound)
    terminal.err << "Load a wallet, or name a loaded one with -rpcwallet=<filename>.\n";
  if (failure.code == kWalletNotSpecified) {
    terminal.err << "Try adding \"-rpcwallet=<filename>\" option to kepeng-cli command line.\n";
  }
  constexpr std::int64_t kStatuses = 256;
  return static_cast<int>((failure.code < 0 ? -failure.code : failure.code) % kStatuses);
}

int fail(const std::string& message, const Terminal& terminal) {
  return report({0, message}, terminal);
}

void print(const Value& result, const Terminal& terminal) {
  if (result.is_null()) return;
  if (const std::string* text = result.as_string()) {
    terminal.out << *text << '\n';
  } else {
    terminal.out << json::to_text(result, json::Layout::Indented) << '\n';
  }
}

// What standard input adds to the command line.
struct Input {
  std::string password;
  std::vector<std::string> words;
};

Result<Input, std::string> read_input(const Options& options, const Terminal& terminal) {
  Input input;
  input.words = options.words();
  if (options.get_bool("stdinrpcpass") && !std::getline(terminal.in, input.password)) {
    return Err{std::string{"-stdinrpcpass specified but failed to read from standard input"}};
  }
  std::string line;
  if (options.get_bool("stdinwalletpassphrase")) {
    const bool fits = !input.words.empty() && input.words[0].starts_with("walletpassphrase");
    if (!fits) return Err{std::string{"-stdinwalletpassphrase is only applicable for walletpassphrase(change)"}};
    if (!std::getline(terminal.in, line)) {
      return Err{std::string{"-stdinwalletpassphrase specified but failed to read from standard input"}};
    }
    input.words.insert(input.words.begin() + 1, line);
  }
  if (options.get_bool("stdin")) {
    while (std::getline(terminal.in, line)) input.words.push_back(line);
  }
  return input;
}

Result<Colours, std::string> chosen_colours(const Options& options, const Terminal& terminal) {
  const std::string when = options.get_string("color");
  if (when == "always") return Colours::On;
  if (when == "never") return Colours::Off;
  if (when == "auto") return terminal.colours ? Colours::On : Colours::Off;
  return Err{"Invalid value for -color option. Valid values: always, auto, never. Given: " + when};
}

Text run_command(const std::string& name, const NodeClient& node, const std::vector<std::string>& words,
                 Colours colours) {
  if (name == "generate") return generate(node, words);
  if (!words.empty() && name != "netinfo") return Err{CallFailure{0, "-" + name + " takes no arguments"}};
  if (name == "getinfo") return get_info(node, colours);
  if (name == "addrinfo") return address_info(node);
  return net_info(node, words, std::time(nullptr));
}

int call_method(const Options& options, const NodeClient& node, std::vector<std::string> words,
                const Terminal& terminal) {
  if (words.empty()) return fail("too few parameters (need at least command)", terminal);
  Call call{words.front(), {}};
  call.words.assign(std::make_move_iterator(words.begin() + 1), std::make_move_iterator(words.end()));
  const auto parameters = options.get_bool("named") ? named_parameters(call) : positional_parameters(call);
  if (!parameters) return fail(parameters.error(), terminal);
  const auto result = node.call(call.method, *parameters);
  if (!result) return report(result.error(), terminal);
  print(*result, terminal);
  return 0;
}

int run_with(const Options& options, const Terminal& terminal) {
  if (options.is_set("ipcconnect"))
    return fail("-ipcconnect is not supported by this build; use -rpcconnect", terminal);
  const auto colours = chosen_colours(options, terminal);
  if (!colours) return fail(colours.error(), terminal);
  std::vector<std::string> chosen;
  std::ranges::copy_if(kCommands, std::back_inserter(chosen), [&](const char* name) { return options.get_bool(name); });
  if (chosen.size() > 1) {
    return fail("Only one of -getinfo, -netinfo, -addrinfo and -generate may be specified at a time.", terminal);
  }
  auto input = read_input(options, terminal);
  if (!input) return fail(input.error(), terminal);
  const auto node = NodeClient::create(options, input->password);
  if (!node) return fail(node.error(), terminal);
  if (chosen.empty()) return call_method(options, *node, std::move(input->words), terminal);
  const auto text = run_command(chosen.front(), *node, input->words, *colours);
  if (!text) return report(text.error(), terminal);
  terminal.out << *text;
  return 0;
}

}  // namespace

int run(const std::vector<std::string>& arguments, const config::Environment& environment, const Terminal& terminal) {
  using config::HelpLevel;
  using config::Program;
  const auto options = Options::load(Program::Client, arguments, environment);
  if (!options) return fail(options.error().message, terminal);
  if (options->is_set("version")) {
    terminal.out << config::version_text(Program::Client);
    return 0;
  }
  if (options->is_set("help-debug") || options->is_set("help") || options->is_set("h") || options->is_set("?")) {
    const bool debug = options->is_set("help-debug");
    terminal.out << config::help_text(Program::Client, debug ? HelpLevel::Debug : HelpLevel::Usual);
    return 0;
  }
  if (arguments.empty()) return fail("too few parameters (need at least command); see kepeng-cli -help", terminal);
  return run_with(*options, terminal);
}

}  // namespace kepeng::cli
