// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/hash.h>

#include <algorithm>

#include <kepeng/base/hex.h>

namespace kepeng {

std::optional<std::array<std::uint8_t, 32>> parse_display_hash(std::string_view text) {
  if (text.size() != 64) return std::nullopt;
  const auto parsed = from_hex(text);
  if (!parsed) return std::nullopt;
  std::array<std::uint8_t, 32> bytes;
  std::reverse_copy(parsed->begin(), parsed->end(), bytes.begin());
  return bytes;
}

std::string display_hash(const std::array<std::uint8_t, 32>& bytes) {
  return to_hex_reversed(bytes);
}

}  // namespace kepeng
