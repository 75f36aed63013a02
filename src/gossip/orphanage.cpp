// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/orphanage.h>

#include <algorithm>

namespace kepeng::gossip {
namespace {

// How far beyond its share a peer is, compared with others; at most 1 is within it.
double excess(std::uint64_t weight, std::size_t score, std::uint64_t weight_share, std::size_t score_share) {
  return std::max(static_cast<double>(weight) / static_cast<double>(weight_share),
                  static_cast<double>(score) / static_cast<double>(std::max<std::size_t>(score_share, 1)));
}

}  // namespace

bool Orphanage::add(const TxPtr& tx, PeerId from) {
  const auto [at, is_new] = orphans_.emplace(tx->wtxid, Orphan{tx, {}, next_order_});
  if (is_new) {
    ++next_order_;
    for (const TxIn& input : tx->inputs) by_prevout_[input.prevout].insert(tx->wtxid);
    by_txid_[tx->txid].insert(tx->wtxid);
  }
  give(at->second, from);
  trim();
  return is_new;
}

bool Orphanage::add_announcer(const Wtxid& wtxid, PeerId peer) {
  const auto found = orphans_.find(wtxid);
  if (found == orphans_.end()) return false;
  give(found->second, peer);
  trim();
  return true;
}

void Orphanage::give(Orphan& orphan, PeerId peer) {
  if (!orphan.from.insert(peer).second) return;
  Share& share = shares_[peer];
  share.weight += orphan.tx->weight();
  share.score += score_of(*orphan.tx);
  share.by_order.emplace(orphan.order, orphan.tx->wtxid);
  weight_ += orphan.tx->weight();
  score_ += score_of(*orphan.tx);
}

// One of its owners lets it go; the last one takes it along.
void Orphanage::take(const Wtxid& wtxid, PeerId peer) {
  const auto found = orphans_.find(wtxid);
  Orphan& orphan = found->second;
  if (orphan.from.erase(peer) == 0) return;
  Share& share = shares_.at(peer);
  const TxPtr tx = orphan.tx;
  share.weight -= tx->weight();
  share.score -= score_of(*tx);
  share.by_order.erase(orphan.order);
  weight_ -= tx->weight();
  score_ -= score_of(*tx);
  if (share.by_order.empty()) shares_.erase(peer);
  if (!orphan.from.empty()) return;
  for (const TxIn& input : tx->inputs) {
    const auto spenders = by_prevout_.find(input.prevout);
    if (spenders == by_prevout_.end()) continue;
    spenders->second.erase(wtxid);
    if (spenders->second.empty()) by_prevout_.erase(spenders);
  }
  const auto same = by_txid_.find(tx->txid);
  same->second.erase(wtxid);
  if (same->second.empty()) by_txid_.erase(same);
  orphans_.erase(found);
}

void Orphanage::trim() {
  while (!shares_.empty() && (score_ > limits_.score_max || weight_ > limits_.weight_per_peer * shares_.size())) {
    const std::size_t score_share = limits_.score_max / shares_.size();
    const auto greediest = std::max_element(shares_.begin(), shares_.end(), [&](const auto& a, const auto& b) {
      return excess(a.second.weight, a.second.score, limits_.weight_per_peer, score_share) <
             excess(b.second.weight, b.second.score, limits_.weight_per_peer, score_share);
    });
    const Wtxid oldest = greediest->second.by_order.begin()->second;
    take(oldest, greediest->first);
  }
}

TxPtr Orphanage::find(const Wtxid& wtxid) const {
  const auto found = orphans_.find(wtxid);
  return found == orphans_.end() ? nullptr : found->second.tx;
}

std::vector<TxPtr> Orphanage::find(const Txid& txid) const {
  std::vector<TxPtr> same;
  const auto found = by_txid_.find(txid);
  if (found == by_txid_.end()) return same;
  for (const Wtxid& wtxid : found->second) same.push_back(orphans_.at(wtxid).tx);
  return same;
}

void Orphanage::remove(const Wtxid& wtxid) {
  const auto found = orphans_.find(wtxid);
  if (found == orphans_.end()) return;
  const auto owners = found->second.from;
  for (const PeerId peer : owners) take(wtxid, peer);
}

void Orphanage::remove_peer(PeerId peer) {
  const auto found = shares_.find(peer);
  if (found == shares_.end()) return;
  const auto its = found->second.by_order;
  for (const auto& [order, wtxid] : its) take(wtxid, peer);
}

void Orphanage::remove_confirmed(std::span<const Transaction> transactions) {
  if (orphans_.empty()) return;
  std::set<Wtxid> gone;
  for (const Transaction& tx : transactions) {
    for (const TxIn& input : tx.inputs) {
      const auto spenders = by_prevout_.find(input.prevout);
      if (spenders != by_prevout_.end()) gone.insert(spenders->second.begin(), spenders->second.end());
    }
  }
  for (const Wtxid& wtxid : gone) remove(wtxid);
}

std::vector<TxPtr> Orphanage::children_of(const Transaction& parent) const {
  std::map<std::uint64_t, TxPtr, std::greater<>> found;
  for (std::uint32_t i = 0; i < parent.outputs.size(); ++i) {
    const auto spenders = by_prevout_.find({parent.txid, i});
    if (spenders == by_prevout_.end()) continue;
    for (const Wtxid& wtxid : spenders->second) found.emplace(orphans_.at(wtxid).order, orphans_.at(wtxid).tx);
  }
  std::vector<TxPtr> children;
  for (auto& [order, tx] : found) children.push_back(std::move(tx));
  return children;
}

std::set<PeerId> Orphanage::announcers(const Wtxid& wtxid) const {
  const auto found = orphans_.find(wtxid);
  return found == orphans_.end() ? std::set<PeerId>{} : found->second.from;
}

std::vector<Orphanage::Orphan> Orphanage::all() const {
  std::vector<Orphan> list;
  for (const auto& [wtxid, orphan] : orphans_) list.push_back(orphan);
  return list;
}

std::uint64_t Orphanage::weight_of(PeerId peer) const {
  const auto found = shares_.find(peer);
  return found == shares_.end() ? 0 : found->second.weight;
}

}  // namespace kepeng::gossip
