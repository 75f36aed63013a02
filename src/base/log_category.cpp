// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>

#include <kepeng/base/log.h>

namespace kepeng {
namespace {

// In the order of LogCategory.
constexpr std::array<std::string_view, kLogCategories> kCategoryNames{"all",
                                                                      "net",
                                                                      "tor",
                                                                      "mempool",
                                                                      "http",
                                                                      "bench",
                                                                      "zmq",
                                                                      "walletdb",
                                                                      "rpc",
                                                                      "estimatefee",
                                                                      "addrman",
                                                                      "selectcoins",
                                                                      "reindex",
                                                                      "cmpctblock",
                                                                      "rand",
                                                                      "prune",
                                                                      "proxy",
                                                                      "mempoolrej",
                                                                      "coindb",
                                                                      "qt",
                                                                      "leveldb",
                                                                      "validation",
                                                                      "i2p",
                                                                      "ipc",
                                                                      "lock",
                                                                      "blockstorage",
                                                                      "txreconciliation",
                                                                      "scan",
                                                                      "txpackages",
                                                                      "kernel",
                                                                      "privatebroadcast"};
constexpr std::array<std::string_view, 5> kLevelNames{"trace", "debug", "info", "warning", "error"};

void append_escaped(std::string& out, unsigned char byte) {
  fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
}

}  // namespace

std::string_view to_text(LogCategory category) {
  return kCategoryNames[static_cast<std::size_t>(category)];
}
std::string_view to_text(LogLevel level) {
  return kLevelNames[static_cast<std::size_t>(level)];
}

std::optional<LogCategory> log_category_from_text(std::string_view name) {
  if (name.empty() || name == "1") return LogCategory::All;
  const auto found = std::ranges::find(kCategoryNames, name);
  if (found == kCategoryNames.end()) return std::nullopt;
  return static_cast<LogCategory>(found - kCategoryNames.begin());
}

std::optional<LogLevel> log_level_from_text(std::string_view name) {
  const auto found = std::ranges::find(kLevelNames, name);
  if (found == kLevelNames.end()) return std::nullopt;
  return static_cast<LogLevel>(found - kLevelNames.begin());
}

std::string escape_for_log(std::string_view text, std::size_t bytes_max) {
  std::string out;
  out.reserve(std::min(text.size(), bytes_max) + 32);
  const std::string_view kept = text.substr(0, bytes_max);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto byte = static_cast<unsigned char>(kept[i]);
    // U+0080..U+009F are control characters too: terminals take some of them as the start of a command.
    const bool second_of_c1 = i > 0 && static_cast<unsigned char>(kept[i - 1]) == 0xc2 && byte >= 0x80 && byte < 0xa0;
    if (byte < 0x20 || byte == 0x7f || second_of_c1) {
      append_escaped(out, byte);
    } else if (byte == 0xc2 && i + 1 < kept.size() && static_cast<unsigned char>(kept[i + 1]) < 0xa0) {
      append_escaped(out, byte);
    } else {
      out += kept[i];
    }
  }
  if (kept.size() < text.size()) out += fmt::format("... ({} bytes cut)", text.size() - kept.size());
  return out;
}

}  // namespace kepeng
