// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/flags.h>

#include <array>

namespace kepeng::script {
namespace {

constexpr std::array<std::string_view, kFlagCount> kNames{
    "P2SH",
    "STRICTENC",
    "DERSIG",
    "LOW_S",
    "NULLDUMMY",
    "SIGPUSHONLY",
    "MINIMALDATA",
    "DISCOURAGE_UPGRADABLE_NOPS",
    "CLEANSTACK",
    "CHECKLOCKTIMEVERIFY",
    "CHECKSEQUENCEVERIFY",
    "WITNESS",
    "DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM",
    "MINIMALIF",
    "NULLFAIL",
    "WITNESS_PUBKEYTYPE",
    "CONST_SCRIPTCODE",
    "TAPROOT",
    "DISCOURAGE_UPGRADABLE_TAPROOT_VERSION",
    "DISCOURAGE_OP_SUCCESS",
    "DISCOURAGE_UPGRADABLE_PUBKEYTYPE",
};
static_assert(static_cast<unsigned>(Flag::DiscourageUpgradablePubkeyType) + 1 == kFlagCount);

std::optional<Flag> flag_by_name(std::string_view name) {
  for (unsigned i = 0; i < kFlagCount; ++i) {
    if (kNames[i] == name) return static_cast<Flag>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Flag flag) {
  return kNames[static_cast<unsigned>(flag)];
}

std::string to_string(Flags flags) {
  if (flags.empty()) return "NONE";
  std::string text;
  for (unsigned i = 0; i < kFlagCount; ++i) {
    if (!flags.has(static_cast<Flag>(i))) continue;
    if (!text.empty()) text += ',';
    text += kNames[i];
  }
  return text;
}

std::optional<Flags> parse_flags(std::string_view text) {
  Flags flags;
  if (text.empty() || text == "NONE") return flags;
  while (true) {
    const std::size_t comma = text.find(',');
    const auto flag = flag_by_name(text.substr(0, comma));
    if (!flag) return std::nullopt;
    flags = flags.with({*flag});
    if (comma == std::string_view::npos) return flags;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace kepeng::script
