// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Consensus encoding: CompactSize and a bounds-checked cursor over bytes.
//
// A CompactSize must be written in its shortest form and, as a length, be at most kMaxSize. The cursor never reads past
// its end: the first failure sticks, later reads give zeros, and `ok()` is asked once at the end. Nothing here reserves
// memory by a claimed count.
#pragma once

#include <cstdint>

#include <kepeng/base/bytes.h>
#include <kepeng/base/result.h>

namespace kepeng {

// Largest length that any peer accepts in a CompactSize (32 MiB).
inline constexpr std::uint64_t kMaxSize = 0x02000000;

enum class DecodeError {
  Truncated,            // the bytes end too early
  NonCanonicalSize,     // a CompactSize that has a shorter form
  SizeTooLarge,         // a length over kMaxSize
  SuperfluousWitness,   // witness form, but every witness is empty
  UnknownOptionalData,  // flag bits that nobody defined
  TrailingBytes,        // something follows the object
};

const char* to_string(DecodeError error);

class Cursor {
 public:
  explicit Cursor(ByteView bytes) : bytes_{bytes} {}

  bool ok() const { return !failed_; }
  DecodeError error() const { return error_; }
  std::size_t position() const { return at_; }
  std::size_t remaining() const { return bytes_.size() - at_; }

  template <class T>
  T read_le() {
    if (!need(sizeof(T))) return T{};
    const T value = load_le<T>(bytes_.data() + at_);
    at_ += sizeof(T);
    return value;
  }
  ByteView read_bytes(std::size_t count) {
    if (!need(count)) return {};
    const ByteView view = bytes_.subspan(at_, count);
    at_ += count;
    return view;
  }
  void skip(std::size_t count) {
    if (need(count)) at_ += count;
  }
  // A length: shortest form, at most kMaxSize.
  std::uint64_t read_size() {
    const std::uint64_t value = read_compact();
    if (value > kMaxSize) fail(DecodeError::SizeTooLarge);
    return failed_ ? 0 : value;
  }
  // Any 64-bit number in its shortest form.
  std::uint64_t read_compact();
  // A length and that many bytes.
  ByteView read_var_bytes() { return read_bytes(read_size()); }

  void fail(DecodeError error) {
    if (failed_) return;
    failed_ = true;
    error_ = error;
  }

 private:
  bool need(std::size_t count) {
    if (failed_) return false;
    if (count <= bytes_.size() - at_) return true;
    fail(DecodeError::Truncated);
    return false;
  }

  ByteView bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
  DecodeError error_ = DecodeError::Truncated;
};

void append_compact_size(Bytes& to, std::uint64_t value);
void append_var_bytes(Bytes& to, ByteView bytes);
constexpr unsigned compact_size_length(std::uint64_t value) {
  return value < 253 ? 1 : value <= 0xffff ? 3 : value <= 0xffffffff ? 5 : 9;
}

}  // namespace kepeng
