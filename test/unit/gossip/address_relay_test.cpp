// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/address_relay.h>

#include <gtest/gtest.h>

#include <set>

namespace kepeng::gossip::test {
namespace {

using wire::AddressEntry;
using wire::AddressNetwork;
using wire::NetworkAddress;
using Form = AddressRelay::Form;
using Exchange = AddressRelay::Exchange;

constexpr std::int64_t kStart = 1'800'000'000;
constexpr std::int64_t kHourMs = 3'600'000;

AddressEntry entry(std::uint32_t number, std::int64_t seen = kStart, wire::Services services = wire::kNodeNetwork) {
  const auto address =
      NetworkAddress::ipv4({static_cast<std::uint8_t>(8 + (number >> 16) % 2), static_cast<std::uint8_t>(number >> 8),
                            static_cast<std::uint8_t>(number), 1});
  return {static_cast<std::uint32_t>(seen), services, {address, 8333}};
}
const AddressEntry kOnion{
    static_cast<std::uint32_t>(kStart),
    wire::kNodeNetwork,
    {*NetworkAddress::from_string("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"), 8333}};

// A relay with what it needs, and what it did.
struct Node {
  Node() {
    book.emplace(AddressBook::Secrets{crypto::Hash32{5}, Prng{5}}, AddressGroups{});
    relay.emplace(AddressRelay::Context{*book, bans, random, {7, 8}, {AddressNetwork::Ipv4, AddressNetwork::Ipv6}});
  }
  AddressRelay::Now now() const { return {{1 + elapsed_ms}, {kStart + elapsed_ms / 1000}}; }
  void wait(std::int64_t ms) {
    elapsed_ms += ms;
    relay->on_tick(now(), out);
  }
  PeerId add(Direction direction, Form form = Form::V2, Exchange exchange = Exchange::Addresses) {
    const PeerId id{++peers};
    const auto address =
        NetworkAddress::ipv4({9, static_cast<std::uint8_t>(peers >> 8), static_cast<std::uint8_t>(peers), 9});
    relay->add_peer(id, {direction, form, exchange, address}, now(), out);
    return id;
  }
  void tell(PeerId from, std::vector<AddressEntry> entries) {
    relay->on(from, wire::AddrV2{std::move(entries)}, now());
  }
  // Who was sent what since the last call.
  std::map<PeerId, std::vector<AddressEntry>> sent() {
    std::map<PeerId, std::vector<AddressEntry>> all;
    for (const Action& action : std::exchange(out, {})) {
      const auto* send = std::get_if<Send>(&action);
      if (send == nullptr) continue;
      if (const auto* v2 = std::get_if<wire::AddrV2>(&send->message)) {
        all[send->peer].insert(all[send->peer].end(), v2->entries.begin(), v2->entries.end());
      }
      if (const auto* v1 = std::get_if<wire::Addr>(&send->message)) {
        all[send->peer].insert(all[send->peer].end(), v1->entries.begin(), v1->entries.end());
      }
    }
    return all;
  }
  // The answer to a question by this peer.
  std::vector<AddressEntry> ask(PeerId peer) {
    out.clear();
    relay->on(peer, wire::GetAddr{}, now(), out);
    return sent()[peer];
  }

  std::optional<AddressBook> book;
  BanList bans{{1, 2}};
  Prng random{3};
  std::optional<AddressRelay> relay;
  Actions out;
  std::int64_t elapsed_ms = 0;
  std::uint64_t peers = 0;
};

bool asked(const Actions& out, PeerId peer) {
  return std::any_of(out.begin(), out.end(), [&](const Action& action) {
    const auto* send = std::get_if<Send>(&action);
    return send != nullptr && send->peer == peer && std::holds_alternative<wire::GetAddr>(send->message);
  });
}

void fill(AddressBook& book, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    book.add({entry(i), NetworkAddress::ipv4({10, 0, 0, static_cast<std::uint8_t>(i)})}, {kStart});
    book.add({entry(i), NetworkAddress::ipv4({11, static_cast<std::uint8_t>(i), 0, 1})}, {kStart});
  }
}

TEST(AddressRelay, AsksThoseThatItChose) {
  Node node;
  EXPECT_FALSE(asked(node.out, node.add(Direction::Inbound)));
  const PeerId ours = node.add(Direction::Outbound);
  EXPECT_TRUE(asked(node.out, ours));
  const PeerId block_only = node.add(Direction::Outbound, Form::V2, Exchange::Nothing);
  EXPECT_FALSE(asked(node.out, block_only));
  EXPECT_TRUE(node.relay->counts(ours).takes_part);
}

TEST(AddressRelay, P17_AnswersOnceAndOnlyInbound) {
  Node node;
  fill(*node.book, 400);
  const PeerId ours = node.add(Direction::Outbound);
  EXPECT_TRUE(node.ask(ours).empty());
  const PeerId stranger = node.add(Direction::Inbound);
  const std::size_t expected = node.book->size() * 23 / 100;
  EXPECT_EQ(node.ask(stranger).size(), expected);
  EXPECT_TRUE(node.ask(stranger).empty());
  EXPECT_TRUE(node.ask(node.add(Direction::Inbound, Form::V2, Exchange::Nothing)).empty());
}

// P-17: two questions from two addresses show the same part of the book, for a day.
TEST(AddressRelay, P17_EverybodyGetsTheSameAnswerForADay) {
  Node node;
  fill(*node.book, 2000);
  const auto first = node.ask(node.add(Direction::Inbound));
  ASSERT_FALSE(first.empty());
  node.elapsed_ms += 20 * kHourMs;
  EXPECT_EQ(node.ask(node.add(Direction::Inbound)), first);
  node.elapsed_ms += 8 * kHourMs;
  EXPECT_NE(node.ask(node.add(Direction::Inbound)), first);
}

TEST(AddressRelay, AnswersLeaveOutTheUnwantedAndTheUnspeakable) {
  Node node;
  for (int i = 0; i < 20; ++i) node.book->add({kOnion, NetworkAddress::ipv4({11, 1, 1, 1})}, {kStart});
  fill(*node.book, 40);
  for (std::uint32_t i = 0; i < 40; ++i) {
    if (i % 2 == 0) node.bans.discourage(entry(i).endpoint.address);
  }
  for (int day = 0; day < 20; ++day) {
    node.elapsed_ms += 28 * kHourMs;
    for (const AddressEntry& told : node.ask(node.add(Direction::Inbound, Form::V1))) {
      EXPECT_TRUE(told.endpoint.address.has_v1_form());
      EXPECT_FALSE(node.bans.is_discouraged(told.endpoint.address));
    }
  }
}

TEST(AddressRelay, P16_B025_OneAddressInTenSeconds) {
  Node node;
  const PeerId flooder = node.add(Direction::Inbound);
  std::uint32_t next = 0;
  for (int seconds = 0; seconds < 3600; ++seconds) {
    for (int message = 0; message < 10; ++message) {
      std::vector<AddressEntry> entries;
      for (int i = 0; i < 100; ++i) entries.push_back(entry(next++ % 100'000));
      node.tell(flooder, entries);
    }
    node.wait(1000);
  }
  const auto counts = node.relay->counts(flooder);
  EXPECT_NEAR(static_cast<double>(counts.processed), 360, 2);
  EXPECT_EQ(counts.processed + counts.rate_limited, 3'600'000u);
  EXPECT_LE(node.book->size(), 361u);
}

TEST(AddressRelay, TheAnswerToOurQuestionIsTakenWhole) {
  Node node;
  const PeerId peer = node.add(Direction::Outbound);
  std::vector<AddressEntry> entries;
  for (std::uint32_t i = 0; i < 1000; ++i) entries.push_back(entry(i));
  node.tell(peer, entries);
  EXPECT_EQ(node.relay->counts(peer).processed, 1000u);
  node.tell(peer, entries);
  EXPECT_LE(node.relay->counts(peer).processed, 1002u);
}

TEST(AddressRelay, B024_WhatIsKept) {
  Node node;
  const PeerId peer = node.add(Direction::Outbound);
  AddressEntry no_port = entry(1);
  no_port.endpoint.port = 0;
  node.tell(peer, {no_port, entry(2, kStart, wire::kNodeBloom), entry(3, 0), entry(4, UINT32_MAX), entry(5), kOnion});
  EXPECT_EQ(node.book->find(no_port.endpoint), nullptr);
  EXPECT_EQ(node.book->find(entry(2).endpoint), nullptr);
  constexpr std::int64_t kFiveDays = 5 * 86'400;
  EXPECT_EQ(node.book->find(entry(3).endpoint)->entry.last_seen, kStart - kFiveDays - 7200);
  EXPECT_EQ(node.book->find(entry(4).endpoint)->entry.last_seen, kStart - kFiveDays - 7200);
  EXPECT_EQ(node.book->find(entry(5).endpoint)->entry.last_seen, kStart - 7200);
  EXPECT_EQ(node.book->find(kOnion.endpoint), nullptr) << "not reachable from here";
}

TEST(AddressRelay, P17_FreshOnesGoToTwoPeersTheSameAllDay) {
  Node node;
  std::vector<PeerId> peers;
  for (int i = 0; i < 20; ++i) peers.push_back(node.add(Direction::Outbound));
  for (const PeerId peer : peers) node.tell(peer, {entry(60'000)});  // ends the wait for an answer
  node.wait(kHourMs);
  node.sent();
  std::set<PeerId> receivers;
  for (std::size_t i = 0; i < 10; ++i) {
    node.tell(peers[i], {entry(7, node.now().time.seconds)});
    node.wait(10'000);
    for (const auto& [peer, entries] : node.sent()) receivers.insert(peer);
  }
  node.wait(10 * 60'000);
  for (const auto& [peer, entries] : node.sent()) receivers.insert(peer);
  // Two, or the third in the row when one of them is the sender.
  EXPECT_GE(receivers.size(), 1u);
  EXPECT_LE(receivers.size(), 3u);
}

TEST(AddressRelay, OldOnesListsAndAnswersAreNotRelayed) {
  Node node;
  const PeerId teller = node.add(Direction::Outbound);
  const PeerId listener = node.add(Direction::Outbound);
  node.tell(listener, {entry(50'000)});
  const auto relayed = [&](std::vector<AddressEntry> entries) {
    node.tell(teller, std::move(entries));
    node.wait(kHourMs);
    return node.sent()[listener].size();
  };
  EXPECT_EQ(relayed({entry(1, kStart)}), 0u) << "may be the answer to our question";
  EXPECT_EQ(relayed({entry(2, node.now().time.seconds)}), 1u);
  EXPECT_EQ(relayed({entry(2, node.now().time.seconds)}), 0u) << "told already";
  EXPECT_EQ(relayed({entry(3, node.now().time.seconds - 601)}), 0u);
  std::vector<AddressEntry> list;
  for (std::uint32_t i = 10; i < 21; ++i) list.push_back(entry(i, node.now().time.seconds));
  EXPECT_EQ(relayed(list), 0u);
  node.bans.discourage(entry(4).endpoint.address);
  EXPECT_EQ(relayed({entry(4, node.now().time.seconds)}), 0u);
}

TEST(AddressRelay, OnlyThoseWhoTakePartAreTold) {
  Node node;
  const PeerId teller = node.add(Direction::Inbound);
  const PeerId silent = node.add(Direction::Inbound);
  const PeerId old = node.add(Direction::Inbound, Form::V1);
  node.ask(old);
  AddressEntry onion = kOnion;
  node.tell(teller, {onion});
  node.wait(kHourMs);
  onion.last_seen = static_cast<std::uint32_t>(node.now().time.seconds);
  node.tell(teller, {onion, entry(5, node.now().time.seconds)});
  node.wait(kHourMs);
  auto told = node.sent();
  EXPECT_TRUE(told[silent].empty());
  ASSERT_EQ(told[old].size(), 1u);
  EXPECT_EQ(told[old][0].endpoint, entry(5).endpoint);
}

TEST(AddressRelay, TellsOfItselfAboutOnceADay) {
  Node node;
  const PeerId peer = node.add(Direction::Outbound);
  node.wait(kHourMs);
  EXPECT_TRUE(node.sent()[peer].empty());
  node.relay->set_own({entry(999, 1)});
  std::size_t told = 0;
  for (int hour = 0; hour < 24 * 100; ++hour) {
    node.wait(kHourMs);
    const std::vector<AddressEntry> heard = node.sent()[peer];
    for (const AddressEntry& one : heard) {
      EXPECT_EQ(one.endpoint, entry(999).endpoint);
      EXPECT_EQ(one.last_seen, node.now().time.seconds);
      ++told;
    }
  }
  EXPECT_GT(told, 60u);
  EXPECT_LT(told, 150u);
}

TEST(AddressRelay, OurNamesInTorAreToldThereOnly) {
  Node node;
  const PeerId four = node.add(Direction::Outbound);
  const PeerId onion{77};
  AddressRelay::PeerFacts facts{Direction::Inbound, Form::V2, Exchange::Addresses,
                                *NetworkAddress::from_string("127.0.0.1")};
  facts.through = AddressNetwork::Onion;
  node.relay->add_peer(onion, facts, node.now(), node.out);
  node.tell(onion, {entry(1)});  // it takes part
  node.relay->set_own({entry(999), kOnion});
  node.wait(100);
  auto told = node.sent();
  ASSERT_EQ(told[four].size(), 1u);
  EXPECT_EQ(told[four][0].endpoint, entry(999).endpoint);
  ASSERT_EQ(told[onion].size(), 1u);
  EXPECT_EQ(told[onion][0].endpoint, kOnion.endpoint);
  // One more is told soon, to those who may know; nothing while we have nothing to offer.
  node.relay->set_telling(AddressRelay::Telling::No);
  node.relay->set_own({entry(998), kOnion});
  node.wait(100);
  EXPECT_TRUE(node.sent().empty());
  node.relay->set_telling(AddressRelay::Telling::Yes);
  node.wait(100);
  told = node.sent();
  EXPECT_EQ(told[four].at(0).endpoint, entry(998).endpoint);
  EXPECT_TRUE(told[onion].empty());
}

TEST(AddressRelay, WhatAPeerSaysOfOurAddressIsGoodWhereWeKnowNone) {
  Node node;
  const PeerId peer{77};
  AddressRelay::PeerFacts facts{Direction::Outbound, Form::V2, Exchange::Addresses, entry(5).endpoint.address};
  facts.our_address = entry(700);
  node.relay->add_peer(peer, facts, node.now(), node.out);
  const PeerId other = node.add(Direction::Outbound);
  node.sent();
  node.wait(100);
  auto told = node.sent();
  ASSERT_EQ(told[peer].size(), 1u);
  EXPECT_EQ(told[peer][0].endpoint, entry(700).endpoint);
  EXPECT_TRUE(told[other].empty());
  node.relay->set_own({entry(999)});
  node.wait(100);
  told = node.sent();
  ASSERT_EQ(told[peer].size(), 1u);
  EXPECT_EQ(told[peer][0].endpoint, entry(999).endpoint);
}

}  // namespace
}  // namespace kepeng::gossip::test
