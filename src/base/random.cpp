// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <sys/random.h>

#include <bit>
#include <cerrno>

#include <kepeng/base/assert.h>
#include <kepeng/base/random.h>

namespace kepeng {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014): spreads a seed over a state, so that close seeds give unrelated sequences.
std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

}  // namespace

void fill_random(ByteSpan out) {
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    const bool again = got < 0 && errno == EINTR;
    KP_ASSERT(got > 0 || again);
    if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
  }
}

std::uint64_t random_u64() {
  std::array<std::uint8_t, 8> bytes{};
  fill_random(bytes);
  return load_le<std::uint64_t>(bytes.data());
}

Prng::Prng(std::uint64_t seed) {
  for (auto& word : state_) word = split_mix(seed);
}

Prng Prng::from_system() {
  return Prng{random_u64()};
}

// xoshiro256** (Blackman, Vigna 2018).
std::uint64_t Prng::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Prng::below(std::uint64_t bound) {
  KP_ASSERT(bound > 0);
  // Values under `skew` would make the low residues more likely than the others.
  const std::uint64_t skew = (0 - bound) % bound;
  std::uint64_t draw = next();
  while (draw < skew) draw = next();
  return draw % bound;
}

double Prng::unit() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

void Prng::fill(ByteSpan out) {
  while (!out.empty()) {
    const std::uint64_t word = next();
    const std::size_t count = std::min(out.size(), sizeof word);
    std::memcpy(out.data(), &word, count);
    out = out.subspan(count);
  }
}

}  // namespace kepeng
