// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/base32.h>

namespace kepeng {
namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

// -1 for what is no digit.
int digit_of(char c) {
  if (c >= 'a' && c <= 'z') return c - 'a';
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= '2' && c <= '7') return c - '2' + 26;
  return -1;
}

}  // namespace

std::string to_base32(ByteView bytes) {
  std::string text;
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    pending = (pending << 8 | byte) & 0xffff;
    for (bits += 8; bits >= 5; bits -= 5) text += kAlphabet[pending >> (bits - 5) & 31];
  }
  if (bits > 0) text += kAlphabet[pending << (5 - bits) & 31];
  return text;
}

std::optional<Bytes> from_base32(std::string_view text) {
  Bytes bytes;
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int digit = digit_of(c);
    if (digit < 0) return std::nullopt;
    pending = (pending << 5 | static_cast<std::uint32_t>(digit)) & 0xffff;
    bits += 5;
    if (bits >= 8) bytes.push_back(static_cast<std::uint8_t>(pending >> (bits -= 8)));
  }
  if (bits >= 5 || (pending & ((1u << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace kepeng
