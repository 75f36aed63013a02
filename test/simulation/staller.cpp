// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "staller.h"

namespace kepeng::simulation {

void Staller::visit(const Node& victim) {
  if (victim.is_up() && !links_.are_linked(id_, victim.id())) links_.connect(id_, victim.id());
}

void Staller::on_open(LinkId link, gossip::ConnectionKind) {
  wire::Version version;
  version.protocol = 70'016;
  version.services = wire::kNodeNetwork | wire::kNodeWitness;
  version.time = world_.true_time();
  version.nonce = world_.chance().next();
  version.user_agent = "/silent/";
  links_.send(id_, link, version);
}

void Staller::on_message(LinkId link, wire::Message message) {
  if (std::holds_alternative<wire::Verack>(message)) {
    links_.send(id_, link, wire::Verack{});
    links_.send(id_, link, wire::SendHeaders{});
    // Announce to us at once, so that we are quick.
    links_.send(id_, link, wire::SendCmpct{wire::AnnounceMode::HighBandwidth, 2});
    ready_.insert(link);
  } else if (const auto* ping = std::get_if<wire::Ping>(&message); ping != nullptr && ping->nonce) {
    links_.send(id_, link, wire::Pong{*ping->nonce});
  } else if (std::holds_alternative<wire::GetHeaders>(message)) {
    // To what it knows something is missing: so the node tells what it has.
    links_.send(id_, link, wire::GetHeaders{{70'016, {}, {}}});
    links_.send(id_, link, wire::Headers{});
  } else if (const auto* headers = std::get_if<wire::Headers>(&message);
             headers != nullptr && !headers->headers.empty()) {
    spread(*headers, link);
  } else if (const auto* compact = std::get_if<wire::CmpctBlock>(&message)) {
    // It may not have been judged yet, and whoever tells of a bad one by its header has to go.
    if (ledger_.contains(compact->header.hash())) spread({{compact->header}}, link);
  }
}

void Staller::spread(const wire::Headers& headers, LinkId from) {
  if (last_ == headers.headers.back().hash()) return;
  last_ = headers.headers.back().hash();
  for (const LinkId link : ready_) {
    if (link != from) links_.send(id_, link, headers);
  }
}

}  // namespace kepeng::simulation
