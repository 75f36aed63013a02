// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "fuzz.h"
#include "settings.h"
#include "state.h"

namespace kepeng::fuzz {
namespace {

using namespace config;

// The value that counts and the list of values agree; the checks come to an end.
void use_everything(Sources sources) {
  Options::State state;
  state.sources = std::move(sources);
  for (const params::Network network : {params::Network::Main, params::Network::Regtest}) {
    state.network = network;
    for (const OptionRow& row : option_table()) {
      const auto one = resolve(state.sources, row, network);
      const auto all = resolve_list(state.sources, row, network);
      if (one && !one->negated) KP_ASSERT(!all.empty());
      if (!one) KP_ASSERT(all.empty());
    }
    const auto checked = check_values(state);
    if (!checked) KP_ASSERT(checked.error().kind == FaultKind::Config && !checked.error().message.empty());
  }
}

Seeds command_line_seeds() {
  return {bytes_of("-regtest\n-datadir=/x\n-dbcache=500\n-nolisten\n--rpcport=8"),
          bytes_of("-chain=main\n-noserver=0\n-?"), bytes_of("getblock\n00\n2\n-rpcwait"),
          bytes_of("-debug=rpc\n-nodebug\n-debug=1\n-par=-1\n-minrelaytxfee=0.1")};
}

FUZZ_TARGET(command_line, command_line_seeds) {
  std::vector<std::string> arguments{""};
  for (const std::uint8_t byte : input) {
    if (byte == '\n') {
      arguments.emplace_back();
    } else {
      arguments.back().push_back(static_cast<char>(byte));
    }
  }
  for (const Program program : {Program::Node, Program::Client}) {
    std::vector<std::string> warnings;
    auto parsed = parse_command_line(program, arguments, warnings);
    if (!parsed) {
      KP_ASSERT(parsed.error().kind == FaultKind::Config && !parsed.error().message.empty());
      continue;
    }
    std::size_t settings = 0;
    for (const auto& [name, values] : parsed->settings) settings += values.size();
    KP_ASSERT(settings + parsed->words.size() <= arguments.size());
    use_everything({.command_line = std::move(parsed->settings), .settings_file = {}, .file = {}});
  }
}

Seeds config_file_seeds() {
  return {
      bytes_of("# comment\nserver=1\nrpcport=18332 # port\n[regtest]\nrpcport=1\nnolisten=1\n"),
      bytes_of(
          "regtest.dbcache=5\nincludeconf=other.conf\n  datadir = /x y \r\n[main]\nrpcallowip=::1\nrpcallowip=1.2.3.4"),
      bytes_of("unknown=1\n=\n[\nconf=x\nrpcpassword=a#b")};
}

FUZZ_TARGET(config_file, config_file_seeds) {
  Sources sources;
  const FileText file{"kepeng.conf", std::string{as_text(input)}};
  const auto findings = bounded_by(input.size(), 400, [&] { return parse_config_text(Program::Node, file, sources); });
  if (!findings) {
    KP_ASSERT(findings.error().message.find("kepeng.conf") != std::string::npos);
    return;
  }
  use_everything(std::move(sources));
}

Seeds settings_file_seeds() {
  return {bytes_of(R"({"_warning_":"x","dbcache":500,"server":false,"rpcallowip":["::1","10.0.0.0/8"],"prune":"550"})"),
          bytes_of("{}"), bytes_of(R"({"dbcache":null,"nodbcache":1,"unknown":{}})")};
}

FUZZ_TARGET(settings_file, settings_file_seeds) {
  Sources sources;
  std::vector<std::string> warnings;
  const auto parsed = parse_settings_text({"settings.json", std::string{as_text(input)}}, sources, warnings);
  if (!parsed) {
    KP_ASSERT(parsed.error().message.find("settings.json") != std::string::npos);
    return;
  }
  use_everything(std::move(sources));
}

}  // namespace
}  // namespace kepeng::fuzz
