// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "relay_pool.h"

#include <gtest/gtest.h>

#include <map>

#include <kepeng/base/random.h>
#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::gossip {
namespace {

PackedTxPtr numbered(std::uint32_t number) {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{}, number}, {}, 0, {}});
  tx.outputs.push_back({Amount{1}, Bytes{0x51}});
  return pack(*tx.freeze());
}

RelayPlaces up_to(std::uint64_t place) {
  RelayPlaces places;
  places.of.fill(place);
  return places;
}

std::vector<Wtxid> behind(const RelayPool& pool, std::uint64_t place) {
  std::vector<Wtxid> found;
  pool.visit_behind(up_to(place), [&](const RelayPool::Pooled& pooled) {
    found.push_back(pooled.tx->wtxid);
    return true;
  });
  return found;
}

TEST(RelayPool, KeepsTheOrderInWhichTheyCame) {
  RelayPool pool;
  std::vector<PackedTxPtr> all;
  for (std::uint32_t i = 0; i < 5; ++i) all.push_back(numbered(i));
  for (const PackedTxPtr& tx : all) pool.add({.tx = tx, .fee_per_kvb = 1, .mined_per_kvb = 1});
  const std::uint64_t told = pool.find(all[1]->wtxid)->place;
  EXPECT_EQ(behind(pool, told), (std::vector{all[2]->wtxid, all[3]->wtxid, all[4]->wtxid}));
  EXPECT_TRUE(pool.remove(all[3]->wtxid));
  EXPECT_FALSE(pool.remove(all[3]->wtxid));
  EXPECT_EQ(behind(pool, told), (std::vector{all[2]->wtxid, all[4]->wtxid}));
  EXPECT_EQ(pool.count_behind(up_to(told)), 2u);
  pool.renew(all[0]->wtxid);
  EXPECT_EQ(behind(pool, told), (std::vector{all[2]->wtxid, all[4]->wtxid, all[0]->wtxid}));
  EXPECT_TRUE(behind(pool, pool.last_place()).empty());
}

TEST(RelayPool, ClassesGoByTheRate) {
  EXPECT_EQ(RelayPool::class_of(-5), 0u);
  EXPECT_EQ(RelayPool::class_of(99), 0u);
  EXPECT_EQ(RelayPool::class_of(100), 1u);
  EXPECT_EQ(RelayPool::class_of(149), 1u);
  EXPECT_EQ(RelayPool::class_of(150), 2u);
  EXPECT_EQ(RelayPool::class_of(INT64_MAX), RelayPool::kClasses - 1);
  RelayPool pool;
  const PackedTxPtr cheap = numbered(1);
  const PackedTxPtr dear = numbered(2);
  const PackedTxPtr paid_for = numbered(3);
  pool.add({.tx = cheap, .fee_per_kvb = 1'000, .mined_per_kvb = 1'000});
  pool.add({.tx = dear, .fee_per_kvb = 9'000, .mined_per_kvb = 9'000});
  pool.add({.tx = paid_for, .fee_per_kvb = 500, .mined_per_kvb = 20'000});
  EXPECT_EQ(behind(pool, 0), (std::vector{paid_for->wtxid, dear->wtxid, cheap->wtxid}));
  RelayPlaces told;
  told.of[pool.find(dear->wtxid)->rate_class] = pool.last_place();
  EXPECT_FALSE(RelayPool::is_behind(*pool.find(dear->wtxid), told));
  EXPECT_TRUE(RelayPool::is_behind(*pool.find(cheap->wtxid), told));
  EXPECT_EQ(pool.count_behind(told), 2u);
}

// Against maps, with so many that the places of those that left are given back in between.
TEST(RelayPool, AgreesWithANaiveModel) {
  Prng random{7};
  RelayPool pool;
  std::map<std::uint64_t, PackedTxPtr> model;  // by place
  const auto class_of = [&](const PackedTxPtr& tx) { return RelayPool::class_of(tx->prevout_at(5).index % 7 * 400); };
  for (std::uint32_t step = 0; step < 40'000; ++step) {
    const auto pick = [&] {
      auto at = model.lower_bound(random.below(pool.last_place() + 1));
      return at == model.end() ? model.begin() : at;
    };
    if (model.size() < 300 || random.below(2) == 0) {
      const PackedTxPtr tx = numbered(step);
      pool.add({.tx = tx, .fee_per_kvb = step, .mined_per_kvb = step % 7 * 400});
      model[pool.last_place()] = tx;
    } else if (random.below(8) == 0) {
      const auto one = pick();
      const PackedTxPtr tx = one->second;
      model.erase(one);
      pool.renew(tx->wtxid);
      model[pool.last_place()] = tx;
    } else {
      const auto one = pick();
      EXPECT_EQ(pool.find(one->second->txid)->place, one->first);
      EXPECT_TRUE(pool.remove(one->second->wtxid));
      EXPECT_EQ(pool.find(one->second->txid), nullptr);
      model.erase(one);
    }
    if (step % 1'000 != 0) continue;
    const std::uint64_t from = random.below(pool.last_place() + 1);
    std::vector<Wtxid> expected;
    for (std::size_t one = RelayPool::kClasses; one-- > 0;) {
      for (auto at = model.upper_bound(from); at != model.end(); ++at) {
        if (class_of(at->second) == one) expected.push_back(at->second->wtxid);
      }
    }
    EXPECT_EQ(behind(pool, from), expected);
    EXPECT_EQ(pool.size(), model.size());
  }
}

}  // namespace
}  // namespace kepeng::gossip
