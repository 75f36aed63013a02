// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/outbound_plan.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace kepeng::gossip {
namespace {

using wire::AddressNetwork;

constexpr std::size_t kAnchors = 2;
constexpr int kTries = 100;
// Whoever was tried that recently, or listens where other services live, is taken only when nobody else is found.
constexpr int kTriesBeforeRecent = 30;
constexpr int kTriesBeforeBadPort = 50;
constexpr std::int64_t kRecentSeconds = 10 * 60;

// Well-known services: an address there is more likely a trap that makes nodes knock on somebody's door.
constexpr std::array<std::uint16_t, 30> kBadPorts{1,   7,   20,  21,  22,  23,  25,  53,  79,   80,
                                                  88,  110, 111, 119, 123, 135, 137, 139, 143,  161,
                                                  389, 443, 445, 465, 514, 587, 993, 995, 3306, 3389};

std::size_t count_of(std::span<const OutboundPlan::Live> live, ConnectionKind kind) {
  return static_cast<std::size_t>(
      std::count_if(live.begin(), live.end(), [&](const auto& one) { return one.kind == kind; }));
}

bool is_lasting(ConnectionKind kind) {
  return kind == ConnectionKind::FullRelay || kind == ConnectionKind::BlockRelay || kind == ConnectionKind::Manual;
}

bool is_connected(const OutboundPlan::View& view, const wire::Endpoint& endpoint) {
  return std::any_of(view.live.begin(), view.live.end(),
                     [&](const auto& one) { return one.endpoint.address == endpoint.address; });
}

// Full blocks with witnesses, or at least the last ones.
bool has_what_we_need(wire::Services services) {
  const bool has_blocks = (services & (wire::kNodeNetwork | wire::kNodeNetworkLimited)) != 0;
  return has_blocks && (services & wire::kNodeWitness) != 0;
}

}  // namespace

std::optional<OutboundPlan::Attempt> OutboundPlan::next(const View& view, Now now) {
  with_.book.resolve_collisions(now.time);
  if (const auto anchor = next_anchor(view, now)) return anchor;
  const auto wanted = want(view, now);
  if (!wanted) return std::nullopt;
  const auto endpoint = choose(*wanted, view, now);
  if (!endpoint) return std::nullopt;
  return Attempt{*endpoint, wanted->kind};
}

std::optional<OutboundPlan::Attempt> OutboundPlan::next_anchor(const View& view, Now now) {
  while (!anchors_.empty() && count_of(view.live, ConnectionKind::BlockRelay) < numbers_.block_relay) {
    const wire::Endpoint anchor = anchors_.back();
    anchors_.pop_back();
    const bool is_usable = anchor.address.is_routable() && with_.reachable.contains(anchor.address.network()) &&
                           !with_.bans.is_banned(anchor.address, now.time) && !is_connected(view, anchor);
    if (is_usable) return Attempt{anchor, ConnectionKind::BlockRelay};
  }
  return std::nullopt;
}

std::optional<OutboundPlan::Want> OutboundPlan::want(const View& view, Now now) {
  const std::size_t full = count_of(view.live, ConnectionKind::FullRelay);
  const std::size_t block = count_of(view.live, ConnectionKind::BlockRelay);
  if (full < numbers_.full_relay) return Want{ConnectionKind::FullRelay};
  if (block < numbers_.block_relay) return Want{ConnectionKind::BlockRelay};
  // Of each kind of further connections at most one at a time; whoever drives this closes what is too much.
  const bool has_room_for_full = full == numbers_.full_relay;
  if (view.tip == View::Tip::Stale && has_room_for_full) return Want{ConnectionKind::FullRelay};
  if (view.sync == View::Sync::Done && block == numbers_.block_relay &&
      is_due(next_extra_block_relay_, numbers_.extra_block_relay_every_ms, now.moment)) {
    return Want{ConnectionKind::BlockRelay};
  }
  if (count_of(view.live, ConnectionKind::Feeler) == 0 && is_due(next_feeler_, numbers_.feeler_every_ms, now.moment)) {
    return Want{ConnectionKind::Feeler};
  }
  if (has_room_for_full && is_due(next_extra_network_, numbers_.extra_network_every_ms, now.moment)) {
    if (const auto network = missing_network(view)) return Want{ConnectionKind::FullRelay, network};
  }
  return std::nullopt;
}

// A network that we could reach and have no lasting connection to, at random.
std::optional<AddressNetwork> OutboundPlan::missing_network(const View& view) {
  std::vector<AddressNetwork> missing;
  for (const AddressNetwork network : with_.reachable) {
    const bool is_there = std::any_of(view.live.begin(), view.live.end(), [&](const Live& one) {
      return is_lasting(one.kind) && one.endpoint.address.network() == network;
    });
    const bool is_known = with_.book.count(AddressBook::Table::New, network) != 0 ||
                          with_.book.count(AddressBook::Table::Tried, network) != 0;
    if (!is_there && is_known) missing.push_back(network);
  }
  if (missing.empty()) return std::nullopt;
  return missing[with_.random.below(missing.size())];
}

std::optional<wire::Endpoint> OutboundPlan::choose(const Want& wanted, const View& view, Now now) {
  std::set<AddressGroup> groups;
  for (const Live& one : view.live) {
    if (is_lasting(one.kind)) groups.insert(with_.book.groups().group_of(one.endpoint.address));
  }
  for (int tries = 0; tries < kTries; ++tries) {
    const auto known = draw(wanted, now);
    if (!known) return std::nullopt;
    const wire::Endpoint& endpoint = known->entry.endpoint;
    // A feeler closes at once, so it takes no place among groups.
    const bool is_in_new_group =
        wanted.kind == ConnectionKind::Feeler || !groups.contains(with_.book.groups().group_of(endpoint.address));
    if (is_in_new_group && !is_connected(view, endpoint) && is_acceptable(*known, wanted, now, tries)) return endpoint;
  }
  return std::nullopt;
}

std::optional<KnownAddress> OutboundPlan::draw(const Want& wanted, Now now) {
  AddressBook::Wish wish{.networks = with_.reachable};
  if (wanted.network) wish.networks = {*wanted.network};
  if (wanted.kind == ConnectionKind::Feeler) {
    const auto in_the_way = with_.book.select_in_the_way();
    if (in_the_way && with_.reachable.contains(in_the_way->entry.endpoint.address.network())) return in_the_way;
    wish.table = AddressBook::Table::New;
  }
  return with_.book.select(wish, now.time);
}

bool OutboundPlan::is_acceptable(const KnownAddress& known, const Want& wanted, Now now, int tries) const {
  const wire::Endpoint& endpoint = known.entry.endpoint;
  if (with_.bans.is_banned(endpoint.address, now.time) || with_.bans.is_discouraged(endpoint.address)) return false;
  if (now.time - known.last_try < kRecentSeconds && tries < kTriesBeforeRecent) return false;
  if (wanted.kind != ConnectionKind::Feeler && !has_what_we_need(known.entry.services)) return false;
  const bool is_bad_port = std::binary_search(kBadPorts.begin(), kBadPorts.end(), endpoint.port);
  return !is_bad_port || tries >= kTriesBeforeBadPort;
}

bool OutboundPlan::is_due(std::optional<Moment>& timer, std::int64_t mean_ms, Moment now) {
  const bool is_first = !timer.has_value();
  if (!is_first && *timer > now) return false;
  timer = now + static_cast<std::int64_t>(-std::log1p(-with_.random.unit()) * static_cast<double>(mean_ms));
  return !is_first;
}

std::vector<wire::Endpoint> OutboundPlan::anchors_of(std::span<const Live> live) {
  std::vector<wire::Endpoint> anchors;
  for (const Live& one : live) {
    if (one.kind == ConnectionKind::BlockRelay && anchors.size() < kAnchors) anchors.push_back(one.endpoint);
  }
  return anchors;
}

}  // namespace kepeng::gossip
