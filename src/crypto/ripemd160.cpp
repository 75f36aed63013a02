// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/ripemd160.h>

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include <kepeng/crypto/sha256.h>

namespace kepeng::crypto {
namespace {

using State = std::array<std::uint32_t, 5>;

constexpr State kInitialState{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
constexpr std::array<std::uint32_t, 5> kLeftConstant{0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e};
constexpr std::array<std::uint32_t, 5> kRightConstant{0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0};

constexpr std::array<int, 80> kLeftShift{11, 14, 15, 12, 5, 8,  7,  9,  11, 13, 14, 15, 6,  7,  9,  8,  7,  6,  8,  13,
                                         11, 9,  7,  15, 7, 12, 15, 9,  11, 7,  13, 12, 11, 13, 6,  7,  14, 9,  13, 15,
                                         14, 8,  13, 6,  5, 12, 7,  5,  11, 12, 14, 15, 14, 15, 9,  8,  9,  14, 5,  6,
                                         8,  6,  5,  12, 9, 15, 5,  11, 6,  8,  13, 12, 5,  12, 13, 14, 11, 8,  5,  6};
constexpr std::array<int, 80> kRightShift{
    8, 9,  9,  11, 13, 15, 15, 5,  7,  7, 8, 11, 14, 14, 12, 6, 9,  13, 15, 7,  12, 8,  9,  11, 7,  7,  12,
    7, 6,  15, 13, 11, 9,  7,  15, 11, 8, 6, 6,  14, 12, 13, 5, 14, 13, 13, 7,  5,  15, 5,  8,  11, 14, 14,
    6, 14, 6,  9,  12, 9,  12, 5,  15, 8, 8, 5,  12, 9,  12, 5, 14, 6,  8,  13, 6,  5,  15, 13, 11, 11};

// Which message word each step takes: a fixed permutation applied once more in each round. The left line starts from
// the identity, the right line from 9 i + 5.
constexpr std::array<std::size_t, 80> word_order(std::size_t factor, std::size_t offset) {
  constexpr std::array<std::size_t, 16> kPermutation{7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8};
  std::array<std::size_t, 80> order{};
  for (std::size_t i = 0; i < 16; ++i) {
    std::size_t source = (factor * i + offset) % 16;
    for (std::size_t round = 0; round < 5; ++round) {
      order[16 * round + i] = source;
      source = kPermutation[source];
    }
  }
  return order;
}
constexpr auto kLeftWord = word_order(1, 0);
constexpr auto kRightWord = word_order(9, 5);

template <std::size_t Function>
inline std::uint32_t mix(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  if constexpr (Function == 0) return x ^ y ^ z;
  if constexpr (Function == 1) return (x & y) | (~x & z);
  if constexpr (Function == 2) return (x | ~y) ^ z;
  if constexpr (Function == 3) return (x & z) | (y & ~z);
  if constexpr (Function == 4) return x ^ (y | ~z);
}

struct LeftLine {
  template <std::size_t I>
  static std::uint32_t input(const std::uint32_t* x) {
    return x[kLeftWord[I]] + kLeftConstant[I / 16];
  }
  template <std::size_t I>
  static constexpr std::size_t kFunction = I / 16;
  static constexpr const auto& kShift = kLeftShift;
};

struct RightLine {
  template <std::size_t I>
  static std::uint32_t input(const std::uint32_t* x) {
    return x[kRightWord[I]] + kRightConstant[I / 16];
  }
  template <std::size_t I>
  static constexpr std::size_t kFunction = 4 - I / 16;
  static constexpr const auto& kShift = kRightShift;
};

// The five variables keep their places and change their names from step to step.
template <class Line, std::size_t I>
inline __attribute__((always_inline)) void step(State& v, const std::uint32_t* x) {
  constexpr std::size_t kA = (5 - I % 5) % 5;
  std::uint32_t& a = v[kA];
  const std::uint32_t b = v[(kA + 1) % 5], d = v[(kA + 3) % 5], e = v[(kA + 4) % 5];
  std::uint32_t& c = v[(kA + 2) % 5];
  a = std::rotl(a + mix<Line::template kFunction<I>>(b, c, d) + Line::template input<I>(x), Line::kShift[I]) + e;
  c = std::rotl(c, 10);
}

template <std::size_t... I>
inline __attribute__((always_inline)) void all_steps(State& left, State& right, const std::uint32_t* x,
                                                     std::index_sequence<I...>) {
  ((step<LeftLine, I>(left, x), step<RightLine, I>(right, x)), ...);
}

void compress(State& state, const std::uint8_t* block) {
  std::uint32_t x[16];
  std::memcpy(x, block, sizeof x);
  State left = state, right = state;
  all_steps(left, right, x, std::make_index_sequence<80>{});
  const std::uint32_t first = state[1] + left[2] + right[3];
  state[1] = state[2] + left[3] + right[4];
  state[2] = state[3] + left[4] + right[0];
  state[3] = state[4] + left[0] + right[1];
  state[4] = state[0] + left[1] + right[2];
  state[0] = first;
}

}  // namespace

Hash20 ripemd160(ByteView bytes) {
  State state = kInitialState;
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (; bytes.size() >= 64; bytes = bytes.subspan(64)) compress(state, bytes.data());

  std::array<std::uint8_t, 128> tail{};
  if (!bytes.empty()) std::memcpy(tail.data(), bytes.data(), bytes.size());
  tail[bytes.size()] = 0x80;
  const std::size_t size = bytes.size() < 56 ? 64 : 128;
  store_le(tail.data() + size - 8, bits);
  for (std::size_t at = 0; at < size; at += 64) compress(state, tail.data() + at);

  Hash20 digest;
  std::memcpy(digest.data(), state.data(), digest.size());
  return digest;
}

Hash20 hash160(ByteView bytes) {
  return ripemd160(sha256(bytes));
}

}  // namespace kepeng::crypto
