// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Forger: a peer that calls honest nodes and gives them blocks that break a rule, on top of the tip they have.
#pragma once

#include <map>

#include "ledger.h"
#include "links.h"
#include "node.h"

namespace kepeng::simulation {

class Forger final : public LinkListener {
 public:
  explicit Forger(const Node::Surroundings& around)
      : world_{around.world},
        links_{around.links},
        ledger_{around.ledger},
        id_{links_.attach(*this, Links::Era::Today)} {}

  NodeId id() const { return id_; }
  // Makes a block for this victim and calls it.
  void visit(const Node& victim);
  bool is_up() const override { return true; }

 private:
  void on_open(LinkId link, gossip::ConnectionKind kind) override;
  void on_message(LinkId link, wire::Message message) override;
  void on_room(LinkId) override {}
  void on_closed(LinkId) override {}

  World& world_;
  Links& links_;
  Ledger& ledger_;
  NodeId id_;
  BlockPtr block_;
};

}  // namespace kepeng::simulation
