// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Fuzz targets: functions over any bytes at all, which stop the process (KP_ASSERT) when a property does not hold.
//
//   FUZZ_TARGET(header, header_seeds) { ... input ... }
//
// defines one and names the function that gives its first inputs. A target is deterministic, keeps nothing from one
// input to the next that could change a verdict, and is listed in fuzz.cmake. The same functions make the libFuzzer
// binaries fuzz_<name> and the replay in the ordinary test run.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include <kepeng/base/assert.h>
#include <kepeng/base/bytes.h>

#include "allocations.h"

namespace kepeng::fuzz {

using Seeds = std::vector<Bytes>;

struct Target {
  std::string_view name;
  void (*run)(ByteView input);
  Seeds (*seeds)();
};

// Those that are linked into this program.
std::vector<Target>& targets();

struct Registration {
  explicit Registration(const Target& target) { targets().push_back(target); }
};

// Takes an input apart into fields; zeros once it is used up.
class Input {
 public:
  explicit Input(ByteView bytes) : bytes_{bytes} {}

  template <class T = std::uint8_t>
  T take() {
    std::uint8_t raw[sizeof(T)] = {};
    const ByteView view = take_bytes(sizeof(T));
    std::copy(view.begin(), view.end(), raw);
    return load_le<T>(raw);
  }
  bool flip() { return (take() & 1) != 0; }
  // At most `count` bytes.
  ByteView take_bytes(std::size_t count) {
    const ByteView view = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(view.size());
    return view;
  }
  // A length of 16 bits and that many bytes, or what is left.
  ByteView chunk() { return take_bytes(take<std::uint16_t>()); }
  template <std::size_t N>
  std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> filled{};
    const ByteView view = take_bytes(N);
    std::copy(view.begin(), view.end(), filled.begin());
    return filled;
  }
  ByteView rest() { return take_bytes(bytes_.size()); }
  bool empty() const { return bytes_.empty(); }

 private:
  ByteView bytes_;
};

inline Bytes copy_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}
inline Bytes bytes_of(std::string_view text) {
  return copy_of(as_bytes(text));
}
// What Input::chunk reads.
inline void append_chunk(Bytes& to, ByteView bytes) {
  append_le(to, static_cast<std::uint16_t>(bytes.size()));
  append(to, bytes);
}

// `work` never holds more memory than `factor` times the bytes it is given, and some for small things.
template <class F>
auto bounded_by(std::size_t bytes, std::size_t factor, F&& work) {
  constexpr std::size_t kSmallThings = 64 << 10;
  const PeakMeter meter;
  auto result = work();
  KP_ASSERT(meter.peak_bytes() <= bytes * factor + kSmallThings);
  return result;
}

}  // namespace kepeng::fuzz

#define FUZZ_TARGET(name_, seeds_)                                                                 \
  static void run_##name_(::kepeng::ByteView);                                                     \
  static const ::kepeng::fuzz::Registration registration_##name_{{#name_, &run_##name_, &seeds_}}; \
  static void run_##name_(::kepeng::ByteView input)
