// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Which SHA-256 kernel runs, and the functions that are told which.
#include <kepeng/crypto/sha256_kernels.h>

#include <algorithm>
#include <array>

#include <kepeng/base/assert.h>

#include "sha256_batch.h"
#include "sha256_internal.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace kepeng::crypto {
namespace {

using sha256_kernel::Compress;
using sha256_kernel::D64;
using sha256_kernel::Engine;

struct Kernels {
  std::array<Sha256Kernel, 6> available{};
  std::size_t count = 0;
  Sha256Kernel batch = Sha256Kernel::Scalar;
  Sha256Kernel stream = Sha256Kernel::Scalar;

  void add(Sha256Kernel kernel) { available[count++] = kernel; }
  bool has(Sha256Kernel kernel) const {
    return std::find(available.begin(), available.begin() + count, kernel) != available.begin() + count;
  }
};

#if defined(__x86_64__)
bool cpu_has_sha() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  return (b & bit_SHA) != 0 && __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3");
}
#endif

Kernels detect() {
  Kernels kernels;
  kernels.add(Sha256Kernel::Scalar);
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) kernels.add(Sha256Kernel::Bmi2);
  if (cpu_has_sha()) kernels.add(Sha256Kernel::ShaNi), kernels.add(Sha256Kernel::ShaNiTwice);
  if (__builtin_cpu_supports("avx2")) kernels.add(Sha256Kernel::Avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) kernels.add(Sha256Kernel::Avx512);
#endif
  for (const Sha256Kernel best : {Sha256Kernel::ShaNi, Sha256Kernel::Bmi2, Sha256Kernel::Scalar}) {
    if (!kernels.has(best)) continue;
    kernels.stream = best;
    break;
  }
  for (const Sha256Kernel best : {Sha256Kernel::Avx512, Sha256Kernel::ShaNiTwice, Sha256Kernel::Avx2, kernels.stream}) {
    if (!kernels.has(best)) continue;
    kernels.batch = best;
    break;
  }
  return kernels;
}

const Kernels& kernels() {
  static const Kernels detected = detect();
  return detected;
}

Compress compress_of(Sha256Kernel kernel) {
  switch (kernel) {
#if defined(__x86_64__)
    case Sha256Kernel::Bmi2:
      return sha256_kernel::compress_bmi2;
    case Sha256Kernel::ShaNi:
    case Sha256Kernel::ShaNiTwice:
      return sha256_kernel::compress_shani;
#else
    case Sha256Kernel::Bmi2:
    case Sha256Kernel::ShaNi:
    case Sha256Kernel::ShaNiTwice:
#endif
    case Sha256Kernel::Scalar:
    case Sha256Kernel::Avx2:
    case Sha256Kernel::Avx512:
      return sha256_kernel::compress_scalar;
  }
  return sha256_kernel::compress_scalar;
}

D64 single_d64() {
#if defined(__x86_64__)
  if (kernels().stream == Sha256Kernel::ShaNi) return sha256_kernel::d64_shani;
  if (kernels().stream == Sha256Kernel::Bmi2) return sha256_kernel::d64_bmi2;
#endif
  return sha256_kernel::d64_scalar;
}

struct Strider {
  D64 hash;
  std::size_t lanes;
};

Strider strider_of(Sha256Kernel kernel) {
  switch (kernel) {
    case Sha256Kernel::Scalar:
      break;
#if defined(__x86_64__)
    case Sha256Kernel::Bmi2:
      return {sha256_kernel::d64_bmi2, 1};
    case Sha256Kernel::ShaNi:
      return {sha256_kernel::d64_shani, 1};
    case Sha256Kernel::ShaNiTwice:
      return {sha256_kernel::d64_shani_twice, 2};
    case Sha256Kernel::Avx2:
      return {sha256_kernel::d64_avx2, 8};
    case Sha256Kernel::Avx512:
      return {sha256_kernel::d64_avx512, 16};
#else
    case Sha256Kernel::Bmi2:
    case Sha256Kernel::ShaNi:
    case Sha256Kernel::ShaNiTwice:
    case Sha256Kernel::Avx2:
    case Sha256Kernel::Avx512:
      break;
#endif
  }
  return {sha256_kernel::d64_scalar, 1};
}

}  // namespace

Compress sha256_kernel::stream_compress() {
  static const Compress chosen = compress_of(kernels().stream);
  return chosen;
}

std::span<const Sha256Kernel> sha256_kernels() {
  return {kernels().available.data(), kernels().count};
}
Sha256Kernel sha256_batch_kernel() {
  return kernels().batch;
}
Sha256Kernel sha256_stream_kernel() {
  return kernels().stream;
}

std::string_view name_of(Sha256Kernel kernel) {
  switch (kernel) {
    case Sha256Kernel::Scalar:
      return "scalar";
    case Sha256Kernel::Bmi2:
      return "bmi2";
    case Sha256Kernel::ShaNi:
      return "sha_ni";
    case Sha256Kernel::ShaNiTwice:
      return "sha_ni_2way";
    case Sha256Kernel::Avx2:
      return "avx2_8way";
    case Sha256Kernel::Avx512:
      return "avx512_16way";
  }
  return "";
}

void sha256d64_with(Sha256Kernel kernel, std::uint8_t* out, const std::uint8_t* in, std::size_t count) {
  KP_ASSERT(kernels().has(kernel));
  const Strider strider = strider_of(kernel);
  for (; count >= strider.lanes; count -= strider.lanes) {
    strider.hash(out, in);
    out += 32 * strider.lanes;
    in += 64 * strider.lanes;
  }
  const D64 single = single_d64();
  for (; count > 0; --count, out += 32, in += 64) single(out, in);
}

void sha256d64(std::uint8_t* out, const std::uint8_t* in, std::size_t count) {
  sha256d64_with(kernels().batch, out, in, count);
}

void sha256d_batch_with(Sha256Kernel kernel, std::span<const SegmentedMessage> messages, Hash32* out) {
  KP_ASSERT(kernels().has(kernel));
#if defined(__x86_64__)
  const sha256_kernel::Batch batch{messages, out, sha256_kernel::stream_compress()};
#endif
  switch (kernel) {
#if defined(__x86_64__)
    case Sha256Kernel::ShaNiTwice:
      return Engine<sha256_kernel::ShaNiTwiceLanes>{batch}.run();
    case Sha256Kernel::Avx2:
      return Engine<sha256_kernel::Avx2Lanes>{batch}.run();
    case Sha256Kernel::Avx512:
      return Engine<sha256_kernel::Avx512Lanes>{batch}.run();
#else
    case Sha256Kernel::ShaNiTwice:
    case Sha256Kernel::Avx2:
    case Sha256Kernel::Avx512:
#endif
    case Sha256Kernel::Scalar:
    case Sha256Kernel::Bmi2:
    case Sha256Kernel::ShaNi:
      return sha256_kernel::run_one_by_one({messages, out, compress_of(kernel)});
  }
}

void sha256d_batch(std::span<const SegmentedMessage> messages, Hash32* out) {
  sha256d_batch_with(kernels().batch, messages, out);
}

}  // namespace kepeng::crypto
