// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/arrival_limit.h>

#include <algorithm>

namespace kepeng::gossip {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

}  // namespace

bool ArrivalLimit::admit(const wire::NetworkAddress& address, Moment now) {
  if (address.network() != wire::AddressNetwork::Ipv6 || !address.is_routable()) return true;
  const auto network = load_be<std::uint64_t>(address.bytes().data());
  if (!networks_.contains(network)) make_room(now);
  const auto [at, is_new] = networks_.try_emplace(network);
  Bucket& bucket = at->second;
  if (!is_new) {
    const double minutes = static_cast<double>(std::max<std::int64_t>(now - bucket.at, 0)) / kMinuteMs;
    bucket.tokens = std::min(kPerMinute, bucket.tokens + minutes * kPerMinute);
  }
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

// After a quiet minute there is nothing to remember; if all were busy, the one that came first goes.
void ArrivalLimit::make_room(Moment now) {
  if (networks_.size() < kNetworksMax) return;
  std::erase_if(networks_, [&](const auto& item) { return now - item.second.at >= kMinuteMs; });
  if (networks_.size() < kNetworksMax) return;
  const auto is_older = [](const auto& a, const auto& b) { return a.second.at < b.second.at; };
  networks_.erase(std::min_element(networks_.begin(), networks_.end(), is_older));
}

}  // namespace kepeng::gossip
