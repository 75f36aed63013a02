// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Links: connections between simulated nodes. On one connection messages arrive in their order, as TCP would have it;
// on different ones they overtake each other. Every message goes through its codec.
//
// A lost message is the end of its connection, of which one end may learn much later than the other. While the network
// is split, what is under way between the parts waits, and nobody is told. A node without power says nothing: its peers
// learn it in a while.
#pragma once

#include <array>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include <kepeng/gossip/peer.h>
#include <kepeng/wire/message.h>

#include "world.h"

namespace kepeng::simulation {

using NodeId = std::size_t;
using LinkId = gossip::PeerId;  // what both ends call the peer

class LinkListener {
 public:
  virtual ~LinkListener() = default;
  virtual bool is_up() const = 0;
  virtual void on_open(LinkId link, gossip::ConnectionKind kind) = 0;
  virtual void on_message(LinkId link, wire::Message message) = 0;
  // A block that was sent has left.
  virtual void on_room(LinkId link) = 0;
  virtual void on_closed(LinkId link) = 0;
};

class Links {
 public:
  explicit Links(World& world) : world_{world} {}

  enum class Era { Today, BeforeCompactBlocks };
  NodeId attach(LinkListener& node, Era era);
  // Per message.
  void set_loss(double probability) { loss_ = probability; }

  // Nothing happens when the other one cannot be reached.
  void connect(NodeId caller, NodeId called);
  enum class Then { Nothing, TellOfRoom };
  void send(NodeId from, LinkId link, const wire::Message& message, Then then = Then::Nothing);
  void hang_up(NodeId by, LinkId link);
  void lose_power(NodeId node);
  // Nodes with the same number reach each other.
  void split(std::vector<int> parts);
  void heal();

  // As far as `node` knows.
  bool are_linked(NodeId node, NodeId other) const;
  std::optional<NodeId> other_end(NodeId node, LinkId link) const;
  std::uint64_t delivered() const { return delivered_; }

 private:
  struct Packet {
    std::string name;
    Bytes payload;
    Then then;
  };
  struct End {
    NodeId node = 0;
    enum class State { Opening, Open, Gone } state = State::Opening;
    std::deque<Packet> incoming;
    std::size_t incoming_bytes = 0;
    std::int64_t last_arrival_ms = 0;
    std::size_t held = 0;  // arrivals that a split keeps back
  };
  struct Link {
    std::array<End, 2> ends;  // the caller's first
    std::int64_t latency_ms = 0;
    std::int64_t bytes_per_ms = 0;
  };

  static std::size_t end_of(const Link& link, NodeId node) { return link.ends[0].node == node ? 0 : 1; }
  bool is_split(const Link& link) const;
  void open(LinkId id, std::size_t end);
  void arrive(LinkId id, std::size_t end);
  void close(LinkId id, std::size_t end);
  void close_later(LinkId id, std::size_t end, std::int64_t within_ms);
  bool understands(NodeId node, std::string_view name) const;

  World& world_;
  double loss_ = 0;
  std::vector<LinkListener*> nodes_;
  std::vector<Era> eras_;
  std::vector<int> parts_;
  std::map<LinkId, Link> links_;
  std::uint64_t made_ = 0;
  std::uint64_t delivered_ = 0;
};

}  // namespace kepeng::simulation
