// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/eviction.h>

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include <kepeng/base/random.h>

namespace kepeng::gossip::test {
namespace {

using Candidates = std::vector<EvictionCandidate>;

// Peers that nothing tells apart but when they came and their groups.
Candidates plain(std::size_t count) {
  Candidates candidates;
  for (std::size_t i = 0; i < count; ++i) {
    EvictionCandidate one{
        .peer = {i}, .connected = {static_cast<std::int64_t>(1000 + i)}, .last_block = {}, .last_transaction = {}};
    one.keyed_group = 10'000 - i;  // the young ones have nothing that protects them
    candidates.push_back(one);
  }
  return candidates;
}

// Those that go, one after the other, until nobody does.
std::set<std::uint64_t> evict_all(Candidates candidates) {
  std::set<std::uint64_t> gone;
  while (const auto peer = select_for_eviction(candidates)) {
    gone.insert(peer->number);
    std::erase_if(candidates, [&](const auto& one) { return one.peer == *peer; });
  }
  return gone;
}

TEST(Eviction, FewAreAllProtected) {
  EXPECT_FALSE(select_for_eviction({}).has_value());
  EXPECT_FALSE(select_for_eviction(plain(20)).has_value());
  EXPECT_TRUE(select_for_eviction(plain(22)).has_value());
}

TEST(Eviction, P07_YoungestOfTheLargestGroup) {
  Candidates candidates = plain(60);
  for (std::size_t i = 40; i < 60; ++i) candidates[i].keyed_group = i < 55 ? 7 : 8;
  // The last five are younger, but their group is smaller.
  const auto gone = select_for_eviction(candidates);
  ASSERT_TRUE(gone.has_value());
  EXPECT_EQ(gone->number, 54u);
}

struct Protection {
  const char* name;
  std::size_t count;
  std::function<void(EvictionCandidate&, std::size_t)> make_good;  // the i-th best
};

// However young they are and however many there are in their group, the best at one thing stay.
TEST(Eviction, P07_TheBestAtEachThingStay) {
  const Protection kProtections[] = {
      {"group", 4, [](auto& one, std::size_t i) { one.keyed_group = 1'000'000 - i; }},
      {"ping", 8, [](auto& one, std::size_t i) { one.ping_min_ms = static_cast<std::int64_t>(i); }},
      {"transaction", 4,
       [](auto& one, std::size_t i) { one.last_transaction = {static_cast<std::int64_t>(1000 - i)}; }},
      {"block", 4, [](auto& one, std::size_t i) { one.last_block = {static_cast<std::int64_t>(1000 - i)}; }},
      {"block-only", 8,
       [](auto& one, std::size_t i) {
         one.relays_transactions = false;
         one.last_block = {static_cast<std::int64_t>(1000 - i)};
       }},
  };
  for (const Protection& protection : kProtections) {
    Candidates candidates = plain(150);
    const std::size_t first = candidates.size() - protection.count;
    for (std::size_t i = first; i < candidates.size(); ++i) protection.make_good(candidates[i], i - first);
    const auto gone = evict_all(candidates);
    EXPECT_FALSE(gone.empty());
    for (std::size_t i = first; i < candidates.size(); ++i)
      EXPECT_FALSE(gone.contains(i)) << protection.name << " " << i;
  }
}

// Fifty peers of a rare network, far away and in one group, are the largest group and would go one after the other.
TEST(Eviction, P07_RareNetworksKeepAQuarter) {
  for (const InboundNetwork network : {InboundNetwork::Onion, InboundNetwork::I2p, InboundNetwork::Cjdns,
                                       InboundNetwork::Local, InboundNetwork::Ipv6}) {
    Candidates candidates = plain(200);
    for (std::size_t i = 150; i < 200; ++i) {
      candidates[i].network = network;
      candidates[i].keyed_group = 1;
      candidates[i].ping_min_ms = 500;
    }
    for (std::uint64_t newcomer = 200; newcomer < 260; ++newcomer) {
      const auto gone = select_for_eviction(candidates);
      ASSERT_TRUE(gone.has_value());
      std::erase_if(candidates, [&](const auto& one) { return one.peer == *gone; });
      EvictionCandidate fresh = plain(1)[0];
      fresh.peer = {newcomer};
      fresh.connected = {static_cast<std::int64_t>(1000 + newcomer)};
      fresh.keyed_group = 20'000 + newcomer;
      fresh.ping_min_ms = 1;
      candidates.push_back(fresh);
    }
    const auto stay =
        std::count_if(candidates.begin(), candidates.end(), [](const auto& one) { return one.keyed_group == 1; });
    if (network == InboundNetwork::Ipv6) {
      EXPECT_LT(stay, 10) << "not a rare one";
    } else {
      EXPECT_EQ(stay, 45);  // (200 - 20) / 4
    }
  }
}

TEST(Eviction, P07_TheRarestNetworkIsServedFirst) {
  Candidates candidates = plain(120);
  for (std::size_t i = 60; i < 118; ++i) candidates[i].network = InboundNetwork::Onion;
  EXPECT_EQ(select_for_eviction(candidates)->number, 119u);
  candidates[118].network = InboundNetwork::I2p;
  candidates[119].network = InboundNetwork::Cjdns;
  EXPECT_EQ(select_for_eviction(candidates)->number, 117u);
}

TEST(Eviction, P20_DiscouragedOnesGoFirst) {
  Candidates candidates = plain(100);
  for (std::size_t i = 60; i < 70; ++i) candidates[i].is_discouraged = true;
  for (std::size_t i = 70; i < 100; ++i) candidates[i].keyed_group = 5;
  const auto gone = select_for_eviction(candidates);
  ASSERT_TRUE(gone.has_value());
  EXPECT_GE(gone->number, 60u);
  EXPECT_LT(gone->number, 70u);
}

// P-07: an attacker in k groups who opens connection after connection pushes out his own once his groups are the
// largest, and never those who are protected by time, ping, transactions or blocks.
TEST(Eviction, P07_AnAttackerInAFewGroupsReplacesHimself) {
  Prng random{7};
  for (const std::uint64_t attacker_groups : {1u, 4u, 16u}) {
    constexpr std::uint64_t kHonest = 60;
    Candidates candidates = plain(kHonest);
    for (EvictionCandidate& one : candidates) {
      one.keyed_group = random.next() >> 1;
      one.ping_min_ms = 20 + static_cast<std::int64_t>(random.below(200));
    }
    std::uint64_t next = kHonest;
    std::size_t honest_lost = 0;
    for (int attempt = 0; attempt < 2000; ++attempt) {
      EvictionCandidate attacker{.peer = {next},
                                 .connected = {static_cast<std::int64_t>(10'000 + next)},
                                 .last_block = {},
                                 .last_transaction = {}};
      ++next;
      attacker.keyed_group = (random.below(attacker_groups) + 1) * 0x0123456789abcdull;
      attacker.ping_min_ms = 1;
      candidates.push_back(attacker);
      if (candidates.size() <= 100) continue;
      const auto gone = select_for_eviction(candidates);
      ASSERT_TRUE(gone.has_value());
      if (gone->number < kHonest) ++honest_lost;
      std::erase_if(candidates, [&](const auto& one) { return one.peer == *gone; });
    }
    // Slots were free for 40 of them; beyond that he gains nothing while his groups are larger than anybody's.
    EXPECT_EQ(honest_lost, 0u) << attacker_groups;
  }
}

// Whatever the candidates are: at most one goes, it is one of them, and the order that they come in does not matter.
TEST(Eviction, RandomCandidates) {
  Prng random{8};
  for (int round = 0; round < 2000; ++round) {
    Candidates candidates = plain(random.below(120));
    for (EvictionCandidate& one : candidates) {
      one.connected = {static_cast<std::int64_t>(random.below(1000))};
      one.ping_min_ms = static_cast<std::int64_t>(random.below(100));
      one.last_block = {static_cast<std::int64_t>(random.below(5))};
      one.last_transaction = {static_cast<std::int64_t>(random.below(5))};
      one.relays_blocks = random.below(2) == 0;
      one.relays_transactions = random.below(2) == 0;
      one.is_discouraged = random.below(30) == 0;
      one.keyed_group = random.below(10);
      one.network = static_cast<InboundNetwork>(random.below(6));
    }
    const auto gone = select_for_eviction(candidates);
    if (candidates.size() <= 20) {
      EXPECT_FALSE(gone.has_value());
    }
    if (candidates.size() >= 30) {
      EXPECT_TRUE(gone.has_value());
    }
    for (std::size_t i = candidates.size(); i > 1; --i) std::swap(candidates[i - 1], candidates[random.below(i)]);
    EXPECT_EQ(select_for_eviction(candidates), gone);
  }
}

}  // namespace
}  // namespace kepeng::gossip::test
