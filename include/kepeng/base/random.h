// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Randomness. `fill_random` is for secrets and salts and comes from the kernel; if the kernel cannot give any the
// process stops, because nothing that needs a secret may go on without one. `Prng` is a small fast generator for tests,
// sampling and hash-table salts, never for secrets; it is passed as an object, so a seed replays a run.
//
// fill_random: thread-safe. Prng: one owner.
#pragma once

#include <array>
#include <cstdint>

#include <kepeng/base/bytes.h>

namespace kepeng {

void fill_random(ByteSpan out);
std::uint64_t random_u64();

class Prng {
 public:
  explicit Prng(std::uint64_t seed);
  // Seeded by the kernel.
  static Prng from_system();

  std::uint64_t next();
  // Uniform in [0, bound); bound is at least 1.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [0, 1).
  double unit();
  void fill(ByteSpan out);

  // The standard library's idea of a generator, for std::shuffle and distributions.
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return UINT64_MAX; }
  result_type operator()() { return next(); }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace kepeng
