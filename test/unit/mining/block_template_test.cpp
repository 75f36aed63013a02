// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mining/block_template.h>

#include <gtest/gtest.h>

#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::mining {
namespace {

// With so many bytes of output, so that weight is real.
mempool::Entry entry_of(OutPoint input, std::int64_t fee, std::size_t bytes, std::uint64_t sigops = 0) {
  MutableTransaction tx;
  tx.inputs.push_back({input, {}, 0, {}});
  tx.outputs.push_back({Amount{1'000}, Bytes(bytes, 0x51)});
  mempool::Entry entry;
  entry.tx = pack(*tx.freeze());
  entry.fee = entry.modified_fee = {fee};
  entry.weight = static_cast<std::int64_t>(entry.tx->weight());
  entry.size = (entry.weight + 3) / 4;
  entry.sigops_cost = sigops;
  return entry;
}
OutPoint confirmed(std::uint64_t number) {
  Txid txid;
  store_le(txid.bytes.data(), number);
  return {txid, 0};
}
const mempool::Entry* add(mempool::Pool& pool, mempool::Entry entry) {
  return pool.apply(pool.plan({.add = {std::move(entry)}})).front();
}
std::vector<Txid> ids(const Choice& choice) {
  std::vector<Txid> all;
  for (const auto& one : choice.transactions) all.push_back(one.tx->txid);
  return all;
}

TEST(BlockTemplate, TakesWhatPaysMostAndWhatThatNeeds) {
  mempool::Pool pool;
  const auto* poor = add(pool, entry_of(confirmed(1), 10, 100));
  const auto* rich = add(pool, entry_of({poor->txid(), 0}, 5'000, 100));
  const auto* middle = add(pool, entry_of(confirmed(2), 1'000, 100));
  const Choice choice = choose_transactions(pool, {});
  EXPECT_EQ(ids(choice), (std::vector{poor->txid(), rich->txid(), middle->txid()}));
  EXPECT_EQ(choice.fees.sats, 6'010);
  EXPECT_EQ(choice.weight, 8'000 + static_cast<std::int64_t>(poor->weight + rich->weight + middle->weight));
}

TEST(BlockTemplate, StaysWithinItsLimits) {
  mempool::Pool pool;
  const auto* large = add(pool, entry_of(confirmed(1), 90'000, 3'000));
  const auto* small = add(pool, entry_of(confirmed(2), 1'000, 100));
  const auto* child = add(pool, entry_of({large->txid(), 0}, 50, 50));
  TemplateLimits limits;
  limits.weight_max = limits.reserved_weight + small->weight + child->weight;
  EXPECT_EQ(ids(choose_transactions(pool, limits)), (std::vector{small->txid()}));  // not the child without its parent
  limits.weight_max = limits.reserved_weight + large->weight + small->weight;
  EXPECT_EQ(ids(choose_transactions(pool, limits)), (std::vector{large->txid(), small->txid()}));
  add(pool, entry_of(confirmed(3), 900'000, 100, 79'601));  // too many signature operations beside the coinbase
  EXPECT_EQ(choose_transactions(pool, limits).transactions.size(), 2u);
}

TEST(BlockTemplate, LeavesOutWhatPaysTooLittle) {
  mempool::Pool pool;
  add(pool, entry_of(confirmed(1), 0, 100));
  const auto* enough = add(pool, entry_of(confirmed(2), 160, 100));
  ASSERT_EQ(enough->size, 160);
  EXPECT_EQ(ids(choose_transactions(pool, {.least = {1'000}})), (std::vector{enough->txid()}));
  EXPECT_TRUE(choose_transactions(pool, {.least = {1'001}}).transactions.empty());
  EXPECT_EQ(choose_transactions(pool, {.least = {0}}).transactions.size(), 2u);
}

}  // namespace
}  // namespace kepeng::mining
