// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// History: how fast transactions of each feerate were mined, over one horizon of time.
//
// Feerates (satoshi for 1,000 virtual bytes) fall into buckets, each 5 % above the one before; delays are counted in
// periods of a few blocks. Every block makes all that was counted before weigh a little less, so that a horizon forgets
// at its own pace. What waits unconfirmed is counted by the height at which it came. Bounded by its tables; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <kepeng/primitives/amount.h>

namespace kepeng::fees {

inline constexpr double kLowestBound = 100;
inline constexpr double kHighestBound = 1e7;
inline constexpr double kBoundSpacing = 1.05;
inline constexpr double kUnbounded = 1e99;  // the last bucket's bound, as clients know it

namespace detail {
constexpr std::size_t count_buckets() {
  std::size_t count = 1;
  for (double bound = kLowestBound; bound <= kHighestBound; bound *= kBoundSpacing) ++count;
  return count;
}
constexpr auto make_bounds() {
  std::array<double, count_buckets()> bounds{};
  double bound = kLowestBound;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i, bound *= kBoundSpacing) bounds[i] = bound;
  bounds.back() = kUnbounded;
  return bounds;
}
}  // namespace detail

inline constexpr std::size_t kBuckets = detail::count_buckets();
// The highest rate of each bucket.
inline constexpr std::array<double, kBuckets> kBounds = detail::make_bounds();
// The bucket of a rate.
std::size_t bucket_of(double rate);

struct HorizonFacts {
  std::string_view name;
  double decay;         // what is left of a count after one block
  unsigned scale;       // blocks in a period
  unsigned periods;     // longer delays are not told apart
  double transactions;  // so many for each block make a range of buckets worth believing

  constexpr unsigned blocks() const { return scale * periods; }
};
enum class Horizon : std::uint8_t { Short, Medium, Long };
inline constexpr std::array<HorizonFacts, 3> kHorizons{{{"short", .962, 1, 12, 0.5},    // half is gone after 18 blocks
                                                        {"medium", .9952, 2, 24, 0.1},  // 144 blocks, a day
                                                        {"long", .99931, 24, 42, 0.1}}};  // 1,008 blocks, a week
constexpr const HorizonFacts& facts_of(Horizon horizon) {
  return kHorizons[static_cast<std::size_t>(horizon)];
}

// Neighbouring buckets, and what became of their transactions.
struct BucketRange {
  double from = 0;  // rates above this one
  double to = 0;    // up to this one
  double in_time = 0;
  double mined = 0;    // whenever
  double waiting = 0;  // longer than the target already
  double gone = 0;     // left unmined after the target

  double success() const { return in_time / (mined + waiting + gone); }
};
struct RawEstimate {
  std::optional<double> rate;
  std::optional<BucketRange> pass;  // the cheapest that was mined in time
  std::optional<BucketRange> fail;  // the dearest that was not
};

// What is kept over a restart.
struct Counts {
  std::vector<double> rates;                 // sum of the rates, by bucket
  std::vector<double> mined;                 // by bucket
  std::vector<std::vector<double>> in_time;  // by period: mined within so many, then by bucket
  std::vector<std::vector<double>> gone;     // by period: left after so many

  explicit Counts(const HorizonFacts& facts);
  Counts() = default;
};

class History {
 public:
  explicit History(const HorizonFacts& facts);

  const HorizonFacts& facts() const { return facts_; }
  const Counts& counts() const { return counts_; }
  void restore(Counts counts) { counts_ = std::move(counts); }

  // Somebody waits since `height`.
  void add(Height height, std::size_t bucket);
  // No longer; `now` is the last block's height.
  enum class End : std::uint8_t { Mined, Gone };
  struct Wait {
    Height since;
    Height now;
    std::size_t bucket;
  };
  void remove(const Wait& wait, End end);
  // Before the transactions of a new block: everything weighs less, the longest wait is no longer told apart.
  void begin_block(Height height);
  // Mined after so many blocks, at least 1.
  void record(unsigned blocks, double rate);

  // The lowest rate of which a share of `threshold` was mined within `target` blocks, as of the block at `now`.
  RawEstimate estimate(unsigned target, double threshold, Height now) const;

 private:
  std::uint32_t& waiting_at(Height height, std::size_t bucket);
  double waiting_longer(unsigned target, std::size_t bucket, Height now) const;
  std::optional<double> median_rate(std::size_t lowest, std::size_t highest) const;

  HorizonFacts facts_;
  Counts counts_;
  std::vector<std::uint32_t> waiting_;       // by bucket, then by height modulo blocks()
  std::vector<std::uint32_t> waiting_long_;  // by bucket
};

}  // namespace kepeng::fees
