// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "forger.h"

#include <fmt/format.h>

namespace kepeng::simulation {

void Forger::visit(const Node& victim) {
  if (!victim.is_up() || victim.tip()->height < consensus::kCoinbaseMaturity) return;
  if (links_.are_linked(id_, victim.id())) return;
  constexpr std::array kFlaws{Ledger::Flaw::TooGreedy, Ledger::Flaw::SpentTooEarly, Ledger::Flaw::BadSignature};
  const auto flaw = kFlaws[world_.chance().below(kFlaws.size())];
  block_ = ledger_.make_block({victim.tip(), victim.time()}, {}, flaw, world_.chance());
  world_.note(fmt::format("forged block {:.12} for node {}", block_->hash().to_string(), victim.id()));
  links_.connect(id_, victim.id());
}

void Forger::on_open(LinkId link, gossip::ConnectionKind) {
  wire::Version version;
  version.protocol = 70'016;
  version.services = wire::kNodeNetwork | wire::kNodeWitness;
  version.time = world_.true_time();
  version.nonce = world_.chance().next();
  version.user_agent = "/honest/";
  links_.send(id_, link, version);
}

void Forger::on_message(LinkId link, wire::Message message) {
  if (std::holds_alternative<wire::Verack>(message)) {
    links_.send(id_, link, wire::Verack{});
    links_.send(id_, link, wire::Headers{{block_->header()}});
  } else if (std::holds_alternative<wire::GetData>(message)) {
    links_.send(id_, link, wire::BlockMessage{block_, WitnessForm::Allowed});
  } else if (const auto* ping = std::get_if<wire::Ping>(&message); ping != nullptr && ping->nonce) {
    links_.send(id_, link, wire::Pong{*ping->nonce});
  }
}

}  // namespace kepeng::simulation
