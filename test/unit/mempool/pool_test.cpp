// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mempool/pool.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <kepeng/base/random.h>
#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::mempool {
namespace {

using cluster::FeeSize;

OutPoint confirmed(std::uint64_t number) {
  Txid txid;
  store_le(txid.bytes.data(), number);
  return {txid, 0};
}

// Spends these, and has as many outputs.
Entry entry_of(std::vector<OutPoint> inputs, FeeSize worth, std::size_t outputs = 2) {
  MutableTransaction tx;
  for (const OutPoint& input : inputs) tx.inputs.push_back({input, {}, 0, {}});
  for (std::size_t i = 0; i < outputs; ++i) tx.outputs.push_back({Amount{1'000}, {0x51}});
  Entry entry;
  entry.tx = pack(*tx.freeze());
  entry.fee = entry.modified_fee = {worth.fee};
  entry.size = entry.weight = worth.size;
  return entry;
}
OutPoint output(const Entry& of, std::uint32_t index = 0) {
  return {of.txid(), index};
}
const Entry* add(Pool& pool, Entry entry) {
  auto plan = pool.plan({.add = {std::move(entry)}});
  EXPECT_FALSE(plan.exceeds_limits());
  return pool.apply(std::move(plan)).front();
}

TEST(Pool, FindsWhatItHolds) {
  Pool pool;
  const Entry* a = add(pool, entry_of({confirmed(1)}, {100, 100}));
  const Entry* b = add(pool, entry_of({output(*a, 1), confirmed(2)}, {900, 100}));
  const Entry* c = add(pool, entry_of({confirmed(3)}, {200, 100}));
  EXPECT_EQ(pool.find(a->txid()), a);
  EXPECT_EQ(pool.find(b->wtxid()), b);
  EXPECT_EQ(pool.spender_of(output(*a, 1)), b);
  EXPECT_EQ(pool.spender_of(output(*a, 0)), nullptr);
  EXPECT_EQ(pool.parents(*b), (std::vector{a}));
  EXPECT_EQ(pool.children(*a), (std::vector{b}));
  const std::vector<const Entry*> both{b};
  EXPECT_EQ(pool.ancestors(both), (std::vector{a, b}));
  EXPECT_EQ(pool.descendants(std::vector{a}), (std::vector{a, b}));
  EXPECT_EQ(pool.cluster_count(), 2u);
  EXPECT_EQ(pool.total_size(), 300);
  EXPECT_EQ(pool.total_fee().sats, 1'200);
  EXPECT_EQ(pool.chunk_of(*a).worth, (FeeSize{1'000, 200}));
  EXPECT_EQ(pool.worst_chunk()->worth, (FeeSize{200, 100}));
  std::vector<FeeSize> order;
  pool.visit_chunks([&](const ChunkView& chunk) {
    order.push_back(chunk.worth);
    return true;
  });
  EXPECT_EQ(order, (std::vector<FeeSize>{{1'000, 200}, {200, 100}}));
  pool.set_modified_fee(*c, Amount{5'000});
  EXPECT_EQ(pool.worst_chunk()->worth, (FeeSize{1'000, 200}));
  EXPECT_EQ(pool.total_fee().sats, 1'200);
  pool.check();
}

TEST(Pool, B099_ClustersHaveLimits) {
  Pool pool;
  const Entry* last = add(pool, entry_of({confirmed(0)}, {100, 100}));
  for (int i = 1; i < 64; ++i) last = add(pool, entry_of({output(*last)}, {100, 100}));
  EXPECT_TRUE(pool.plan({.add = {entry_of({output(*last)}, {100, 100})}}).exceeds_limits());
  EXPECT_FALSE(pool.plan({.remove = {last}, .add = {entry_of({confirmed(9)}, {1, 1})}}).exceeds_limits());
  Pool small{{.count = 64, .weight = 1'000}};
  const Entry* one = add(small, entry_of({confirmed(0)}, {100, 600}));
  EXPECT_FALSE(small.plan({.add = {entry_of({output(*one)}, {100, 400})}}).exceeds_limits());
  EXPECT_TRUE(small.plan({.add = {entry_of({output(*one)}, {100, 401})}}).exceeds_limits());
}

// A parent with two children is ordered by a search; a chain needs none.
TEST(Pool, KnowsWhetherItsOrderIsTheBest) {
  for (const std::uint64_t work : {std::uint64_t{0}, cluster::kWorkMax}) {
    Pool pool{{.ordering_work = work}};
    const Entry* parent = add(pool, entry_of({confirmed(1)}, {100, 100}));
    add(pool, entry_of({output(*parent, 0)}, {900, 100}));
    EXPECT_TRUE(pool.is_optimal());
    const Entry* child = add(pool, entry_of({output(*parent, 1)}, {50, 100}));
    EXPECT_EQ(pool.is_optimal(), work != 0);
    pool.check();
    pool.apply(pool.plan({.remove = {child}}));
    EXPECT_TRUE(pool.is_optimal());
    pool.check();
  }
}

// However much the operator adds, sums and rates stay what they are: large.
TEST(Pool, FeesBeyondAllMoneyDoNotOverflow) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  Pool pool;
  const Entry* first = add(pool, entry_of({confirmed(1)}, {100, 100}));
  const Entry* parent = first;
  for (int i = 0; i < 20; ++i) parent = add(pool, entry_of({output(*parent)}, {200, 100}));
  for (const Entry* entry : pool.descendants(std::vector{first})) pool.set_modified_fee(*entry, {kMost});
  EXPECT_EQ(parent->modified_fee.sats, kMost);
  for (const cluster::Chunk& chunk : pool.cluster_of(*first).chunks) EXPECT_GT(chunk.worth.fee, kMaxMoney.sats);
  pool.check();
  EXPECT_EQ((FeeSize{kMost, 100} + FeeSize{kMost, 100}), (FeeSize{kMost, 200}));
  EXPECT_EQ((FeeSize{kMost, 100}).fee_for(1'000), kMost);
  EXPECT_EQ((FeeSize{-kMost, 100}).fee_for(1'000), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ((FeeSize{1'999, 200}).fee_for(1'000), 9'995);
  EXPECT_EQ((FeeSize{-1, 300}).fee_for(1'000), -4);
}

TEST(Pool, PlansSayHowBothStatesPay) {
  Pool pool;
  const Entry* parent = add(pool, entry_of({confirmed(1)}, {100, 100}));
  const Entry* child = add(pool, entry_of({output(*parent)}, {100, 100}));
  const Entry replacement = entry_of({output(*parent), confirmed(5)}, {900, 200});
  const auto plan = pool.plan({.remove = {child}, .add = {replacement}});
  EXPECT_EQ(plan.clusters_before(), 1u);
  EXPECT_EQ(plan.diagram_before(), (std::vector<FeeSize>{{100, 100}, {100, 100}}));
  EXPECT_EQ(plan.diagram_after(), (std::vector<FeeSize>{{1'000, 300}}));
  EXPECT_EQ(plan.chunk_of_added(), (std::vector<FeeSize>{{1'000, 300}}));
  EXPECT_EQ(pool.count(), 2u);  // nothing has happened
  pool.check();
}

// A block confirms the middle of a family: what is left falls apart, or stays together.
TEST(Pool, WhatIsConfirmedLeavesTheRestValid) {
  Pool pool;
  const Entry* a = add(pool, entry_of({confirmed(1)}, {1, 100}));
  const Entry* b = add(pool, entry_of({output(*a, 0)}, {2, 100}));
  const Entry* c = add(pool, entry_of({output(*a, 1)}, {3, 100}));
  EXPECT_EQ(pool.cluster_count(), 1u);
  pool.apply(pool.plan({.remove = {a}}));
  EXPECT_EQ(pool.cluster_count(), 2u);
  EXPECT_EQ(pool.worst_chunk()->entries.front(), b);
  EXPECT_NE(pool.find(c->txid()), nullptr);
  pool.check();
}

// A transaction comes back below those that spend it (a reorganisation).
TEST(Pool, ParentsMayComeAfterTheirChildren) {
  Pool pool;
  const Entry parent = entry_of({confirmed(1)}, {1, 100});
  const Entry* left = add(pool, entry_of({output(parent, 0)}, {500, 100}));
  const Entry* right = add(pool, entry_of({output(parent, 1)}, {200, 100}));
  EXPECT_EQ(pool.cluster_count(), 2u);
  const Entry* back = add(pool, parent);
  EXPECT_EQ(pool.cluster_count(), 1u);
  const auto order = pool.cluster_of(*left).order;
  EXPECT_EQ(order.front(), back);
  EXPECT_EQ(pool.chunk_of(*right).worth, (FeeSize{200, 100}));
  pool.check();
}

// Any sequence of changes against a model that knows nothing but the entries.
TEST(Pool, T31_AgreesWithANaiveModel) {
  Prng random{3};
  for (int round = 0; round < 30; ++round) {
    Pool pool{{.count = 12, .weight = 3'000}};
    std::vector<const Entry*> all;
    std::uint64_t fresh = 0;
    for (int step = 0; step < 150; ++step) {
      if (all.empty() || random.below(100) < 65) {
        std::vector<OutPoint> inputs{confirmed(++fresh)};
        std::vector<const Entry*> evicted;
        for (int i = 0; i < 2 && !all.empty(); ++i) {
          const OutPoint wanted = output(*all[random.below(all.size())], static_cast<std::uint32_t>(random.below(2)));
          if (std::find(inputs.begin(), inputs.end(), wanted) != inputs.end()) continue;
          inputs.push_back(wanted);
          if (const Entry* loser = pool.spender_of(wanted)) evicted.push_back(loser);
        }
        evicted = pool.descendants(evicted);
        Entry newcomer = entry_of(
            inputs, {static_cast<std::int64_t>(random.below(500)), 50 + static_cast<std::int64_t>(random.below(200))});
        // Not what would spend what it replaces.
        const auto parents = pool.parents(newcomer);
        const bool is_circular = std::any_of(parents.begin(), parents.end(), [&](const Entry* parent) {
          return std::find(evicted.begin(), evicted.end(), parent) != evicted.end();
        });
        if (is_circular) continue;
        auto plan = pool.plan({.remove = evicted, .add = {std::move(newcomer)}});
        if (plan.exceeds_limits()) continue;
        const auto after = plan.diagram_after();
        std::erase_if(
            all, [&](const Entry* one) { return std::find(evicted.begin(), evicted.end(), one) != evicted.end(); });
        all.push_back(pool.apply(std::move(plan)).front());
        EXPECT_FALSE(after.empty());
      } else if (random.below(3) == 0) {
        pool.set_modified_fee(*all[random.below(all.size())],
                              Amount{static_cast<std::int64_t>(random.below(900)) - 100});
      } else {
        // Confirmed with all that it spends, or thrown out with all that spends it.
        const std::vector<const Entry*> one{all[random.below(all.size())]};
        const auto gone = random.below(2) == 0 ? pool.ancestors(one) : pool.descendants(one);
        std::erase_if(all,
                      [&](const Entry* entry) { return std::find(gone.begin(), gone.end(), entry) != gone.end(); });
        pool.apply(pool.plan({.remove = gone}));
      }
      pool.check();
      ASSERT_EQ(pool.count(), all.size());
    }
    // The order of everything is one in which it could be mined, and its chunks are those of each cluster.
    std::set<const Entry*> mined;
    FeeSize sum;
    pool.visit_chunks([&](const ChunkView& chunk) {
      FeeSize worth;
      for (const Entry* entry : chunk.entries) {
        for (const Entry* parent : pool.parents(*entry)) EXPECT_TRUE(mined.contains(parent));
        mined.insert(entry);
        worth += entry->worth();
      }
      EXPECT_EQ(worth, chunk.worth);
      sum += worth;
      return true;
    });
    EXPECT_EQ(mined.size(), all.size());
    EXPECT_EQ(sum.size, pool.total_size());
  }
}

}  // namespace
}  // namespace kepeng::mempool
