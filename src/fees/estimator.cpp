// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/fees/estimator.h>

#include <algorithm>

namespace kepeng::fees {
namespace {

// Shares that must have been mined: within half of the target, the target, and twice the target.
constexpr double kWithinHalf = .6;
constexpr double kWithinTarget = .85;
constexpr double kWithinDouble = .95;
// Nobody can promise the very next block.
constexpr unsigned kTargetMin = 2;
// What an earlier run has counted is too old after six weeks.
constexpr Height kKeptBlocksMax = 6 * 1'008;

std::optional<double> higher(std::optional<double> a, std::optional<double> b) {
  return a && b ? std::max(a, b) : (a ? a : b);
}
std::optional<double> lower(std::optional<double> a, std::optional<double> b) {
  return a && b ? std::min(a, b) : (a ? a : b);
}

}  // namespace

Estimator::Estimator()
    : histories_{History{facts_of(Horizon::Short)}, History{facts_of(Horizon::Medium)},
                 History{facts_of(Horizon::Long)}} {}

void Estimator::add(const Txid& txid, const Arrival& arrival) {
  // Of another block than the last counted one: while blocks are taken back, or nothing has been counted yet.
  if (arrival.height != best_) return;
  if (!waiting_.emplace(txid, Waiting{arrival.height, arrival.rate}).second) return;
  for (History& history : histories_) history.add(arrival.height, bucket_of(arrival.rate));
}

void Estimator::end(WaitingMap::iterator one, History::End how) {
  const Waiting& waited = one->second;
  for (History& history : histories_) history.remove({waited.since, best_, bucket_of(waited.rate)}, how);
  waiting_.erase(one);
}

void Estimator::remove(const Txid& txid) {
  if (const auto found = waiting_.find(txid); found != waiting_.end()) end(found, History::End::Gone);
}

void Estimator::add_block(Height height, std::span<const Mined> mined) {
  const bool is_new = height > best_;
  if (is_new) {
    // Blocks were missed: nobody knows in which of them somebody was mined.
    if (height != best_ + 1) forget_waiting();
    best_ = height;
    for (History& history : histories_) history.begin_block(height);
  }
  std::size_t counted = 0;
  for (const Mined& one : mined) {
    const auto found = waiting_.find(one.txid);
    if (found == waiting_.end()) continue;
    const Waiting waited = found->second;
    end(found, History::End::Mined);
    if (!is_new || !one.paid_alone || height <= waited.since) continue;
    ++counted;
    for (History& history : histories_) history.record(static_cast<unsigned>(height - waited.since), waited.rate);
  }
  if (first_counted_ == 0 && counted > 0) first_counted_ = height;
}

void Estimator::give_up_waiting() {
  while (!waiting_.empty()) end(waiting_.begin(), History::End::Gone);
}

void Estimator::forget_waiting() {
  while (!waiting_.empty()) end(waiting_.begin(), History::End::Mined);
}

Height Estimator::blocks_now() const {
  return first_counted_ == 0 ? 0 : best_ - first_counted_;
}

Height Estimator::blocks_kept() const {
  if (kept_.first == 0 || best_ - kept_.last > kKeptBlocksMax) return 0;
  return kept_.last - kept_.first;
}

unsigned Estimator::usable_target_max() const {
  return std::min(kTargetMax, static_cast<unsigned>(std::max(blocks_now(), blocks_kept())) / 2);
}

// By the shortest horizon that reaches so far. A rate that was enough for less time is enough here too.
std::optional<double> Estimator::within(unsigned target, double threshold, bool asks_shorter) const {
  std::optional<double> rate;
  if (target == 0 || target > kTargetMax) return rate;
  for (std::size_t i = 0; i < histories_.size(); ++i) {
    const unsigned reach = histories_[i].facts().blocks();
    const bool is_enough = target <= reach;
    if (!is_enough && !asks_shorter) continue;
    const auto found = histories_[i].estimate(is_enough ? target : reach, threshold, best_).rate;
    if (!is_enough) {
      rate = lower(rate, found);
      continue;
    }
    return lower(found, rate);
  }
  return rate;
}

// Over longer horizons than the target needs, so that a short dip does not count.
std::optional<double> Estimator::held_long(unsigned target) const {
  std::optional<double> rate;
  for (std::size_t i = 1; i < histories_.size(); ++i) {
    if (target > histories_[i - 1].facts().blocks()) continue;
    rate = higher(rate, histories_[i].estimate(target, kWithinDouble, best_).rate);
  }
  return rate;
}

SmartEstimate Estimator::estimate(unsigned target, Mode mode) const {
  SmartEstimate answer;
  if (target == 0 || target > kTargetMax) return answer;
  target = std::min(std::max(target, kTargetMin), usable_target_max());
  answer.target = target;
  if (target < kTargetMin) return answer;
  const auto in_half = within(target / 2, kWithinHalf, true);
  const auto in_target = within(target, kWithinTarget, true);
  const auto in_double = within(2 * target, kWithinDouble, mode == Mode::Economical);
  answer.rate = higher(higher(in_half, in_target), in_double);
  if (mode == Mode::Conservative || !answer.rate) answer.rate = higher(answer.rate, held_long(2 * target));
  return answer;
}

RawEstimate Estimator::raw_estimate(Horizon horizon, unsigned target, double threshold) const {
  if (target == 0 || target > facts_of(horizon).blocks()) return {};
  return of(horizon).estimate(target, threshold, best_);
}

// Whichever has seen more: this run, or those before it.
Kept Estimator::keep() const {
  Kept kept{.best = best_, .span = kept_, .counts = {}};
  if (blocks_now() > blocks_kept() / 2) kept.span = {first_counted_, best_};
  for (std::size_t i = 0; i < histories_.size(); ++i) kept.counts[i] = histories_[i].counts();
  return kept;
}

void Estimator::restore(Kept kept) {
  best_ = kept.best;
  kept_ = kept.span;
  for (std::size_t i = 0; i < histories_.size(); ++i) histories_[i].restore(std::move(kept.counts[i]));
}

}  // namespace kepeng::fees
