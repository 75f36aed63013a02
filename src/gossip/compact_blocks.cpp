// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/compact_blocks.h>

#include <algorithm>

#include <kepeng/consensus/difficulty.h>
#include <kepeng/consensus/merkle.h>

namespace kepeng::gossip {
namespace {

using wire::AnnounceMode;
using wire::CompactFailure;

constexpr std::uint64_t kVersion = 2;
constexpr std::size_t kAnnouncersMax = 3;
constexpr std::size_t kPartialsOfBlockMax = 3;
constexpr std::ptrdiff_t kPartialsOfPeerMax = 3;  // blocks can follow one another more quickly than answers
constexpr std::size_t kPartialsMax = 12;
constexpr std::size_t kRecentBlocks = 3;  // in memory, for those who lack some transactions
constexpr Height kServedDepth = 5;        // deeper ones are asked for by nobody who is up to date
constexpr Height kAhead = 2;              // of our tip

bool is_ours(Direction direction) {
  return direction != Direction::Inbound;
}

}  // namespace

void CompactBlocks::add_peer(PeerId peer, Direction direction, Actions& out) {
  peers_.insert_or_assign(peer, Peer{direction});
  out.push_back(Send{peer, wire::SendCmpct{AnnounceMode::LowBandwidth, kVersion}});
}

void CompactBlocks::remove_peer(PeerId peer) {
  peers_.erase(peer);
  std::erase(announcers_, peer);
  std::erase_if(partials_, [&](const Partial& partial) { return partial.peer == peer; });
}

void CompactBlocks::on(PeerId id, const wire::SendCmpct& message) {
  const auto found = peers_.find(id);
  if (found == peers_.end() || message.version != kVersion) return;  // another version is another protocol
  found->second.gives_compact = true;
  found->second.wants_announcements = message.announce == AnnounceMode::HighBandwidth;
}

// What ends the matter before anything is put together.
std::optional<CompactBlocks::Heard> CompactBlocks::judge(PeerId peer, const wire::CmpctBlock& message,
                                                         const BlockHash& hash, Actions& out) const {
  const chain::Entry* parent = with_.chain.find(message.header.previous);
  if (parent == nullptr) return Heard{nullptr, Heard::Next::AskForHeaders};
  // Work of the wrong difficulty is cheap, and putting a block together is not.
  const auto target = consensus::next_target(chain::EntryAncestry{parent}, message.header.time, with_.network);
  if (message.header.target != target || !meets_target(hash, target, with_.network.pow_limit)) {
    out.push_back(Disconnect{peer, "a compact block without proof of work", Blame::Discourage});
    return Heard{};
  }
  const chain::Entry* known = with_.chain.find(hash);
  if (known != nullptr && (known->has_data || known->is_invalid())) return Heard{};
  const chain::Entry* tip = with_.chain.view()->tip();
  const bool could_be_tip = parent->chain_work + work_of(message.header.target) > tip->chain_work;
  const bool is_near = parent->height + 1 <= tip->height + kAhead;
  if (with_.chain.is_catching_up() || !could_be_tip || !is_near || parent->is_invalid()) {
    return Heard{nullptr, Heard::Next::TakeHeader};
  }
  return std::nullopt;
}

CompactBlocks::Heard CompactBlocks::on(PeerId peer, wire::CmpctBlock message, Moment now, Actions& out) {
  if (!peers_.contains(peer)) return {};
  const BlockHash hash = message.header.hash();
  if (const auto ended = judge(peer, message, hash, out)) return *ended;
  if (!has_slot(peer, hash)) return {nullptr, Heard::Next::TakeHeader};
  auto begun = wire::BlockReconstruction::begin(std::move(message));
  if (!begun) {
    if (begun.error() == CompactFailure::ShortIdCollision) {
      ask_whole(peer, hash, out);
    } else {
      out.push_back(Disconnect{peer, "a compact block that cannot be", Blame::Discourage});
    }
    return {};
  }
  wire::BlockReconstruction& block = *begun;
  offer_all(block);
  if (block.is_complete()) return finish(peer, block, hash, out);
  out.push_back(Send{peer, wire::GetBlockTxn{hash, block.missing()}});
  keep({peer, hash, now, std::move(block)}, out);
  return {};
}

// Three at a time for one block, of which one is kept for a peer that we chose.
bool CompactBlocks::has_slot(PeerId peer, const BlockHash& hash) const {
  std::size_t taken = 0;
  bool has_ours = is_ours(peers_.at(peer).direction);
  for (const Partial& partial : partials_) {
    if (partial.hash != hash) continue;
    if (partial.peer == peer) return false;  // once is enough
    ++taken;
    has_ours = has_ours || is_ours(peers_.at(partial.peer).direction);
  }
  return taken < (has_ours ? kPartialsOfBlockMax : kPartialsOfBlockMax - 1);
}

// What has to make room is asked for whole, so that nobody waits for it in vain.
void CompactBlocks::keep(Partial partial, Actions& out) {
  const auto is_of_peer = [&](const Partial& other) { return other.peer == partial.peer; };
  const bool is_peer_full = std::count_if(partials_.begin(), partials_.end(), is_of_peer) == kPartialsOfPeerMax;
  if (is_peer_full || partials_.size() == kPartialsMax) {
    const auto oldest = is_peer_full ? std::find_if(partials_.begin(), partials_.end(), is_of_peer) : partials_.begin();
    ask_whole(oldest->peer, oldest->hash, out);
    partials_.erase(oldest);
  }
  partials_.push_back(std::move(partial));
}

void CompactBlocks::offer_all(wire::BlockReconstruction& block) const {
  if (with_.transactions != nullptr) {
    with_.transactions->visit([&](const PackedTxPtr& packed) { block.offer(packed); });
  }
  for (const TxPtr& tx : extra_) block.offer(tx);
}

CompactBlocks::Heard CompactBlocks::on(PeerId peer, const wire::BlockTxn& message, Actions& out) {
  const auto found = std::find_if(partials_.begin(), partials_.end(), [&](const Partial& partial) {
    return partial.peer == peer && partial.hash == message.block;
  });
  if (found == partials_.end()) return {};  // too late, or never asked for
  Partial partial = std::move(*found);
  partials_.erase(found);
  if (!partial.block.supply(message.transactions)) {
    out.push_back(Disconnect{peer, "not the transactions that it was asked for", Blame::Discourage});
    return {};
  }
  return finish(peer, partial.block, partial.hash, out);
}

CompactBlocks::Heard CompactBlocks::finish(PeerId peer, const wire::BlockReconstruction& block, const BlockHash& hash,
                                           Actions& out) const {
  auto whole = block.assemble();
  if (whole) {
    const consensus::MerkleResult merkle = consensus::transaction_merkle_root(**whole);
    if (merkle.root == block.header().merkle_root.bytes && !merkle.is_mutated) return {std::move(*whole)};
  }
  // A transaction of ours may have had the short id of another one, by chance; nobody is to blame.
  ask_whole(peer, hash, out);
  return {};
}

void CompactBlocks::ask_whole(PeerId peer, const BlockHash& hash, Actions& out) const {
  out.push_back(Send{peer, wire::GetData{{wire::InventoryItem::of(wire::InventoryType::WitnessBlock, hash)}}});
}

BlockPtr CompactBlocks::recent(const BlockHash& hash) const {
  const auto found =
      std::find_if(recent_.begin(), recent_.end(), [&](const auto& block) { return block->hash() == hash; });
  return found == recent_.end() ? nullptr : *found;
}

const chain::Entry* CompactBlocks::on(PeerId peer, const wire::GetBlockTxn& message, Actions& out) {
  const chain::Entry* entry = with_.chain.find(message.block);
  if (entry == nullptr) return nullptr;
  if (const BlockPtr block = recent(message.block)) {
    auto reply = wire::answer(block, message);
    if (reply) {
      out.push_back(Send{peer, std::move(*reply)});
    } else {
      out.push_back(Disconnect{peer, "it asks for transactions that its block does not have", Blame::Discourage});
    }
    return nullptr;
  }
  // From disk it is as cheap to send the block as a part of it, and one that has lost its place meanwhile is still
  // waited for.
  return entry->has_data ? entry : nullptr;
}

bool CompactBlocks::serve(PeerId peer, const chain::Entry& entry, Actions& out) {
  const BlockPtr block = recent(entry.hash);
  if (block == nullptr || with_.chain.view()->height() - entry.height > kServedDepth) return false;
  out.push_back(Send{peer, wire::make_compact_block(block, with_.random.next())});
  return true;
}

void CompactBlocks::on_new_tip(const BlockPtr& block, const std::function<bool(PeerId)>& lacks, Actions& out) {
  std::erase_if(partials_, [&](const Partial& partial) { return partial.hash == block->hash(); });
  if (recent(block->hash()) == nullptr) recent_.push_front(block);
  if (recent_.size() > kRecentBlocks) recent_.pop_back();
  std::optional<wire::CmpctBlock> message;  // the same for everybody
  for (const auto& [id, peer] : peers_) {
    if (!peer.wants_announcements || !lacks(id)) continue;
    if (!message) message = wire::make_compact_block(block, with_.random.next());
    out.push_back(Send{id, *message});
  }
}

void CompactBlocks::note_first(PeerId peer, Actions& out) {
  const auto found = peers_.find(peer);
  if (found == peers_.end() || !found->second.gives_compact) return;
  const auto is_outbound = [&](PeerId id) { return is_ours(peers_.at(id).direction); };
  const auto at = std::find(announcers_.begin(), announcers_.end(), peer);
  if (at != announcers_.end()) {
    announcers_.erase(at);
    announcers_.push_front(peer);
    return;
  }
  if (announcers_.size() == kAnnouncersMax) {
    // The one that was first longest ago, unless it is the last that we chose and the new one is not ours.
    const auto outbound = std::count_if(announcers_.begin(), announcers_.end(), is_outbound);
    const bool must_stay = outbound == 1 && is_outbound(announcers_.back()) && !is_outbound(peer);
    const auto leaving = announcers_.end() - (must_stay ? 2 : 1);
    out.push_back(Send{*leaving, wire::SendCmpct{AnnounceMode::LowBandwidth, kVersion}});
    announcers_.erase(leaving);
  }
  announcers_.push_front(peer);
  out.push_back(Send{peer, wire::SendCmpct{AnnounceMode::HighBandwidth, kVersion}});
}

void CompactBlocks::note_extra(const TxPtr& tx) {
  extra_.push_front(tx);
  extra_bytes_ += tx->raw.size();
  while (extra_.size() > with_.extra_max || extra_bytes_ > kExtraBytesMax) {
    extra_bytes_ -= extra_.back()->raw.size();
    extra_.pop_back();
  }
}

bool CompactBlocks::gives_compact(PeerId peer) const {
  const auto found = peers_.find(peer);
  return found != peers_.end() && found->second.gives_compact;
}

bool CompactBlocks::is_announcing(PeerId peer) const {
  return std::find(announcers_.begin(), announcers_.end(), peer) != announcers_.end();
}

std::size_t CompactBlocks::memory_bytes(PeerId peer) const {
  std::size_t bytes = 0;
  for (const Partial& partial : partials_) bytes += partial.peer == peer ? partial.block.memory_bytes() : 0;
  return bytes;
}

bool CompactBlocks::wants_announcements(PeerId peer) const {
  const auto found = peers_.find(peer);
  return found != peers_.end() && found->second.wants_announcements;
}

}  // namespace kepeng::gossip
