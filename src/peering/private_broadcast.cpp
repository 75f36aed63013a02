// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Transactions that nobody is to know as ours: the connections that carry them, and what the mempool thinks of them.

#include <kepeng/mempool_service/service.h>

#include "core.h"
#include "endpoints.h"

namespace kepeng::peering {
namespace {

using gossip::PrivateBroadcast;
using mempool_service::MempoolService;
using wire::AddressNetwork;

constexpr std::int64_t kReviewEveryMs = 1'000;

struct Reviewed {
  PrivateBroadcast::Review review = PrivateBroadcast::Review::NotJudged;
  std::string why;
};

Reviewed reviewed(const MempoolService::Outcome& outcome, const Transaction& tx) {
  if (!outcome) return {};
  const auto found = outcome->transactions.find(tx.wtxid);
  if (found == outcome->transactions.end()) return {};
  const auto* rejection = std::get_if<policy::Rejection>(&found->second);
  if (rejection == nullptr) return {PrivateBroadcast::Review::StillGood, {}};
  if (rejection->kind == policy::Rejection::Kind::Unknown) return {};
  return {PrivateBroadcast::Review::NoLonger, rejection->text()};
}

}  // namespace

void PeerNetwork::Core::broadcast_privately() {
  if (!private_broadcast) return;
  const gossip::Now at = now();
  gossip::Actions actions;
  private_broadcast->on_tick(at, actions);
  carry_out(actions);
  if (at.moment >= next_review) {
    next_review = at.moment + kReviewEveryMs;
    for (const TxPtr& tx : private_broadcast->take_due_for_review(at.time)) review_privately(tx);
  }
  if (!is_active) return;
  PrivateBroadcast::View view{routes.hidden(), {}};
  for (const auto& one : own.all()) view.avoid.insert(one.endpoint);
  if (const auto known = private_broadcast->next_call(view, at)) call_privately(*known);
}

void PeerNetwork::Core::call_privately(const gossip::KnownAddress& known) {
  const bool says_v2 = options.network_key || (known.entry.services & wire::kNodeP2pV2) != 0;
  Link* link = connect(to_net(known.entry.endpoint), gossip::ConnectionKind::PrivateBroadcast,
                       says_v2 ? first_protocol() : Protocol::V1);
  if (link == nullptr) return;
  link->nonce = random.next();
  conversations->add_nonce(link->nonce);
  private_broadcast->on_calling({link->connection}, known.entry.endpoint, link->nonce, now().moment);
  KP_LOG_DEBUG(log, Privatebroadcast, "peer={} calling {}", link->connection, link->address.to_string());
}

void PeerNetwork::Core::hear_privately(Link& link, const wire::Message& message) {
  gossip::Actions actions;
  private_broadcast->on_message({link.connection}, message, now(), actions);
  carry_out(actions);
}

// Whoever hangs up is not called again in another way: what is hidden once must not come to light by a second try.
void PeerNetwork::Core::end_privately(const Link& link) {
  conversations->remove_nonce(link.nonce);
  private_broadcast->on_disconnected({link.connection}, now());
  if (link.known_as.address.network() == AddressNetwork::I2p && reach) reach->renew_fresh_i2p();
}

void PeerNetwork::Core::review_privately(const TxPtr& tx) {
  if (mempool == nullptr) return;
  mempool->try_out(tx, [weak = weak_from_this(), tx](const MempoolService::Outcome& outcome) {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->mailbox.post([core = self.get(), tx, result = reviewed(outcome, *tx)] {
      core->private_broadcast->on_reviewed(tx->wtxid, result.review, core->clock.now());
      if (result.review != PrivateBroadcast::Review::NoLonger) return;
      KP_LOG_INFO(core->log, "Private broadcast of {} ends: {}", tx->txid.to_string(), result.why);
    });
  });
}

void PeerNetwork::Core::note_public(const Wtxid& wtxid) {
  if (!private_broadcast || !private_broadcast->on_seen(wtxid)) return;
  KP_LOG_DEBUG(log, Privatebroadcast, "{} has come back from the network", wtxid.to_string());
}

// --- for others ------------------------------------------------------------------------------------------------------

bool PeerNetwork::broadcasts_privately() const {
  return core_->options.private_broadcast == PeerOptions::PrivateBroadcast::On;
}

PeerNetwork::PrivateAnswer PeerNetwork::broadcast_privately(const TxPtr& tx) {
  const auto act = [&] {
    if (!core_->private_broadcast) return PrivateAnswer::NoWay;
    const auto reachable = core_->routes.reachable();
    if (!reachable.contains(AddressNetwork::Onion) && !reachable.contains(AddressNetwork::I2p)) {
      return PrivateAnswer::NoWay;
    }
    const auto added = core_->private_broadcast->add(tx, core_->clock.now());
    return added == PrivateBroadcast::Added::NoRoom ? PrivateAnswer::NoRoom : PrivateAnswer::Taken;
  };
  return core_->ask(act).value_or(PrivateAnswer::NoWay);
}

std::vector<PrivateBroadcast::Report> PeerNetwork::private_broadcasts() const {
  using Reports = std::vector<PrivateBroadcast::Report>;
  const auto look = [core = core_.get()] {
    return core->private_broadcast ? core->private_broadcast->all() : Reports{};
  };
  return core_->ask(look).value_or(Reports{});
}

std::vector<TxPtr> PeerNetwork::abort_private_broadcast(const crypto::Hash32& id) {
  const auto act = [&] {
    return core_->private_broadcast ? core_->private_broadcast->abort(id) : std::vector<TxPtr>{};
  };
  return core_->ask(act).value_or(std::vector<TxPtr>{});
}

}  // namespace kepeng::peering
