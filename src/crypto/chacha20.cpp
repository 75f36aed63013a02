// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/chacha20.h>

#include <algorithm>
#include <cstring>

#include <kepeng/base/assert.h>

#include "wipe.h"

namespace kepeng::crypto {
namespace {

using State = std::array<std::uint32_t, 16>;
using Vec4 = std::uint32_t __attribute__((vector_size(16)));
using Vec8 = std::uint32_t __attribute__((vector_size(32)));

#define KEPENG_ALWAYS_INLINE inline __attribute__((always_inline))

template <int Bits, class Vec>
KEPENG_ALWAYS_INLINE void xor_rotate(Vec& to, const Vec& from) {
  to ^= from;
  to = (to << Bits) | (to >> (32 - Bits));
}

template <class Vec>
KEPENG_ALWAYS_INLINE void quarter_round(Vec& a, Vec& b, Vec& c, Vec& d) {
  a += b;
  xor_rotate<16>(d, a);
  c += d;
  xor_rotate<12>(b, c);
  a += b;
  xor_rotate<8>(d, a);
  c += d;
  xor_rotate<7>(b, c);
}

// A stream that runs over the last block of its nonce goes on in the next nonce, as with the 64-bit counter that the
// cipher had at first.
KEPENG_ALWAYS_INLINE std::uint64_t block_number(const State& state) {
  return state[12] | std::uint64_t{state[13]} << 32;
}

// As many consecutive blocks as Vec has lanes: lane i works on the i-th from the state's.
template <class Vec>
KEPENG_ALWAYS_INLINE void lanes_of_blocks(const State& state, std::uint8_t* out) {
  constexpr std::size_t kLanes = sizeof(Vec) / 4;
  Vec start[16], v[16];
  for (std::size_t i = 0; i < 16; ++i) start[i] = Vec{} + state[i];
  std::uint32_t counters[2][kLanes];
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const std::uint64_t counter = block_number(state) + lane;
    counters[0][lane] = static_cast<std::uint32_t>(counter);
    counters[1][lane] = static_cast<std::uint32_t>(counter >> 32);
  }
  std::memcpy(&start[12], counters, sizeof counters);
  for (std::size_t i = 0; i < 16; ++i) v[i] = start[i];
  for (int round = 0; round < 10; ++round) {
    quarter_round(v[0], v[4], v[8], v[12]);
    quarter_round(v[1], v[5], v[9], v[13]);
    quarter_round(v[2], v[6], v[10], v[14]);
    quarter_round(v[3], v[7], v[11], v[15]);
    quarter_round(v[0], v[5], v[10], v[15]);
    quarter_round(v[1], v[6], v[11], v[12]);
    quarter_round(v[2], v[7], v[8], v[13]);
    quarter_round(v[3], v[4], v[9], v[14]);
  }
  std::uint32_t words[16][kLanes];
  for (std::size_t i = 0; i < 16; ++i) {
    v[i] += start[i];
    std::memcpy(words[i], &v[i], sizeof(Vec));
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    for (std::size_t i = 0; i < 16; ++i) store_le(out + 64 * lane + 4 * i, words[i][lane]);
  }
}

void four_blocks(const State& state, std::uint8_t* out) {
  lanes_of_blocks<Vec4>(state, out);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void eight_blocks(const State& state, std::uint8_t* out) {
  lanes_of_blocks<Vec8>(state, out);
}
bool has_eight_lanes() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}
#else
void eight_blocks(const State& state, std::uint8_t* out) {
  lanes_of_blocks<Vec8>(state, out);
}
bool has_eight_lanes() {
  return false;
}
#endif

constexpr std::size_t kBlock = 64;

void whole_blocks(State& state, std::uint8_t* out, std::size_t blocks) {
  std::array<std::uint8_t, 8 * kBlock> spare;
  while (blocks > 0) {
    const bool eight = blocks > 4 && has_eight_lanes();
    const std::size_t lanes = eight ? 8 : 4;
    const std::size_t wanted = std::min(lanes, blocks);
    std::uint8_t* to = wanted == lanes ? out : spare.data();
    eight ? eight_blocks(state, to) : four_blocks(state, to);
    if (to != out) std::memcpy(out, to, wanted * kBlock);
    const std::uint64_t next = block_number(state) + wanted;
    state[12] = static_cast<std::uint32_t>(next);
    state[13] = static_cast<std::uint32_t>(next >> 32);
    out += wanted * kBlock;
    blocks -= wanted;
  }
}

State keyed_state(const CipherKey& key) {
  State state{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  for (std::size_t i = 0; i < 8; ++i) state[4 + i] = load_le<std::uint32_t>(key.data() + 4 * i);
  return state;
}

}  // namespace

ChaCha20::ChaCha20(const CipherKey& key) {
  set_key(key);
}

ChaCha20::~ChaCha20() {
  wipe(state_);
  wipe(buffer_);
}

void ChaCha20::set_key(const CipherKey& key) {
  state_ = keyed_state(key);
  used_ = kBuffered;
}

void ChaCha20::seek(const Nonce96& nonce, std::uint32_t block) {
  state_[12] = block;
  for (std::size_t i = 0; i < 3; ++i) state_[13 + i] = load_le<std::uint32_t>(nonce.data() + 4 * i);
  used_ = kBuffered;
}

void ChaCha20::fill() {
  whole_blocks(state_, buffer_.data(), kBuffered / kBlock);
  used_ = 0;
}

void ChaCha20::keystream(ByteSpan out) {
  while (!out.empty()) {
    if (used_ == kBuffered && out.size() >= kBlock) {
      const std::size_t blocks = out.size() / kBlock;
      whole_blocks(state_, out.data(), blocks);
      out = out.subspan(blocks * kBlock);
      continue;
    }
    if (used_ == kBuffered) fill();
    const std::size_t taken = std::min(kBuffered - used_, out.size());
    std::memcpy(out.data(), buffer_.data() + used_, taken);
    used_ += taken;
    out = out.subspan(taken);
  }
}

void ChaCha20::crypt(ByteView in, ByteSpan out) {
  KP_ASSERT(in.size() == out.size());
  while (!in.empty()) {
    if (used_ == kBuffered) fill();
    const std::size_t taken = std::min(kBuffered - used_, in.size());
    for (std::size_t i = 0; i < taken; ++i) out[i] = in[i] ^ buffer_[used_ + i];
    used_ += taken;
    in = in.subspan(taken);
    out = out.subspan(taken);
  }
}

void chacha20_keystream(const CipherKey& key, std::uint8_t* out, std::size_t blocks) {
  State state = keyed_state(key);
  whole_blocks(state, out, blocks);
}

}  // namespace kepeng::crypto
