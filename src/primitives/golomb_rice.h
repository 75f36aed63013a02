// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Golomb-Rice codes in a string of bits, most significant bit of each byte first: the number's quotient by 2^bits in
// unary (ones, then a zero), then the remainder in `bits` bits. Values, one thread at a time; the reader's first
// failure sticks and later reads give zeros.
#pragma once

#include <kepeng/base/bytes.h>

namespace kepeng {

class GolombRiceWriter {
 public:
  GolombRiceWriter(Bytes& to, unsigned bits) : to_{to}, bits_{bits} {}

  void write(std::uint64_t value);

 private:
  void put(unsigned bit);

  Bytes& to_;
  unsigned bits_;
  unsigned used_ = 8;  // bits of the last byte that are taken
};

class GolombRiceReader {
 public:
  GolombRiceReader(ByteView from, unsigned bits) : from_{from}, bits_{bits} {}

  std::uint64_t read();
  // Every number was there.
  bool ok() const { return !failed_; }
  // Less than a byte is left, and all of it zero.
  bool at_padding() const;

 private:
  unsigned get();

  ByteView from_;
  unsigned bits_;
  std::uint64_t at_ = 0;  // in bits
  bool failed_ = false;
};

}  // namespace kepeng
