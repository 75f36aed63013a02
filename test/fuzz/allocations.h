// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// How much memory a piece of work holds at once: operator new and delete are counted in programs that link
// allocations.cpp. Counts the calling thread only.
#pragma once

#include <cstddef>

namespace kepeng::fuzz {

// From its construction on. Two at a time in one thread do not mix.
class PeakMeter {
 public:
  PeakMeter();
  // Bytes held at once beyond those at the start.
  std::size_t peak_bytes() const;
};

}  // namespace kepeng::fuzz
