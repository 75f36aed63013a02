// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/block_serving.h>

#include <kepeng/gossip/handshake.h>
#include <kepeng/wire/limits.h>

namespace kepeng::gossip {
namespace {

constexpr Height kHashesPerAnswer = 500;  // to getblocks
constexpr std::int64_t kStaleSeconds = 30 * 24 * 60 * 60;
constexpr std::int64_t kHistoricalSeconds = 7 * 24 * 60 * 60;
constexpr Height kLimitedDepth = 288 + 2;  // BIP159, and two blocks that may be on their way

bool is_filtered(wire::InventoryType type) {
  return type == wire::InventoryType::FilteredBlock || type == wire::InventoryType::WitnessFilteredBlock;
}

bool is_block(wire::InventoryType type) {
  return type == wire::InventoryType::Block || type == wire::InventoryType::WitnessBlock || is_filtered(type);
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

const chain::Entry* BlockServing::on(PeerId peer, const wire::GetHeaders& message, Permissions permissions,
                                     Actions& out) const {
  const auto view = chain_.view();
  wire::Headers answer;
  if (view->tip()->chain_work < options_.minimum_work &&
      !permissions.has(Permission::Download)) {  // nothing that is worth showing
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

void BlockServing::on(PeerId peer, const wire::GetBlocks& message, Actions& out) {
  const auto view = chain_.view();
  wire::Inv answer;
  const chain::Entry* fork = fork_of(*view, message.locator);
  for (const chain::Entry* entry = view->next(fork); entry != nullptr; entry = view->next(entry)) {
    // What is pruned, or not here yet, is not offered.
    if (entry->hash == message.locator.stop || !entry->has_data) break;
    answer.items.push_back(wire::InventoryItem::of(wire::InventoryType::Block, entry->hash));
    if (entry->height < fork->height + kHashesPerAnswer) continue;
    goes_on_after_[peer] = entry->hash;
    break;
  }
  if (!answer.items.empty()) out.push_back(Send{peer, std::move(answer)});
}

void BlockServing::on(PeerId peer, const wire::GetData& message, Permissions permissions, UnixTime now, Actions& out) {
  Asked& asked = asked_[peer];
  asked.permissions = permissions;
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
  if (std::exchange(found->second.goes_on, false)) {
    const BlockHash tip = chain_.view()->tip()->hash;
    out.push_back(Send{peer, wire::Inv{{wire::InventoryItem::of(wire::InventoryType::Block, tip)}}});
  }
  while (!queue.empty()) {
    const wire::InventoryItem item = queue.front();
    queue.pop_front();
    const chain::Entry* entry = chain_.find(item.as<BlockHash>());
    if (entry == nullptr || !may_be_shown(*entry, now)) continue;
    if (const char* reason = refusal(*entry, item, found->second.permissions, now)) {
      queue.clear();
      out.push_back(Disconnect{peer, reason});
      return;
    }
    if (!entry->has_data) continue;
    const auto form = item.type == wire::InventoryType::WitnessBlock ? WitnessForm::Allowed : WitnessForm::Forbidden;
    const auto shape = is_filtered(item.type) ? ServeBlock::Shape::Filtered : ServeBlock::Shape::Whole;
    out.push_back(ServeBlock{peer, entry, form, shape});
    found->second.is_served = true;
    const auto last = goes_on_after_.find(peer);
    if (last == goes_on_after_.end() || last->second != entry->hash) return;
    goes_on_after_.erase(last);
    found->second.goes_on = true;
    return;
  }
  asked_.erase(found);
}

const char* BlockServing::refusal(const chain::Entry& entry, const wire::InventoryItem& item, Permissions permissions,
                                  UnixTime now) const {
  const std::int64_t age = chain_.best_header()->header.unix_time() - entry.header.unix_time();
  const bool is_historical = age > kHistoricalSeconds || is_filtered(item.type);
  if (is_historical && !permissions.has(Permission::Download) && !options_.upload.serves_historical(now)) {
    return "it asks for old blocks, and the upload of today is used up";
  }
  const bool is_deep = chain_.view()->height() - entry.height > kLimitedDepth;
  if (options_.is_limited && is_deep && !permissions.has(Permission::NoBan)) {
    return "it asks for old blocks, which this node does not promise";
  }
  return nullptr;
}

std::size_t BlockServing::waiting(PeerId peer) const {
  const auto found = asked_.find(peer);
  return found == asked_.end() ? 0 : found->second.items.size();
}

}  // namespace kepeng::gossip
