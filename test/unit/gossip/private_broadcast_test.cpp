// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/private_broadcast.h>

#include <gtest/gtest.h>

#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::gossip::test {
namespace {

using wire::AddressNetwork;
using wire::NetworkAddress;
using Review = PrivateBroadcast::Review;

constexpr std::int64_t kStart = 1'800'000'000;
constexpr wire::Services kFull = wire::kNodeNetwork | wire::kNodeWitness;

TxPtr transaction(std::uint64_t number, std::size_t witness_bytes = 1) {
  Txid txid;
  store_le(txid.bytes.data(), number);
  MutableTransaction tx;
  tx.inputs.push_back({{txid, 0}, {}, 0, {Bytes(witness_bytes)}});
  tx.outputs.push_back({Amount{1'000}, {0x51}});
  return tx.freeze();
}

wire::Endpoint onion(std::uint8_t number) {
  Bytes key(32, 7);
  key[0] = number;
  return {NetworkAddress::of(AddressNetwork::Onion, key), 8333};
}
wire::Endpoint ipv4(std::uint8_t number) {
  return {NetworkAddress::ipv4({8, number, 1, 1}), 8333};
}

// Everything that one peer was told, by name; "end" for a connection that we close.
using Words = std::vector<std::string>;

class Broadcast : public testing::Test {
 protected:
  void learn(const wire::Endpoint& endpoint) {
    book_.add({{static_cast<std::uint32_t>(kStart), kFull, endpoint}, endpoint.address}, {kStart});
  }
  void learn_onions(std::uint8_t count) {
    for (std::uint8_t i = 1; i <= count; ++i) learn(onion(i));
  }
  Now now() const { return {{1 + elapsed_ms_}, {kStart + elapsed_ms_ / 1000}}; }
  // Calls whom it wants to call, for so long.
  std::vector<PeerId> call(std::int64_t milliseconds = 5'000) {
    std::vector<PeerId> called;
    for (std::int64_t passed = 0; passed < milliseconds; passed += 100) {
      elapsed_ms_ += 100;
      if (const auto known = one_.next_call(view_, now())) {
        const PeerId peer{++last_};
        one_.on_calling(peer, known->entry.endpoint, 5, now().moment);
        at_[peer] = known->entry.endpoint;
        called.push_back(peer);
      }
    }
    return called;
  }
  template <class F>
  Words heard(F&& act) {
    Actions out;
    act(out);
    Words words;
    for (const Action& action : out) {
      if (const auto* send = std::get_if<Send>(&action)) {
        words.emplace_back(wire::name_of(send->message));
        last_said_ = send->message;
      } else {
        words.emplace_back("end");
      }
    }
    return words;
  }
  Words tell(PeerId peer, const wire::Message& message) {
    return heard([&](Actions& out) { one_.on_message(peer, message, now(), out); });
  }
  Words connect(PeerId peer) {
    return heard([&](Actions& out) { one_.on_connected(peer, out); });
  }
  static wire::Version version(bool wants_transactions = true) {
    wire::Version one;
    one.protocol = 70'016;
    one.services = kFull;
    one.relay = wants_transactions;
    return one;
  }
  static wire::GetData ask_for(const Txid& txid) {
    return {{wire::InventoryItem::of(wire::InventoryType::WitnessTx, txid)}};
  }
  // Up to the announcement; its txid.
  Txid meet(PeerId peer) {
    connect(peer);
    tell(peer, version());
    EXPECT_EQ(tell(peer, wire::Verack{}), Words{"inv"});
    return std::get<wire::Inv>(last_said_).items.at(0).as<Txid>();
  }
  Txid give(PeerId peer) {
    const Txid txid = meet(peer);
    EXPECT_EQ(tell(peer, ask_for(txid)), (Words{"tx", "ping"}));
    EXPECT_EQ(tell(peer, wire::Pong{*std::get<wire::Ping>(last_said_).nonce}), Words{"end"});
    one_.on_disconnected(peer, now());
    return txid;
  }

  AddressBook book_{{crypto::Hash32{9}, Prng{9}}, AddressGroups{}};
  BanList bans_{{1, 2}};
  Prng random_{4};
  PrivateBroadcast one_{{book_, bans_, random_}};
  PrivateBroadcast::View view_{{AddressNetwork::Onion}, {}};
  std::map<PeerId, wire::Endpoint> at_;
  wire::Message last_said_;
  std::uint64_t last_ = 0;
  std::int64_t elapsed_ms_ = 0;
};

TEST_F(Broadcast, P29_ThreePeersAndNotAWordTooMany) {
  learn_onions(20);
  const TxPtr tx = transaction(1);
  EXPECT_TRUE(call().empty()) << "there is nothing to send";
  EXPECT_EQ(one_.add(tx, now().time), PrivateBroadcast::Added::New);
  const auto peers = call();
  ASSERT_EQ(peers.size(), 3u);
  EXPECT_EQ((std::set{at_[peers[0]], at_[peers[1]], at_[peers[2]]}.size()), 3u);

  for (const PeerId peer : peers) {
    EXPECT_EQ(connect(peer), Words{"version"});
    const auto said = std::get<wire::Version>(last_said_);
    EXPECT_EQ(said.protocol, 70'016);
    EXPECT_EQ(said.services, 0u);
    EXPECT_EQ(said.time.seconds, 0);
    EXPECT_EQ(said.user_agent, "/pynode:0.0.1/");
    EXPECT_EQ(said.start_height, 0);
    EXPECT_EQ(said.relay, std::optional{false});
    EXPECT_EQ(said.receiver.address, wire::NetworkAddress::V1{});
    EXPECT_EQ(said.sender.address, wire::NetworkAddress::V1{});

    EXPECT_EQ(tell(peer, wire::Verack{}), Words{}) << "too early";
    EXPECT_EQ(tell(peer, version()), Words{"verack"});
    for (const wire::Message& other : std::initializer_list<wire::Message>{
             wire::WtxidRelay{}, wire::SendAddrV2{}, wire::Ping{9}, wire::GetAddr{}, wire::Mempool{}, version(),
             wire::GetHeaders{{70'016, {}, {}}}, wire::Pong{0}, wire::FeeFilter{Amount{1'000}}}) {
      EXPECT_EQ(tell(peer, other), Words{}) << wire::name_of(other);
    }
    EXPECT_EQ(tell(peer, wire::Verack{}), Words{"inv"});
    const auto items = std::get<wire::Inv>(last_said_).items;
    EXPECT_EQ(items, (std::vector{wire::InventoryItem::of(wire::InventoryType::Tx, tx->txid)}));
    EXPECT_EQ(tell(peer, ask_for(tx->txid)), (Words{"tx", "ping"}));
    const auto nonce = std::get<wire::Ping>(last_said_).nonce;
    EXPECT_EQ(tell(peer, wire::Pong{*nonce + 1}), Words{});
    EXPECT_EQ(tell(peer, wire::Pong{*nonce}), Words{"end"});
  }
  EXPECT_TRUE(call().empty()) << "three at once, and no more";
  const auto report = one_.all().at(0);
  EXPECT_EQ(report.peers.size(), 3u);
  EXPECT_EQ(report.attempts_left, 997u);
  for (const auto& meeting : report.peers) EXPECT_TRUE(meeting.received);
}

TEST_F(Broadcast, NothingIsNotedInTheAddressBook) {
  learn_onions(1);
  one_.add(transaction(1), now().time);
  const auto before = *book_.find(onion(1));
  give(call().at(0));
  const auto* after = book_.find(onion(1));
  EXPECT_EQ(after->last_try, before.last_try);
  EXPECT_EQ(after->last_success, before.last_success);
  EXPECT_EQ(after->is_tried, before.is_tried);
}

TEST_F(Broadcast, WhoFailsIsReplaced) {
  learn_onions(30);
  one_.add(transaction(1), now().time);
  for (const PeerId peer : call()) one_.on_disconnected(peer, now());
  auto peers = call();
  ASSERT_EQ(peers.size(), 3u);
  connect(peers[0]);
  EXPECT_EQ(tell(peers[0], version(false)), Words{"end"}) << "it takes no transactions";
  const Txid txid = meet(peers[1]);
  EXPECT_EQ(tell(peers[1], ask_for(Txid{{1}})), Words{"end"});
  meet(peers[2]);
  EXPECT_EQ(tell(peers[2], ask_for(txid)), (Words{"tx", "ping"}));
  EXPECT_EQ(tell(peers[2], ask_for(txid)), Words{"end"}) << "once is enough";
  for (const PeerId peer : peers) one_.on_disconnected(peer, now());
  peers = call();
  EXPECT_EQ(peers.size(), 3u);
  elapsed_ms_ += PrivateBroadcast::kConnectionMs;
  EXPECT_EQ(heard([&](Actions& out) { one_.on_tick(now(), out); }), (Words{"end", "end", "end"})) << "they are slow";
  EXPECT_EQ(one_.connections(), 0u);
  peers = call();
  EXPECT_EQ(peers.size(), 3u);
  for (const PeerId peer : peers) give(peer);
  EXPECT_TRUE(call().empty());
}

TEST_F(Broadcast, OnlyByHiddenWaysAndNeverToOurselves) {
  learn_onions(2);
  for (std::uint8_t i = 0; i < 20; ++i) learn(ipv4(i));
  one_.add(transaction(1), now().time);
  view_.avoid = {onion(1)};
  auto peers = call();
  ASSERT_EQ(peers.size(), 1u);
  EXPECT_EQ(at_[peers[0]], onion(2));
  bans_.discourage(ipv4(3).address);
  view_.networks = {AddressNetwork::Onion, AddressNetwork::Ipv4};
  for (const PeerId peer : call()) {
    EXPECT_EQ(at_[peer].address.network(), AddressNetwork::Ipv4);
    EXPECT_NE(at_[peer], ipv4(3));
  }
  EXPECT_EQ(one_.connections(), 3u);
  view_.networks = {};
  one_.add(transaction(2), now().time);
  EXPECT_TRUE(call().empty());
}

TEST_F(Broadcast, EachConnectionCarriesAnother) {
  learn_onions(40);
  std::map<Txid, int> given;
  for (std::uint64_t i = 1; i <= 3; ++i) one_.add(transaction(i), now().time);
  const auto peers = call();
  ASSERT_EQ(peers.size(), 9u);
  for (const PeerId peer : peers) ++given[give(peer)];
  EXPECT_EQ(given.size(), 3u);
  for (const auto& [txid, count] : given) EXPECT_EQ(count, 3);
}

TEST_F(Broadcast, WhenItComesBackItIsOursNoMore) {
  learn_onions(20);
  const TxPtr tx = transaction(1);
  one_.add(tx, now().time);
  const auto peers = call();
  const Txid txid = meet(peers[0]);
  EXPECT_FALSE(one_.on_seen(transaction(2)->wtxid));
  EXPECT_TRUE(one_.on_seen(tx->wtxid));
  EXPECT_TRUE(one_.all().empty());
  EXPECT_EQ(tell(peers[0], ask_for(txid)), Words{"end"});
  connect(peers[1]);
  tell(peers[1], version());
  EXPECT_EQ(tell(peers[1], wire::Verack{}), Words{"end"});
  // The same again, while the third still is on its way.
  one_.add(tx, now().time);
  EXPECT_EQ(call().size(), 2u);
}

TEST_F(Broadcast, WhatDoesNotComeBackIsReviewedAndGivenOnceMore) {
  learn_onions(40);
  const TxPtr tx = transaction(1);
  one_.add(tx, now().time);
  for (const PeerId peer : call()) give(peer);
  EXPECT_TRUE(one_.take_due_for_review(now().time).empty());
  elapsed_ms_ += 181'000;
  EXPECT_TRUE(call().empty()) << "not without asking";
  EXPECT_EQ(one_.take_due_for_review(now().time), std::vector{tx});
  EXPECT_TRUE(one_.take_due_for_review(now().time).empty()) << "asked once";
  one_.on_reviewed(tx->wtxid, Review::NotJudged, now().time);
  EXPECT_TRUE(call().empty());
  elapsed_ms_ += 181'000;
  EXPECT_EQ(one_.take_due_for_review(now().time).size(), 1u);
  one_.on_reviewed(tx->wtxid, Review::StillGood, now().time);
  const auto peers = call();
  ASSERT_EQ(peers.size(), 1u);
  give(peers[0]);
  EXPECT_EQ(one_.all().at(0).peers.size(), 4u);
  elapsed_ms_ -= 100'000'000;  // somebody sets the clock back
  EXPECT_TRUE(one_.take_due_for_review(now().time).empty());
  elapsed_ms_ += 181'000;
  EXPECT_EQ(one_.take_due_for_review(now().time).size(), 1u);
  one_.on_reviewed(tx->wtxid, Review::NoLonger, now().time);
  EXPECT_TRUE(one_.all().empty());
}

TEST_F(Broadcast, ReviewsAreSpread) {
  for (std::uint64_t i = 0; i < 120; ++i) one_.add(transaction(i), now().time);
  elapsed_ms_ += 181'000;
  std::set<TxPtr> reviewed;
  for (const std::size_t count : {50, 50, 20, 0}) {
    const auto due = one_.take_due_for_review(now().time);
    EXPECT_EQ(due.size(), count);
    reviewed.insert(due.begin(), due.end());
  }
  EXPECT_EQ(reviewed.size(), 120u);
}

TEST_F(Broadcast, AbortByEitherId) {
  const TxPtr a = transaction(1);
  const TxPtr b = transaction(2);
  one_.add(a, now().time);
  one_.add(b, now().time);
  EXPECT_TRUE(one_.abort(crypto::Hash32{3}).empty());
  EXPECT_EQ(one_.abort(a->txid.bytes), std::vector{a});
  EXPECT_EQ(one_.abort(b->wtxid.bytes), std::vector{b});
  EXPECT_TRUE(one_.all().empty());
  // Two witnesses, one txid.
  const TxPtr c = transaction(1, 2);
  one_.add(a, now().time);
  one_.add(c, now().time);
  EXPECT_EQ(one_.abort(a->txid.bytes).size(), 2u);
}

// An abort, and the same again, while a peer has it on offer: nothing is counted twice.
TEST_F(Broadcast, TheSameAgainIsAnother) {
  learn_onions(40);
  const TxPtr tx = transaction(1);
  one_.add(tx, now().time);
  const auto first = call();
  meet(first[0]);
  one_.abort(tx->txid.bytes);
  one_.add(tx, now().time);
  one_.on_disconnected(first[0], now());
  one_.on_disconnected(first[1], now());
  one_.on_disconnected(first[2], now());
  const auto again = call();
  ASSERT_EQ(again.size(), 3u);
  for (const PeerId peer : again) give(peer);
  EXPECT_TRUE(call().empty());
}

TEST_F(Broadcast, P29_Bounds) {
  PrivateBroadcast small{{book_, bans_, random_},
                         {.transactions_max = 3, .bytes_max = 1'000, .attempts_max = 4, .peers_shown_max = 2}};
  EXPECT_EQ(small.add(transaction(1, 950), now().time), PrivateBroadcast::Added::NoRoom) << "too many bytes";
  for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(small.add(transaction(i), now().time), PrivateBroadcast::Added::New);
  EXPECT_EQ(small.add(transaction(4), now().time), PrivateBroadcast::Added::NoRoom);
  EXPECT_EQ(small.add(transaction(3), now().time), PrivateBroadcast::Added::Again);
  small.on_seen(transaction(1)->wtxid);
  EXPECT_EQ(small.add(transaction(4), now().time), PrivateBroadcast::Added::New);

  learn_onions(200);
  for (std::uint64_t i = 1; i <= 30; ++i) one_.add(transaction(i), now().time);
  EXPECT_EQ(call(60'000).size(), 64u) << "P-29: so many connections at once";
}

TEST_F(Broadcast, P29_AttemptsEnd) {
  learn_onions(200);
  PrivateBroadcast few{{book_, bans_, random_}, {.attempts_max = 4, .peers_shown_max = 2}};
  few.add(transaction(1), now().time);
  int offered = 0;
  for (int i = 0; i < 3'000; ++i) {
    elapsed_ms_ += 1'000;
    const auto known = few.next_call(view_, now());
    if (!known) continue;
    const PeerId peer{++last_};
    Actions out;
    few.on_calling(peer, known->entry.endpoint, 1, now().moment);
    few.on_connected(peer, out);
    few.on_message(peer, version(), now(), out);
    few.on_message(peer, wire::Verack{}, now(), out);
    ++offered;
    few.on_disconnected(peer, now());
  }
  EXPECT_EQ(offered, 4);
  EXPECT_EQ(few.all().at(0).attempts_left, 0u);
  EXPECT_EQ(few.all().at(0).peers.size(), 2u);
}

// A way out that is closed is not knocked at ten times a second for ever.
TEST_F(Broadcast, FailuresSlowItDown) {
  learn_onions(20);
  one_.add(transaction(1), now().time);
  int calls = 0;
  for (int i = 0; i < 36'000; ++i) {
    for (const PeerId peer : call(100)) {
      one_.on_disconnected(peer, now());
      ++calls;
    }
  }
  EXPECT_GT(calls, 60);
  EXPECT_LT(calls, 150) << "in an hour";
}

}  // namespace
}  // namespace kepeng::gossip::test
