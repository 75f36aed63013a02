// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/bloom_serving.h>

#include <gtest/gtest.h>

#include <kepeng/primitives/mutable_transaction.h>

#include "support/vectors.h"

namespace kepeng::gossip::test {
namespace {

using kepeng::test::read_shared;
using kepeng::test::unhex;
using wire::BloomFilter;
using wire::BloomUpdate;

constexpr PeerId kPeer{1};

wire::FilterLoad load(BloomUpdate mode) {
  return {Bytes(2000), 11, 5, static_cast<std::uint8_t>(mode)};
}

BloomFilter filter_of(ByteView element, BloomUpdate mode = BloomUpdate::None) {
  BloomFilter filter{load(mode)};
  filter.insert(element);
  return filter;
}

const Bytes kKey = unhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
const Bytes kSignature(71, 0x30);

Bytes push(const Bytes& data) {
  Bytes script{static_cast<std::uint8_t>(data.size())};
  append(script, data);
  return script;
}

// Pays to a key, to a key hash and to a key among two; spends one output with a signature.
TxPtr sample() {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{1}}, 7}, push(kSignature), 0, {}});
  Bytes to_key = push(kKey);
  to_key.push_back(0xac);
  Bytes to_hash{0x76, 0xa9};
  append(to_hash, push(Bytes(20, 0x99)));
  append(to_hash, Bytes{0x88, 0xac});
  Bytes multisig{0x51};
  append(multisig, push(kKey));
  append(multisig, Bytes{0x51, 0xae});
  for (const Bytes& script : {to_key, to_hash, multisig}) tx.outputs.push_back({Amount{1}, script});
  return tx.freeze();
}

TEST(BloomMatching, WhatMatches) {
  const TxPtr tx = sample();
  Bytes outpoint{tx->inputs[0].prevout.txid.view().begin(), tx->inputs[0].prevout.txid.view().end()};
  append_le(outpoint, tx->inputs[0].prevout.index);
  for (const Bytes& element :
       {Bytes{tx->txid.view().begin(), tx->txid.view().end()}, kKey, Bytes(20, 0x99), outpoint, kSignature}) {
    BloomFilter filter = filter_of(element);
    EXPECT_TRUE(match_and_update(filter, *tx));
  }
  for (const Bytes& element : {Bytes(20, 0x98), Bytes(32, 1), Bytes{}}) {
    BloomFilter filter = filter_of(element);
    EXPECT_FALSE(match_and_update(filter, *tx));
  }
}

TEST(BloomMatching, FiltersGrowAsTheySay) {
  const TxPtr tx = sample();
  struct Row {
    BloomUpdate mode;
    Bytes element;
    std::vector<bool> added;  // the outpoint of each output
  };
  const Row rows[] = {
      {BloomUpdate::None, kKey, {false, false, false}},
      {BloomUpdate::All, kKey, {true, false, true}},
      {BloomUpdate::All, Bytes(20, 0x99), {false, true, false}},
      {BloomUpdate::PubkeyOnly, kKey, {true, false, true}},
      {BloomUpdate::PubkeyOnly, Bytes(20, 0x99), {false, false, false}},
  };
  for (const Row& row : rows) {
    BloomFilter filter = filter_of(row.element, row.mode);
    EXPECT_TRUE(match_and_update(filter, *tx));
    for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(filter.contains(OutPoint{tx->txid, i}), row.added[i]);
  }
}

// The recorded proof is what we answer to a client that waits for just these transactions.
TEST(BloomServing, RecordedMerkleBlock) {
  KEPENG_NEED_VECTORS();
  const BlockPtr block = *parse_block(read_shared("chain/blocks/main/0300025-022cc78c.blk"));
  BloomServing serving{BloomServing::Offer::Yes};
  Actions out;
  wire::FilterLoad message{Bytes(36'000), 50, 1, 0};
  serving.on(kPeer, message, out);
  for (const std::size_t i : {396u, 397u}) {
    const ByteView txid = block->transactions()[i].txid.view();
    serving.on(kPeer, wire::FilterAdd{{txid.begin(), txid.end()}}, out);
  }
  ASSERT_TRUE(out.empty());
  serving.serve(kPeer, block, out);
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(wire::encode(std::get<Send>(out[0]).message), read_shared("vectors/p2p/bip37/merkle300025.raw"));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& sent = std::get<wire::TxMessage>(std::get<Send>(out[1 + i]).message);
    EXPECT_EQ(sent.tx->txid, block->transactions()[396 + i].txid);
  }
}

TEST(BloomServing, B032_WhereItIsNotOffered) {
  BloomServing serving{BloomServing::Offer::No};
  Actions out;
  serving.on(kPeer, load(BloomUpdate::All), out);
  serving.on(kPeer, wire::FilterAdd{{1}}, out);
  serving.on(kPeer, wire::FilterClear{}, out);
  ASSERT_EQ(out.size(), 3u);
  for (const Action& action : out) EXPECT_EQ(std::get<Disconnect>(action).blame, Blame::None);
  EXPECT_FALSE(serving.has_filter(kPeer));
}

TEST(BloomServing, B033_AddBeforeLoad) {
  BloomServing serving{BloomServing::Offer::Yes};
  Actions out;
  serving.on(kPeer, wire::FilterAdd{{1}}, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(std::get<Disconnect>(out[0]).blame, Blame::Discourage);
}

TEST(BloomServing, FiltersComeAndGo) {
  BloomServing serving{BloomServing::Offer::Yes};
  Actions out;
  const TxPtr tx = sample();
  EXPECT_TRUE(serving.wants(kPeer, *tx)) << "without a filter";
  serving.on(kPeer, load(BloomUpdate::None), out);
  EXPECT_FALSE(serving.wants(kPeer, *tx));
  serving.on(kPeer, wire::FilterAdd{kKey}, out);
  EXPECT_TRUE(serving.wants(kPeer, *tx));
  serving.on(kPeer, wire::FilterClear{}, out);
  EXPECT_FALSE(serving.has_filter(kPeer));
  serving.on(kPeer, load(BloomUpdate::None), out);
  serving.remove_peer(kPeer);
  EXPECT_FALSE(serving.has_filter(kPeer));
  const std::vector<TxPtr> transactions{tx};
  serving.serve(kPeer, *parse_block(serialize_block({}, transactions)), out);
  EXPECT_TRUE(out.empty());
}

// C-134 all the way: filters that say nothing match everything, and nothing is divided by their size.
TEST(BloomServing, C134_EmptyFiltersMatchEverything) {
  for (const wire::FilterLoad& empty : {wire::FilterLoad{{}, 1, 0, 1}, wire::FilterLoad{{0}, 0, 0, 1}}) {
    BloomServing serving{BloomServing::Offer::Yes};
    Actions out;
    serving.on(kPeer, empty, out);
    serving.on(kPeer, wire::FilterAdd{{1, 2, 3}}, out);
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(serving.wants(kPeer, *sample()));
    EXPECT_TRUE(out.empty());
  }
}

}  // namespace
}  // namespace kepeng::gossip::test
