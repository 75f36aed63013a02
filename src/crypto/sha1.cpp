// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Our own SHA-1: OP_SHA1 is consensus, and must not depend on which providers a system's OpenSSL has switched on.
#include <kepeng/crypto/sha1.h>

#include <array>
#include <bit>
#include <cstring>

namespace kepeng::crypto {
namespace {

using State = std::array<std::uint32_t, 5>;

constexpr State kInitialState{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

template <class Function>
void twenty_steps(State& s, const std::uint32_t* w, std::uint32_t constant, Function mix) {
  for (int i = 0; i < 20; ++i) {
    const std::uint32_t next = std::rotl(s[0], 5) + mix(s[1], s[2], s[3]) + s[4] + constant + w[i];
    s = {next, s[0], std::rotl(s[1], 30), s[2], s[3]};
  }
}

void compress(State& state, const std::uint8_t* block) {
  std::uint32_t w[80];
  for (int i = 0; i < 16; ++i) w[i] = load_be<std::uint32_t>(block + 4 * i);
  for (int i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);

  const auto choose = [](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return (x & y) | (~x & z); };
  const auto parity = [](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return x ^ y ^ z; };
  const auto majority = [](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return (x & y) | (z & (x | y)); };
  State s = state;
  twenty_steps(s, w, 0x5a827999, choose);
  twenty_steps(s, w + 20, 0x6ed9eba1, parity);
  twenty_steps(s, w + 40, 0x8f1bbcdc, majority);
  twenty_steps(s, w + 60, 0xca62c1d6, parity);
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += s[i];
}

}  // namespace

Hash20 sha1(ByteView bytes) {
  State state = kInitialState;
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (; bytes.size() >= 64; bytes = bytes.subspan(64)) compress(state, bytes.data());

  std::array<std::uint8_t, 128> tail{};
  if (!bytes.empty()) std::memcpy(tail.data(), bytes.data(), bytes.size());
  tail[bytes.size()] = 0x80;
  const std::size_t size = bytes.size() < 56 ? 64 : 128;
  store_be(tail.data() + size - 8, bits);
  for (std::size_t at = 0; at < size; at += 64) compress(state, tail.data() + at);

  Hash20 digest;
  for (std::size_t i = 0; i < state.size(); ++i) store_be(digest.data() + 4 * i, state[i]);
  return digest;
}

}  // namespace kepeng::crypto
