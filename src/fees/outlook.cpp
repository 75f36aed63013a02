// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/fees/outlook.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kepeng::fees {
namespace {

constexpr double kWeightPerKilobyte = 4'000;
constexpr double kBinGrowth = 1.1;
constexpr std::int64_t kWeightPerByte = 4;
constexpr double kRateMax = 1e15;  // no rate is higher than all the money for one byte

}  // namespace

std::int64_t rate_of(const cluster::FeeSize& chunk) {
  if (chunk.size <= 0 || chunk.fee <= 0) return 0;
  const double rate = static_cast<double>(chunk.fee) * kWeightPerKilobyte / static_cast<double>(chunk.size);
  return static_cast<std::int64_t>(std::ceil(std::min(rate, kRateMax)));
}

void Outlook::take(const cluster::FeeSize& chunk) {
  weight_ += chunk.size;
  if (current_ == blocks_.size()) return;
  NextBlock* block = &blocks_[current_];
  if (block->weight + chunk.size > shape_.block_weight) {
    block->is_full = true;
    if (++current_ == blocks_.size()) return;
    block = &blocks_[current_];
  }
  const std::int64_t before = block->weight;
  block->weight += chunk.size;
  block->least = rate_of(chunk);
  const auto crosses = [&](std::int64_t mark) { return before < mark && block->weight >= mark; };
  if (crosses(shape_.block_weight / 2)) block->at_half = block->least;
  if (crosses(shape_.block_weight / 4 * 3)) block->at_three_quarters = block->least;
}

void Histogram::take(const cluster::FeeSize& chunk) {
  const std::int64_t rate = rate_of(chunk);
  // Equal rates stay together.
  if (static_cast<double>(weight_) >= size_wanted_ * kWeightPerByte && rate < rate_) {
    bins_.push_back({rate_, std::exchange(weight_, 0)});
    size_wanted_ *= kBinGrowth;
  }
  weight_ += chunk.size;
  rate_ = rate;
}

std::vector<Histogram::Bin> Histogram::finish() {
  if (weight_ > 0) bins_.push_back({rate_, std::exchange(weight_, 0)});
  for (Bin& bin : bins_) bin.size = (bin.size + kWeightPerByte - 1) / kWeightPerByte;
  return std::exchange(bins_, {});
}

}  // namespace kepeng::fees
