// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Nodes that talk to each other in one process, with a clock of their own. Every message goes through its codec. Blocks
// are judged by their place alone: what a block does to coins is the engine's business.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include <kepeng/chain/header_tree.h>
#include <kepeng/gossip/conversations.h>

#include "support/chain_builder.h"
#include "support/place_headers.h"

namespace kepeng::gossip {

class SimulatedNode final : public ChainReader {
 public:
  enum class Takes : std::uint8_t { Everything, BlocksOnly };
  SimulatedNode(const params::NetworkParams& network, std::uint64_t seed, Work minimum_work = {},
                Takes takes = Takes::Everything)
      : network_{network}, random_{seed}, tree_{network} {
    tip_ = tree_.genesis();
    tip_->has_data = true;
    bodies_[tip_->hash] = network.genesis;
    view_ = chain::ChainView::make(tip_, nullptr);
    Conversations::Options options;
    options.self.services = wire::kNodeNetwork | wire::kNodeWitness;
    options.self.user_agent = "/simulated/";
    options.self.wants_transactions = takes == Takes::Everything;
    options.minimum_work = minimum_work;
    talk = std::make_unique<Conversations>(Conversations::Dependencies{*this, network_, random_}, options);
  }

  std::shared_ptr<const chain::ChainView> view() const override { return view_; }
  const chain::Entry* find(const BlockHash& hash) const override { return tree_.find(hash); }
  const chain::Entry* best_header() const override { return tree_.best_header(); }
  bool is_catching_up() const override { return false; }

  // The rejection, if the block has no place.
  std::optional<consensus::BlockRejection> take(const BlockPtr& block, UnixTime now) {
    const auto placed = tree_.place(block->header(), now);
    if (!placed) return placed.error();
    const chain::Entry* entry = *placed;
    entry->has_data = true;
    bodies_[entry->hash] = block;
    advance();
    return std::nullopt;
  }
  HeaderSync::Placed place(const std::vector<BlockHeader>& headers, UnixTime now) {
    return test::place_headers(tree_, headers, now);
  }
  BlockPtr body(const chain::Entry* entry) const { return bodies_.at(entry->hash); }
  std::size_t headers() const { return tree_.size(); }
  const chain::Entry* tip() const { return tip_; }

  std::unique_ptr<Conversations> talk;
  std::vector<Disconnect> partings;

 private:
  // To the block with the most work that is here with all before it.
  void advance() {
    const chain::Entry* best = tip_;
    tree_.for_each([&](const chain::Entry& entry) {
      if (!(entry.chain_work > best->chain_work)) return;
      for (const chain::Entry* walk = &entry; walk != nullptr; walk = walk->parent) {
        if (!walk->has_data) return;
      }
      best = &entry;
    });
    if (best == tip_) return;
    tip_ = best;
    view_ = chain::ChainView::make(tip_, view_);
  }

  const params::NetworkParams& network_;
  Prng random_;
  chain::HeaderTree tree_;
  const chain::Entry* tip_ = nullptr;
  std::shared_ptr<const chain::ChainView> view_;
  std::unordered_map<BlockHash, BlockPtr, BlockHashHasher> bodies_;
};

class SimulatedNetwork {
 public:
  SimulatedNode& add(const params::NetworkParams& network, Work minimum_work = {},
                     SimulatedNode::Takes takes = SimulatedNode::Takes::Everything) {
    nodes_.push_back(std::make_unique<SimulatedNode>(network, 100 + nodes_.size(), minimum_work, takes));
    return *nodes_.back();
  }
  // `from` calls `to`; the number of the connection, which is the peer's id on both sides.
  PeerId connect(SimulatedNode& from, SimulatedNode& to, ConnectionKind kind = ConnectionKind::FullRelay) {
    const PeerId id{++connections_};
    links_[id] = {&from, &to};
    with(from, [&](Actions& out) { from.talk->on_connected(id, {kind}, now(), out); });
    with(to, [&](Actions& out) { to.talk->on_connected(id, {ConnectionKind::Inbound}, now(), out); });
    return id;
  }
  void cut(PeerId id) {
    const auto link = links_.find(id);
    if (link == links_.end()) return;
    const auto [a, b] = link->second;
    links_.erase(link);
    for (SimulatedNode* node : {a, b}) with(*node, [&](Actions& out) { node->talk->on_disconnected(id, now(), out); });
  }
  // As if a miner had found it.
  void submit(SimulatedNode& node, const BlockPtr& block) {
    EXPECT_FALSE(node.take(block, now().time));
    with(node, [&](Actions& out) { node.talk->on_tip(now(), out); });
  }
  // As if the miner's clock were an hour ahead.
  void submit_early(SimulatedNode& node, const BlockPtr& block) {
    EXPECT_FALSE(node.take(block, now().time + 3'600));
    with(node, [&](Actions& out) { node.talk->on_tip(now(), out); });
  }
  void say(SimulatedNode& from, PeerId id, const wire::Message& message) { deliver(from, id, message); }

  HeaderSync::Now now() const { return {moment_, {1'296'688'602 + 600 * 6'000 + moment_.ms / 1000}}; }
  // Until nobody has anything to say for a while.
  void run(std::int64_t milliseconds = 3'000) {
    for (std::int64_t passed = 0; passed < milliseconds; passed += 100) {
      deliver_all();
      moment_ = moment_ + 100;
      for (auto& node : nodes_) with(*node, [&](Actions& out) { node->talk->on_tick(now(), out); });
    }
    deliver_all();
  }

  std::size_t messages = 0;
  std::map<std::string, std::size_t> by_name;
  // May swallow a message on its way.
  std::function<bool(const SimulatedNode& from, const wire::Message&)> loses;

 private:
  struct InFlight {
    PeerId id;
    SimulatedNode* to;
    std::string name;
    Bytes payload;
  };
  template <class F>
  void with(SimulatedNode& node, F&& act) {
    Actions out;
    act(out);
    for (Action& action : out) std::visit([&](auto& what) { carry_out(node, what); }, action);
  }
  void deliver(SimulatedNode& from, PeerId id, const wire::Message& message) {
    const auto link = links_.find(id);
    if (link == links_.end()) return;
    if (loses && loses(from, message)) return;
    SimulatedNode* to = link->second.first == &from ? link->second.second : link->second.first;
    ++messages;
    ++by_name[std::string{wire::name_of(message)}];
    queue_.push_back({id, to, std::string{wire::name_of(message)}, wire::encode(message)});
  }
  void deliver_all() {
    while (!queue_.empty()) {
      InFlight next = std::move(queue_.front());
      queue_.pop_front();
      if (!links_.contains(next.id)) continue;
      auto message = wire::decode(next.name, std::move(next.payload));
      ASSERT_TRUE(message.ok()) << next.name;
      with(*next.to, [&](Actions& out) { next.to->talk->on_message(next.id, std::move(*message), now(), out); });
    }
  }
  void carry_out(SimulatedNode& node, Send& send) { deliver(node, send.peer, send.message); }
  void carry_out(SimulatedNode& node, Disconnect& parting) {
    node.partings.push_back(parting);
    cut(parting.peer);
  }
  void carry_out(SimulatedNode& node, HandInHeaders& handed) {
    const auto placed = node.place(handed.headers, now().time);
    with(node, [&](Actions& out) { node.talk->on_headers_placed(handed.peer, placed, now(), out); });
  }
  void carry_out(SimulatedNode& node, HandInBlock& handed) {
    const auto rejection = node.take(handed.block, now().time);
    with(node, [&](Actions& out) {
      node.talk->on_block_taken(handed.peer, handed.block->hash(), rejection, now(), out);
      node.talk->on_tip(now(), out);
    });
  }
  // There is no mempool.
  void carry_out(SimulatedNode&, HandInTransaction&) {}
  void carry_out(SimulatedNode&, HandInPackage&) {}
  void carry_out(SimulatedNode&, NoteAskedFor&) {}
  void carry_out(SimulatedNode& node, ServeBlock& serve) {
    deliver(node, serve.peer, wire::BlockMessage{node.body(serve.entry), serve.form});
    with(node, [&](Actions& out) { node.talk->on_room(serve.peer, now(), out); });
  }

  std::vector<std::unique_ptr<SimulatedNode>> nodes_;
  std::map<PeerId, std::pair<SimulatedNode*, SimulatedNode*>> links_;
  std::deque<InFlight> queue_;
  std::uint64_t connections_ = 0;
  Moment moment_{1'000};
};

}  // namespace kepeng::gossip
