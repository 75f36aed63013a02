// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SHA-256 of eight messages at a time with AVX2.
#if defined(__x86_64__)

#include <immintrin.h>

#include <cstddef>

#include "sha256_constants.h"
#include "sha256_internal.h"

#define KEPENG_AVX2 __attribute__((target("avx2")))
#define KEPENG_LANE_INLINE inline __attribute__((target("avx2"), always_inline))

namespace kepeng::crypto::sha256_kernel {
namespace {

using Vec = __m256i;
constexpr int kLanes = 8;

KEPENG_LANE_INLINE Vec load_vec(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}
KEPENG_LANE_INLINE void store_vec(void* at, Vec v) {
  _mm256_storeu_si256(static_cast<__m256i*>(at), v);
}
KEPENG_LANE_INLINE Vec broadcast(std::uint32_t word) {
  return _mm256_set1_epi32(static_cast<int>(word));
}
KEPENG_LANE_INLINE Vec add(Vec a, Vec b) {
  return _mm256_add_epi32(a, b);
}
KEPENG_LANE_INLINE Vec xor3(Vec a, Vec b, Vec c) {
  return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
}
KEPENG_LANE_INLINE Vec choose(Vec e, Vec f, Vec g) {
  return _mm256_xor_si256(g, _mm256_and_si256(e, _mm256_xor_si256(f, g)));
}
KEPENG_LANE_INLINE Vec majority(Vec a, Vec b, Vec c) {
  return _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b)));
}
template <int Bits>
KEPENG_LANE_INLINE Vec rotate_right(Vec v) {
  return _mm256_or_si256(_mm256_srli_epi32(v, Bits), _mm256_slli_epi32(v, 32 - Bits));
}
template <int Bits>
KEPENG_LANE_INLINE Vec shift_right(Vec v) {
  return _mm256_srli_epi32(v, Bits);
}
KEPENG_LANE_INLINE Vec swap_bytes(Vec v) {
  const __m128i order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm256_shuffle_epi8(v, _mm256_broadcastsi128_si256(order));
}

// Row j, column i becomes row i, column j.
KEPENG_LANE_INLINE void transpose(Vec* v) {
  Vec pair[8], quad[8];
  for (int i = 0; i < 8; i += 2) {
    pair[i] = _mm256_unpacklo_epi32(v[i], v[i + 1]);
    pair[i + 1] = _mm256_unpackhi_epi32(v[i], v[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    quad[i] = _mm256_unpacklo_epi64(pair[i], pair[i + 2]);
    quad[i + 1] = _mm256_unpackhi_epi64(pair[i], pair[i + 2]);
    quad[i + 2] = _mm256_unpacklo_epi64(pair[i + 1], pair[i + 3]);
    quad[i + 3] = _mm256_unpackhi_epi64(pair[i + 1], pair[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    v[i] = _mm256_permute2x128_si256(quad[i], quad[i + 4], 0x20);
    v[i + 4] = _mm256_permute2x128_si256(quad[i], quad[i + 4], 0x31);
  }
}

KEPENG_LANE_INLINE void transpose_block(Vec* w, const std::uint8_t* const* blocks) {
  for (int half = 0; half < 2; ++half) {
    Vec* words = w + 8 * half;
    for (int lane = 0; lane < kLanes; ++lane) words[lane] = load_vec(blocks[lane] + 32 * half);
    transpose(words);
    for (int i = 0; i < 8; ++i) words[i] = swap_bytes(words[i]);
  }
}

KEPENG_LANE_INLINE void transpose_state(std::uint8_t* out, Vec* s) {
  transpose(s);
  for (int lane = 0; lane < kLanes; ++lane) store_vec(out + 32 * lane, s[lane]);
}

#include "sha256_lane_rounds.inc"

}  // namespace

KEPENG_AVX2 void compress_avx2(std::uint32_t* state, const std::uint8_t* const* blocks, std::size_t count) {
  compress_lanes(state, blocks, count);
}
KEPENG_AVX2 void d64_avx2(std::uint8_t* out, const std::uint8_t* in) {
  double_hash_64(out, in);
}

}  // namespace kepeng::crypto::sha256_kernel

#endif
