// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/chain/locator.h>

#include <algorithm>

namespace kepeng::chain {

std::vector<BlockHash> make_locator(const Entry* from) {
  constexpr std::size_t kSingleSteps = 10;
  std::vector<BlockHash> hashes;
  Height step = 1;
  for (const Entry* walk = from; walk != nullptr;) {
    hashes.push_back(walk->hash);
    if (walk->height == 0) break;
    if (hashes.size() > kSingleSteps) step *= 2;
    walk = walk->ancestor(std::max(walk->height - step, 0));
  }
  return hashes;
}

}  // namespace kepeng::chain
