// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The option table: one row per option of kepengd and kepeng-cli. Parsing, checking, help and the example configuration
// file are all driven by it. Constant data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kepeng::config {

enum class OptionKind : std::uint8_t {
  Bool,   // 0 or 1; no value means 1
  Int,    // a whole number within [low, high]
  Size,   // a whole number of MiB, or with a suffix k K m M g G t T (lower case: powers of 1000)
  Money,  // an amount with at most eight decimals
  Text,   // anything
  Path,   // a file or directory
};

enum class OptionCategory : std::uint8_t {
  General,
  Connection,
  Wallet,
  Relay,
  BlockCreation,
  Rpc,
  Zmq,
  Chain,
  Debug,
  Client,
  ClientCommand,
};

// What has to exist in the program for the option to have an effect. All options are parsed and checked regardless.
enum class Feature : std::uint8_t { Core, Peers, Mempool, Mining, Index, Rest, Zmq, Wallet, Ipc };

// Flags of a row.
inline constexpr std::uint16_t kDebugOnly = 1;         // shown by -help-debug only
inline constexpr std::uint16_t kNetworkOnly = 2;       // the global part of the file counts for main only
inline constexpr std::uint16_t kSecret = 4;            // the value is never shown
inline constexpr std::uint16_t kNoNegation = 8;        // -no<name> is refused
inline constexpr std::uint16_t kCommandLineOnly = 16;  // refused in files
inline constexpr std::uint16_t kRepeatable = 32;       // all values count
inline constexpr std::uint16_t kForClient = 64;        // kepeng-cli knows it
inline constexpr std::uint16_t kClientOnly = 128;      // kepengd does not
inline constexpr std::uint16_t kNeedsValue = 256;      // "-x" without "=value" is refused
inline constexpr std::uint16_t kRemoved = 512;         // gone upstream: refused with its help text as the reason

struct OptionRow {
  std::string_view name;
  std::string_view argument;  // "<n>"; empty: no argument is shown
  std::string_view fallback;  // default as text; empty: none, or decided where it is used
  OptionKind kind = OptionKind::Text;
  std::uint16_t flags = 0;
  OptionCategory category = OptionCategory::General;
  Feature feature = Feature::Core;
  std::string_view help;
  std::int64_t low = INT64_MIN;
  std::int64_t high = INT64_MAX;

  bool has(std::uint16_t flag) const { return (flags & flag) != 0; }
};

std::span<const OptionRow> option_table();
// nullptr for a name that is not in the table.
const OptionRow* find_option(std::string_view name);

}  // namespace kepeng::config
