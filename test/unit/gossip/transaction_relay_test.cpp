// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/transaction_relay.h>

#include <gtest/gtest.h>

#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::gossip {
namespace {

using wire::InventoryItem;
using wire::InventoryType;

TxPtr spend(const std::vector<OutPoint>& inputs, std::int64_t value = 1'000) {
  MutableTransaction tx;
  for (const OutPoint& input : inputs) tx.inputs.push_back({input, {}, 0, {Bytes{1}}});
  tx.outputs.push_back({Amount{value}, {0x51}});
  return tx.freeze();
}
OutPoint confirmed(std::uint64_t number) {
  Txid txid;
  store_le(txid.bytes.data(), number);
  return {txid, 0};
}
InventoryItem by_wtxid(const TxPtr& tx) {
  return InventoryItem::of(InventoryType::Wtx, tx->wtxid);
}
constexpr PeerId kOurs{1}, kCaller{2}, kOther{3};

class Relay : public testing::Test {
 protected:
  Relay() : random_{4}, relay_{random_} {
    relay_.add_peer(kOurs, {.direction = Direction::Outbound}, now_, out_);
    relay_.add_peer(kCaller, {.direction = Direction::Inbound}, now_, out_);
    relay_.add_peer(kOther, {.direction = Direction::Outbound}, now_, out_);
  }
  // What is said while so much time passes.
  void pass(std::int64_t milliseconds) {
    for (std::int64_t passed = 0; passed < milliseconds; passed += 100) {
      now_ = now_ + 100;
      relay_.on_tick(now_, out_);
    }
  }
  template <class Message>
  std::vector<Message> said(PeerId to) {
    std::vector<Message> found;
    for (const Action& action : out_) {
      const auto* send = std::get_if<Send>(&action);
      if (send == nullptr || send->peer != to) continue;
      if (const auto* message = std::get_if<Message>(&send->message)) found.push_back(*message);
    }
    return found;
  }
  std::vector<TxPtr> handed_in() {
    std::vector<TxPtr> found;
    for (const Action& action : out_) {
      if (const auto* one = std::get_if<HandInTransaction>(&action)) found.push_back(one->tx);
    }
    out_.clear();
    return found;
  }
  bool was_told(PeerId peer, const InventoryItem& item) {
    for (const wire::Inv& inv : said<wire::Inv>(peer)) {
      if (std::find(inv.items.begin(), inv.items.end(), item) != inv.items.end()) return true;
    }
    return false;
  }
  void accept(const TxPtr& tx, std::int64_t rate = 1'000) { relay_.on_added({pack(*tx), rate, rate}); }

  Prng random_;
  Moment now_{10'000};
  Actions out_;
  TransactionRelay relay_;
};

TEST_F(Relay, AnnouncedIsAskedForJudgedAndToldOn) {
  const TxPtr tx = spend({confirmed(1)});
  relay_.on_announced(kOurs, by_wtxid(tx), now_);
  pass(100);
  ASSERT_EQ(said<wire::GetData>(kOurs).size(), 1u);
  EXPECT_EQ(said<wire::GetData>(kOurs)[0].items, std::vector{by_wtxid(tx)});
  relay_.on(kOurs, tx, now_, out_);
  ASSERT_EQ(handed_in(), std::vector{tx});
  accept(tx);
  relay_.on_judged(kOurs, tx, Judgement::Accepted, now_, out_);
  pass(60'000);
  EXPECT_TRUE(was_told(kCaller, by_wtxid(tx)));
  EXPECT_TRUE(was_told(kOther, by_wtxid(tx)));
  EXPECT_FALSE(was_told(kOurs, by_wtxid(tx)));  // it told us
  out_.clear();
  EXPECT_TRUE(relay_.serve(kCaller, by_wtxid(tx), out_));
  // B-108: by now nobody needs to be asked for it.
  relay_.on_announced(kOther, by_wtxid(tx), now_);
  out_.clear();
  pass(3'000);
  EXPECT_TRUE(said<wire::GetData>(kOther).empty());
}

// P-28: what a peer has not been told of it cannot fetch, so it cannot find out where something comes from.
TEST_F(Relay, P28_OnlyWhatWasTimeToTellIsServed) {
  const TxPtr tx = spend({confirmed(1)});
  accept(tx);
  EXPECT_FALSE(relay_.serve(kCaller, by_wtxid(tx), out_));
  pass(60'000);
  EXPECT_TRUE(relay_.serve(kCaller, by_wtxid(tx), out_));
  Permissions permissions;
  permissions.grant(Permission::Mempool);
  relay_.add_peer({9}, {.permissions = permissions}, now_, out_);
  const TxPtr fresh = spend({confirmed(2)});
  accept(fresh);
  EXPECT_TRUE(relay_.serve({9}, by_wtxid(fresh), out_));
}

// P-02: whose share is used up is not heard until some of it is judged; others are.
TEST_F(Relay, P02_WhatWaitsToBeJudgedIsBoundedForEachPeer) {
  std::vector<TxPtr> many;
  for (std::uint64_t i = 0; i < 256; ++i) {
    EXPECT_FALSE(relay_.has_enough_waiting(kCaller)) << i;
    relay_.on(kCaller, many.emplace_back(spend({confirmed(i)})), now_, out_);
  }
  EXPECT_TRUE(relay_.has_enough_waiting(kCaller));
  EXPECT_FALSE(relay_.has_enough_waiting(kOther));
  EXPECT_EQ(relay_.waiting_bytes(kCaller), relay_.waiting_bytes());
  relay_.on_judged(kCaller, many.front(), Judgement::Refused, now_, out_);
  EXPECT_FALSE(relay_.has_enough_waiting(kCaller));
  // Few large ones as well.
  MutableTransaction large;
  large.inputs.push_back({confirmed(999), {}, 0, {Bytes(2 << 20)}});
  large.outputs.push_back({Amount{1}, {0x51}});
  relay_.on(kOther, large.freeze(), now_, out_);
  EXPECT_TRUE(relay_.has_enough_waiting(kOther));
  // What is judged after its peer has gone counts no more either.
  relay_.remove_peer(kCaller);
  EXPECT_EQ(relay_.waiting_bytes(kCaller), 0u);
  for (std::size_t i = 1; i < many.size(); ++i) {
    relay_.on_judged(kCaller, many[i], Judgement::Accepted, now_, out_);
  }
  EXPECT_EQ(relay_.waiting_bytes(), relay_.waiting_bytes(kOther));
}

// P-02: and for all together, with nothing lost.
TEST_F(Relay, P02_WhatIsTooMuchOfAllIsAskedForAgain) {
  std::vector<TxPtr> large;
  for (std::uint64_t i = 0; relay_.waiting_bytes() < 48u << 20; ++i) {
    MutableTransaction tx;
    tx.inputs.push_back({confirmed(i), {}, 0, {Bytes(1 << 20)}});
    tx.outputs.push_back({Amount{1}, {0x51}});
    relay_.on(kOther, large.emplace_back(tx.freeze()), now_, out_);
  }
  const TxPtr payment = spend({confirmed(5'000)});
  out_.clear();
  relay_.on(kOurs, payment, now_, out_);
  EXPECT_TRUE(handed_in().empty());
  for (const TxPtr& tx : large) relay_.on_judged(kOther, tx, Judgement::Refused, now_, out_);
  EXPECT_EQ(relay_.waiting_bytes(), 0u);
  pass(3'000);
  const auto asked = said<wire::GetData>(kOurs);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].items, std::vector{by_wtxid(payment)});
  relay_.on(kOurs, payment, now_, out_);
  EXPECT_EQ(handed_in(), std::vector{payment});
}

// P-13: all who call us are told at the same moments.
TEST_F(Relay, P13_CallersShareTheirMoments) {
  relay_.add_peer({4}, {.direction = Direction::Inbound}, now_, out_);
  for (std::uint64_t i = 0; i < 200; ++i) {
    accept(spend({confirmed(i)}));
    out_.clear();
    pass(300);
    EXPECT_EQ(said<wire::Inv>(kCaller).size(), said<wire::Inv>({4}).size());
  }
}

// P-13: a flood goes out at a bounded rate, in the order in which it came.
TEST_F(Relay, P13_TheRateIsBounded) {
  std::vector<TxPtr> flood;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    flood.push_back(spend({confirmed(i)}));
    accept(flood.back());
  }
  pass(60'000);
  std::vector<InventoryItem> told;
  for (const auto& inv : said<wire::Inv>(kCaller)) told.insert(told.end(), inv.items.begin(), inv.items.end());
  EXPECT_LE(told.size(), 14u * 60u + 15u);
  EXPECT_GE(told.size(), 14u * 40u);
  for (std::size_t i = 0; i < told.size(); ++i) ASSERT_EQ(told[i], by_wtxid(flood[i]));
  EXPECT_EQ(relay_.counts(kCaller).to_announce, flood.size() - told.size());
}

// P-13, V-47, V-91: however much waits that pays less.
TEST_F(Relay, P13_WhatPaysMostIsToldFirst) {
  std::vector<TxPtr> cheap;
  for (std::uint64_t i = 0; i < 5'000; ++i) accept(cheap.emplace_back(spend({confirmed(i)})), 1'000);
  const TxPtr dear = spend({confirmed(9'999)});
  accept(dear, 50'000);
  pass(30'000);
  EXPECT_TRUE(was_told(kCaller, by_wtxid(dear)));
  EXPECT_TRUE(was_told(kOurs, by_wtxid(dear)));
  EXPECT_TRUE(relay_.serve(kCaller, by_wtxid(dear), out_));
  EXPECT_FALSE(relay_.serve(kCaller, by_wtxid(cheap.back()), out_));
  // The others come in their order, and all of them.
  pass(600'000);
  std::vector<InventoryItem> told;
  for (const auto& inv : said<wire::Inv>(kCaller)) told.insert(told.end(), inv.items.begin(), inv.items.end());
  std::erase(told, by_wtxid(dear));
  ASSERT_EQ(told.size(), cheap.size());
  for (std::size_t i = 0; i < told.size(); ++i) ASSERT_EQ(told[i], by_wtxid(cheap[i]));
}

TEST_F(Relay, P13_NobodyIsToldOfAChildBeforeItsParents) {
  for (std::uint64_t i = 0; i < 5'000; ++i) accept(spend({confirmed(i)}), 1'000);
  const TxPtr grandparent = spend({confirmed(8'000)});
  const TxPtr parent = spend({{grandparent->txid, 0}});
  const TxPtr child = spend({{parent->txid, 0}});
  relay_.on_added({pack(*grandparent), 900, 900});
  relay_.on_added({pack(*parent), 500, 500});
  relay_.on_fee_filter(kOurs, 600);
  relay_.on_added({pack(*child), 200'000, 60'000});  // for all three
  pass(30'000);
  const auto order = [&](PeerId peer) {
    std::vector<InventoryItem> told;
    for (const auto& inv : said<wire::Inv>(peer)) {
      for (const auto& item : inv.items) {
        if (item == by_wtxid(grandparent) || item == by_wtxid(parent) || item == by_wtxid(child)) told.push_back(item);
      }
    }
    return told;
  };
  EXPECT_EQ(order(kCaller), (std::vector{by_wtxid(grandparent), by_wtxid(parent), by_wtxid(child)}));
  // What a peer does not want to hear of it may still ask for, since the child needs it.
  EXPECT_EQ(order(kOurs), (std::vector{by_wtxid(grandparent), by_wtxid(child)}));
  EXPECT_TRUE(relay_.serve(kOurs, InventoryItem::of(InventoryType::WitnessTx, parent->txid), out_));
  EXPECT_TRUE(relay_.serve(kCaller, by_wtxid(grandparent), out_));
  pass(600'000);
  EXPECT_EQ(order(kCaller).size(), 3u);  // once each
  EXPECT_EQ(relay_.counts(kCaller).to_announce, 0u);
}

TEST_F(Relay, WishesOfPeersAreKept) {
  relay_.add_peer({4}, {.direction = Direction::Outbound, .wants_transactions = false}, now_, out_);
  relay_.add_peer({5}, {.direction = Direction::Outbound, .by_wtxid = false}, now_, out_);
  relay_.on_fee_filter(kOther, 2'000);
  const TxPtr cheap = spend({confirmed(1)});
  const TxPtr dear = spend({confirmed(2)});
  accept(cheap, 1'999);
  accept(dear, 2'000);
  pass(60'000);
  EXPECT_FALSE(was_told(kOther, by_wtxid(cheap)));
  EXPECT_TRUE(was_told(kOther, by_wtxid(dear)));
  EXPECT_TRUE(said<wire::Inv>({4}).empty());
  EXPECT_TRUE(was_told({5}, InventoryItem::of(InventoryType::Tx, cheap->txid)));
  // BIP133: ours is told, and not exactly.
  relay_.set_minimum_fees({.relay = 100, .pool = 1'000});
  out_.clear();
  pass(60 * 60'000);
  const auto filters = said<wire::FeeFilter>(kOurs);
  ASSERT_FALSE(filters.empty());
  EXPECT_GT(filters.back().rate.sats, 850);
  EXPECT_LT(filters.back().rate.sats, 1'150);
}

TEST_F(Relay, OrphansWaitForTheirParents) {
  const TxPtr parent = spend({confirmed(1)});
  const TxPtr child = spend({{parent->txid, 0}});
  relay_.on(kOurs, child, now_, out_);
  ASSERT_EQ(handed_in(), std::vector{child});
  relay_.on_judged(kOurs, child, Judgement::MissingInputs, now_, out_);
  EXPECT_EQ(relay_.orphans().size(), 1u);
  pass(3'000);
  // The parent is asked of who brought the child, by its txid.
  ASSERT_EQ(said<wire::GetData>(kOurs).size(), 1u);
  EXPECT_EQ(said<wire::GetData>(kOurs)[0].items[0], InventoryItem::of(InventoryType::WitnessTx, parent->txid));
  relay_.on(kOurs, parent, now_, out_);
  ASSERT_EQ(handed_in(), std::vector{parent});
  accept(parent);
  relay_.on_judged(kOurs, parent, Judgement::Accepted, now_, out_);
  EXPECT_EQ(handed_in(), std::vector{child});
  accept(child);
  relay_.on_judged(kOurs, child, Judgement::Accepted, now_, out_);
  EXPECT_EQ(relay_.orphans().size(), 0u);
}

// Found by simulation: who brought the child was on another branch, where the parent was confirmed.
TEST_F(Relay, TheParentsOfAnOrphanAreAskedOfAllWhoHaveIt) {
  const TxPtr parent = spend({confirmed(1)});
  const TxPtr child = spend({{parent->txid, 0}});
  const auto asked = InventoryItem::of(InventoryType::WitnessTx, parent->txid);
  relay_.on_announced(kOurs, by_wtxid(child), now_);
  relay_.on_announced(kOther, by_wtxid(child), now_);
  relay_.on(kOurs, child, now_, out_);
  relay_.on_judged(kOurs, child, Judgement::MissingInputs, now_, out_);
  out_.clear();
  pass(3'000);
  const PeerId first = said<wire::GetData>(kOurs).empty() ? kOther : kOurs;
  const PeerId second = first == kOurs ? kOther : kOurs;
  ASSERT_EQ(said<wire::GetData>(first).at(0).items, std::vector{asked});
  EXPECT_TRUE(said<wire::GetData>(second).empty());
  relay_.on_missing(first, asked);
  pass(3'000);
  EXPECT_EQ(said<wire::GetData>(second).at(0).items, std::vector{asked});
}

// Found by simulation: both wait here for one that the first peer does not have; another one announces the last.
TEST_F(Relay, OfALineOfOrphansTheFirstThatLacksIsAskedFor) {
  const TxPtr lacking = spend({confirmed(1)});
  const TxPtr parent = spend({{lacking->txid, 0}});
  const TxPtr child = spend({{parent->txid, 0}});
  const auto asked = InventoryItem::of(InventoryType::WitnessTx, lacking->txid);
  for (const TxPtr& tx : {child, parent}) {
    relay_.on(kOurs, tx, now_, out_);
    relay_.on_judged(kOurs, tx, Judgement::MissingInputs, now_, out_);
  }
  pass(3'000);
  relay_.on_missing(kOurs, asked);
  out_.clear();
  relay_.on_announced(kOther, by_wtxid(child), now_);
  pass(3'000);
  ASSERT_EQ(said<wire::GetData>(kOther).size(), 1u);
  EXPECT_EQ(said<wire::GetData>(kOther)[0].items, std::vector{asked});
  // It comes, and all of them in their order.
  out_.clear();
  relay_.on(kOther, lacking, now_, out_);
  for (const TxPtr& tx : {lacking, parent, child}) {
    ASSERT_EQ(handed_in(), std::vector{tx});
    accept(tx);
    relay_.on_judged(kOther, tx, Judgement::Accepted, now_, out_);
  }
}

TEST_F(Relay, ABlockBringsWhatAnOrphanWaitsFor) {
  const TxPtr parent = spend({confirmed(1)});
  const TxPtr child = spend({{parent->txid, 0}});
  relay_.on(kOurs, child, now_, out_);
  relay_.on_judged(kOurs, child, Judgement::MissingInputs, now_, out_);
  out_.clear();
  relay_.on_block(std::span{parent.get(), 1}, out_);
  EXPECT_EQ(handed_in(), std::vector{child});
}

TEST_F(Relay, P15_WhatHasLeftTheChainMayComeAgain) {
  const TxPtr tx = spend({confirmed(1)});
  relay_.on_block(std::span{tx.get(), 1}, out_);
  relay_.on_announced(kOurs, by_wtxid(tx), now_);
  pass(3'000);
  EXPECT_TRUE(said<wire::GetData>(kOurs).empty());
  relay_.on_reorganised(out_);
  relay_.on_announced(kOurs, by_wtxid(tx), now_);
  pass(3'000);
  EXPECT_EQ(said<wire::GetData>(kOurs).size(), 1u);
}

// Found by simulation: what they spend came with blocks of another branch, and a parent that pays nothing was still
// taken for an orphan.
TEST_F(Relay, AfterAReorganisationOrphansAreTriedAgain) {
  const TxPtr parent = spend({confirmed(1)});
  const TxPtr child = spend({{parent->txid, 0}});
  for (const TxPtr& tx : {child, parent}) {
    relay_.on(kOurs, tx, now_, out_);
    relay_.on_judged(kOurs, tx, Judgement::MissingInputs, now_, out_);
  }
  out_.clear();
  relay_.on_reorganised(out_);
  EXPECT_EQ(handed_in().size(), 2u);
  relay_.on_judged(kOurs, child, Judgement::MissingInputs, now_, out_);
  relay_.on_judged(kOurs, parent, Judgement::FeeTooLow, now_, out_);
  const auto* made = std::get_if<HandInPackage>(&out_.back());
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->parent, parent);
  EXPECT_EQ(made->child, child);
}

// What spends something that was refused is no orphan; the next block forgets the refusal.
TEST_F(Relay, P15_RefusalsAreRememberedUntilTheNextBlock) {
  const TxPtr bad = spend({confirmed(1)});
  relay_.on(kOurs, bad, now_, out_);
  handed_in();
  relay_.on_judged(kOurs, bad, Judgement::RefusedAnyhow, now_, out_);
  relay_.on(kOurs, bad, now_, out_);
  EXPECT_TRUE(handed_in().empty());
  relay_.on_announced(kOther, by_wtxid(bad), now_);
  pass(3'000);
  EXPECT_TRUE(said<wire::GetData>(kOther).empty());
  const TxPtr child = spend({{bad->txid, 0}});
  relay_.on(kOurs, child, now_, out_);
  handed_in();
  relay_.on_judged(kOurs, child, Judgement::MissingInputs, now_, out_);
  EXPECT_EQ(relay_.orphans().size(), 0u);
  relay_.on_tip();
  relay_.on(kOurs, bad, now_, out_);
  EXPECT_EQ(handed_in(), std::vector{bad});
}

// What a third party can do to a witness must not make us deaf for the transaction.
TEST_F(Relay, P15_AStrangersWitnessRefusesNoTxid) {
  std::uint64_t number = 0;
  for (const Judgement judgement : {Judgement::WitnessFault, Judgement::Refused}) {
    for (const bool is_stripped : {true, false}) {
      if (is_stripped && judgement == Judgement::Refused) continue;  // then it is refused for something else
      out_.clear();
      const std::size_t orphans = relay_.orphans().size();
      MutableTransaction honest{*spend({confirmed(++number)})};
      honest.inputs[0].witness = {Bytes(71, 1)};
      MutableTransaction changed = honest;
      if (is_stripped) changed.inputs[0].witness.clear();
      if (!is_stripped) changed.inputs[0].witness.push_back(Bytes(400, 2));
      const TxPtr good = honest.freeze();
      const TxPtr bad = changed.freeze();
      ASSERT_EQ(good->txid, bad->txid);
      relay_.on(kCaller, bad, now_, out_);
      ASSERT_EQ(handed_in(), std::vector{bad});
      relay_.on_judged(kCaller, bad, judgement, now_, out_);
      // A child of it is no hopeless one, and its parent is asked for by that txid.
      const TxPtr child = spend({{good->txid, 0}});
      relay_.on(kOther, child, now_, out_);
      handed_in();
      relay_.on_judged(kOther, child, Judgement::MissingInputs, now_, out_);
      EXPECT_EQ(relay_.orphans().size(), orphans + 1);
      pass(3'000);
      ASSERT_EQ(said<wire::GetData>(kOther).size(), 1u);
      EXPECT_EQ(said<wire::GetData>(kOther)[0].items[0], InventoryItem::of(InventoryType::WitnessTx, good->txid));
      relay_.on(kOther, good, now_, out_);
      EXPECT_EQ(handed_in(), std::vector{good});
    }
  }
}

// What spends what nobody may spend is refused under every name.
TEST_F(Relay, WhatNoWitnessMendsIsRefusedByItsTxid) {
  MutableTransaction one{*spend({confirmed(1)})};
  one.inputs[0].witness = {Bytes(71, 1)};
  const TxPtr tx = one.freeze();
  relay_.on(kOurs, tx, now_, out_);
  handed_in();
  relay_.on_judged(kOurs, tx, Judgement::RefusedAnyhow, now_, out_);
  const TxPtr child = spend({{tx->txid, 0}});
  relay_.on(kOther, child, now_, out_);
  handed_in();
  relay_.on_judged(kOther, child, Judgement::MissingInputs, now_, out_);
  EXPECT_EQ(relay_.orphans().size(), 0u);
}

// A child of two parents that came with one of them waits for the other.
TEST_F(Relay, AChildThatLacksAnotherParentWaitsOn) {
  const TxPtr poor = spend({confirmed(1)});
  const TxPtr other = spend({confirmed(2)});
  const TxPtr child = spend({{poor->txid, 0}, {other->txid, 0}});
  relay_.on(kOurs, child, now_, out_);
  relay_.on_judged(kOurs, child, Judgement::MissingInputs, now_, out_);
  relay_.on(kOurs, poor, now_, out_);
  relay_.on_judged(kOurs, poor, Judgement::FeeTooLow, now_, out_);
  for (const Judgement kept : {Judgement::MissingInputs, Judgement::NotJudged}) {
    relay_.on_package_judged({poor, child, Judgement::FeeTooLow, kept}, out_);
    EXPECT_EQ(relay_.orphans().size(), 1u);
  }
  out_.clear();
  accept(other);
  relay_.on_judged(kOurs, other, Judgement::Accepted, now_, out_);
  EXPECT_EQ(handed_in(), std::vector{child});
  relay_.on_package_judged({poor, child, Judgement::FeeTooLow, Judgement::FeeTooLow}, out_);
  EXPECT_EQ(relay_.orphans().size(), 0u);
}

// P-13: large ones use up bytes before they use up turns.
TEST_F(Relay, P13_BytesAreBoundedToo) {
  constexpr std::size_t kBytes = 400'000;
  for (std::uint64_t i = 0; i < 100; ++i) {
    MutableTransaction large{*spend({confirmed(i)})};
    large.inputs[0].witness = {Bytes(kBytes, 1)};
    accept(large.freeze());
  }
  const auto told = [&](PeerId peer) {
    std::size_t count = 0;
    for (const wire::Inv& inv : said<wire::Inv>(peer)) count += inv.items.size();
    return count;
  };
  pass(60'000);
  const double at_once = 12'000'000 / kBytes;
  EXPECT_GE(told(kCaller), at_once);
  using Side = TransactionRelay::Side;
  EXPECT_EQ(relay_.backlog(Side::Inbound).transactions, 100 - told(kCaller));
  EXPECT_LT(relay_.backlog(Side::Inbound).bytes_left, kBytes);
  EXPECT_GT(relay_.backlog(Side::Inbound).count_left, 500);
  EXPECT_LE(told(kCaller), at_once + 60 * 20'000 / kBytes + 2);
  EXPECT_LE(told(kOurs), at_once + 60 * 50'000 / kBytes + 2);
  pass(40 * 60'000);
  EXPECT_EQ(told(kCaller), 100u);
  EXPECT_EQ(relay_.backlog(Side::Outbound).transactions, 0u);
}

// After a restart nobody is told of the whole mempool again; who asks by name gets it, and its owner may have it told.
TEST_F(Relay, WhatComesOutOfAFileIsNoNews) {
  const TxPtr tx = spend({confirmed(1)});
  relay_.on_added({.tx = pack(*tx), .fee_per_kvb = 1'000, .mined_per_kvb = 1'000, .is_news = false});
  pass(60'000);
  EXPECT_FALSE(was_told(kCaller, by_wtxid(tx)));
  EXPECT_TRUE(relay_.serve(kCaller, by_wtxid(tx), out_));
  relay_.tell_again(tx->wtxid);
  out_.clear();
  pass(60'000);
  EXPECT_TRUE(was_told(kOther, by_wtxid(tx)));
  EXPECT_FALSE(was_told(kCaller, by_wtxid(tx)));  // it has it
  relay_.on_removed(pack(*tx), TransactionRelay::Removed::Otherwise);
  EXPECT_FALSE(relay_.serve(kCaller, by_wtxid(tx), out_));
}

// Between being told and asking, it may be told once more.
TEST_F(Relay, WhatIsToldAgainIsStillServedToThoseWhoWereTold) {
  const TxPtr tx = spend({confirmed(1)});
  accept(tx);
  EXPECT_FALSE(relay_.serve(kCaller, by_wtxid(tx), out_));
  relay_.tell_again(tx->wtxid);
  EXPECT_FALSE(relay_.serve(kCaller, by_wtxid(tx), out_));
  pass(60'000);
  ASSERT_TRUE(was_told(kCaller, by_wtxid(tx)));
  relay_.tell_again(tx->wtxid);
  EXPECT_TRUE(relay_.serve(kCaller, by_wtxid(tx), out_));
}

TEST_F(Relay, FeeFiltersTellTheTruthSoonEnough) {
  const auto last = [&](PeerId peer) {
    const auto all = said<wire::FeeFilter>(peer);
    return all.empty() ? -1 : all.back().rate.sats;
  };
  // What every node of this kind asks for is told as it is: with more, payments at the floor would stay away.
  relay_.set_minimum_fees({.relay = 100, .pool = 100});
  pass(60 * 60'000);
  EXPECT_EQ(said<wire::FeeFilter>(kOurs).size(), 1u);
  EXPECT_EQ(last(kOurs), 100);
  // Much more: within five minutes.
  relay_.set_minimum_fees({.relay = 100, .pool = 5'000});
  pass(5 * 60'000 + 100);
  EXPECT_GT(last(kOurs), 4'000);
  relay_.set_minimum_fees({.relay = 100, .pool = 100});
  pass(5 * 60'000 + 100);
  EXPECT_EQ(last(kOurs), 100);
  // While nothing can be judged, nothing is wanted; afterwards that is told at once.
  relay_.set_catching_up(true);
  pass(60 * 60'000);
  EXPECT_EQ(last(kOurs), kMaxMoney.sats);
  relay_.set_catching_up(false);
  pass(200);
  EXPECT_EQ(last(kOurs), 100);
  Permissions permissions;
  permissions.grant(Permission::ForceRelay);
  relay_.add_peer({9}, {.permissions = permissions}, now_, out_);
  pass(60 * 60'000);
  EXPECT_EQ(last({9}), -1);
}

TEST_F(Relay, WhatPermissionsMean) {
  Permissions noban;
  noban.grant(Permission::NoBan);
  relay_.add_peer({8}, {.direction = Direction::Inbound, .permissions = noban}, now_, out_);
  pass(10'000);
  const TxPtr tx = spend({confirmed(1)});
  accept(tx);
  out_.clear();
  pass(100);
  EXPECT_TRUE(was_told({8}, by_wtxid(tx)));  // without delay
  pass(60'000);
  // Who came later is told of what it sends once more.
  relay_.add_peer({10}, {.direction = Direction::Outbound}, now_, out_);
  Permissions force;
  force.grant(Permission::ForceRelay);
  relay_.add_peer({9}, {.permissions = force}, now_, out_);
  for (const PeerId from : {kOther, PeerId{9}}) {
    relay_.on(from, tx, now_, out_);
    EXPECT_TRUE(handed_in().empty());
    pass(60'000);
    EXPECT_EQ(was_told({10}, by_wtxid(tx)), from == PeerId{9});
  }
}

// BIP37: no transactions at first, then some.
TEST_F(Relay, WhoLoadsAFilterWantsTransactions) {
  relay_.add_peer({9}, {.direction = Direction::Inbound, .wants_transactions = false}, now_, out_);
  const TxPtr before = spend({confirmed(1)});
  accept(before);
  pass(60'000);
  EXPECT_FALSE(was_told({9}, by_wtxid(before)));
  relay_.set_wants_transactions({9});
  const TxPtr wanted = spend({confirmed(2)});
  const TxPtr other = spend({confirmed(3)});
  relay_.set_filter([&](PeerId peer, const PackedTxPtr& tx) { return peer != PeerId{9} || tx->txid == wanted->txid; });
  accept(wanted);
  accept(other);
  pass(60'000);
  EXPECT_TRUE(was_told({9}, by_wtxid(wanted)));
  EXPECT_FALSE(was_told({9}, by_wtxid(other)));
  // BIP35: what the filter leaves out is not told either.
  out_.clear();
  relay_.serve_all({9}, out_);
  ASSERT_EQ(said<wire::Inv>({9}).size(), 1u);
  EXPECT_EQ(said<wire::Inv>({9})[0].items, std::vector{by_wtxid(wanted)});
}

// A parent that pays too little goes in with its child, whichever comes first.
TEST_F(Relay, AChildPaysForItsParent) {
  const TxPtr parent = spend({confirmed(1)});
  const TxPtr child = spend({{parent->txid, 0}});
  const auto package = [&]() -> std::optional<HandInPackage> {
    for (const Action& action : std::exchange(out_, {})) {
      if (const auto* one = std::get_if<HandInPackage>(&action)) return *one;
    }
    return std::nullopt;
  };
  relay_.on(kOurs, child, now_, out_);
  relay_.on_judged(kOurs, child, Judgement::MissingInputs, now_, out_);
  relay_.on(kOurs, parent, now_, out_);
  out_.clear();
  relay_.on_judged(kOurs, parent, Judgement::FeeTooLow, now_, out_);
  auto made = package();
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->child, child);
  relay_.on_package_judged({parent, child, Judgement::FeeTooLow, Judgement::Accepted}, out_);
  EXPECT_EQ(relay_.orphans().size(), 0u);

  // The parent was here before the child: it is asked for again.
  const TxPtr poor = spend({confirmed(2)});
  const TxPtr rich = spend({{poor->txid, 0}});
  relay_.on(kOther, poor, now_, out_);
  relay_.on_judged(kOther, poor, Judgement::FeeTooLow, now_, out_);
  relay_.on(kOther, rich, now_, out_);
  relay_.on_judged(kOther, rich, Judgement::MissingInputs, now_, out_);
  out_.clear();
  pass(3'000);
  ASSERT_EQ(said<wire::GetData>(kOther).size(), 1u);
  relay_.on(kOther, poor, now_, out_);
  made = package();
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->child, rich);
}

// Ours is told again until somebody asks.
TEST_F(Relay, OursIsRepeatedUntilSomebodyAsks) {
  const TxPtr tx = spend({confirmed(1)});
  relay_.on_added({pack(*tx), 1'000, 1'000, true});
  pass(60'000);
  relay_.add_peer({7}, {.direction = Direction::Outbound}, now_, out_);
  out_.clear();
  pass(3 * 3'600'000);
  EXPECT_TRUE(was_told({7}, by_wtxid(tx)));
  out_.clear();
  EXPECT_TRUE(relay_.serve({7}, by_wtxid(tx), out_));
  EXPECT_TRUE(std::holds_alternative<NoteAskedFor>(out_.back()));
}

TEST_F(Relay, B031_WhatPeersHaveNotIsAskedOfOthers) {
  const TxPtr tx = spend({confirmed(1)});
  relay_.on_announced(kOurs, by_wtxid(tx), now_);
  relay_.on_announced(kOther, by_wtxid(tx), now_);
  pass(100);
  const bool was_ours = !said<wire::GetData>(kOurs).empty();
  const PeerId first = was_ours ? kOurs : kOther;
  const PeerId second = was_ours ? kOther : kOurs;
  out_.clear();
  relay_.on_missing(first, by_wtxid(tx));
  relay_.on_missing(second, by_wtxid(spend({confirmed(5)})));  // nobody asked for that
  pass(200);
  EXPECT_EQ(said<wire::GetData>(second).size(), 1u);
}

TEST_F(Relay, P13_TheRateIsTheOperators) {
  TransactionRelay slow{random_, 2};
  Actions out;
  slow.add_peer(kCaller, {.direction = Direction::Inbound}, now_, out);
  for (std::uint64_t i = 0; i < 3'000; ++i) slow.on_added({pack(*spend({confirmed(i)})), 1'000, 1'000});
  std::size_t announced = 0;
  for (int tenths = 0; tenths < 1'000; ++tenths) {
    now_ = now_ + 100;
    slow.on_tick(now_, out);
    for (const Action& action : std::exchange(out, {})) {
      const auto* send = std::get_if<Send>(&action);
      const auto* inv = send == nullptr ? nullptr : std::get_if<wire::Inv>(&send->message);
      announced += inv == nullptr ? 0 : inv->items.size();
    }
  }
  EXPECT_GT(announced, 100u);
  EXPECT_LE(announced, 200u) << "two a second";
}

}  // namespace
}  // namespace kepeng::gossip
