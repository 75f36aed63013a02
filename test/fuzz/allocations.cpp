// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "allocations.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

// The address sanitizer has allocation functions of its own and tells hooks about them; elsewhere we replace operator
// new and delete.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEPENG_ALLOCATION_HOOKS
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define KEPENG_ALLOCATION_HOOKS
#endif

namespace kepeng::fuzz {
namespace {

// What is freed here but was allocated elsewhere, or earlier, makes the balance negative.
thread_local std::ptrdiff_t held = 0;
thread_local std::ptrdiff_t most = 0;

void count(std::size_t bytes) {
  held += static_cast<std::ptrdiff_t>(bytes);
  most = std::max(most, held);
}
void discount(std::size_t bytes) {
  held -= static_cast<std::ptrdiff_t>(bytes);
}

}  // namespace

PeakMeter::PeakMeter() {
  held = 0;
  most = 0;
}

std::size_t PeakMeter::peak_bytes() const {
  return static_cast<std::size_t>(most);
}

}  // namespace kepeng::fuzz

#ifdef KEPENG_ALLOCATION_HOOKS

// g++ ships the functions without their header.
extern "C" std::size_t __sanitizer_get_allocated_size(const volatile void* memory);
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, std::size_t),
                                                         void (*on_free)(const volatile void*));

namespace kepeng::fuzz {
namespace {

[[maybe_unused]] const int installed =
    __sanitizer_install_malloc_and_free_hooks([](const volatile void*, std::size_t bytes) { count(bytes); },
                                              [](const volatile void* memory) {
                                                if (memory != nullptr) discount(__sanitizer_get_allocated_size(memory));
                                              });

}  // namespace
}  // namespace kepeng::fuzz

#else

namespace {

void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc{};
  kepeng::fuzz::count(malloc_usable_size(memory));
  return memory;
}

void release(void* memory) {
  if (memory == nullptr) return;
  kepeng::fuzz::discount(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(std::malloc(std::max<std::size_t>(size, 1)));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto unit = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(unit, (std::max<std::size_t>(size, 1) + unit - 1) / unit * unit));
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  release(memory);
}

#endif
