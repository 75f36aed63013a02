// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/chain/header_tree.h>

#include "skip.h"

namespace kepeng::chain {

HeaderTree::HeaderTree(const params::NetworkParams& network) : network_{network} {
  genesis_ = add(network.genesis->header(), network.genesis->hash(), nullptr);
}

const Entry* HeaderTree::find(const BlockHash& hash) const {
  return by_hash_.read([&](const auto& map) -> const Entry* {
    const auto found = map.find(hash);
    return found == map.end() ? nullptr : found->second;
  });
}

std::size_t HeaderTree::size() const {
  return by_hash_.read([](const auto& map) { return map.size(); });
}

Result<const Entry*, consensus::BlockRejection> HeaderTree::place(const BlockHeader& header, UnixTime now) {
  using consensus::BlockError;
  using consensus::BlockRejection;
  const BlockHash hash = header.hash();
  if (const Entry* known = find(hash)) {
    if (known->is_invalid()) return Err{BlockRejection{BlockError::KnownInvalid}};
    return known;
  }
  KP_TRY_VOID(consensus::check_proof_of_work(hash, header.target, network_));
  const Entry* parent = find(header.previous);
  if (parent == nullptr) return Err{BlockRejection{BlockError::PreviousNotFound}};
  if (parent->is_invalid()) return Err{BlockRejection{BlockError::PreviousInvalid}};
  const EntryAncestry line{parent};
  KP_TRY_VOID(consensus::check_header({header, hash, line, now, network_}));
  return add(header, hash, parent);
}

const Entry* HeaderTree::restore(const BlockHeader& header, const BlockHash& hash) {
  if (const Entry* known = find(hash)) return known;
  const Entry* parent = find(header.previous);
  return parent == nullptr ? nullptr : add(header, hash, parent);
}

const Entry* HeaderTree::add(const BlockHeader& header, const BlockHash& hash, const Entry* parent) {
  Entry& entry = entries_.emplace_back();
  entry.hash = hash;
  entry.header = header;
  entry.parent = parent;
  entry.chain_work = work_of(header.target);
  if (parent != nullptr) {
    entry.height = parent->height + 1;
    entry.skip = parent->ancestor(skip_height(entry.height));
    entry.chain_work += parent->chain_work;
    entry.has_failed_parent = parent->is_invalid();
  }
  by_hash_.write([&](auto& map) { map.emplace(hash, &entry); });
  const Entry* best = best_header_;
  const bool better = best == nullptr || best->chain_work < entry.chain_work;
  if (better && !entry.is_invalid()) best_header_ = &entry;
  return &entry;
}

void HeaderTree::reconsider_best_header() {
  const Entry* best = genesis_;
  for (const Entry& entry : entries_) {
    if (!entry.is_invalid() && best->chain_work < entry.chain_work) best = &entry;
  }
  best_header_ = best;
}

}  // namespace kepeng::chain
