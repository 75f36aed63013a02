// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/fees/estimator.h>

#include <cmath>
#include <map>
#include <random>

#include <gtest/gtest.h>

namespace kepeng::fees {
namespace {

Txid txid_of(std::uint64_t number) {
  Txid txid;
  store_le(txid.bytes.data(), number);
  return txid;
}

// A market: in each block come some of every kind, and each kind waits for as long as it always does.
class Market {
 public:
  struct Kind {
    double rate;
    unsigned wait;  // blocks; 0: never mined
    unsigned each_block = 4;
  };
  explicit Market(std::vector<Kind> kinds) : kinds_{std::move(kinds)} { estimator.add_block(1, {}); }

  void set(std::vector<Kind> kinds) { kinds_ = std::move(kinds); }
  void run(unsigned blocks) {
    for (; blocks > 0; --blocks) {
      for (const Kind& kind : kinds_) {
        for (unsigned i = 0; i < kind.each_block; ++i) {
          const Txid txid = txid_of(++made_);
          estimator.add(txid, {height_, kind.rate});
          if (kind.wait != 0) due_[height_ + static_cast<Height>(kind.wait)].push_back({txid, true});
        }
      }
      ++height_;
      estimator.add_block(height_, due_[height_]);
      due_.erase(height_);
    }
  }
  double economical(unsigned target) const { return estimator.estimate(target, Mode::Economical).rate.value_or(0); }
  double conservative(unsigned target) const { return estimator.estimate(target, Mode::Conservative).rate.value_or(0); }

  Estimator estimator;

 private:
  std::vector<Kind> kinds_;
  std::map<Height, std::vector<Estimator::Mined>> due_;
  Height height_ = 1;
  std::uint64_t made_ = 0;
};

TEST(FeeBuckets, AreFivePercentApartAndTakeEveryRate) {
  EXPECT_EQ(kBuckets, 237u);
  EXPECT_EQ(bucket_of(0), 0u);
  EXPECT_EQ(bucket_of(100), 0u);
  EXPECT_EQ(bucket_of(100.1), 1u);
  EXPECT_EQ(bucket_of(105), 1u);
  EXPECT_EQ(bucket_of(1e7), kBuckets - 1);
  EXPECT_EQ(bucket_of(1e60), kBuckets - 1);
  for (std::size_t i = 1; i + 1 < kBuckets; ++i) EXPECT_NEAR(kBounds[i] / kBounds[i - 1], 1.05, 1e-12);
}

TEST(Estimator, SaysNothingBeforeItHasSeenAnything) {
  Estimator estimator;
  const auto answer = estimator.estimate(6, Mode::Economical);
  EXPECT_FALSE(answer.rate);
  EXPECT_EQ(answer.target, 0u);
  EXPECT_FALSE(estimator.raw_estimate(Horizon::Short, 6, 0.95).rate);
}

// Thousands of blocks at known rates: the answer is the rate of the kind that is mined in time.
TEST(Estimator, FindsTheCheapestRateThatIsMinedInTime) {
  Market market{{{50'000, 1}, {20'000, 4}, {8'000, 20}, {3'000, 100}, {1'000, 500}}};
  market.run(4'000);
  EXPECT_NEAR(market.economical(2), 50'000, 1);
  EXPECT_NEAR(market.economical(5), 50'000, 1);  // half of the target is asked of everybody, too
  EXPECT_NEAR(market.economical(8), 20'000, 1);
  EXPECT_NEAR(market.economical(48), 8'000, 1);
  EXPECT_NEAR(market.economical(250), 3'000, 1);
  EXPECT_NEAR(market.economical(1'008), 1'000, 1);
  EXPECT_NEAR(market.conservative(2), 50'000, 1);
  EXPECT_EQ(market.estimator.estimate(1, Mode::Economical).target, 2u);
}

TEST(Estimator, TellsWhichTargetItCanAnswer) {
  Market market{{{50'000, 1}}};
  market.run(21);  // counted from the second block on
  EXPECT_EQ(market.estimator.usable_target_max(), 10u);
  EXPECT_EQ(market.estimator.estimate(500, Mode::Economical).target, 10u);
  EXPECT_EQ(market.estimator.estimate(3, Mode::Economical).target, 3u);
}

TEST(Estimator, FollowsAFallQuicklyAndCautiouslySlowly) {
  Market market{{{50'000, 1}, {5'000, 40}}};
  market.run(1'500);
  EXPECT_NEAR(market.economical(4), 50'000, 1);
  market.set({{5'000, 1}});
  market.run(150);
  EXPECT_NEAR(market.economical(4), 5'000, 1);
  EXPECT_NEAR(market.conservative(4), 50'000, 1);
  market.run(6'000);
  EXPECT_NEAR(market.conservative(4), 5'000, 1);
}

TEST(Estimator, ThoseWhoWaitSpeakAgainstTheirRate) {
  Market market{{{10'000, 1}}};
  market.run(500);
  EXPECT_NEAR(market.economical(2), 10'000, 1);
  // The same rate is not mined any more; nothing else is known, so there is no answer left to give.
  market.set({{10'000, 0, 40}, {90'000, 1}});
  market.run(60);
  EXPECT_NEAR(market.economical(2), 90'000, 1);
}

TEST(Estimator, RawAnswersNameTheRanges) {
  Market market{{{50'000, 1}, {2'000, 30}}};
  market.run(1'000);
  const RawEstimate raw = market.estimator.raw_estimate(Horizon::Short, 2, 0.95);
  ASSERT_TRUE(raw.rate && raw.pass && raw.fail);
  EXPECT_NEAR(*raw.rate, 50'000, 1);
  EXPECT_LT(raw.pass->from, 50'000);
  EXPECT_EQ(raw.pass->to, kUnbounded);
  EXPECT_DOUBLE_EQ(raw.pass->in_time, raw.pass->mined);
  EXPECT_LE(raw.fail->from, 2'000);
  EXPECT_GT(raw.fail->mined, 0);
  EXPECT_EQ(raw.fail->in_time, 0);
  EXPECT_GT(raw.fail->waiting, 0);
  EXPECT_FALSE(market.estimator.raw_estimate(Horizon::Short, 13, 0.95).rate);
  EXPECT_TRUE(market.estimator.raw_estimate(Horizon::Medium, 48, 0.95).rate);
}

TEST(Estimator, CountsOnlyWhoseOwnFeeDecides) {
  Estimator estimator;
  estimator.add_block(1, {});
  for (unsigned i = 0; i < 10; ++i) estimator.add(txid_of(i), {1, 1'000});
  std::vector<Estimator::Mined> mined;
  for (unsigned i = 0; i < 10; ++i) mined.push_back({txid_of(i), false});
  estimator.add_block(2, mined);
  EXPECT_EQ(estimator.waiting(), 0u);
  EXPECT_EQ(estimator.keep().counts[0].mined, std::vector<double>(kBuckets));
  // Of another block than the newest one.
  estimator.add(txid_of(20), {1, 1'000});
  EXPECT_EQ(estimator.waiting(), 0u);
}

TEST(Estimator, AReorganisationCountsNothingTwice) {
  Market market{{{10'000, 1}, {5'000, 3}}};
  market.run(100);
  const Height best = market.estimator.best();
  const auto before = market.estimator.keep();
  const std::size_t waiting = market.estimator.waiting();
  // Two blocks are taken back and come again with other contents; some that waited are mined in them.
  market.estimator.add_block(best - 1, {});
  market.estimator.add(txid_of(900'000), {best - 1, 10'000});
  EXPECT_EQ(market.estimator.waiting(), waiting);
  market.estimator.add_block(best, std::vector<Estimator::Mined>{{txid_of(900'000), true}});
  EXPECT_EQ(market.estimator.best(), best);
  for (std::size_t i = 0; i < kHorizons.size(); ++i)
    EXPECT_EQ(market.estimator.keep().counts[i].mined, before.counts[i].mined);
  market.run(50);
  EXPECT_NEAR(market.economical(2), 10'000, 1);
}

TEST(Estimator, MissedBlocksForgetWhoWaits) {
  Market market{{{10'000, 1}, {5'000, 0}}};
  market.run(20);
  EXPECT_GT(market.estimator.waiting(), 0u);
  market.estimator.add_block(market.estimator.best() + 7, {});
  EXPECT_EQ(market.estimator.waiting(), 0u);
}

// Everything counted anew from a list of what happened, by the definition.
struct Model {
  struct Life {
    Height since;
    double rate;
    std::optional<Height> end{};
    bool is_mined = false;
    bool counts = true;
  };
  std::map<std::uint64_t, Life> lives;

  double faded(const HorizonFacts& facts, Height now, Height end) const { return std::pow(facts.decay, now - end); }
  double mined(const HorizonFacts& facts, std::size_t bucket, Height now) const {
    double sum = 0;
    for (const auto& [id, life] : lives) {
      if (life.is_mined && life.counts && bucket_of(life.rate) == bucket) sum += faded(facts, now, *life.end);
    }
    return sum;
  }
  double in_time(const HorizonFacts& facts, std::size_t bucket, std::pair<unsigned, Height> period_now) const {
    const auto [period, now] = period_now;
    double sum = 0;
    for (const auto& [id, life] : lives) {
      if (!life.is_mined || !life.counts || bucket_of(life.rate) != bucket) continue;
      if (static_cast<unsigned>(*life.end - life.since) <= (period + 1) * facts.scale)
        sum += faded(facts, now, *life.end);
    }
    return sum;
  }
  double gone(const HorizonFacts& facts, std::size_t bucket, std::pair<unsigned, Height> period_now) const {
    const auto [period, now] = period_now;
    double sum = 0;
    for (const auto& [id, life] : lives) {
      if (life.is_mined || !life.end || bucket_of(life.rate) != bucket) continue;
      if (static_cast<unsigned>(*life.end - life.since) >= (period + 1) * facts.scale)
        sum += faded(facts, now, *life.end);
    }
    return sum;
  }
};

TEST(Estimator, AgreesWithAModelThatCountsEverythingAnew) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    std::mt19937 random{seed};
    Estimator estimator;
    Model model;
    Height height = 1;
    estimator.add_block(1, {});
    std::uint64_t made = 0;
    for (int block = 0; block < 120; ++block) {
      for (unsigned i = random() % 5; i > 0; --i) {
        const double rate = 100 * std::pow(1.4, random() % 30);
        estimator.add(txid_of(++made), {height, rate});
        model.lives[made] = {.since = height, .rate = rate};
      }
      std::vector<Estimator::Mined> mined;
      ++height;
      for (auto& [id, life] : model.lives) {
        if (life.end) continue;
        const auto dice = random() % 20;
        if (dice == 0) {
          estimator.remove(txid_of(id));
          life.end = height - 1;
        } else if (dice < 4) {
          life.counts = dice != 1;
          mined.push_back({txid_of(id), life.counts});
          life.end = height;
          life.is_mined = true;
        }
      }
      estimator.add_block(height, mined);
    }
    const Kept kept = estimator.keep();
    for (std::size_t h = 0; h < kHorizons.size(); ++h) {
      const HorizonFacts& facts = kHorizons[h];
      for (std::size_t bucket = 0; bucket < kBuckets; bucket += 1) {
        ASSERT_NEAR(kept.counts[h].mined[bucket], model.mined(facts, bucket, height), 1e-9) << facts.name << bucket;
        for (unsigned period = 0; period < facts.periods; period += 5) {
          ASSERT_NEAR(kept.counts[h].in_time[period][bucket], model.in_time(facts, bucket, {period, height}), 1e-9);
          ASSERT_NEAR(kept.counts[h].gone[period][bucket], model.gone(facts, bucket, {period, height}), 1e-9);
        }
      }
    }
    estimator.give_up_waiting();
    EXPECT_EQ(estimator.waiting(), 0u);
  }
}

}  // namespace
}  // namespace kepeng::fees
