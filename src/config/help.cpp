// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <array>

#include <kepeng/config/option.h>
#include <kepeng/config/options.h>

namespace kepeng::config {
namespace {

constexpr std::size_t kWidth = 79;
constexpr std::size_t kIndent = 7;
constexpr std::string_view kVersion = "v0.1.0";

struct Heading {
  OptionCategory category;
  std::string_view text;
};
constexpr std::array kHeadings{
    Heading{OptionCategory::General, "Options:"},
    Heading{OptionCategory::Connection, "Connection options:"},
    Heading{OptionCategory::Wallet, "Wallet options:"},
    Heading{OptionCategory::Relay, "Node relay options:"},
    Heading{OptionCategory::BlockCreation, "Block creation options:"},
    Heading{OptionCategory::Rpc, "RPC server options:"},
    Heading{OptionCategory::Zmq, "ZeroMQ notification options:"},
    Heading{OptionCategory::Chain, "Chain selection options:"},
    Heading{OptionCategory::Debug, "Debugging/Testing options:"},
    Heading{OptionCategory::Client, "Client options:"},
    Heading{OptionCategory::ClientCommand, "Client commands (one at a time):"},
};

bool is_for(Program program, const OptionRow& row) {
  if (row.has(kRemoved)) return false;
  if (program == Program::Node) return !row.has(kClientOnly);
  return row.has(kClientOnly) || row.has(kForClient);
}

std::string full_help(const OptionRow& row) {
  std::string text{row.help};
  if (!row.fallback.empty() && text.find("(default") == std::string::npos)
    text += " (default: " + std::string{row.fallback} + ")";
  return text;
}

// Words in lines of at most kWidth columns, each line after `prefix`.
std::string wrapped(std::string_view text, const std::string& prefix) {
  std::string out;
  std::string line = prefix;
  while (!text.empty()) {
    const auto end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const bool line_begun = line.size() > prefix.size();
    if (line_begun && line.size() + 1 + word.size() > kWidth) {
      out += line + '\n';
      line = prefix;
    } else if (line_begun) {
      line += ' ';
    }
    line += word;
  }
  return out + line + '\n';
}

std::string usage(Program program) {
  if (program == Program::Node) return "Usage:  kepengd [options]\n\n";
  return "Usage:  kepeng-cli [options] <method> [arguments]\n"
         "or:     kepeng-cli [options] -named <method> [name=value]...\n"
         "or:     kepeng-cli [options] help [method]\n\n";
}

bool belongs_in_file(const OptionRow& row) {
  return !row.has(kRemoved) && !row.has(kClientOnly) && !row.has(kCommandLineOnly) && !row.has(kDebugOnly);
}

}  // namespace

std::string help_text(Program program, HelpLevel level) {
  std::string text = version_text(program) + '\n' + usage(program);
  for (const Heading& heading : kHeadings) {
    std::string part;
    for (const OptionRow& row : option_table()) {
      if (row.category != heading.category || !is_for(program, row)) continue;
      if (row.has(kDebugOnly) && level == HelpLevel::Usual) continue;
      part += "  -" + std::string{row.name};
      if (!row.argument.empty()) part += '=' + std::string{row.argument};
      part += '\n' + wrapped(full_help(row), std::string(kIndent, ' ')) + '\n';
    }
    if (!part.empty()) text += std::string{heading.text} + "\n\n" + part;
  }
  return text;
}

std::string version_text(Program program) {
  const std::string_view name = program == Program::Node ? "kepeng daemon" : "kepeng RPC client";
  return std::string{name} + " version " + std::string{kVersion} + '\n';
}

std::string example_config() {
  std::string text =
      "## Example configuration of kepengd, with every option at its default.\n"
      "## Lines that begin with # are comments. Options of one network only go below [main], [test], [testnet4],\n"
      "## [signet] or [regtest], at the end of the file.\n";
  for (const Heading& heading : kHeadings) {
    std::string part;
    for (const OptionRow& row : option_table()) {
      if (row.category != heading.category || !belongs_in_file(row)) continue;
      part += '\n' + wrapped(row.help, "# ") + '#' + std::string{row.name} + '=' +
              std::string{row.fallback.empty() ? row.argument : row.fallback} + '\n';
    }
    if (!part.empty()) text += "\n## " + std::string{heading.text} + '\n' + part;
  }
  text += "\n## Options for one network only.\n";
  for (const char* section : {"main", "test", "testnet4", "signet", "regtest"})
    text += "[" + std::string{section} + "]\n\n";
  return text;
}

}  // namespace kepeng::config
