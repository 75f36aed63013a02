// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/consensus/ancestry.h>

#include <algorithm>
#include <array>

#include <kepeng/consensus/constants.h>

namespace kepeng::consensus {

UnixTime median_time_past(const Ancestry& line, Height height) {
  std::array<std::uint32_t, kMedianTimeSpan> times{};
  std::size_t count = 0;
  for (Height at = height; at >= 0 && count < times.size(); --at) times[count++] = line.at(at).time;
  if (count == 0) return {};
  std::sort(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(count));
  return {static_cast<std::int64_t>(times[count / 2])};
}

}  // namespace kepeng::consensus
