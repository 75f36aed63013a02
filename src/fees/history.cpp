// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/fees/history.h>

#include <algorithm>
#include <span>
#include <utility>

#include <kepeng/base/assert.h>

namespace kepeng::fees {
namespace {

// A range of neighbouring buckets that grows downwards.
struct Growing {
  std::size_t highest = 0;
  std::size_t lowest = 0;
  BucketRange sums;
  bool is_empty = true;

  void take(std::size_t bucket, const BucketRange& of_bucket) {
    if (is_empty) highest = bucket;
    is_empty = false;
    lowest = bucket;
    sums.in_time += of_bucket.in_time;
    sums.mined += of_bucket.mined;
    sums.waiting += of_bucket.waiting;
    sums.gone += of_bucket.gone;
  }
  BucketRange range() const {
    BucketRange range = sums;
    range.from = lowest == 0 ? 0 : kBounds[lowest - 1];
    range.to = kBounds[highest];
    return range;
  }
};

std::size_t slot_of(Height height, std::size_t slots) {
  const auto count = static_cast<Height>(slots);
  return static_cast<std::size_t>((height % count + count) % count);
}

}  // namespace

std::size_t bucket_of(double rate) {
  const auto found = std::lower_bound(kBounds.begin(), kBounds.end() - 1, rate);
  return static_cast<std::size_t>(found - kBounds.begin());
}

Counts::Counts(const HorizonFacts& facts)
    : rates(kBuckets),
      mined(kBuckets),
      in_time(facts.periods, std::vector<double>(kBuckets)),
      gone(facts.periods, std::vector<double>(kBuckets)) {}

History::History(const HorizonFacts& facts)
    : facts_{facts}, counts_{facts}, waiting_(facts.blocks() * kBuckets), waiting_long_(kBuckets) {}

std::uint32_t& History::waiting_at(Height height, std::size_t bucket) {
  return waiting_[bucket * facts_.blocks() + slot_of(height, facts_.blocks())];
}

void History::add(Height height, std::size_t bucket) {
  ++waiting_at(height, bucket);
}

void History::remove(const Wait& wait, End end) {
  const auto waited = static_cast<unsigned>(std::max(0, wait.now - wait.since));
  std::uint32_t& count = waited >= facts_.blocks() ? waiting_long_[wait.bucket] : waiting_at(wait.since, wait.bucket);
  KP_ASSERT(count > 0);
  --count;
  if (end == End::Mined) return;
  const unsigned periods = std::min(waited / facts_.scale, facts_.periods);
  for (unsigned period = 0; period < periods; ++period) counts_.gone[period][wait.bucket] += 1;
}

void History::begin_block(Height height) {
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    waiting_long_[bucket] += std::exchange(waiting_at(height, bucket), 0);
  }
  const auto fade = [&](std::vector<double>& numbers) {
    for (double& number : numbers) number *= facts_.decay;
  };
  fade(counts_.rates);
  fade(counts_.mined);
  for (auto& period : counts_.in_time) fade(period);
  for (auto& period : counts_.gone) fade(period);
}

void History::record(unsigned blocks, double rate) {
  KP_ASSERT(blocks > 0);
  const std::size_t bucket = bucket_of(rate);
  const unsigned periods = (blocks + facts_.scale - 1) / facts_.scale;
  for (unsigned period = periods; period <= facts_.periods; ++period) counts_.in_time[period - 1][bucket] += 1;
  counts_.mined[bucket] += 1;
  counts_.rates[bucket] += rate;
}

double History::waiting_longer(unsigned target, std::size_t bucket, Height now) const {
  std::uint64_t sum = waiting_long_[bucket];
  const std::span<const std::uint32_t> slots{waiting_.data() + bucket * facts_.blocks(), facts_.blocks()};
  std::size_t slot = slot_of(now - static_cast<Height>(target), slots.size());
  for (unsigned waited = target; waited < slots.size(); ++waited) {
    sum += slots[slot];
    slot = slot == 0 ? slots.size() - 1 : slot - 1;
  }
  return static_cast<double>(sum);
}

// Of the transactions in these buckets, as far as buckets tell: the mean of the one that holds the middle.
std::optional<double> History::median_rate(std::size_t lowest, std::size_t highest) const {
  double half = 0;
  for (std::size_t bucket = lowest; bucket <= highest; ++bucket) half += counts_.mined[bucket] / 2;
  for (std::size_t bucket = lowest; half > 0 && bucket <= highest; ++bucket) {
    if (counts_.mined[bucket] >= half) return counts_.rates[bucket] / counts_.mined[bucket];
    half -= counts_.mined[bucket];
  }
  return std::nullopt;
}

// From those who pay most downwards. Neighbours are put together until they are enough to believe; where such a range
// fails it may still pass with those below it, and only a range that passes lets the search start afresh below.
RawEstimate History::estimate(unsigned target, double threshold, Height now) const {
  KP_ASSERT(target > 0 && target <= facts_.blocks());
  const std::size_t period = (target + facts_.scale - 1) / facts_.scale - 1;
  const double enough = facts_.transactions / (1 - facts_.decay);
  RawEstimate answer;
  Growing range;
  std::optional<std::pair<std::size_t, std::size_t>> passed;
  double fresh = 0;  // mined in the buckets that came since the last judgement
  for (std::size_t bucket = kBuckets; bucket-- > 0;) {
    range.take(bucket, {.in_time = counts_.in_time[period][bucket],
                        .mined = counts_.mined[bucket],
                        .waiting = waiting_longer(target, bucket, now),
                        .gone = counts_.gone[period][bucket]});
    fresh += counts_.mined[bucket];
    if (fresh < enough) continue;
    fresh = 0;
    if (range.sums.success() < threshold) {
      if (!answer.fail) answer.fail = range.range();
      continue;
    }
    answer.fail.reset();
    answer.pass = range.range();
    passed.emplace(range.lowest, range.highest);
    range = {};
  }
  if (!answer.fail && !range.is_empty) answer.fail = range.range();
  if (passed) answer.rate = median_rate(passed->first, passed->second);
  return answer;
}

}  // namespace kepeng::fees
