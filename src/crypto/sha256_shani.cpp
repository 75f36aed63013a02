// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SHA-256 with the SHA extensions: one message, or two interleaved so that one works while the other waits for the
// latency of sha256rnds2.
#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#include "sha256_constants.h"
#include "sha256_internal.h"

#define KEPENG_SHANI __attribute__((target("sha,ssse3,sse4.1")))
#define KEPENG_SHANI_INLINE inline __attribute__((target("sha,ssse3,sse4.1"), always_inline))

namespace kepeng::crypto::sha256_kernel {
namespace {

// The register layout that the instructions want: A B E F and C D G H, highest word first.
template <int N>
struct States {
  __m128i abef[N];
  __m128i cdgh[N];
};

template <int N>
struct Message {
  __m128i words[N][4];
};

KEPENG_SHANI_INLINE __m128i load(const void* at) {
  return _mm_loadu_si128(static_cast<const __m128i*>(at));
}
KEPENG_SHANI_INLINE void store(void* at, __m128i value) {
  _mm_storeu_si128(static_cast<__m128i*>(at), value);
}

KEPENG_SHANI_INLINE __m128i swap_bytes(__m128i words) {
  return _mm_shuffle_epi8(words, _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

template <int N>
KEPENG_SHANI_INLINE void unpack(States<N>& states, int lane, const std::uint32_t* words) {
  const __m128i cdab = _mm_shuffle_epi32(load(words), 0xb1);
  const __m128i efgh = _mm_shuffle_epi32(load(words + 4), 0x1b);
  states.abef[lane] = _mm_alignr_epi8(cdab, efgh, 8);
  states.cdgh[lane] = _mm_blend_epi16(efgh, cdab, 0xf0);
}

// The state as two vectors in the order of the words.
template <int N>
KEPENG_SHANI_INLINE void pack(const States<N>& states, int lane, __m128i* words) {
  const __m128i feba = _mm_shuffle_epi32(states.abef[lane], 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(states.cdgh[lane], 0xb1);
  words[0] = _mm_blend_epi16(feba, dchg, 0xf0);
  words[1] = _mm_alignr_epi8(dchg, feba, 8);
}

template <int N>
KEPENG_SHANI_INLINE void four_rounds(States<N>& s, int lane, __m128i wk) {
  s.cdgh[lane] = _mm_sha256rnds2_epu32(s.cdgh[lane], s.abef[lane], wk);
  s.abef[lane] = _mm_sha256rnds2_epu32(s.abef[lane], s.cdgh[lane], _mm_shuffle_epi32(wk, 0x0e));
}

template <int N, int I>
KEPENG_SHANI_INLINE void step(States<N>& s, Message<N>& m) {
  const __m128i k = load(kRound.data() + 4 * I);
  for (int lane = 0; lane < N; ++lane) {
    __m128i& w0 = m.words[lane][I & 3];
    four_rounds(s, lane, _mm_add_epi32(w0, k));
    if constexpr (I < 12) {
      const __m128i w1 = m.words[lane][(I + 1) & 3], w2 = m.words[lane][(I + 2) & 3], w3 = m.words[lane][(I + 3) & 3];
      const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
      w0 = _mm_sha256msg2_epu32(sum, w3);
    }
  }
}

template <int N>
KEPENG_SHANI_INLINE void add(States<N>& to, const States<N>& other) {
  for (int lane = 0; lane < N; ++lane) {
    to.abef[lane] = _mm_add_epi32(to.abef[lane], other.abef[lane]);
    to.cdgh[lane] = _mm_add_epi32(to.cdgh[lane], other.cdgh[lane]);
  }
}

template <int N>
KEPENG_SHANI_INLINE void rounds(States<N>& states, Message<N>& m) {
  const States<N> before = states;
  step<N, 0>(states, m);
  step<N, 1>(states, m);
  step<N, 2>(states, m);
  step<N, 3>(states, m);
  step<N, 4>(states, m);
  step<N, 5>(states, m);
  step<N, 6>(states, m);
  step<N, 7>(states, m);
  step<N, 8>(states, m);
  step<N, 9>(states, m);
  step<N, 10>(states, m);
  step<N, 11>(states, m);
  step<N, 12>(states, m);
  step<N, 13>(states, m);
  step<N, 14>(states, m);
  step<N, 15>(states, m);
  add(states, before);
}

template <int N>
KEPENG_SHANI_INLINE void load_block(Message<N>& m, int lane, const std::uint8_t* block) {
  for (int i = 0; i < 4; ++i) m.words[lane][i] = swap_bytes(load(block + 16 * i));
}

template <int N>
KEPENG_SHANI_INLINE void compress(std::uint32_t* state, const std::uint8_t* const* blocks, std::size_t count) {
  States<N> states;
  for (int lane = 0; lane < N; ++lane) unpack(states, lane, state + 8 * lane);
  Message<N> m;
  for (std::size_t block = 0; block < count; ++block) {
    for (int lane = 0; lane < N; ++lane) load_block(m, lane, blocks[lane] + 64 * block);
    rounds(states, m);
  }
  for (int lane = 0; lane < N; ++lane) {
    __m128i words[2];
    pack(states, lane, words);
    store(state + 8 * lane, words[0]);
    store(state + 8 * lane + 4, words[1]);
  }
}

template <int N>
KEPENG_SHANI_INLINE void double_hash_64(std::uint8_t* out, const std::uint8_t* in) {
  States<N> states;
  Message<N> m;
  for (int lane = 0; lane < N; ++lane) {
    unpack(states, lane, kInitialState.data());
    load_block(m, lane, in + 64 * lane);
  }
  rounds(states, m);

  const States<N> first_block = states;
  for (int i = 0; i < 16; ++i) {
    const __m128i wk = load(kPaddingRound.data() + 4 * i);
    for (int lane = 0; lane < N; ++lane) four_rounds(states, lane, wk);
  }
  add(states, first_block);

  for (int lane = 0; lane < N; ++lane) {
    pack(states, lane, m.words[lane]);
    m.words[lane][2] = _mm_set_epi32(0, 0, 0, static_cast<int>(0x80000000));
    m.words[lane][3] = _mm_set_epi32(32 * 8, 0, 0, 0);
    unpack(states, lane, kInitialState.data());
  }
  rounds(states, m);
  for (int lane = 0; lane < N; ++lane) {
    __m128i words[2];
    pack(states, lane, words);
    store(out + 32 * lane, swap_bytes(words[0]));
    store(out + 32 * lane + 16, swap_bytes(words[1]));
  }
}

}  // namespace

KEPENG_SHANI void compress_shani(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
  compress<1>(state, &blocks, count);
}
KEPENG_SHANI void d64_shani(std::uint8_t* out, const std::uint8_t* in) {
  double_hash_64<1>(out, in);
}

KEPENG_SHANI void compress_shani_twice(std::uint32_t* state, const std::uint8_t* const* blocks, std::size_t count) {
  compress<2>(state, blocks, count);
}
KEPENG_SHANI void d64_shani_twice(std::uint8_t* out, const std::uint8_t* in) {
  double_hash_64<2>(out, in);
}

}  // namespace kepeng::crypto::sha256_kernel

#endif
