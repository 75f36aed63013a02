// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SHA-256 of sixteen messages at a time with AVX-512 (F and BW).
#if defined(__x86_64__)

// Before GCC 13 the intrinsics' own "undefined" operands are reported as uninitialised (GCC bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include <cstddef>

#include "sha256_constants.h"
#include "sha256_internal.h"

#define KEPENG_AVX512 __attribute__((target("avx512f,avx512bw")))
#define KEPENG_LANE_INLINE inline __attribute__((target("avx512f,avx512bw"), always_inline))

namespace kepeng::crypto::sha256_kernel {
namespace {

using Vec = __m512i;
constexpr int kLanes = 16;

KEPENG_LANE_INLINE Vec load_vec(const void* at) {
  return _mm512_loadu_si512(at);
}
KEPENG_LANE_INLINE void store_vec(void* at, Vec v) {
  _mm512_storeu_si512(at, v);
}
KEPENG_LANE_INLINE Vec broadcast(std::uint32_t word) {
  return _mm512_set1_epi32(static_cast<int>(word));
}
KEPENG_LANE_INLINE Vec add(Vec a, Vec b) {
  return _mm512_add_epi32(a, b);
}
// The immediate is the truth table of the three arguments.
KEPENG_LANE_INLINE Vec xor3(Vec a, Vec b, Vec c) {
  return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}
KEPENG_LANE_INLINE Vec choose(Vec e, Vec f, Vec g) {
  return _mm512_ternarylogic_epi32(e, f, g, 0xca);
}
KEPENG_LANE_INLINE Vec majority(Vec a, Vec b, Vec c) {
  return _mm512_ternarylogic_epi32(a, b, c, 0xe8);
}
template <int Bits>
KEPENG_LANE_INLINE Vec rotate_right(Vec v) {
  return _mm512_ror_epi32(v, Bits);
}
template <int Bits>
KEPENG_LANE_INLINE Vec shift_right(Vec v) {
  return _mm512_srli_epi32(v, Bits);
}
KEPENG_LANE_INLINE Vec swap_bytes(Vec v) {
  const __m128i order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm512_shuffle_epi8(v, _mm512_broadcast_i32x4(order));
}

// Row j, column i becomes row i, column j: first within quarters of a vector, then the quarters among themselves.
KEPENG_LANE_INLINE void transpose(Vec* v) {
  Vec pair[16], quad[16];
  for (int i = 0; i < 16; i += 2) {
    pair[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
    pair[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    quad[i] = _mm512_unpacklo_epi64(pair[i], pair[i + 2]);
    quad[i + 1] = _mm512_unpackhi_epi64(pair[i], pair[i + 2]);
    quad[i + 2] = _mm512_unpacklo_epi64(pair[i + 1], pair[i + 3]);
    quad[i + 3] = _mm512_unpackhi_epi64(pair[i + 1], pair[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    const Vec low02 = _mm512_shuffle_i32x4(quad[i], quad[i + 4], 0x88);
    const Vec low13 = _mm512_shuffle_i32x4(quad[i], quad[i + 4], 0xdd);
    const Vec high02 = _mm512_shuffle_i32x4(quad[i + 8], quad[i + 12], 0x88);
    const Vec high13 = _mm512_shuffle_i32x4(quad[i + 8], quad[i + 12], 0xdd);
    v[i] = _mm512_shuffle_i32x4(low02, high02, 0x88);
    v[i + 4] = _mm512_shuffle_i32x4(low13, high13, 0x88);
    v[i + 8] = _mm512_shuffle_i32x4(low02, high02, 0xdd);
    v[i + 12] = _mm512_shuffle_i32x4(low13, high13, 0xdd);
  }
}

KEPENG_LANE_INLINE void transpose_block(Vec* w, const std::uint8_t* const* blocks) {
  for (int lane = 0; lane < kLanes; ++lane) w[lane] = load_vec(blocks[lane]);
  transpose(w);
  for (int i = 0; i < 16; ++i) w[i] = swap_bytes(w[i]);
}

KEPENG_LANE_INLINE void transpose_state(std::uint8_t* out, Vec* s) {
  Vec rows[16];
  for (int i = 0; i < 8; ++i) rows[i] = s[i];
  for (int i = 8; i < 16; ++i) rows[i] = _mm512_setzero_si512();
  transpose(rows);
  for (int lane = 0; lane < kLanes; ++lane) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 32 * lane), _mm512_castsi512_si256(rows[lane]));
  }
}

#include "sha256_lane_rounds.inc"

}  // namespace

KEPENG_AVX512 void compress_avx512(std::uint32_t* state, const std::uint8_t* const* blocks, std::size_t count) {
  compress_lanes(state, blocks, count);
}
KEPENG_AVX512 void d64_avx512(std::uint8_t* out, const std::uint8_t* in) {
  double_hash_64(out, in);
}

}  // namespace kepeng::crypto::sha256_kernel

#endif
