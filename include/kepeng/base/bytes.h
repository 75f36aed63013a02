// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Byte strings and fixed-width integers inside them.
//
// `ByteView` looks at bytes that somebody else owns; `Bytes` owns. The load and store functions read and write
// little-endian (`_le`) and big-endian (`_be`) integers at an address of any alignment; the caller has checked that
// the bytes are there. Immutable values; no failure.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace kepeng {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using ByteSpan = std::span<std::uint8_t>;

static_assert(std::endian::native == std::endian::little, "load_le and store_le assume a little-endian host");

template <class T>
inline T load_le(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class T>
inline void store_le(std::uint8_t* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

template <class T>
inline T load_be(const std::uint8_t* at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>((value << 8) | at[i]);
  return value;
}

template <class T>
inline void store_be(std::uint8_t* at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * (sizeof(T) - 1 - i)));
}

inline bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

inline void append(Bytes& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

template <class T>
inline void append_le(Bytes& to, T value) {
  const std::size_t end = to.size();
  to.resize(end + sizeof(T));
  store_le(to.data() + end, value);
}

// The characters of `text` as bytes, and back; the memory stays the argument's.
inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace kepeng
