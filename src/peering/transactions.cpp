// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Between the conversations and the mempool: what is handed in and what comes of it, and the mempool's news.

#include <kepeng/mempool_service/service.h>
#include <kepeng/peering/judgement.h>

#include "core.h"

namespace kepeng::peering {
namespace {

using mempool_service::MempoolEvent;
using mempool_service::MempoolService;

}  // namespace

void PeerNetwork::Core::carry_out(gossip::HandInTransaction& action) {
  if (mempool == nullptr) return;
  const gossip::PeerId peer = action.peer;
  mempool->hand_in(peer.number, action.tx,
                   [weak = weak_from_this(), peer, tx = action.tx](const MempoolService::Outcome& outcome) {
                     const auto self = weak.lock();
                     if (self == nullptr) return;
                     self->mailbox.post([core = self.get(), peer, tx, judgement = judgement_of(outcome, *tx)] {
                       core->talk([&](auto& conversation, auto at, auto& out) {
                         conversation.on_transaction_judged(peer, tx, judgement, at, out);
                       });
                       core->hear_again(peer);
                     });
                   });
}

void PeerNetwork::Core::carry_out(gossip::HandInPackage& action) {
  if (mempool == nullptr) return;
  mempool->hand_in_package(
      action.peer.number, {action.parent, action.child},
      [weak = weak_from_this(), action](const MempoolService::Outcome& outcome) {
        const auto self = weak.lock();
        if (self == nullptr) return;
        self->mailbox.post([core = self.get(), peer = action.peer, family = family_of(outcome, action)] {
          core->talk([&](auto& conversation, auto, auto& out) { conversation.on_package_judged(family, out); });
          core->hear_again(peer);
        });
      });
}

// It may have waited because so much of it was not judged.
void PeerNetwork::Core::hear_again(gossip::PeerId peer) {
  if (Link* link = link_of(peer)) hear_in_turn(*link);
}

void PeerNetwork::Core::note_minimum_fees() {
  if (mempool == nullptr) return;
  conversations->set_minimum_fees(
      {mempool->options().admission.policy.min_relay.sats_per_kvb, mempool->minimum_fee_per_kvb()});
}

void PeerNetwork::Core::carry_out(gossip::NoteAskedFor& action) {
  if (mempool != nullptr) mempool->note_asked_for(action.txid);
}

void PeerNetwork::Core::follow_mempool() {
  if (mempool == nullptr) return;
  mempool->subscribe([weak = weak_from_this()](const MempoolEvent& event) {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->mailbox.post([core = self.get(), event] {
      if (event.kind == MempoolEvent::Kind::Added) {
        core->note_public(event.tx->wtxid);
        const bool is_news = event.why != MempoolEvent::Why::Restored;
        core->conversations->on_pooled(
            {event.tx, event.fee_per_kvb, event.mined_per_kvb, event.is_unbroadcast, is_news});
      } else {
        using Removed = gossip::TransactionRelay::Removed;
        const bool is_confirmed = event.why == MempoolEvent::Why::Confirmed;
        core->conversations->on_unpooled(event.tx, is_confirmed ? Removed::Confirmed : Removed::Otherwise);
      }
    });
  });
}

}  // namespace kepeng::peering
