// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <bit>
#include <cstring>
#include <utility>

#include <kepeng/base/bytes.h>

#include "sha256_constants.h"
#include "sha256_internal.h"

namespace kepeng::crypto::sha256_kernel {
namespace {

// Inlined into each of the two instruction sets below.
#define KEPENG_ALWAYS_INLINE inline __attribute__((always_inline))

KEPENG_ALWAYS_INLINE std::uint32_t load_word(const std::uint8_t* at) {
  return __builtin_bswap32(load_le<std::uint32_t>(at));
}
KEPENG_ALWAYS_INLINE void store_word(std::uint8_t* at, std::uint32_t word) {
  store_le(at, __builtin_bswap32(word));
}

// Round I of a group of eight: the eight variables keep their places and change their names.
template <int I>
KEPENG_ALWAYS_INLINE void round(std::uint32_t* s, std::uint32_t wk) {
  const std::uint32_t a = s[(8 - I) & 7], b = s[(9 - I) & 7], c = s[(10 - I) & 7];
  const std::uint32_t e = s[(12 - I) & 7], f = s[(13 - I) & 7], g = s[(14 - I) & 7];
  std::uint32_t& h = s[(15 - I) & 7];
  const std::uint32_t sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
  const std::uint32_t sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
  // The additions that do not wait for e come first: the chain from one e to the next sets the pace.
  h += wk;
  h += g ^ (e & (f ^ g));
  h += sum1;
  s[(11 - I) & 7] += h;
  h += (a & b) | (c & (a | b));
  h += sum0;
}

KEPENG_ALWAYS_INLINE void eight_rounds(std::uint32_t* s, const std::uint32_t* w, const std::uint32_t* k) {
  round<0>(s, w[0] + k[0]);
  round<1>(s, w[1] + k[1]);
  round<2>(s, w[2] + k[2]);
  round<3>(s, w[3] + k[3]);
  round<4>(s, w[4] + k[4]);
  round<5>(s, w[5] + k[5]);
  round<6>(s, w[6] + k[6]);
  round<7>(s, w[7] + k[7]);
}

template <int I>
KEPENG_ALWAYS_INLINE void extend(std::uint32_t* w) {
  const std::uint32_t w1 = w[(I + 1) & 15], w14 = w[(I + 14) & 15];
  const std::uint32_t s0 = std::rotr(w1, 7) ^ std::rotr(w1, 18) ^ (w1 >> 3);
  const std::uint32_t s1 = std::rotr(w14, 17) ^ std::rotr(w14, 19) ^ (w14 >> 10);
  w[I] += s0 + w[(I + 9) & 15] + s1;
}

// Sixteen rounds, each after the word of the schedule that it needs.
template <int... I>
KEPENG_ALWAYS_INLINE void extended_rounds(std::uint32_t* s, std::uint32_t* w, const std::uint32_t* k,
                                          std::integer_sequence<int, I...>) {
  ((extend<I>(w), round<I & 7>(s, w[I] + k[I])), ...);
}

KEPENG_ALWAYS_INLINE void sixty_four_rounds(std::uint32_t* state, std::uint32_t* w) {
  std::uint32_t s[8];
  std::memcpy(s, state, sizeof s);
  eight_rounds(s, w, kRound.data());
  eight_rounds(s, w + 8, kRound.data() + 8);
  for (std::size_t i = 16; i < 64; i += 16) {
    extended_rounds(s, w, kRound.data() + i, std::make_integer_sequence<int, 16>{});
  }
  for (int i = 0; i < 8; ++i) state[i] += s[i];
}

KEPENG_ALWAYS_INLINE void compress_blocks(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
  std::uint32_t w[16];
  for (; count > 0; --count, blocks += 64) {
    for (int i = 0; i < 16; ++i) w[i] = load_word(blocks + 4 * i);
    sixty_four_rounds(state, w);
  }
}

KEPENG_ALWAYS_INLINE void double_hash_64(std::uint8_t* out, const std::uint8_t* in) {
  std::uint32_t state[8];
  std::memcpy(state, kInitialState.data(), sizeof state);
  compress_blocks(state, in, 1);

  static constexpr std::uint32_t kNothing[8] = {};
  std::uint32_t s[8];
  std::memcpy(s, state, sizeof s);
  for (std::size_t i = 0; i < 64; i += 8) eight_rounds(s, kNothing, kPaddingRound.data() + i);

  std::uint32_t w[16] = {};
  for (int i = 0; i < 8; ++i) w[i] = state[i] + s[i];
  w[8] = 0x80000000;
  w[15] = 32 * 8;
  std::memcpy(state, kInitialState.data(), sizeof state);
  sixty_four_rounds(state, w);
  for (int i = 0; i < 8; ++i) store_word(out + 4 * i, state[i]);
}

}  // namespace

void compress_scalar(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
  compress_blocks(state, blocks, count);
}
void d64_scalar(std::uint8_t* out, const std::uint8_t* in) {
  double_hash_64(out, in);
}

#if defined(__x86_64__)
__attribute__((target("bmi,bmi2"))) void compress_bmi2(std::uint32_t* state, const std::uint8_t* blocks,
                                                       std::size_t count) {
  compress_blocks(state, blocks, count);
}
__attribute__((target("bmi,bmi2"))) void d64_bmi2(std::uint8_t* out, const std::uint8_t* in) {
  double_hash_64(out, in);
}
#endif

}  // namespace kepeng::crypto::sha256_kernel
