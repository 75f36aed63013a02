// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Staller: a peer that calls honest nodes, is the first to tell of every good block, and never sends one.
#pragma once

#include <set>

#include "ledger.h"
#include "links.h"
#include "node.h"

namespace kepeng::simulation {

class Staller final : public LinkListener {
 public:
  explicit Staller(const Node::Surroundings& around)
      : world_{around.world},
        links_{around.links},
        ledger_{around.ledger},
        id_{links_.attach(*this, Links::Era::Today)} {}

  NodeId id() const { return id_; }
  void visit(const Node& victim);
  bool is_up() const override { return true; }

 private:
  void on_open(LinkId link, gossip::ConnectionKind kind) override;
  void on_message(LinkId link, wire::Message message) override;
  void on_room(LinkId) override {}
  void on_closed(LinkId link) override { ready_.erase(link); }
  void spread(const wire::Headers& headers, LinkId from);

  World& world_;
  Links& links_;
  const Ledger& ledger_;
  NodeId id_;
  std::set<LinkId> ready_;
  std::optional<BlockHash> last_;
};

}  // namespace kepeng::simulation
