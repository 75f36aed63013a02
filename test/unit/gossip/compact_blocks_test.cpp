// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/compact_blocks.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include <kepeng/chain/header_tree.h>

#include "support/chain_builder.h"

namespace kepeng::gossip::test {
namespace {

using Next = CompactBlocks::Heard::Next;
using kepeng::test::BlockDraft;
using kepeng::test::ChainBuilder;

const params::NetworkParams& regtest() {
  static const params::NetworkParams network = *params::make_network({.network = params::Network::Regtest});
  return network;
}

// A node that has a chain and a pool, as far as compact blocks look at them.
class Node final : public ChainReader, public TransactionSource {
 public:
  explicit Node(const ChainBuilder& chain) {
    for (const BlockPtr& block : chain.blocks()) take(block);
  }
  void take(const BlockPtr& block) {
    tip_ = *tree_.place(block->header(), {2'000'000'000});
    tip_->has_data = true;
    view_ = chain::ChainView::make(tip_, view_);
  }
  std::shared_ptr<const chain::ChainView> view() const override { return view_; }
  const chain::Entry* find(const BlockHash& hash) const override { return tree_.find(hash); }
  const chain::Entry* best_header() const override { return tree_.best_header(); }
  bool is_catching_up() const override { return catches_up; }
  void visit(const std::function<void(const PackedTxPtr&)>& visitor) const override {
    for (const TxPtr& tx : pool) visitor(pack(*tx));
  }

  PeerId add(Direction direction, wire::AnnounceMode wants = wire::AnnounceMode::LowBandwidth) {
    const PeerId peer{++peers_};
    compact.add_peer(peer, direction, out);
    compact.on(peer, wire::SendCmpct{wants, 2});
    out.clear();
    return peer;
  }
  CompactBlocks::Heard hear(PeerId peer, const wire::CmpctBlock& message) {
    out.clear();
    return compact.on(peer, message, {1}, out);
  }
  // The one message that was sent since, if it was of this kind.
  template <class M>
  const M* sent() const {
    const auto* send = out.size() == 1 ? std::get_if<Send>(&out[0]) : nullptr;
    return send == nullptr ? nullptr : std::get_if<M>(&send->message);
  }
  std::optional<Blame> parted() const {
    const auto* parting = out.size() == 1 ? std::get_if<Disconnect>(&out[0]) : nullptr;
    return parting == nullptr ? std::nullopt : std::optional{parting->blame};
  }

  std::vector<TxPtr> pool;
  bool catches_up = false;
  Prng random{1};
  CompactBlocks compact{{*this, regtest(), this, random}};
  Actions out;

 private:
  chain::HeaderTree tree_{regtest()};
  const chain::Entry* tip_ = nullptr;
  std::shared_ptr<const chain::ChainView> view_;
  std::uint64_t peers_ = 0;
};

// Blocks of which each next one spends outputs nobody checks here.
struct Scene {
  Scene() {
    chain.extend_by(3);
    node = std::make_unique<Node>(chain);
  }
  BlockPtr next_block(std::uint32_t transactions) {
    std::vector<MutableTransaction> list;
    for (std::uint32_t i = 0; i < transactions; ++i) {
      MutableTransaction tx;
      tx.inputs.push_back({{Txid{{7}}, ++serial_}, {}, 0, {}});
      tx.outputs.push_back({Amount{1}, {0x51}});
      list.push_back(std::move(tx));
    }
    return chain.draft(std::move(list)).finish();
  }
  static std::vector<TxPtr> transactions_of(const BlockPtr& block) {
    std::vector<TxPtr> list;
    for (std::size_t i = 1; i < block->transactions().size(); ++i) list.push_back(share_transaction(block, i));
    return list;
  }

  ChainBuilder chain{regtest()};
  std::unique_ptr<Node> node;

 private:
  std::uint32_t serial_ = 0;
};

TEST(CompactBlocks, PutTogetherFromThePool) {
  Scene scene;
  const PeerId peer = scene.node->add(Direction::Outbound);
  const BlockPtr block = scene.next_block(50);
  scene.node->pool = Scene::transactions_of(block);
  const auto heard = scene.node->hear(peer, wire::make_compact_block(block, 5));
  ASSERT_TRUE(heard.block != nullptr);
  EXPECT_TRUE(equal(heard.block->raw(), block->raw()));
  EXPECT_TRUE(scene.node->out.empty());
  EXPECT_EQ(scene.node->compact.under_way(), 0u);
}

TEST(CompactBlocks, OnlyTheLatestExtraTransactionsAreKept) {
  Scene scene;
  const BlockPtr block = scene.next_block(50);
  Actions out;
  CompactBlocks few{{*scene.node, regtest(), scene.node.get(), scene.node->random, 3}};
  few.add_peer({9}, Direction::Outbound, out);
  few.on({9}, wire::SendCmpct{wire::AnnounceMode::LowBandwidth, 2});
  for (const TxPtr& tx : Scene::transactions_of(block)) few.note_extra(tx);
  out.clear();
  EXPECT_TRUE(few.on({9}, wire::make_compact_block(block, 5), {1}, out).block == nullptr);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(std::get<wire::GetBlockTxn>(std::get<Send>(out[0]).message).indexes.size(), 47u);
}

TEST(CompactBlocks, MissingOnesAreFetched) {
  Scene scene;
  const PeerId peer = scene.node->add(Direction::Outbound);
  const BlockPtr block = scene.next_block(50);
  scene.node->pool = Scene::transactions_of(block);
  scene.node->compact.note_extra(scene.node->pool.back());
  scene.node->pool.resize(40);
  EXPECT_TRUE(scene.node->hear(peer, wire::make_compact_block(block, 5)).block == nullptr);
  const auto* request = scene.node->sent<wire::GetBlockTxn>();
  ASSERT_TRUE(request != nullptr);
  EXPECT_EQ(request->indexes.size(), 9u) << "one is in the extra pool";
  const auto reply = wire::answer(block, *request);
  scene.node->out.clear();
  const auto heard = scene.node->compact.on(peer, *reply, scene.node->out);
  ASSERT_TRUE(heard.block != nullptr);
  EXPECT_TRUE(equal(heard.block->raw(), block->raw()));
  // B-020: a second time is ignored.
  EXPECT_TRUE(scene.node->compact.on(peer, *reply, scene.node->out).block == nullptr);
  EXPECT_TRUE(scene.node->out.empty());
}

TEST(CompactBlocks, B020_WrongAnswers) {
  Scene scene;
  const PeerId peer = scene.node->add(Direction::Outbound);
  const BlockPtr block = scene.next_block(5);
  const auto compact = wire::make_compact_block(block, 5);
  const auto list = Scene::transactions_of(block);
  const auto answer = [&](std::vector<TxPtr> transactions) {
    scene.node->hear(peer, compact);
    scene.node->out.clear();
    return scene.node->compact.on(peer, wire::BlockTxn{block->hash(), std::move(transactions)}, scene.node->out);
  };
  EXPECT_TRUE(answer({list[0]}).block == nullptr);
  EXPECT_EQ(scene.node->parted(), Blame::Discourage) << "wrong number";
  EXPECT_TRUE(answer({list[0], list[1], list[2], list[3], list[3]}).block == nullptr);
  const auto* whole = scene.node->sent<wire::GetData>();
  ASSERT_TRUE(whole != nullptr) << "wrong ones: the whole block, without blame";
  EXPECT_EQ(whole->items[0], wire::InventoryItem::of(wire::InventoryType::WitnessBlock, block->hash()));
  scene.node->out.clear();
  EXPECT_TRUE(scene.node->compact.on(peer, wire::BlockTxn{BlockHash{{4}}, list}, scene.node->out).block == nullptr);
  EXPECT_TRUE(scene.node->out.empty()) << "of an unknown block";
}

TEST(CompactBlocks, WhatIsNotPutTogether) {
  Scene scene;
  const PeerId peer = scene.node->add(Direction::Outbound);
  const BlockPtr block = scene.next_block(5);
  const auto good = wire::make_compact_block(block, 5);

  auto orphan = good;
  orphan.header.previous = {{1, 2, 3}};
  EXPECT_EQ(scene.node->hear(peer, orphan).next, Next::AskForHeaders);

  auto no_work = good;
  const std::uint32_t nonce = no_work.header.nonce;
  while (meets_target(no_work.header.hash(), no_work.header.target, regtest().pow_limit)) ++no_work.header.nonce;
  ASSERT_NE(no_work.header.nonce, nonce);
  scene.node->hear(peer, no_work);
  EXPECT_EQ(scene.node->parted(), Blame::Discourage);

  auto wrong_target = good;
  wrong_target.header.target.bits -= 1;
  while (!meets_target(wrong_target.header.hash(), wrong_target.header.target, regtest().pow_limit))
    ++wrong_target.header.nonce;
  scene.node->hear(peer, wrong_target);
  EXPECT_EQ(scene.node->parted(), Blame::Discourage) << "work of another difficulty";

  auto bad_index = good;
  bad_index.prefilled[0].index = 60'000;
  scene.node->hear(peer, bad_index);
  EXPECT_EQ(scene.node->parted(), Blame::Discourage);

  auto collision = good;
  collision.short_ids[1] = collision.short_ids[0];
  scene.node->hear(peer, collision);
  EXPECT_TRUE(scene.node->sent<wire::GetData>() != nullptr);

  scene.node->catches_up = true;
  EXPECT_EQ(scene.node->hear(peer, good).next, Next::TakeHeader);
  scene.node->catches_up = false;
  scene.node->take(block);
  EXPECT_EQ(scene.node->hear(peer, good).next, Next::Nothing);
  EXPECT_TRUE(scene.node->out.empty()) << "it is here already";
  EXPECT_EQ(scene.node->hear(PeerId{99}, good).next, Next::Nothing) << "no such peer";
}

TEST(CompactBlocks, BlocksOfLessWorkAreOnlyHeaders) {
  Scene scene;
  const PeerId peer = scene.node->add(Direction::Outbound);
  scene.chain.rewind_to(1);
  const BlockPtr aside = scene.next_block(5);
  EXPECT_EQ(scene.node->hear(peer, wire::make_compact_block(aside, 5)).next, Next::TakeHeader);
  EXPECT_TRUE(scene.node->out.empty());
}

TEST(CompactBlocks, P19_ThreeSourcesTheLastOneOurs) {
  Scene scene;
  const auto compact = wire::make_compact_block(scene.next_block(5), 5);
  std::vector<PeerId> strangers;
  for (int i = 0; i < 4; ++i) strangers.push_back(scene.node->add(Direction::Inbound));
  const PeerId ours = scene.node->add(Direction::Outbound);
  for (const PeerId stranger : strangers) scene.node->hear(stranger, compact);
  EXPECT_EQ(scene.node->compact.under_way(), 2u);
  scene.node->hear(strangers[0], compact);
  EXPECT_EQ(scene.node->compact.under_way(), 2u);
  scene.node->hear(ours, compact);
  EXPECT_TRUE(scene.node->sent<wire::GetBlockTxn>() != nullptr);
  EXPECT_EQ(scene.node->compact.under_way(), 3u);
  scene.node->compact.remove_peer(strangers[0]);
  EXPECT_EQ(scene.node->compact.under_way(), 2u);
  EXPECT_EQ(scene.node->hear(strangers[3], compact).next, Next::Nothing) << "one is ours, so three may be";
  EXPECT_EQ(scene.node->compact.under_way(), 3u);
}

TEST(CompactBlocks, WhatIsUnderWayIsBounded) {
  Scene scene;
  const PeerId peer = scene.node->add(Direction::Inbound);
  const BlockPtr first = scene.next_block(3);
  scene.node->hear(peer, wire::make_compact_block(first, 5));
  for (int i = 0; i < 2; ++i) scene.node->hear(peer, wire::make_compact_block(scene.next_block(3), 5));
  EXPECT_EQ(scene.node->compact.under_way(), 3u);
  scene.node->hear(peer, wire::make_compact_block(scene.next_block(3), 5));
  EXPECT_EQ(scene.node->compact.under_way(), 3u) << "three of a peer";
  ASSERT_EQ(scene.node->out.size(), 2u);
  const auto& instead = std::get<wire::GetData>(std::get<Send>(scene.node->out[1]).message);
  EXPECT_EQ(instead.items.at(0).as<BlockHash>(), first->hash()) << "whole, in place of what had to go";
  for (int i = 0; i < 40; ++i) {
    scene.node->hear(scene.node->add(Direction::Inbound), wire::make_compact_block(scene.next_block(3), 5));
  }
  EXPECT_EQ(scene.node->compact.under_way(), 12u);
}

TEST(CompactBlocks, AnnouncedAtOnceToThoseWhoWantIt) {
  Scene scene;
  const PeerId eager = scene.node->add(Direction::Inbound, wire::AnnounceMode::HighBandwidth);
  const PeerId calm = scene.node->add(Direction::Inbound);
  const PeerId has_it = scene.node->add(Direction::Inbound, wire::AnnounceMode::HighBandwidth);
  const BlockPtr block = scene.next_block(20);
  scene.node->take(block);
  scene.node->compact.on_new_tip(
      block, [&](PeerId peer) { return peer != has_it; }, scene.node->out);
  const auto* message = scene.node->sent<wire::CmpctBlock>();
  ASSERT_TRUE(message != nullptr);
  EXPECT_EQ(std::get<Send>(scene.node->out[0]).peer, eager);
  EXPECT_FALSE(scene.node->compact.wants_announcements(calm));
  // Who has them needs nothing else.
  auto rebuilt = *wire::BlockReconstruction::begin(*message);
  for (const TxPtr& tx : Scene::transactions_of(block)) rebuilt.offer(tx);
  EXPECT_TRUE(rebuilt.is_complete());
}

TEST(CompactBlocks, ServesRecentOnesFromMemoryAndOthersWhole) {
  Scene scene;
  const PeerId peer = scene.node->add(Direction::Inbound);
  const BlockPtr block = scene.next_block(20);
  scene.node->take(block);
  scene.node->compact.on_new_tip(
      block, [](PeerId) { return true; }, scene.node->out);
  scene.node->out.clear();
  EXPECT_TRUE(scene.node->compact.serve(peer, *scene.node->find(block->hash()), scene.node->out));
  EXPECT_TRUE(scene.node->sent<wire::CmpctBlock>() != nullptr);
  scene.node->out.clear();
  scene.node->compact.on(peer, wire::GetBlockTxn{block->hash(), {1, 5}}, scene.node->out);
  const auto* reply = scene.node->sent<wire::BlockTxn>();
  ASSERT_TRUE(reply != nullptr);
  EXPECT_EQ(reply->transactions[1]->txid, block->transactions()[5].txid);
  // B-022.
  scene.node->out.clear();
  scene.node->compact.on(peer, wire::GetBlockTxn{block->hash(), {21}}, scene.node->out);
  EXPECT_EQ(scene.node->parted(), Blame::Discourage);
  const BlockHash old = scene.chain.blocks()[2]->hash();
  scene.node->out.clear();
  EXPECT_EQ(scene.node->compact.on(peer, wire::GetBlockTxn{old, {0}}, scene.node->out), scene.node->find(old));
  EXPECT_FALSE(scene.node->compact.serve(peer, *scene.node->find(old), scene.node->out));
  EXPECT_TRUE(scene.node->out.empty());
}

TEST(CompactBlocks, B022_P21_DeepOnesAreServedWhole) {
  Scene scene;
  const PeerId peer = scene.node->add(Direction::Inbound);
  scene.chain.extend_by(12);
  for (std::size_t i = 4; i < scene.chain.blocks().size(); ++i) scene.node->take(scene.chain.blocks()[i]);
  const Height tip = scene.chain.height();
  for (const Height depth : {10, 11}) {
    scene.node->out.clear();
    const BlockHash hash = scene.chain.blocks()[static_cast<std::size_t>(tip - depth)]->hash();
    const chain::Entry* whole = scene.node->compact.on(peer, wire::GetBlockTxn{hash, {0}}, scene.node->out);
    EXPECT_EQ(whole, scene.node->find(hash));
    EXPECT_TRUE(scene.node->out.empty());
  }
}

// Found by simulation: the question came when the block had lost its place, and the silence cost us the peer.
TEST(CompactBlocks, T39_TransactionsOfABlockThatLostItsPlaceAreStillGiven) {
  Scene scene;
  const PeerId peer = scene.node->add(Direction::Inbound);
  const BlockPtr stale = scene.next_block(2);
  scene.node->take(stale);
  scene.chain.extend_by(2);
  for (std::size_t i = 4; i < 6; ++i) scene.node->take(scene.chain.blocks()[i]);
  const chain::Entry* entry = scene.node->find(stale->hash());
  ASSERT_FALSE(scene.node->view()->contains(entry));
  EXPECT_EQ(scene.node->compact.on(peer, wire::GetBlockTxn{stale->hash(), {0}}, scene.node->out), entry);
}

TEST(CompactBlocks, P19_ThreeAnnouncersOneOfThemOurs) {
  Scene scene;
  const PeerId ours = scene.node->add(Direction::Outbound);
  std::vector<PeerId> strangers;
  for (int i = 0; i < 5; ++i) strangers.push_back(scene.node->add(Direction::Inbound));
  scene.node->compact.note_first(ours, scene.node->out);
  EXPECT_EQ(scene.node->sent<wire::SendCmpct>()->announce, wire::AnnounceMode::HighBandwidth);
  for (const PeerId stranger : strangers) scene.node->compact.note_first(stranger, scene.node->out);
  EXPECT_TRUE(scene.node->compact.is_announcing(ours));
  EXPECT_FALSE(scene.node->compact.is_announcing(strangers[2]));
  EXPECT_TRUE(scene.node->compact.is_announcing(strangers[4]));
  std::set<PeerId> announcing;
  for (const Action& action : scene.node->out) {
    const auto& send = std::get<Send>(action);
    if (std::get<wire::SendCmpct>(send.message).announce == wire::AnnounceMode::HighBandwidth) {
      announcing.insert(send.peer);
    } else {
      announcing.erase(send.peer);
    }
  }
  EXPECT_EQ(announcing, (std::set{ours, strangers[3], strangers[4]}));
}

TEST(CompactBlocks, OtherVersionsAreIgnored) {
  Scene scene;
  Actions out;
  scene.node->compact.add_peer({50}, Direction::Outbound, out);
  for (const std::uint64_t version : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX}) {
    scene.node->compact.on({50}, wire::SendCmpct{wire::AnnounceMode::HighBandwidth, version});
    EXPECT_FALSE(scene.node->compact.gives_compact({50}));
  }
  out.clear();
  scene.node->compact.note_first({50}, out);
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace kepeng::gossip::test
