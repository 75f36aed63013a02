// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/peer_clocks.h>

#include <algorithm>
#include <vector>

namespace kepeng::gossip {

void PeerClocks::note(std::int64_t ahead_seconds) {
  latest_.push_back(ahead_seconds);
  if (latest_.size() > kRemembered) latest_.pop_front();
}

std::int64_t PeerClocks::median() const {
  if (latest_.size() < kEnough) return 0;
  std::vector<std::int64_t> sorted{latest_.begin(), latest_.end()};
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

bool PeerClocks::are_far_from_ours() const {
  const std::int64_t ahead = median();
  return ahead > kTolerance || ahead < -kTolerance;
}

}  // namespace kepeng::gossip
