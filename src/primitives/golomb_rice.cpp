// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "golomb_rice.h"

namespace kepeng {

void GolombRiceWriter::write(std::uint64_t value) {
  for (std::uint64_t quotient = value >> bits_; quotient > 0; --quotient) put(1);
  put(0);
  for (unsigned bit = bits_; bit > 0; --bit) put((value >> (bit - 1)) & 1);
}

void GolombRiceWriter::put(unsigned bit) {
  if (used_ == 8) {
    to_.push_back(0);
    used_ = 0;
  }
  to_.back() = static_cast<std::uint8_t>(to_.back() | (bit << (7 - used_)));
  ++used_;
}

std::uint64_t GolombRiceReader::read() {
  std::uint64_t value = 0;
  while (get() == 1) ++value;
  for (unsigned bit = 0; bit < bits_; ++bit) value = (value << 1) | get();
  return failed_ ? 0 : value;
}

bool GolombRiceReader::at_padding() const {
  if (from_.size() * 8 - at_ >= 8) return false;
  return at_ % 8 == 0 || static_cast<std::uint8_t>(from_.back() << (at_ % 8)) == 0;
}

unsigned GolombRiceReader::get() {
  if (at_ >= from_.size() * 8) {
    failed_ = true;
    return 0;
  }
  const unsigned bit = (from_[at_ / 8] >> (7 - at_ % 8)) & 1;
  ++at_;
  return bit;
}

}  // namespace kepeng
