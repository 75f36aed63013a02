// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "shares.h"

#include <algorithm>
#include <vector>

namespace kepeng::peering {

void Shares::note(net::ConnectionId id, std::int64_t ns) {
  const auto found = takers_.find(id);
  if (found != takers_.end()) found->second.fresh_ns += static_cast<double>(ns);
}

void Shares::weigh() {
  if (takers_.empty()) return;
  std::vector<double> all;
  for (auto& [id, taker] : takers_) {
    taker.recent_ns = taker.recent_ns / 2 + taker.fresh_ns;
    taker.fresh_ns = 0;
    all.push_back(taker.recent_ns);
  }
  // Of two the lesser one.
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>((all.size() - 1) / 2);
  std::nth_element(all.begin(), middle, all.end());
  const double much = std::max(kTimesTheMiddle * *middle, kLeastNs);
  for (auto& [id, taker] : takers_) taker.is_heavy = taker.recent_ns > much;
}

bool Shares::is_heavy(net::ConnectionId id) const {
  const auto found = takers_.find(id);
  return found != takers_.end() && found->second.is_heavy;
}

}  // namespace kepeng::peering
