// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The SHA-256 kernels by name, for tests and benchmarks. Everyone else uses sha256.h, which takes the best one.
//
// A kernel may be asked for only where `sha256_kernels()` lists it. Pure functions, no failure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <kepeng/crypto/sha256.h>

namespace kepeng::crypto {

enum class Sha256Kernel {
  Scalar,      // plain C++
  Bmi2,        // the same code with three-operand rotates
  ShaNi,       // SHA extensions, one message at a time
  ShaNiTwice,  // SHA extensions, two messages interleaved
  Avx2,        // eight messages at a time
  Avx512,      // sixteen messages at a time
};

// Those that this processor can run, Scalar first.
std::span<const Sha256Kernel> sha256_kernels();
std::string_view name_of(Sha256Kernel kernel);

// What sha256.h uses for batches and for one message.
Sha256Kernel sha256_batch_kernel();
Sha256Kernel sha256_stream_kernel();

void sha256d64_with(Sha256Kernel kernel, std::uint8_t* out, const std::uint8_t* in, std::size_t count);
void sha256d_batch_with(Sha256Kernel kernel, std::span<const SegmentedMessage> messages, Hash32* out);

}  // namespace kepeng::crypto
