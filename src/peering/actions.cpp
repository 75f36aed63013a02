// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Carrying out what the conversations want.

#include "core.h"

namespace kepeng::peering {
namespace {

constexpr std::size_t kBeingReadMax = 4;

}  // namespace

void PeerNetwork::Core::carry_out(gossip::Actions& actions) {
  for (gossip::Action& action : actions) {
    std::visit([this](auto& one) { carry_out(one); }, action);
  }
}

void PeerNetwork::Core::carry_out(gossip::Send& action) {
  if (Link* link = link_of(action.peer)) send(*link, action.message);
}

void PeerNetwork::Core::carry_out(gossip::Disconnect& action) {
  Link* link = link_of(action.peer);
  if (link == nullptr) return;
  if (action.blame == gossip::Blame::Discourage) return discourage(*link, action.reason);
  if (link->is_private()) {
    KP_LOG_DEBUG(log, Privatebroadcast, "peer={} {} is left: {}", action.peer.number, link->address.to_string(),
                 action.reason);
    return end(*link, action.reason);
  }
  KP_LOG_INFO(log, "Disconnecting peer={} {}: {}", action.peer.number, link->address.to_string(), action.reason);
  end(*link, action.reason);
}

void PeerNetwork::Core::carry_out(gossip::HandInHeaders& action) {
  const gossip::PeerId peer = action.peer;
  engine.hand_in(std::move(action.headers),
                 [self = shared_from_this(), peer](const validation::Engine::HeadersOutcome& outcome) {
                   self->mailbox.post([core = self.get(), peer, outcome] {
                     core->talk([&](auto& conversation, auto at, auto& out) {
                       conversation.on_headers_placed(peer, {outcome.last, outcome.rejection}, at, out);
                     });
                   });
                 });
}

void PeerNetwork::Core::carry_out(gossip::HandInBlock& action) {
  const gossip::PeerId peer = action.peer;
  const BlockHash hash = action.block->hash();
  engine.hand_in(std::move(action.block),
                 [self = shared_from_this(), peer, hash](const validation::SubmitOutcome& outcome) {
                   self->mailbox.post([core = self.get(), peer, hash, rejection = outcome.rejection] {
                     core->talk([&](auto& conversation, auto at, auto& out) {
                       conversation.on_block_taken(peer, hash, rejection, at, out);
                     });
                   });
                 });
}

// The disk is somebody else's to wait for. Few blocks at a time are on their way from there: what is read and not yet
// sent is in nobody's account.
void PeerNetwork::Core::carry_out(gossip::ServeBlock& action) {
  to_serve.push_back(action);
  serve_next();
}

void PeerNetwork::Core::serve_next() {
  while (being_read < kBeingReadMax && !to_serve.empty()) {
    const gossip::ServeBlock action = to_serve.front();
    to_serve.pop_front();
    const Link* link = link_of(action.peer);
    if (link == nullptr || link->is_ending) continue;
    ++being_read;
    server->post([this, action] {
      mailbox.post([this, action, block = engine.read_block(action.entry)] {
        --being_read;
        served(action, block);
        serve_next();
      });
    });
  }
}

void PeerNetwork::Core::served(const gossip::ServeBlock& action, const Result<BlockPtr, Fault>& block) {
  Link* link = link_of(action.peer);
  if (link == nullptr) return;
  if (block && action.shape == gossip::ServeBlock::Shape::Whole) {
    link->serves = true;
    send(*link, wire::BlockMessage{*block, action.form});
  } else if (block) {
    link->serves = true;
    talk([&](auto& conversation, auto, auto& out) { conversation.on_block_read(action.peer, *block, out); });
  } else {
    // Pruned since, or damaged: the next one. Who reads it for the chain will say more.
    talk([&](auto& conversation, auto at, auto& out) { conversation.on_room(action.peer, at, out); });
  }
}

// News from the chain thread become tasks of ours; the tip's only once, however often it has moved.
void PeerNetwork::Core::follow_engine() {
  const std::weak_ptr<Core> weak = weak_from_this();
  engine.subscribe_views([weak] {
    const auto self = weak.lock();
    if (self == nullptr || self->tip_moved.exchange(true)) return;
    self->mailbox.post([core = self.get()] {
      core->tip_moved = false;
      core->talk([&](auto& conversation, auto at, auto& out) { conversation.on_tip(at, out); });
    });
  });
  engine.subscribe_rejections([weak](const chain::Entry& entry, const consensus::BlockRejection& rejection) {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->mailbox.post([core = self.get(), hash = entry.hash, rejection] {
      core->talk([&](auto& conversation, auto, auto& out) { conversation.on_block_condemned(hash, rejection, out); });
    });
  });
}

}  // namespace kepeng::peering
