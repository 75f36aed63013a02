// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the SHA-256 kernels offer to the dispatcher and the batch engine.
//
// `compress` functions advance hash states by whole blocks. Those with lanes keep the state word by word: word i of
// lane j is state[i * lanes + j]; each lane has its own block pointer. `d64` functions double-hash as many consecutive
// 64-byte messages as the kernel has lanes, reading all input before they write. Kernels for processors other than the
// one that runs are compiled but must not be called: ask sha256_kernels() first.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kepeng::crypto::sha256_kernel {

using Compress = void (*)(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count);
using D64 = void (*)(std::uint8_t* out, const std::uint8_t* in);

void compress_scalar(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count);
void d64_scalar(std::uint8_t* out, const std::uint8_t* in);

#if defined(__x86_64__)
void compress_bmi2(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count);
void d64_bmi2(std::uint8_t* out, const std::uint8_t* in);

void compress_shani(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count);
void d64_shani(std::uint8_t* out, const std::uint8_t* in);

// Two lanes, here each with its eight words together: state[8 * j + i].
void compress_shani_twice(std::uint32_t* state, const std::uint8_t* const* blocks, std::size_t count);
void d64_shani_twice(std::uint8_t* out, const std::uint8_t* in);

void compress_avx2(std::uint32_t* state, const std::uint8_t* const* blocks, std::size_t count);
void d64_avx2(std::uint8_t* out, const std::uint8_t* in);

void compress_avx512(std::uint32_t* state, const std::uint8_t* const* blocks, std::size_t count);
void d64_avx512(std::uint8_t* out, const std::uint8_t* in);
#endif

// The kernel for one message at a time on this processor.
Compress stream_compress();

}  // namespace kepeng::crypto::sha256_kernel
