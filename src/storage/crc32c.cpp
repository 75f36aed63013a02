// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "crc32c.h"

#include <array>

namespace kepeng::storage {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // 0x1edc6f41 with its bits reversed

// table[k][b]: what byte b does to the remainder when k more bytes follow it, so that four bytes go in one step.
constexpr auto make_tables() {
  std::array<std::array<std::uint32_t, 256>, 4> table{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t remainder = b;
    for (int bit = 0; bit < 8; ++bit) remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? kPolynomial : 0);
    table[0][b] = remainder;
  }
  for (std::size_t k = 1; k < 4; ++k) {
    for (std::size_t b = 0; b < 256; ++b) table[k][b] = (table[k - 1][b] >> 8) ^ table[0][table[k - 1][b] & 0xff];
  }
  return table;
}

constexpr auto kTables = make_tables();

}  // namespace

std::uint32_t crc32c(ByteView bytes) {
  std::uint32_t remainder = 0xffffffff;
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    remainder ^= load_le<std::uint32_t>(bytes.data() + at);
    remainder = kTables[3][remainder & 0xff] ^ kTables[2][remainder >> 8 & 0xff] ^ kTables[1][remainder >> 16 & 0xff] ^
                kTables[0][remainder >> 24];
  }
  for (; at < bytes.size(); ++at) remainder = (remainder >> 8) ^ kTables[0][(remainder ^ bytes[at]) & 0xff];
  return ~remainder;
}

}  // namespace kepeng::storage
