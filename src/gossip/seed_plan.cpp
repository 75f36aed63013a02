// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/seed_plan.h>

#include <algorithm>

#include <kepeng/crypto/sha256.h>

namespace kepeng::gossip {
namespace {

// A seed that understands it gives only nodes with NETWORK (1) and WITNESS (8).
constexpr std::string_view kWantedServices = "x9.";
constexpr wire::Services kServices = wire::kNodeNetwork | wire::kNodeWitness;
constexpr std::size_t kAnswersMax = 32;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kYoungestDays = 3;
constexpr std::uint64_t kSpreadDays = 4;
// Bytes that only stand for a name (bitcoind's internal addresses), so that nobody ever connects to them.
constexpr std::uint8_t kNamePrefix[] = {0xfd, 0x6b, 0x88, 0xc0, 0x87, 0x24};

}  // namespace

SeedPlan::SeedPlan(Options options, Prng& random, const SeedNumbers& numbers)
    : names_{options.names},
      when_{options.dns},
      random_{random},
      numbers_{numbers},
      seed_nodes_{options.seed_nodes.begin(), options.seed_nodes.end()},
      fixed_{std::move(options.fixed)},
      has_seed_nodes_{!seed_nodes_.empty()} {
  std::shuffle(options.dns_seeds.begin(), options.dns_seeds.end(), random_);
  std::shuffle(seed_nodes_.begin(), seed_nodes_.end(), random_);
  if (when_ != Dns::Off) dns_.assign(options.dns_seeds.begin(), options.dns_seeds.end());
}

SeedPlan::Step SeedPlan::next(const View& view, Moment now) {
  Step step;
  if (!started_) {
    started_ = now;
    next_seed_node_ = now;
    if (view.addresses != 0) next_seed_node_ = now + numbers_.seed_node_every_ms;  // those first
  }
  ask_seed_node(view, now, step);
  ask_dns(view, now, step);
  // Built-in addresses are for when nothing else is known, soon where nobody else is to be asked.
  const bool has_others = has_seed_nodes_ || when_ != Dns::Off;
  if (!fixed_.empty() && (!has_others || now - *started_ >= numbers_.fixed_after_ms)) {
    if (view.addresses == 0) step.add = fixed_;
    fixed_.clear();
  }
  return step;
}

void SeedPlan::ask_seed_node(const View& view, Moment now, Step& step) {
  if (seed_nodes_.empty() || now < next_seed_node_) return;
  next_seed_node_ = now + numbers_.seed_node_every_ms;
  if (view.connections >= numbers_.connections_enough) return;
  step.fetch_from.push_back(seed_nodes_.front());
  seed_nodes_.pop_front();
}

void SeedPlan::ask_dns(const View& view, Moment now, Step& step) {
  if (dns_.empty()) return;
  if (when_ == Dns::Always) return ask_some(dns_.size(), step);
  if (!next_dns_) {
    // Who knows addresses tries those for a while; who knows none asks at once, but the operator's nodes first.
    const std::int64_t for_known = view.addresses >= numbers_.addresses_many ? numbers_.dns_wait_many_ms
                                   : view.addresses != 0                     ? numbers_.dns_wait_ms
                                                                             : 0;
    next_dns_ = now + std::max(for_known, has_seed_nodes_ ? numbers_.seed_nodes_first_ms : 0);
  }
  if (view.connections >= numbers_.connections_enough) {
    dns_.clear();
    return;
  }
  if (now < *next_dns_) return;
  next_dns_ = now + (view.addresses >= numbers_.addresses_many ? numbers_.dns_wait_many_ms : numbers_.dns_wait_ms);
  ask_some(numbers_.dns_at_once, step);
}

void SeedPlan::ask_some(std::size_t count, Step& step) {
  for (; count != 0 && !dns_.empty(); --count) {
    const std::string& seed = dns_.front();
    if (names_ == Names::Connect) {
      step.fetch_from.push_back(seed);
    } else {
      step.look_up.push_back(std::string{kWantedServices} + seed);
    }
    dns_.pop_front();
  }
}

std::vector<wire::AddressEntry> SeedPlan::entries_from(const std::vector<std::string>& answer, std::uint16_t port,
                                                       UnixTime now) {
  std::vector<wire::AddressEntry> entries;
  for (const std::string& text : answer) {
    const auto address = wire::NetworkAddress::from_string(text);
    if (!address || !address->is_routable() || entries.size() == kAnswersMax) continue;
    const std::int64_t spread = static_cast<std::int64_t>(random_.below(kSpreadDays * kDaySeconds));
    const std::int64_t seen = now.seconds - kYoungestDays * kDaySeconds - spread;
    entries.push_back(
        {static_cast<std::uint32_t>(std::clamp<std::int64_t>(seen, 0, UINT32_MAX)), kServices, {*address, port}});
  }
  return entries;
}

wire::NetworkAddress SeedPlan::source_of(const std::string& seed) {
  wire::NetworkAddress::V1 bytes{};
  const crypto::Hash32 hash = crypto::sha256(as_bytes(seed));
  const auto* rest = std::copy(std::begin(kNamePrefix), std::end(kNamePrefix), bytes.begin());
  std::copy_n(hash.begin(), bytes.end() - rest, bytes.begin() + std::size(kNamePrefix));
  return wire::NetworkAddress::from_v1(bytes);
}

}  // namespace kepeng::gossip
