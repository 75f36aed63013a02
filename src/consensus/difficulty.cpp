// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/consensus/difficulty.h>

#include <algorithm>

namespace kepeng::consensus {
namespace {

// The last target that was not an exception of the 20-minute rule, back to the start of the period.
CompactTarget last_regular_target(const Ancestry& parent, const params::NetworkParams& network) {
  const CompactTarget limit = compress(network.pow_limit);
  Height at = parent.height();
  while (at > 0 && at % network.retarget_interval() != 0 && parent.at(at).target == limit) --at;
  return parent.at(at).target;
}

Uint256 scaled(Uint256 target, std::int64_t actual_seconds, const params::NetworkParams& network) {
  target *= static_cast<std::uint64_t>(actual_seconds);
  return target / Uint256{static_cast<std::uint64_t>(network.target_timespan_seconds)};
}

}  // namespace

CompactTarget retarget(const HeaderFacts& first, const HeaderFacts& last, const params::NetworkParams& network) {
  if (network.no_retargeting) return last.target;
  const std::int64_t timespan = network.target_timespan_seconds;
  const std::int64_t actual = std::clamp(static_cast<std::int64_t>(last.time) - static_cast<std::int64_t>(first.time),
                                         timespan / 4, timespan * 4);
  // BIP94: start from the period's first block, which the 20-minute rule cannot have touched.
  const Uint256 old_target = expand(network.enforces_bip94 ? first.target : last.target).value;
  return compress(std::min(scaled(old_target, actual, network), network.pow_limit));
}

CompactTarget next_target(const Ancestry& parent, std::uint32_t time, const params::NetworkParams& network) {
  const HeaderFacts last = parent.at(parent.height());
  const std::int64_t interval = network.retarget_interval();
  if ((parent.height() + 1) % interval != 0) {
    if (!network.allows_min_difficulty_blocks) return last.target;
    const std::int64_t late_after = static_cast<std::int64_t>(last.time) + 2 * network.target_spacing_seconds;
    if (static_cast<std::int64_t>(time) > late_after) return compress(network.pow_limit);
    return last_regular_target(parent, network);
  }
  // One block short of a whole period: an old mistake that is a rule now.
  const auto first_height = static_cast<Height>(parent.height() - (interval - 1));
  return retarget(parent.at(first_height), last, network);
}

bool is_permitted_transition(const params::NetworkParams& network, Height height, CompactTarget previous,
                             CompactTarget next) {
  if (network.allows_min_difficulty_blocks) return true;
  if (height % network.retarget_interval() != 0) return previous == next;
  const std::int64_t timespan = network.target_timespan_seconds;
  const Uint256 old_target = expand(previous).value;
  const Uint256 largest = std::min(scaled(old_target, timespan * 4, network), network.pow_limit);
  const Uint256 smallest = std::min(scaled(old_target, timespan / 4, network), network.pow_limit);
  const Uint256 observed = expand(next).value;
  return observed <= expand(compress(largest)).value && observed >= expand(compress(smallest)).value;
}

}  // namespace kepeng::consensus
