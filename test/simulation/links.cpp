// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "links.h"

#include <fmt/format.h>

#include <algorithm>

namespace kepeng::simulation {
namespace {

constexpr std::size_t kIncomingBytesMax = 5'000'000;
constexpr std::size_t kIncomingMax = 2'000;
constexpr std::int64_t kSilenceMs = 60'000;

}  // namespace

NodeId Links::attach(LinkListener& node, Era era) {
  nodes_.push_back(&node);
  eras_.push_back(era);
  parts_.push_back(0);
  return nodes_.size() - 1;
}

bool Links::is_split(const Link& link) const {
  return parts_[link.ends[0].node] != parts_[link.ends[1].node];
}

// What such a node does not know it neither says nor hears.
bool Links::understands(NodeId node, std::string_view name) const {
  if (eras_[node] == Era::Today) return true;
  constexpr std::array<std::string_view, 5> kNew{"sendcmpct", "cmpctblock", "getblocktxn", "blocktxn", "sendheaders"};
  return std::find(kNew.begin(), kNew.end(), name) == kNew.end();
}

void Links::connect(NodeId caller, NodeId called) {
  if (parts_[caller] != parts_[called] || !nodes_[called]->is_up()) return;
  const LinkId id{++made_};
  Link& link = links_[id];
  link.ends[0].node = caller;
  link.ends[1].node = called;
  link.latency_ms = world_.between(2, world_.happens(0.2) ? 800 : 120);
  link.bytes_per_ms = world_.between(5, 2'000);
  world_.after(link.latency_ms, [this, id] { open(id, 1); });
  world_.after(2 * link.latency_ms, [this, id] { open(id, 0); });
}

void Links::open(LinkId id, std::size_t at) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  End& end = found->second.ends[at];
  if (end.state != End::State::Opening) return;
  end.state = End::State::Open;
  world_.note(fmt::format("#{} opens at {}", id.number, end.node));
  nodes_[end.node]->on_open(id, at == 0 ? gossip::ConnectionKind::FullRelay : gossip::ConnectionKind::Inbound);
}

void Links::send(NodeId from, LinkId id, const wire::Message& message, Then then) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  Link& link = found->second;
  const std::size_t mine = end_of(link, from);
  End& to = link.ends[1 - mine];
  if (link.ends[mine].state != End::State::Open || to.state == End::State::Gone) return;
  const std::string name{wire::name_of(message)};
  if (!understands(from, name) || !understands(to.node, name)) return;
  if (world_.happens(loss_)) {
    world_.note(fmt::format("#{} loses {}", id.number, name));
    close_later(id, 0, world_.happens(0.3) ? kSilenceMs : 1'000);
    close_later(id, 1, world_.happens(0.3) ? kSilenceMs : 1'000);
    return;
  }
  Bytes payload = wire::encode(message);
  const auto size = static_cast<std::int64_t>(payload.size());
  const std::int64_t arrival = world_.now_ms() + link.latency_ms + world_.between(0, 20) + size / link.bytes_per_ms;
  to.last_arrival_ms = std::max(to.last_arrival_ms, arrival);
  to.incoming_bytes += payload.size();
  to.incoming.push_back({name, std::move(payload), then});
  if (to.incoming_bytes > kIncomingBytesMax || to.incoming.size() > kIncomingMax) {
    world_.fail(fmt::format("node {} sends more than a peer can hear: {} messages, {} bytes are on their way", from,
                            to.incoming.size(), to.incoming_bytes));
  }
  world_.after(to.last_arrival_ms - world_.now_ms(), [this, id, mine] { arrive(id, 1 - mine); });
}

void Links::arrive(LinkId id, std::size_t at) {
  const auto found = links_.find(id);
  if (found == links_.end() || found->second.ends[at].state == End::State::Gone) return;
  Link& link = found->second;
  End& end = link.ends[at];
  if (is_split(link)) {
    ++end.held;
    return;
  }
  if (end.state == End::State::Opening) return world_.after(link.latency_ms, [this, id, at] { arrive(id, at); });
  Packet packet = std::move(end.incoming.front());
  end.incoming.pop_front();
  end.incoming_bytes -= packet.payload.size();
  const End& sender = link.ends[1 - at];
  const NodeId from = sender.node;
  const NodeId to = end.node;
  ++delivered_;
  world_.note(fmt::format("#{} {}->{} {} {}", id.number, from, to, packet.name, packet.payload.size()));
  auto message = wire::decode(packet.name, std::move(packet.payload));
  if (!message) return world_.fail(packet.name + " does not survive its codec");
  const bool tells = packet.then == Then::TellOfRoom && sender.state == End::State::Open;
  nodes_[to]->on_message(id, std::move(*message));
  if (tells && links_.contains(id)) nodes_[from]->on_room(id);
}

void Links::close(LinkId id, std::size_t at) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  Link& link = found->second;
  End& end = link.ends[at];
  const bool was_open = end.state == End::State::Open;
  const NodeId node = end.node;
  end.state = End::State::Gone;
  if (link.ends[1 - at].state == End::State::Gone) links_.erase(found);
  if (!was_open) return;
  world_.note(fmt::format("#{} closes at {}", id.number, node));
  nodes_[node]->on_closed(id);
}

void Links::close_later(LinkId id, std::size_t at, std::int64_t within_ms) {
  world_.after(world_.between(0, within_ms), [this, id, at] { close(id, at); });
}

// The other one hears what is on its way before.
void Links::hang_up(NodeId by, LinkId id) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  Link& link = found->second;
  const std::size_t mine = end_of(link, by);
  close_later(id, mine, 5);
  const std::int64_t last = std::max(link.ends[1 - mine].last_arrival_ms - world_.now_ms(), link.latency_ms);
  world_.after(is_split(link) ? last + kSilenceMs : last, [this, id, mine] { close(id, 1 - mine); });
}

void Links::lose_power(NodeId node) {
  std::vector<std::pair<LinkId, std::size_t>> mine;
  for (auto& [id, link] : links_) {
    if (link.ends[0].node == node) mine.emplace_back(id, 0);
    if (link.ends[1].node == node) mine.emplace_back(id, 1);
  }
  for (const auto& [id, at] : mine) {
    Link& link = links_.at(id);
    link.ends[at].state = End::State::Gone;
    close_later(id, 1 - at, kSilenceMs);
  }
}

void Links::split(std::vector<int> parts) {
  parts_ = std::move(parts);
}

// Everything that was held back arrives, in its order.
void Links::heal() {
  std::fill(parts_.begin(), parts_.end(), 0);
  for (auto& [id, link] : links_) {
    for (std::size_t at = 0; at < 2; ++at) {
      for (std::size_t i = std::exchange(link.ends[at].held, 0); i != 0; --i) {
        world_.after(link.latency_ms, [this, id = id, at] { arrive(id, at); });
      }
    }
  }
}

bool Links::are_linked(NodeId a, NodeId b) const {
  return std::any_of(links_.begin(), links_.end(), [&](const auto& item) {
    const auto& ends = item.second.ends;
    const std::size_t mine = end_of(item.second, a);
    return ends[mine].node == a && ends[mine].state != End::State::Gone && ends[1 - mine].node == b;
  });
}

std::optional<NodeId> Links::other_end(NodeId node, LinkId id) const {
  const auto found = links_.find(id);
  if (found == links_.end()) return std::nullopt;
  return found->second.ends[1 - end_of(found->second, node)].node;
}

}  // namespace kepeng::simulation
