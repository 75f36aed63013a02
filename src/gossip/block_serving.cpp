// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/block_serving.h>

#include <kepeng/gossip/handshake.h>
#include <kepeng/wire/limits.h>

namespace kepeng::gossip {
namespace {

constexpr Height kHashesPerAnswer = 500;  // to getblocks
constexpr std::int64_t kStaleSeconds = 30 * 24 * 60 * 60;

bool is_block(wire::InventoryType type) {
  return type == wire::InventoryType::Block || type == wire::InventoryType::WitnessBlock;
}

}  // namespace

const chain::Entry* BlockServing::fork_of(const chain::ChainView& view, const wire::BlockLocator& locator) const {
  for (const BlockHash& hash : locator.hashes) {
    const chain::Entry* entry = chain_.find(hash);
    if (entry == nullptr) continue;
    // A block of ours that is beyond or beside the active chain counts by what leads to it.
    return view.fork_with(entry);
  }
  return view.at(0);
}

bool BlockServing::may_be_shown(const chain::Entry& entry, UnixTime now) const {
  if (chain_.view()->contains(&entry)) return true;
  const bool is_young = now.seconds - entry.header.unix_time().seconds < kStaleSeconds;
  return is_young && !entry.is_invalid() && entry.validity.load() >= chain::Validity::Scripts;
}

const chain::Entry* BlockServing::on(PeerId peer, const wire::GetHeaders& message, Actions& out) const {
  const auto view = chain_.view();
  wire::Headers answer;
  if (view->tip()->chain_work < minimum_work_) {  // nothing that is worth showing
    out.push_back(Send{peer, std::move(answer)});
    return nullptr;
  }
  const chain::Entry* last = nullptr;
  if (message.locator.hashes.empty()) {
    // One header by its hash.
    const chain::Entry* entry = chain_.find(message.locator.stop);
    if (entry == nullptr || !view->contains(entry)) return nullptr;
    answer.headers.push_back(entry->header);
  } else {
    last = fork_of(*view, message.locator);
    for (const chain::Entry* entry = view->next(last); entry != nullptr && answer.headers.size() < wire::kHeadersMax;
         entry = view->next(entry)) {
      answer.headers.push_back(entry->header);
      last = entry;
      if (entry->hash == message.locator.stop) break;
    }
  }
  out.push_back(Send{peer, std::move(answer)});
  return last;
}

void BlockServing::on(PeerId peer, const wire::GetBlocks& message, Actions& out) const {
  const auto view = chain_.view();
  wire::Inv answer;
  const chain::Entry* fork = fork_of(*view, message.locator);
  for (const chain::Entry* entry = view->next(fork); entry != nullptr; entry = view->next(entry)) {
    if (entry->hash == message.locator.stop || entry->height > fork->height + kHashesPerAnswer) break;
    answer.items.push_back(wire::InventoryItem::of(wire::InventoryType::Block, entry->hash));
  }
  if (!answer.items.empty()) out.push_back(Send{peer, std::move(answer)});
}

void BlockServing::on(PeerId peer, const wire::GetData& message, UnixTime now, Actions& out) {
  Asked& asked = asked_[peer];
  wire::NotFound not_found;
  for (const wire::InventoryItem& item : message.items) {
    if (!is_block(item.type)) {
      not_found.items.push_back(item);
    } else if (asked.items.size() < wire::kInventoryMax) {
      asked.items.push_back(item);
    } else {
      out.push_back(Disconnect{peer, "it asks for more blocks than it takes", Blame::Discourage});
      return;
    }
  }
  if (!not_found.items.empty()) out.push_back(Send{peer, std::move(not_found)});
  if (!asked.is_served) on_room(peer, now, out);
}

// The next block, if it is to be had: that we lack it is not said, as bitcoind's peers expect.
void BlockServing::on_room(PeerId peer, UnixTime now, Actions& out) {
  const auto found = asked_.find(peer);
  if (found == asked_.end()) return;
  auto& queue = found->second.items;
  found->second.is_served = false;
  while (!queue.empty()) {
    const wire::InventoryItem item = queue.front();
    queue.pop_front();
    const chain::Entry* entry = chain_.find(item.as<BlockHash>());
    if (entry == nullptr || !entry->has_data || !may_be_shown(*entry, now)) continue;
    const auto form = item.type == wire::InventoryType::WitnessBlock ? WitnessForm::Allowed : WitnessForm::Forbidden;
    out.push_back(ServeBlock{peer, entry, form});
    found->second.is_served = true;
    return;
  }
  asked_.erase(found);
}

std::size_t BlockServing::waiting(PeerId peer) const {
  const auto found = asked_.find(peer);
  return found == asked_.end() ? 0 : found->second.items.size();
}

}  // namespace kepeng::gossip
