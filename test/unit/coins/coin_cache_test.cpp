// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <map>

#include <kepeng/base/random.h>
#include <kepeng/coins/coin_cache.h>

#include "record.h"

namespace kepeng::coins {
namespace {

using storage::Coin;
using Coins = std::map<OutPoint, Coin>;

// A disk in memory. Counts and can fail.
class FakeSource final : public CoinSource {
 public:
  Result<bool, Fault> read(const OutPoint& outpoint, Coin& coin) const override {
    if (fails) return Err{Fault{FaultKind::Io, "the disk is gone"}};
    ++reads;
    const auto found = rows.find(outpoint);
    if (found == rows.end()) return false;
    coin = found->second;
    return true;
  }
  Result<bool, Fault> exists(const OutPoint& outpoint) const override {
    if (fails) return Err{Fault{FaultKind::Io, "the disk is gone"}};
    ++reads;
    return rows.contains(outpoint);
  }
  // What a flush writes.
  void apply(const FrozenCoins& frozen) {
    Bytes scratch;
    for (const std::uint8_t* record : frozen.erases) rows.erase(frozen_outpoint(record));
    for (const std::uint8_t* record : frozen.writes) {
      const FrozenRecord row = decode_frozen(record, scratch);
      rows[row.outpoint] = {row.coin.value, Bytes(row.coin.script_pubkey.begin(), row.coin.script_pubkey.end()),
                            row.coin.height, row.coin.is_coinbase};
    }
  }

  Coins rows;
  bool fails = false;
  mutable std::uint64_t reads = 0;
};

// Scripts of every form that records know, and of none.
Bytes some_script(Prng& random) {
  const auto bytes = [&](std::size_t size) {
    Bytes some(size);
    for (auto& byte : some) byte = static_cast<std::uint8_t>(random.next());
    return some;
  };
  const auto around = [&](Bytes before, std::size_t payload, const Bytes& after) {
    append(before, bytes(payload));
    append(before, after);
    return before;
  };
  switch (random.next() % 10) {
    case 0:
      return around({0x76, 0xa9, 0x14}, 20, {0x88, 0xac});
    case 1:
      return around({0xa9, 0x14}, 20, {0x87});
    case 2:
      return around({0x00, 0x14}, 20, {});
    case 3:
      return around({0x00, 0x20}, 32, {});
    case 4:
      return around({0x51, 0x20}, 32, {});
    case 5:
      return {};
    case 6:
      return around({0x76, 0xa9, 0x14}, 20, {0x88, 0xad});  // nearly
    case 7:
      return bytes(random.next() % 300);
    case 8:
      return bytes(random.next() % 50 == 0 ? 10'000 : 121 + random.next() % 20);
    default:
      return around({0x21}, 33, {0xac});
  }
}

Coin some_coin(Prng& random) {
  static constexpr std::int64_t kAmounts[] = {
      0, 1, 546, 100'000'000, 5'000'000'000, 2'099'999'999'999'999, 2'100'000'000'000'000};
  Coin coin;
  coin.value = {random.next() % 3 == 0 ? kAmounts[random.next() % std::size(kAmounts)]
                                       : static_cast<std::int64_t>(random.next() % 2'100'000'000'000'000)};
  coin.script_pubkey = some_script(random);
  coin.height = static_cast<Height>(random.next() % (random.next() % 2 == 0 ? 200 : 0x3fffffff));
  coin.is_coinbase = random.next() % 4 == 0;
  return coin;
}

OutPoint outpoint_of(std::uint64_t number) {
  OutPoint outpoint;
  // Many outpoints share most of their bits.
  store_le(outpoint.txid.bytes.data() + 8 * (number % 4), number / 7 + 1);
  outpoint.index = static_cast<std::uint32_t>(number % 7 == 6 ? 0xffffffff - number : number % 7 * 40);
  return outpoint;
}

// A cache, the disk under it, and what it must look like from outside.
class Model {
 public:
  Model(std::uint64_t seed, bool starts_empty) : random_{seed} {
    if (!starts_empty) {
      for (std::uint64_t i = 0; i < 500; ++i) source_.rows[outpoint_of(i * 3)] = some_coin(random_);
    }
    expected_ = source_.rows;
    cache_ = std::make_unique<CoinCache>(source_, CacheOptions{.bytes_max = 1 << 20,
                                                               .salt = {random_.next(), random_.next(), random_.next()},
                                                               .is_complete = starts_empty});
  }

  void step() {
    const OutPoint outpoint = outpoint_of(random_.next() % 3000);
    switch (random_.next() % 32) {
      case 0:
        if (random_.next() % 8 == 0) start_flush();
        return;
      case 1:
        finish_flush();
        return;
      case 2:
        if (random_.next() % 20 == 0) cache_->evict_down_to(random_.next() % 2 * random_.next() % (1 << 20));
        return;
      case 3:
        cache_->tidy();
        return;
      case 4:
        note_ahead(outpoint);
        return;
      case 5:
        replace(outpoint);
        return;
      case 6:
      case 7:
        look(outpoint);
        return;
      default:
        if (expected_.contains(outpoint)) {
          spend(outpoint);
        } else {
          add(outpoint);
        }
    }
  }

  void check_everything() {
    for (std::uint64_t i = 0; i < 3000; ++i) look(outpoint_of(i));
    if (cache_->is_complete()) {
      EXPECT_EQ(cache_->coin_count(), expected_.size());
    }
  }
  void settle() {
    while (flushing_) finish_flush();
    start_flush();
    while (flushing_) finish_flush();
    EXPECT_EQ(cache_->unflushed_count(), 0u);
    EXPECT_EQ(source_.rows, expected_);
    cache_->evict_down_to(0);
    check_everything();
  }
  const CoinCache& cache() const { return *cache_; }

 private:
  void add(const OutPoint& outpoint) {
    // "Impossible" is a promise that nothing of the kind exists anywhere.
    const auto overwrite = random_.next() % 2 == 0 ? Overwrite::Possible : Overwrite::Impossible;
    const Coin coin = some_coin(random_);
    cache_->add(outpoint, coin.view(), overwrite);
    expected_[outpoint] = coin;
  }
  // As a coinbase before BIP34 did (C-110).
  void replace(const OutPoint& outpoint) {
    const Coin coin = some_coin(random_);
    cache_->add(outpoint, coin.view(), Overwrite::Possible);
    expected_[outpoint] = coin;
  }
  void spend(const OutPoint& outpoint) {
    const Coin& wanted = expected_.at(outpoint);
    if (random_.next() % 8 == 0) {
      ASSERT_TRUE(cache_->erase(outpoint).value());
    } else {
      SpentCoins spent;
      ASSERT_TRUE(cache_->spend(outpoint, spent).value());
      ASSERT_EQ(spent.coins.size(), 1u);
      EXPECT_EQ(spent.coins[0].output.value, wanted.value);
      EXPECT_EQ(spent.coins[0].height, wanted.height);
      EXPECT_EQ(spent.coins[0].is_coinbase, wanted.is_coinbase);
      EXPECT_TRUE(equal(spent.coins[0].output.script_pubkey, wanted.script_pubkey));
    }
    expected_.erase(outpoint);
    // A second time there is nothing.
    SpentCoins nothing;
    EXPECT_FALSE(cache_->spend(outpoint, nothing).value());
    EXPECT_TRUE(nothing.coins.empty());
  }
  void look(const OutPoint& outpoint) {
    cache_->prefetch(outpoint);
    const auto wanted = expected_.find(outpoint);
    ASSERT_EQ(cache_->contains(outpoint).value(), wanted != expected_.end());
    Coin coin;
    ASSERT_EQ(cache_->read(outpoint, coin).value(), wanted != expected_.end());
    if (wanted != expected_.end()) {
      ASSERT_EQ(coin, wanted->second);
    }
  }
  // A read ahead of the use, as the engine does it: the disk is read, and nothing else happens before the note.
  void note_ahead(const OutPoint& outpoint) {
    if (!cache_->needs_source(outpoint)) return;
    Coin coin;
    if (source_.read(outpoint, coin).value()) cache_->note_from_source(outpoint, coin.view());
  }
  void start_flush() {
    if (flushing_) return;
    flushing_ = true;
    frozen_ = cache_->freeze();
    is_written_ = false;
    // The state that the flush must leave on disk, whatever happens meanwhile.
    frozen_state_ = expected_;
    EXPECT_TRUE(cache_->is_flushing());
  }
  void finish_flush() {
    if (!flushing_) return;
    if (!is_written_) {
      source_.apply(frozen_);
      is_written_ = true;
      ASSERT_EQ(source_.rows, frozen_state_);
      // The disk is ahead of the cache's knowledge for a while.
      if (random_.next() % 2 == 0) return;
    }
    cache_->finish_flush(frozen_);
    flushing_ = false;
  }

  Prng random_;
  FakeSource source_;
  std::unique_ptr<CoinCache> cache_;
  Coins expected_;
  bool flushing_ = false;
  bool is_written_ = false;
  FrozenCoins frozen_;
  Coins frozen_state_;
};

class CacheModel : public testing::TestWithParam<std::uint64_t> {};

TEST_P(CacheModel, C112_BehavesLikeAMap) {
  for (const bool starts_empty : {true, false}) {
    Model model{GetParam(), starts_empty};
    for (int step = 0; step < 12'000; ++step) {
      model.step();
      if (testing::Test::HasFatalFailure()) FAIL() << "step " << step;
      if (step % 1'000 == 999) model.check_everything();
    }
    model.settle();
    model.settle();
    EXPECT_GT(model.cache().statistics().hits, 1'000u);
    EXPECT_GT(model.cache().statistics().erased_before_written, 100u);
    EXPECT_GT(model.cache().statistics().moved, 0u);
    EXPECT_GT(model.cache().statistics().evicted, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CacheModel, testing::Range<std::uint64_t>(1, 13));

TEST(CoinCache, C112_ACoinCreatedAndSpentInMemoryLeavesNoTrace) {
  FakeSource source;
  CoinCache cache{source, {.is_complete = true}};
  Prng random{1};
  const Coin coin = some_coin(random);
  cache.add(outpoint_of(1), coin.view(), Overwrite::Impossible);
  EXPECT_TRUE(cache.erase(outpoint_of(1)).value());
  const FrozenCoins frozen = cache.freeze();
  EXPECT_TRUE(frozen.writes.empty());
  EXPECT_TRUE(frozen.erases.empty());
  cache.finish_flush(frozen);
  EXPECT_EQ(source.reads, 0u);
  EXPECT_EQ(cache.coin_count(), 0u);
}

TEST(CoinCache, C112_ASpendDuringTheFlushOfTheCoinIsWrittenByTheNext) {
  FakeSource source;
  CoinCache cache{source, {.is_complete = true}};
  Prng random{2};
  cache.add(outpoint_of(1), some_coin(random).view(), Overwrite::Impossible);
  const FrozenCoins first = cache.freeze();
  ASSERT_EQ(first.writes.size(), 1u);
  EXPECT_TRUE(cache.erase(outpoint_of(1)).value());
  source.apply(first);
  cache.finish_flush(first);
  EXPECT_TRUE(source.rows.contains(outpoint_of(1)));
  EXPECT_FALSE(cache.contains(outpoint_of(1)).value());
  const FrozenCoins second = cache.freeze();
  ASSERT_EQ(second.erases.size(), 1u);
  source.apply(second);
  cache.finish_flush(second);
  EXPECT_TRUE(source.rows.empty());
  EXPECT_FALSE(cache.contains(outpoint_of(1)).value());
}

TEST(CoinCache, C110_ACoinbaseMayReplaceACoinOnDiskThatTheCacheNeverSaw) {
  Prng random{3};
  FakeSource source;
  source.rows[outpoint_of(1)] = some_coin(random);
  CoinCache cache{source, {}};
  const Coin coin = some_coin(random);
  cache.add(outpoint_of(1), coin.view(), Overwrite::Possible);
  EXPECT_EQ(source.reads, 0u);
  // Its spend must reach the disk, where the older one is.
  EXPECT_TRUE(cache.erase(outpoint_of(1)).value());
  const FrozenCoins frozen = cache.freeze();
  ASSERT_EQ(frozen.erases.size(), 1u);
  source.apply(frozen);
  cache.finish_flush(frozen);
  EXPECT_TRUE(source.rows.empty());
}

TEST(CoinCache, C114_AFaultOfTheSourceIsNoAnswer) {
  FakeSource source;
  CoinCache cache{source, {}};
  source.fails = true;
  SpentCoins spent;
  EXPECT_FALSE(cache.spend(outpoint_of(1), spent).ok());
  EXPECT_FALSE(cache.contains(outpoint_of(1)).ok());
  Coin coin;
  EXPECT_FALSE(cache.read(outpoint_of(1), coin).ok());
  EXPECT_FALSE(cache.erase(outpoint_of(1)).ok());
  source.fails = false;
  EXPECT_FALSE(cache.contains(outpoint_of(1)).value());
}

TEST(CoinCache, ACompleteCacheNeverAsksTheDisk) {
  FakeSource source;
  CoinCache cache{source, {.is_complete = true}};
  Prng random{4};
  for (std::uint64_t i = 0; i < 5'000; ++i) cache.add(outpoint_of(i), some_coin(random).view(), Overwrite::Impossible);
  FrozenCoins frozen = cache.freeze();
  source.apply(frozen);
  cache.finish_flush(frozen);
  for (std::uint64_t i = 0; i < 10'000; ++i) EXPECT_EQ(cache.contains(outpoint_of(i)).value(), i < 5'000);
  EXPECT_EQ(source.reads, 0u);
  EXPECT_FALSE(cache.needs_source(outpoint_of(9'999)));
  cache.evict_down_to(0);
  EXPECT_FALSE(cache.is_complete());
  EXPECT_TRUE(cache.needs_source(outpoint_of(9'999)));
  for (std::uint64_t i = 0; i < 5'000; ++i) EXPECT_TRUE(cache.contains(outpoint_of(i)).value());
  EXPECT_GT(source.reads, 0u);
}

TEST(Records, GoRound) {
  Prng random{5};
  for (int i = 0; i < 5'000; ++i) {
    const Coin coin = some_coin(random);
    OutPoint outpoint = outpoint_of(random.next());
    outpoint.index = static_cast<std::uint32_t>(random.next() >> (random.next() % 64));
    Bytes record(record_bytes_max(coin.script_pubkey.size()) + 8, 0xee);
    const std::size_t size = write_record(record.data(), outpoint, coin.view(), RecordState::Dirty);
    ASSERT_LE(size, record_bytes_max(coin.script_pubkey.size()));
    EXPECT_EQ(record[size], 0xee);
    EXPECT_EQ(record_size(record.data()), size);
    EXPECT_TRUE(record_is(record.data(), outpoint));
    EXPECT_EQ(record_outpoint(record.data()), outpoint);
    EXPECT_FALSE(record_is(record.data(), {outpoint.txid, outpoint.index + 1}));
    EXPECT_EQ(state_of(record.data()), RecordState::Dirty);
    set_state(record.data(), RecordState::Tombstone);
    EXPECT_EQ(state_of(record.data()), RecordState::Tombstone);
    EXPECT_FALSE(is_dead(record.data()));
    Bytes scratch;
    const FrozenRecord back = decode_frozen(record.data(), scratch);
    EXPECT_EQ(back.outpoint, outpoint);
    EXPECT_EQ(back.coin.value, coin.value);
    EXPECT_EQ(back.coin.height, coin.height);
    EXPECT_EQ(back.coin.is_coinbase, coin.is_coinbase);
    EXPECT_TRUE(equal(back.coin.script_pubkey, coin.script_pubkey));
  }
}

TEST(ScriptArena, KeepsWhatItWasGiven) {
  Prng random{6};
  ScriptArena arena;
  std::vector<std::pair<ByteView, Bytes>> kept;
  for (int i = 0; i < 500; ++i) {
    Bytes bytes(random.next() % (i % 50 == 0 ? 100'000 : 400));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
    kept.emplace_back(arena.store(bytes), bytes);
  }
  for (const auto& [view, bytes] : kept) EXPECT_TRUE(equal(view, bytes));
}

}  // namespace
}  // namespace kepeng::coins
