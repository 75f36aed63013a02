// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Blocks: which are asked for, what becomes of those that come, and who is told of a new tip.

#include <kepeng/gossip/conversations.h>

#include <algorithm>

namespace kepeng::gossip {
namespace {

constexpr Height kHeadersPerAnnouncement = 8;
constexpr Height kTooFarAhead = 288;  // unasked blocks beyond this are not taken
constexpr std::size_t kBroughtMax = 4'096;
constexpr std::size_t kGetDataMax = 128;
constexpr std::size_t kFreshBlocks = 4;

}  // namespace

void Conversations::on(const Talk& talk, wire::BlockMessage& message) {
  take_block(talk, std::move(message.block), Form::Whole);
}

void Conversations::take_block(const Talk& talk, BlockPtr block, Form form) {
  const auto asked = download_.on_block(talk.id, block->hash(), block->raw().size(), talk.now.moment);
  const bool is_unasked = asked == BlockDownload::Asked::OfNobody;
  if (!is_unasked || is_worth_taking(block)) {
    if (is_unasked) download_.on_unasked(block->hash());
    if (brought_by_.size() >= kBroughtMax) brought_by_.clear();
    brought_by_[block->hash()].push_back({talk.id, form});
    if (!with_.chain.is_catching_up()) {
      fresh_.push_front(block);
      if (fresh_.size() > kFreshBlocks) fresh_.pop_back();
    }
    talk.out.push_back(HandInBlock{talk.id, std::move(block)});
  }
  plan_downloads(talk.now, talk.out);
}

// A block that nobody asked for is taken only if it could become the tip, and soon (P-22).
bool Conversations::is_worth_taking(const BlockPtr& block) const {
  const chain::Entry* known = with_.chain.find(block->hash());
  if (known != nullptr && known->has_data) return false;
  const chain::Entry* parent = with_.chain.find(block->header().previous);
  if (parent == nullptr || parent->is_invalid()) return false;
  const chain::Entry* tip = with_.chain.view()->tip();
  const Work work = parent->chain_work + work_of(block->header().target);
  return work > tip->chain_work && work >= options_.minimum_work && parent->height < tip->height + kTooFarAhead;
}

std::optional<std::string> Conversations::fetch_block(PeerId id, const chain::Entry& entry, Now now, Actions& out) {
  const auto found = peers_.find(id);
  if (found == peers_.end() || !found->second.handshake.is_complete()) return "Peer does not exist";
  const wire::Services services = found->second.handshake.portrait()->services;
  if ((services & wire::kNodeWitness) == 0) return "Pre-SegWit peer";
  if ((services & (wire::kNodeNetwork | wire::kNodeNetworkLimited)) == 0) return "Peer does not serve blocks";
  if (!download_.ask_of(id, entry, now.moment)) return "Already requested from this peer";
  out.push_back(Send{id, wire::GetData{{wire::InventoryItem::of(wire::InventoryType::WitnessBlock, entry.hash)}}});
  return std::nullopt;
}

void Conversations::on_headers_placed(PeerId id, const HeaderSync::Placed& placed, Now now, Actions& out) {
  header_sync_.on_placed(id, placed, now, out);
  note_best_known(id);
  plan_downloads(now, out);
}

void Conversations::on_block_taken(PeerId id, const BlockHash& hash,
                                   const std::optional<consensus::BlockRejection>& rejection, Now now, Actions& out) {
  download_.on_taken(hash);
  // Who brings a block has it, even if it never sent its header.
  const auto peer = peers_.find(id);
  const chain::Entry* entry = with_.chain.find(hash);
  if (!rejection && peer != peers_.end() && entry != nullptr) {
    peer->second.last_block = now.moment;
    if (!has_block(id, peer->second, *entry)) peer->second.announced = entry;
  }
  if (!rejection && entry != nullptr) pass_on_early(*entry, out);
  if (rejection) {
    auto& all = brought_by_[hash];
    const auto brought = std::find_if(all.begin(), all.end(), [&](const Brought& one) { return one.by == id; });
    const bool may_be_blamed = brought != all.end() && brought->form == Form::Whole;
    if (brought != all.end()) all.erase(brought);
    if (all.empty()) brought_by_.erase(hash);
    const auto condemns = rejection->what_it_condemns();
    if (condemns == consensus::Condemns::Nothing) {
      header_sync_.ask_again(id, now);
    } else if (may_be_blamed) {
      out.push_back(Disconnect{id, "invalid block: " + rejection->reason(), Blame::Discourage});
    }
  }
  plan_downloads(now, out);
}

void Conversations::on_block_condemned(const BlockHash& hash, const consensus::BlockRejection& rejection,
                                       Actions& out) {
  const auto found = brought_by_.find(hash);
  if (found == brought_by_.end()) return;
  const auto all = std::move(found->second);
  brought_by_.erase(found);
  for (const auto& [id, form] : all) {
    if (form != Form::Whole || !peers_.contains(id)) continue;
    out.push_back(Disconnect{id, "invalid block: " + rejection.reason(), Blame::Discourage});
  }
}

void Conversations::on_tip(Now now, Actions& out) {
  const auto view = with_.chain.view();
  if (transactions_ && view->tip() != announced_tip_) {
    transactions_->on_tip();
    if (!view->tip()->descends_from(*announced_tip_)) transactions_->on_reorganised(out);
    for (const BlockPtr& block : fresh_) {
      const chain::Entry* entry = with_.chain.find(block->hash());
      if (entry != nullptr && view->contains(entry)) transactions_->on_block(block->transactions(), out);
    }
  }
  const auto first = brought_by_.find(view->tip()->hash);
  if (first != brought_by_.end()) {
    // Without a mempool there is nothing to put blocks together from.
    if (!with_.chain.is_catching_up() && options_.self.wants_transactions)
      compact_.note_first(first->second.front().by, out);
    brought_by_.erase(first);
  }
  if (view->tip() != announced_tip_ && !with_.chain.is_catching_up()) {
    announced_tip_ = view->tip();
    announce_compact(*announced_tip_, out);
    for (auto& [id, peer] : peers_) {
      if (peer.handshake.is_complete()) announce(id, peer, *view, out);
    }
  }
  plan_downloads(now, out);
}

// BIP152: a block whose proof of work and transactions are right, and that builds on our tip, goes on to those who want
// it unasked before its scripts are judged. One of each height: a second one costs its miner as much, and brings
// nothing.
void Conversations::pass_on_early(const chain::Entry& entry, Actions& out) {
  const chain::Entry* tip = with_.chain.view()->tip();
  if (with_.chain.is_catching_up() || entry.parent != tip || entry.height <= passed_on_early_) return;
  passed_on_early_ = entry.height;
  announce_compact(entry, out);
}

// To those who asked for it, if they have the block before; the others are told as ever.
void Conversations::announce_compact(const chain::Entry& entry, Actions& out) {
  const auto block =
      std::find_if(fresh_.begin(), fresh_.end(), [&](const auto& one) { return one->hash() == entry.hash; });
  if (block == fresh_.end()) return;
  const auto lacks = [&](PeerId id) {
    Peer& peer = peers_.at(id);
    if (has_block(id, peer, entry) || !has_block(id, peer, *entry.parent)) return false;
    peer.announced = &entry;
    return true;
  };
  compact_.on_new_tip(*block, lacks, out);
}

bool Conversations::has_block(PeerId id, const Peer& peer, const chain::Entry& entry) const {
  const chain::Entry* known = header_sync_.best_known(id);
  return (known != nullptr && known->descends_from(entry)) ||
         (peer.announced != nullptr && peer.announced->descends_from(entry));
}

// What the peer does not have: a few headers if it wants these and has what they build on, else the tip's hash.
void Conversations::announce(PeerId id, Peer& peer, const chain::ChainView& view, Actions& out) {
  const chain::Entry* tip = view.tip();
  const auto has = [&](const chain::Entry* entry) { return has_block(id, peer, *entry); };
  if (has(tip)) return;
  std::vector<BlockHeader> headers;
  const chain::Entry* walk = tip;
  while (walk->parent != nullptr && !has(walk) && static_cast<Height>(headers.size()) <= kHeadersPerAnnouncement) {
    headers.push_back(walk->header);
    walk = walk->parent;
  }
  peer.announced = tip;
  if (peer.wants_headers && static_cast<Height>(headers.size()) <= kHeadersPerAnnouncement && has(walk)) {
    std::reverse(headers.begin(), headers.end());
    out.push_back(Send{id, wire::Headers{std::move(headers)}});
  } else {
    out.push_back(Send{id, wire::Inv{{wire::InventoryItem::of(wire::InventoryType::Block, tip->hash)}}});
  }
}

void Conversations::note_best_known(PeerId id) {
  if (const chain::Entry* known = header_sync_.best_known(id)) download_.set_best_known(id, known);
}

void Conversations::plan_downloads(Now now, Actions& out) {
  if (!with_.chain.takes_blocks()) return;
  const chain::Entry* best = with_.chain.best_header();
  const chain::Entry* tip = with_.chain.view()->tip();
  if (best->chain_work <= tip->chain_work) return;
  for (BlockDownload::Request& request : download_.plan({tip, best}, now.moment)) {
    wire::GetData ask;
    const auto send = [&] {
      if (!ask.items.empty()) out.push_back(Send{request.peer, std::move(ask)});
      ask = {};
    };
    for (const chain::Entry* entry : request.blocks) {
      // The next block is mostly made of what we have.
      const bool is_next = entry->parent == tip && !with_.chain.is_catching_up() && options_.self.wants_transactions;
      const auto type = is_next && compact_.gives_compact(request.peer) ? wire::InventoryType::CompactBlock
                                                                        : wire::InventoryType::WitnessBlock;
      ask.items.push_back(wire::InventoryItem::of(type, entry->hash));
      if (ask.items.size() == kGetDataMax) send();
    }
    send();
  }
}

}  // namespace kepeng::gossip
